import Engine

/// What the Event screen says of an event: its clock, its facts, the columns of plan and actuals.
enum EventModel {
    /// The T-clock to be drawn large.
    struct Clock {
        /// RUNNING, HOLD, OVERDUE, ON CUE, OVER.
        var word: String
        var text: String
        var style: Style
        /// Whether `text` can be drawn in big digits.
        var isDigits: Bool
    }

    static func clock(_ event: EventSnapshot) -> Clock {
        if event.hold != nil {
            guard let countdown = event.countdown else {
                return Clock(word: "HOLD", text: "HOLD, on cue", style: .hold, isDigits: false)
            }
            return Clock(word: "HOLD", text: Format.countdown(countdown), style: .hold, isDigits: true)
        }
        guard event.next != nil else {
            return Clock(word: "OVER", text: "the run of show is over", style: .dim, isDigits: false)
        }
        guard let countdown = event.countdown else {
            return Clock(word: "ON CUE", text: "on cue: TAKE starts it", style: .plain, isDigits: false)
        }
        let text = Format.countdown(countdown)
        if countdown < 0 { return Clock(word: "OVERDUE", text: text, style: .warn, isDigits: true) }
        return Clock(word: "RUNNING", text: text, style: countdown <= 60_000 ? .next : .plain, isDigits: true)
    }

    /// Lines of facts beside the clock, the most important first.
    static func clockFacts(_ event: EventSnapshot, _ snapshot: EngineSnapshot, namesStage: Bool) -> [[Fact]] {
        let next = event.stages.first { $0.key == event.next }
        var now: [Fact] = []
        if namesStage {
            now.append(Fact("stage", Wording.stage(event.current, of: event), isLive(event) ? .onAir : .plain))
        }
        if let next {
            let when =
                next.planned == nil ? "on cue" : "at " + Wording.planned(event.nextAt ?? next.planned, now: snapshot.at)
            now.append(Fact("next", "\(Wording.name(next.key, next.kind)) \(when) \(Wording.mode(next.mode))", .next))
        } else {
            now.append(Fact("next", "-"))
        }
        var lines = [now]
        for pending in snapshot.pending where pending.plan.event == event.id {
            let when = pending.firesAt.map { "in " + Format.duration(max(0, $0.since(snapshot.at))) + ", Esc stops it" }
            lines.append([Fact(
                pending.firesAt == nil ? "WAITS for 2nd operator" : "ARMED",
                [pending.plan.title, when, "by \(pending.plan.by)"].compactMap { $0 }.joined(separator: " "), .next
            )])
        }
        if let hold = event.hold {
            let why = hold.why.map { ": \($0)" } ?? ", no reason given"
            lines.append([Fact("HOLD", "\(Format.age(snapshot.at.since(hold.since))) by \(hold.by)\(why)", .warn)])
        } else if event.attention.severity > .info {
            lines.append([
                Fact(
                    Format.mark(event.attention.severity), event.attention.reason,
                    Format.style(event.attention.severity))
            ])
        }
        var facts = [
            Fact("tier", Format.tier(event.tier)), Fact("code", event.code),
            Fact("plan", "v\(event.planVersion)", priority: 1),
        ]
        if event.edition > 1 { facts.append(Fact("run", "\(event.edition)", priority: 3)) }
        if let undo = event.undo { facts.append(Fact("u undoes", undo.what, priority: 2)) }
        lines.append(facts)
        lines.append([
            Fact("connected", Wording.kinds(real: event.real.connected, modelled: event.modelled.connected)),
            Fact("of known", Wording.kinds(real: event.real.known, modelled: event.modelled.known), priority: 1),
        ])
        return lines
    }

    static func isLive(_ event: EventSnapshot) -> Bool { event.stages.first { $0.key == event.current }?.kind == .live }

    static func railTime(_ stage: StageSnapshot, now: WallTime, good: Character) -> String {
        switch stage.outcome {
        case .taken(let at, _): "\(Wording.dated(at, now: now)) \(good)"
        case .skipped: "skipped"
        case .upcoming: Wording.planned(stage.planned, now: now)
        }
    }

    /// How the figures with a `*` come about: `* forecast, model v1 ±15%`.
    static func forecastNote(_ event: EventSnapshot) -> String? {
        let known = event.stages.compactMap(\.forecast)
        return known.first.map { "* forecast, model v\($0.model) ±\(((known.map(\.band).max() ?? 0) + 9) / 10)%" }
    }

    static func planTable(_ event: EventSnapshot, _ snapshot: EngineSnapshot, width: Int) -> Table<StageSnapshot> {
        let now = snapshot.at
        let broadcasts = Dictionary(snapshot.broadcasts.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        func figures(_ stage: StageSnapshot) -> StageFigures? {
            taken(stage).flatMap { broadcasts[$0.broadcast] }.map { StageFigures($0.record) } ?? stage.figures
        }
        func figure(
            _ value: @escaping (StageFigures) -> Milliseconds?,
            _ foretold: @escaping (BroadcastForecast) -> Milliseconds?
        ) -> (StageSnapshot) -> TableCell {
            { stage in
                if let figures = figures(stage) { return TableCell(Format.duration(value(figures))) }
                return stage.forecast.flatMap(foretold).map { Self.foretold($0, budget: event.budget) } ?? "-"
            }
        }
        return Table([
            Column("STAGE", 12, grows: true) { name($0, of: event) },
            Column("PLAN (UTC)", 13, priority: 1) { TableCell(Wording.planned($0.planned, now: now)) },
            Column("AS WORDED", 16, priority: 9) { TableCell($0.timing, .dim) },
            Column("ACTUAL", 9, priority: 1) { actual($0, now: now) },
            Column("Δ", 7, priority: 2, .right) { delta($0, isNext: $0.key == event.next, hold: event.hold, now: now) },
            Column("MODE", 6, priority: 1) { mode($0) },
            Column("WAVES", 10, priority: 7) { stage in
                    stage.waves.count == 1
                        ? "1" : TableCell("\(stage.waves.count) x \(Format.duration(stage.waves.interval))")
            },
                Column("BCAST", 6, priority: 2, .right) { stage in
                    TableCell(taken(stage).map { "\($0.broadcast)" } ?? "-")
                },
            Column("TARGET", 7, priority: 4, .right) { stage in
                if let figures = figures(stage) { return TableCell(Format.count(figures.connected)) }
                return stage.forecast.map { TableCell(Format.count($0.devices) + "*", .next) } ?? "-"
            },
            Column("ACKED", 7, priority: 2, .right) { stage in
                    if let figures = figures(stage) {
                        return TableCell(Format.percent(figures.acked, of: figures.connected))
                    }
                return stage.forecast == nil ? "-" : TableCell("fcast", .next)
            },
            Column("t50", 6, priority: 6, .right, cell: figure(\.t50, \.t50)),
            Column("t99", 6, priority: 3, .right, cell: figure(\.t99, \.t99)),
            Column("t99.9", 6, priority: 5, .right, cell: figure(\.t999, \.t999)),
        ], fitting: width)
    }

    /// A `*` marks what is foretold; `!` stands in its place where that is over the budget.
    private static func foretold(_ time: Milliseconds, budget: Milliseconds?) -> TableCell {
        let isOver = budget.map { time > $0 } ?? false
        // Milliseconds would feign a certainty that a forecast has not, and take a column more.
        let words = time < 1000 ? "0.\(time / 100) s" : Format.duration(time)
        return TableCell(words + (isOver ? "!" : "*"), isOver ? .warn : .next)
    }

    private static func name(_ stage: StageSnapshot, of event: EventSnapshot) -> TableCell {
        let name = Wording.name(stage.key, stage.kind)
        if stage.key == event.current { return TableCell(name, .onAir) }
        return TableCell(name, stage.key == event.next ? .next : stage.outcome == .upcoming ? .plain : .dim)
    }

    private static func taken(_ stage: StageSnapshot) -> (at: WallTime, broadcast: BroadcastID)? {
        if case .taken(let at, let broadcast) = stage.outcome { (at, broadcast) } else { nil }
    }

    private static func actual(_ stage: StageSnapshot, now: WallTime) -> TableCell {
        switch stage.outcome {
        case .taken(let at, _): TableCell(Wording.dated(at, now: now))
        case .skipped: TableCell("skipped", .dim)
        case .upcoming: TableCell("-", .dim)
        }
    }

    /// How far from plan: of what was taken, and of the next one while it is overdue.
    private static func delta(_ stage: StageSnapshot, isNext: Bool, hold: Hold?, now: WallTime) -> TableCell {
        guard let planned = stage.planned else { return TableCell("-", .dim) }
        switch stage.outcome {
        case .taken(let at, _):
            let change = at.since(planned)
            return TableCell(Format.delta(change), change.magnitude > 1000 ? .warn : .plain)
        case .upcoming where isNext && hold == nil && now > planned:
            return TableCell(Format.delta(now.since(planned)), .warn)
        case .upcoming, .skipped: return TableCell("-", .dim)
        }
    }

    /// An ending that starts by itself is pointed out: normally a person ends a show.
    private static func mode(_ stage: StageSnapshot) -> TableCell {
        stage.kind == .ending && stage.mode == .auto
            ? TableCell("AUTO !", .warn) : TableCell(Wording.mode(stage.mode), stage.mode == .manual ? .plain : .dim)
    }
}
