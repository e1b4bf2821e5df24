import Engine

/// What the next shift must know, gathered from the room itself. It writes itself: nobody has to remember anything.
struct HandoverSheet: Hashable, Sendable {
    var firstLine = 0
    /// When this sheet was first on the terminal; `y` is dead before and shortly after.
    var paintedAt: EngineInstant?

    struct Section: Hashable, Sendable {
        var title: String
        var lines: [String]
        var severity: Severity
    }

    /// Everything since the last handover that both people signed, or all that is known.
    static func sections(_ snapshot: EngineSnapshot, entries: [JournalEntry]) -> [Section] {
        let shift = Array(entries.prefix { !($0.kind == .handoverSigned && $0.before?.hasPrefix("2 of 2") == true) })
        let owed = shift.filter(Wording.owesReason),
            plans = shift.filter { [.rescheduled, .undone, .scheduleAdopted].contains($0.kind) }
        let holds = snapshot.events.compactMap { event in
            event.hold.map {
                "\(event.code) HOLD since \(Format.time($0.since)) by \($0.by)\($0.why.map { ": \($0)" } ?? "")"
            }
        }
        let pending = snapshot.pending.map { "plan #\($0.plan.id) \($0.plan.title) by \($0.plan.by)" }
        let offered =
            snapshot.offered.map { ["the schedule file was edited and not adopted: \($0.changes.count) changes"] } ?? []
        let overrides = holds + pending + offered
        return [
            Section(
                title: "Alerts that stand",
                lines: snapshot.alerts.map { "\(Format.mark($0.severity)) \(Format.time($0.since)) \($0.text)" },
                severity: .warn),
            Section(title: "Holds, plans that wait, edits not adopted", lines: overrides, severity: .warn),
            Section(title: "Plans changed in this shift", lines: plans.map(line), severity: .info),
            Section(title: "Reasons missing", lines: owed.map(line), severity: .warn),
        ]
    }

    private static func line(_ entry: JournalEntry) -> String {
        "\(entry.number) \(Format.time(entry.at)) \(Wording.what(entry.kind)) \(entry.event?.rawValue ?? "") by \(entry.actor): \(Wording.change(entry))\(entry.why.map { ", \($0)" } ?? "")"
    }

    /// What is journalled with a signature.
    static func summary(_ sections: [Section]) -> String {
        sections.map { "\($0.title.lowercased()): \($0.lines.count)" }.joined(separator: ", ")
    }

    /// The sheet line by line.
    static func lines(_ sections: [Section], _ snapshot: EngineSnapshot) -> [DialogLine] {
        var lines: [DialogLine] = []
        for section in sections {
            lines.append(DialogLine("\(section.title) (\(section.lines.count))", .title))
            lines +=
                section.lines.isEmpty
                ? [DialogLine("  none", .dim)]
                : section.lines.map { DialogLine("  \($0)", Format.style(section.severity)) }
        }
        lines.append(DialogLine())
        let signature = snapshot.handover.map {
            "Signed by \($0.by) at \(Format.time($0.since)). Whoever takes over signs with y."
        }
        lines.append(
            DialogLine(signature ?? "Nobody has signed. y signs; then the one who takes over, at their own terminal."))
        return lines
    }
}

extension AppState {
    mutating func openHandover() -> [AppEffect] {
        overlay = .handover(HandoverSheet())
        return askForAudit()
    }

    /// What the sheet says now.
    var handoverSections: [HandoverSheet.Section] {
        newest.map { HandoverSheet.sections($0, entries: screens.audit.known($0)) } ?? []
    }

    mutating func handleHandover(_ sheet: HandoverSheet, _ key: Key) -> [AppEffect] {
        var sheet = sheet
        switch key {
        case .escape, .enter, .character("q"): return close(.handover(sheet))
        case .character("j"), .down: sheet.firstLine += 1
        case .character("k"), .up: sheet.firstLine = max(0, sheet.firstLine - 1)
        case .character("y"):
            guard let paintedAt = sheet.paintedAt, now.instant - paintedAt >= PlanDialog.deadTime else { return [] }
            let text = HandoverSheet.summary(handoverSections)
            overlay = nil
            return perform(.signHandover(text))
        default: break
        }
        let count = newest.map { HandoverSheet.lines(handoverSections, $0).count } ?? 0
        sheet.firstLine = min(sheet.firstLine, max(0, count - HelpPage.rows(in: size)))
        overlay = .handover(sheet)
        return []
    }
}

func renderHandover(_ sheet: HandoverSheet, _ state: AppState, on canvas: inout Canvas) {
    guard let snapshot = state.newest else { return }
    let lines = HandoverSheet.lines(state.handoverSections, snapshot)
    let rows = min(lines.count, HelpPage.rows(in: state.size))
    let area = canvas.bounds.centred(Size(width: min(116, state.size.width - 2), height: rows + 2))
    let inner = canvas.box(
        area, title: "Handover", right: "y sign   j k scroll   Esc close", border: border(of: state), style: .bold)
    for (row, line) in lines.dropFirst(sheet.firstLine).prefix(inner.height).enumerated() {
        canvas.put(line, x: inner.x + 1, y: inner.y + row, width: inner.width - 2)
    }
}
