import Engine

/// Turns successive snapshots into plain lines, one per change, UTC first: for pipes, logs and screen
/// readers. No box or braille character, nothing by colour or place. Pure; owned by `TextLoop`.
struct TextReporter: Sendable {
    private var previous: EngineSnapshot?
    private var lastEntry: EntryNumber = 0
    /// Milestones told, waves told and whether the end was told, of the broadcasts in the last snapshot.
    private var told: [BroadcastID: Told] = [:]

    private struct Told: Sendable {
        var milestones = 0
        var waves = 0
        var state = BroadcastRecord.State.sending
        var isBalanced = true
    }

    private static let milestones: [(share: Double, name: String)] = [
        (0.5, "50%"), (0.9, "90%"), (0.99, "99%"), (0.999, "99.9%"),
    ]

    init() {}

    /// What changed since the last snapshot, oldest first.
    mutating func lines(for snapshot: EngineSnapshot) -> [String] {
        var lines: [String] = []
        if let previous {
            lines += journalLines(snapshot)
            lines += broadcastLines(snapshot)
            lines += gateLines(snapshot, since: previous)
            lines += alertLines(snapshot, since: previous)
            lines += pendingLines(snapshot, since: previous)
            if let offered = snapshot.offered, offered != previous.offered {
                lines.append(offered.problems.first.map { "edited schedule has faults: \($0)" }
                    ?? "the schedule file was edited, \(offered.changes.count) changes: 'adopt' shows them as a plan")
            }
        } else {
            lines += opening(snapshot)
            for broadcast in snapshot.broadcasts {
                told[broadcast.id] = Told(waves: broadcast.wavesSent, state: broadcast.record.state)
            }
        }
        previous = snapshot
        lastEntry = max(lastEntry, snapshot.journal.first?.number ?? 0)
        return lines.map { "\(Format.time(snapshot.at)) \(Self.plain($0))" }
    }

    /// Why there is no news, when the engine cannot be reached.
    func outageLine(_ sentence: String, at moment: WallTime) -> String {
        "\(Format.time(moment)) \(Self.plain(sentence))"
    }

    private func opening(_ snapshot: EngineSnapshot) -> [String] {
        ["control room: engine \(snapshot.engine.process) on \(snapshot.engine.host), \(snapshot.mode.rawValue), "
                + "\(snapshot.events.count) events, \(audience(real: snapshot.load.real.known, modelled: snapshot.load.modelled.known)) known"
        ]
            + snapshot.events.map { event in
                let next = event.next.map { next in
                    "next \(next) " + (event.nextAt.map { "at \(Format.time($0))" } ?? "on cue")
                } ?? "over"
                let hold = event.hold.map { " HOLD since \(Format.time($0.since)) by \($0.by)" } ?? ""
                return "\(event.code) \(event.title): \(event.current?.rawValue ?? "not on air"), \(next)\(hold)"
            }
    }

    private func journalLines(_ snapshot: EngineSnapshot) -> [String] {
        let fresh = snapshot.journal.filter { $0.number > lastEntry }
        var lines: [String] = []
        if lastEntry > 0, let oldest = fresh.last, oldest.number > lastEntry + 1 {
            lines.append(
                "\(oldest.number - lastEntry - 1) journal entries came faster than this form shows; 9 Audit has them")
        }
        for entry in fresh.reversed() where entry.kind != .broadcastCompleted && entry.kind != .voted {
            var words = [entry.event.map { code(of: $0, in: snapshot) } ?? "room", TextWords.what(entry.kind)]
            if let before = entry.before, let after = entry.after { words.append("\(before) -> \(after)") }
            else if let only = entry.after ?? entry.before { words.append(only) }
            if let broadcast = entry.broadcast { words.append("\(broadcast)") }
            words.append("by \(entry.actor)")
            if let why = entry.why { words.append("(\(why))") }
            lines.append(words.joined(separator: " "))
        }
        return lines
    }

    private mutating func broadcastLines(_ snapshot: EngineSnapshot) -> [String] {
        var lines: [String] = [], now: [BroadcastID: Told] = [:]
        for broadcast in snapshot.broadcasts.reversed() {
            let record = broadcast.record, total = record.figures.total, waves = record.publication.waves.total
            let name = "\(code(of: record.event, in: snapshot)) \(record.publication.stage) \(record.id)"
            var done = told[record.id] ?? Told()
            if told[record.id] == nil {
                let connected = audience(
                    real: record.figures.real.connected, modelled: record.figures.modelled.connected)
                lines.append("\(name): fan-out to \(connected) connected" + (waves > 1 ? " in \(waves) waves" : ""))
            }
            if waves > 1, broadcast.wavesSent > done.waves {
                lines.append("\(name): wave \(broadcast.wavesSent)/\(waves)")
                done.waves = broadcast.wavesSent
            }
            let times = [record.figures.t50, record.figures.t90, record.figures.t99, record.figures.t999]
            while done.milestones < Self.milestones.count, total.connected > 0,
                total.ackedShare >= Self.milestones[done.milestones].share
            {
                let after = times[done.milestones] ?? broadcast.elapsed
                lines.append("\(name): \(Self.milestones[done.milestones].name) acked after \(Format.duration(after))")
                done.milestones += 1
            }
            if done.state == .sending, record.state != .sending {
                lines.append("\(name): \(record.state.rawValue), \(figures(record))")
                done.state = record.state
            }
            if done.isBalanced, !broadcast.isBalanced {
                lines.append("\(name): the LEDGER does not add up; look at the journal")
            }
            done.isBalanced = broadcast.isBalanced
            now[record.id] = done
        }
        told = now
        return lines
    }

    private func figures(_ record: BroadcastRecord) -> String {
        let total = record.figures.total
        return
            "acked \(Format.exact(total.acked)) of \(Format.exact(total.connected)) (\(Format.percent(total.acked, of: total.connected))), "
            + "un-acked \(Format.exact(total.unacked)), not sent \(Format.exact(total.notSent)), owed \(Format.exact(total.owed)), "
            + "t50 \(Format.duration(record.figures.t50)) t90 \(Format.duration(record.figures.t90)) "
            + "t99 \(Format.duration(record.figures.t99)) t99.9 \(Format.duration(record.figures.t999))"
    }

    private func gateLines(_ snapshot: EngineSnapshot, since previous: EngineSnapshot) -> [String] {
        snapshot.events.flatMap { event in
            event.gates.compactMap { gate in
                let before = previous.events.first { $0.id == event.id }?.gates.first { $0.name == gate.name }
                guard before?.isGo != gate.isGo else { return nil }
                let word = gate.isGo.map { $0 ? "GO" : "NO-GO" } ?? "no vote"
                return "\(event.code) gate \(gate.name): \(word) (\(gate.detail))"
            }
        }
    }

    private func alertLines(_ snapshot: EngineSnapshot, since previous: EngineSnapshot) -> [String] {
        let raised = snapshot.alerts.filter { alert in
            !previous.alerts.contains { $0.id == alert.id && $0.severity >= alert.severity }
        }.map {
            "ALERT \($0.severity == .critical ? "act now" : $0.severity == .warn ? "act soon" : "for information") [\($0.id)]: \($0.text)"
        }
        let over = previous.alerts.filter { alert in !snapshot.alerts.contains { $0.id == alert.id } }.map {
            "alert over [\($0.id)]"
        }
        return raised + over
    }

    private func pendingLines(_ snapshot: EngineSnapshot, since previous: EngineSnapshot) -> [String] {
        snapshot.pending.compactMap { pending in
            let before = previous.pending.first { $0.plan.id == pending.plan.id }
            guard before?.firesAt != pending.firesAt || before == nil else { return nil }
            let name = "plan #\(pending.plan.id) \(pending.plan.title) by \(pending.plan.by)"
            return pending.firesAt.map { "\(name): ARMED, takes effect at \(Format.time($0)); 'stop' stops it" }
                ?? "\(name) waits for a second operator; 'approve \(pending.plan.id)' shows it"
        }
    }

    private func audience(real: Int, modelled: Int) -> String {
        if modelled == 0 { return "\(Format.exact(real)) real" }
        if real == 0 { return "\(Format.exact(modelled)) modelled" }
        return "\(Format.exact(real)) real and \(Format.exact(modelled)) modelled"
    }

    private func code(of event: EventID, in snapshot: EngineSnapshot) -> String {
        snapshot.events.first { $0.id == event }?.code ?? event.rawValue
    }

    /// A title from a schedule file must not move a cursor, and signs that a screen reader spells out are spared.
    static func plain(_ text: String) -> String {
        String(text.flatMap { character -> [Character] in
            TextWidth.forDisplay(character).map { glyph in
                let value = glyph.character.unicodeScalars.first?.value ?? 0
                let isDrawing = (0x2500...0x25FF).contains(value) || (0x2800...0x28FF).contains(value)
                return isDrawing ? GlyphSet.ascii.adapt(glyph)[0].character : glyph.character
            }
        })
    }
}
