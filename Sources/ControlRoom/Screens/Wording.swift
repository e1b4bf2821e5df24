import Engine

/// How the screens put the engine's values into words, the same everywhere.
enum Wording {
    /// A stage's name; what is live stands in capitals.
    static func stage(_ key: StageKey?, of event: EventSnapshot) -> String {
        guard let key else { return "-" }
        return name(key, event.stages.first { $0.key == key }?.kind)
    }

    static func name(_ key: StageKey, _ kind: StageKind?) -> String {
        kind == .live ? key.rawValue.uppercased() : key.rawValue
    }

    static func mode(_ mode: StageMode) -> String { mode == .auto ? "AUTO" : "MAN" }

    /// A planned moment: the time of day, with its date if that is not today's; `on cue` without one.
    static func planned(_ moment: WallTime?, now: WallTime) -> String {
        guard let moment else { return "on cue" }
        return dated(moment, now: now)
    }

    static func dated(_ moment: WallTime, now: WallTime) -> String {
        let day = Format.day(moment)
        if day == Format.day(now) { return Format.time(moment) }
        return day.drop { $0 != " " }.dropFirst() + " " + moment.clock().prefix(5) + "Z"
    }

    /// When an armed plan fires, by event.
    static func armed(_ snapshot: EngineSnapshot) -> [EventID: WallTime] {
        snapshot.pending.reduce(into: [:]) { found, pending in
            guard let event = pending.plan.event, let at = pending.firesAt else { return }
            found[event] = min(at, found[event] ?? at)
        }
    }

    /// The T-clock of an event: armed, held, over, on cue or running; with the style that says so.
    static func clock(_ event: EventSnapshot, armed: WallTime? = nil, now: WallTime) -> TableCell {
        if let armed {
            return TableCell("ARMED " + Format.duration(max(0, armed.since(now))), Style(.next, bold: true))
        }
        if event.hold != nil { return TableCell("HOLD " + heldAt(event.countdown), .hold) }
        guard event.next != nil else { return TableCell("over", .dim) }
        guard let countdown = event.countdown else { return TableCell("on cue", .dim) }
        if countdown < 0 { return TableCell(Format.countdown(countdown), .warn) }
        return TableCell(Format.countdown(countdown), countdown <= 60_000 ? .next : .plain)
    }

    private static func heldAt(_ countdown: Milliseconds?) -> String {
        guard let countdown else { return "on cue" }
        let clock = Format.clock(countdown >= 0 ? countdown + 999 : countdown)
        return (countdown < 0 ? "+" : "")
            + (clock.hasPrefix("00:") ? String(clock.dropFirst(3)) : String(clock.prefix(5)) + "h")
    }

    /// Gates that are GO, of all; empty without gates.
    static func gates(_ event: EventSnapshot) -> TableCell {
        guard !event.gates.isEmpty else { return TableCell("-", .dim) }
        let go = event.gates.count { $0.isGo == true }
        return TableCell("\(go)/\(event.gates.count)", go == event.gates.count ? .good : .critical)
    }

    static func vote(_ gate: GateSnapshot) -> TableCell {
        switch gate.isGo {
        case true?: TableCell("GO", .good)
        case false?: TableCell("NO-GO", .critical)
        case nil: TableCell("no vote", .warn)
        }
    }

    /// A device count of both kinds, each beside its name; a kind without devices is left out.
    static func kinds(real: Int, modelled: Int, _ number: (Int) -> String = Format.count) -> String {
        if modelled == 0 { return "real \(number(real))" }
        if real == 0 { return "modelled \(number(modelled))" }
        return "real \(number(real)) modelled \(number(modelled))"
    }

    /// A count to two places, cut off and never rounded up: 99 999 999 of a hundred million is `99.99 M`.
    static func tally(_ number: Int) -> String {
        if number < 0 { return "-" + tally(-number) }
        switch number {
        case ..<10_000: return Format.exact(number)
        case ..<1_000_000: return hundredths(number / 10) + " k"
        case ..<1_000_000_000: return hundredths(number / 10_000) + " M"
        default: return hundredths(number / 10_000_000) + " G"
        }
    }

    private static func hundredths(_ number: Int) -> String {
        let rest = number % 100
        return "\(number / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// `took stage`, `held`: what a journal entry is about.
    static func what(_ kind: JournalEntry.Kind) -> String {
        switch kind {
        case .engineStarted: "engine started"
        case .engineResumed: "engine resumed"
        case .engineStopped: "engine stopped"
        case .engineQuit: "QUIT"
        case .eventScheduled: "event scheduled"
        case .scheduleAdopted: "schedule adopted"
        case .eventRemoved: "event removed"
        case .stageTaken: "TAKE"
        case .stageSkipped: "stage skipped"
        case .stageRecycled: "RECYCLE"
        case .stageTriggered: "TRIGGER"
        case .held: "HOLD"
        case .resumed: "RESUME"
        case .rescheduled: "PLAN applied"
        case .undone: "undo"
        case .broadcastAborted: "ABORT"
        case .broadcastResent: "re-send"
        case .broadcastCompleted: "complete"
        case .wavesPaused: "PAUSE waves"
        case .wavesPromoted: "PROMOTE waves"
        case .broadcastStopped: "stopped ITSELF"
        case .drillBegan: "DRILL"
        case .drillEnded: "DRILL OVER"
        case .voted: "vote"
        case .noted: "note"
        case .explained: "reason given"
        case .acknowledged: "alert seen"
        case .handoverSigned: "HANDOVER"
        case .planArmed: "armed"
        case .planDisarmed: "disarmed"
        case .planApproved: "approved"
        case .planDiscarded: "plan discarded"
        case .commandRefused: "refused"
        case .clockStepped: "clock stepped"
        case .journalFailed: "journal FAILED"
        case .journalRecovered: "journal well"
        case .ledgerBroken: "ledger BROKEN"
        case .nodeLost: "node lost"
        case .nodeReturned: "node returned"
        case .nodeCordoned: "CORDON"
        case .nodeDrained: "DRAIN"
        case .nodeUncordoned: "uncordon"
        case .trafficSteered: "traffic"
        case .rulesetSwitched: "ruleset"
        }
    }

    static func state(of node: NodeSnapshot) -> TableCell {
        switch node.state {
        case .up: TableCell("up", .good)
        case .stale: TableCell("STALE \(Format.age(node.silence))", .critical)
        case .cordoned: TableCell("cordoned", .warn)
        case .draining: TableCell("drains \(Format.count(node.connections))", .warn)
        }
    }

    /// Before and after in one line.
    static func change(_ entry: JournalEntry) -> String {
        switch (entry.before, entry.after) {
        case (let before?, let after?): "\(before) → \(after)"
        case (nil, let after?): after
        case (let before?, nil): before
        case (nil, nil): "-"
        }
    }

    /// Whether a person or signal still owes the reason for this entry.
    static func owesReason(_ entry: JournalEntry) -> Bool {
        guard entry.actor != .engine, entry.why == nil else { return false }
        switch entry.kind {
        case .held, .rescheduled, .undone, .stageTriggered, .stageRecycled, .broadcastAborted, .broadcastResent,
            .wavesPaused, .scheduleAdopted, .engineQuit, .nodeCordoned, .nodeDrained:
            return true
        default: return false
        }
    }
}
