import Engine

/// What a surge would bring, as the engine has worked it out: what is offered, what the rules in force would refuse,
/// what would have to be there to refuse nothing. Changes nothing; levers, overrides and rulesets are plans of their
/// own.
struct SurgeSheet: Hashable, Sendable {
    var report: SurgeReport
    var firstLine = 0

    /// What can be asked for, as words and question.
    static let choices: [(title: String, detail: String, surge: Surge)] = [
        ("the next peak", "as it is projected", .peak(percent: 100)),
        ("half as much again", "150% of the next peak", .peak(percent: 150)),
        ("twice the next peak", "200%", .peak(percent: 200)),
        ("five times the next peak", "500%", .peak(percent: 500)),
        ("all streams stop for 30 s", "clients come back by themselves", .interruption(isGuided: false)),
        ("all streams stop for 30 s", "clients come back when Retry-After says", .interruption(isGuided: true)),
    ]

    /// `200% of the next peak`
    static func title(_ surge: Surge) -> String {
        switch surge {
        case .peak(let percent): "\(percent)% of the next peak"
        case .interruption(let isGuided): "all streams stop for 30 s, retries \(isGuided ? "guided" : "unguided")"
        }
    }

    func lines(_ snapshot: EngineSnapshot) -> [DialogLine] {
        let surge = report, carried = surge.capacity.gatewayPerSecond
        let place = TrafficModel.place(of: surge, snapshot)
        var lines = [
            fact("when", "\(Format.time(surge.at))\(place.isEmpty ? "" : ", most of it \(place)")"),
            fact(
                "asked",
                "\(Format.count(surge.perSecond))/s of \(Format.count(carried))/s that the gateways carry: \(Format.percent(surge.perSecond, of: carried))",
                 surge.isOverSoft ? .warn : .good),
            fact("rulesets on", surge.rulesets.isEmpty ? "none" : surge.rulesets.joined(separator: ", ")),
            fact(
                "to refuse nothing",
                surge.lanes.map { "\($0.lane.rawValue) \(Format.count($0.desired))/s" }.joined(separator: ", ")),
            DialogLine(), row("BUCKET", "OFFERED", "REFUSED", "SHARE", "WHAT", .title),
        ]
        for bucket in surge.buckets {
            let own = surge.classes.filter { $0.bucket == bucket.bucket }.map {
                "\($0.requestClass.rawValue) \(Format.count($0.perSecond))"
            }
            let style: Style = bucket.refused == 0 ? .plain : bucket.bucket == .critical ? .critical : .warn
            lines.append(row(
                bucket.bucket.rawValue, "\(Format.count(bucket.offered))/s", "\(Format.count(bucket.refused))/s",
                    Format.percent(bucket.refused, of: bucket.offered), own.isEmpty ? "-" : own.joined(separator: ", "),
                    style))
        }
        let starts = surge.perSecond(of: .playbackStart), ceiling = surge.capacity.startsPerSecond
        if starts > ceiling {
            lines += [
                DialogLine(),
                DialogLine(
                    "\(Format.count(starts)) playback starts/s, \(Format.count(ceiling)) are carried: the ceiling of starts is lower than that of the gateways",
                    .warn),
            ]
        }
        return lines + [DialogLine(), DialogLine(verdict, surge.refused == 0 ? .good : .warn)]
    }

    private var verdict: String {
        if report.refused == 0 { return "Nothing is refused." }
        let isCritical = report.buckets.contains { $0.bucket == .critical && $0.refused > 0 }
        return "Refused: \(TrafficModel.refusals(report)). " + (isCritical
            ? "CRITICAL suffers: more capacity, or fewer people at once." : "CRITICAL is served.")
    }

    private func fact(_ label: String, _ value: String, _ style: Style = .plain) -> DialogLine {
        var line = DialogLine()
        line.append(label, .dim, column: 19)
        line.append(value, style)
        return line
    }

    private func row(
        _ bucket: String, _ offered: String, _ refused: String, _ share: String, _ what: String, _ style: Style
    ) -> DialogLine {
        var line = DialogLine()
        line.append(bucket, style, column: 13)
        for (text, width) in [(offered, 10), (refused, 10), (share, 9)] {
            line.append(
                String(repeating: " ", count: max(0, width - TextWidth.of(text) - 1)) + text, style, column: width + 1)
        }
        line.append(what, style == .title ? .title : .dim)
        return line
    }
}

extension AppState {
    /// `w` on Traffic.
    mutating func chooseSurge() -> [AppEffect] {
        overlay = .picker(Picker(title: "What if?", choices: SurgeSheet.choices.map {
            Picker.Choice(title: $0.title, detail: $0.detail, outcome: .surge($0.surge))
        }))
        return []
    }

    mutating func ask(_ surge: Surge) -> [AppEffect] { send(.surge(surge), for: .surge(surge)) }

    /// The answer has come: shown unless something else was opened since.
    mutating func show(_ report: SurgeReport) {
        guard overlay == nil, prompt == nil else { return say("The what-if was not shown: another window is open") }
        overlay = .surge(SurgeSheet(report: report))
    }

    mutating func handleSurge(_ sheet: SurgeSheet, _ key: Key) -> [AppEffect] {
        var sheet = sheet
        switch key {
        case .escape, .enter, .character("q"): return close(.surge(sheet))
        case .character("w"): return chooseSurge()
        case .character("j"), .down: sheet.firstLine += 1
        case .character("k"), .up: sheet.firstLine -= 1
        default: break
        }
        let count = shown.map { sheet.lines($0).count } ?? 0
        sheet.firstLine = min(max(0, sheet.firstLine), max(0, count - HelpPage.rows(in: size)))
        overlay = .surge(sheet)
        return []
    }
}

func renderSurge(_ sheet: SurgeSheet, _ state: AppState, on canvas: inout Canvas) {
    guard let snapshot = state.shown else { return }
    let lines = sheet.lines(snapshot), rows = min(lines.count, HelpPage.rows(in: state.size))
    let area = canvas.bounds.centred(Size(width: min(116, state.size.width - 2), height: rows + 2))
    let title = "What if: \(SurgeSheet.title(sheet.report.surge))"
    let inner = canvas.box(
        area, title: title, right: "w another   j k scroll   Esc close", border: border(of: state), style: .bold)
    for (row, line) in lines.dropFirst(sheet.firstLine).prefix(inner.height).enumerated() {
        canvas.put(line, x: inner.x + 1, y: inner.y + row, width: inner.width - 2)
    }
}
