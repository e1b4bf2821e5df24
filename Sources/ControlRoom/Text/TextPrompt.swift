import Engine

/// The room without a screen: the same state and the same guards, spoken in lines. A plan is printed and
/// answered with `y`, or with its code; anything else cancels it.
extension AppState {
    /// Carries out a line typed at the `--text` prompt.
    mutating func handleLine(_ typed: String) -> [AppEffect] {
        let line = typed.trimmingSpaces
        if line == "stop" { return handle(.escape) }
        switch overlay {
        case .plan(let dialog): return answer(dialog, line)
        case .picker(var picker):
            guard let number = Int(line), picker.choices.indices.contains(number - 1) else { return handle(.escape) }
            picker.index = number - 1
            overlay = .picker(picker)
            return handle(.enter)
        case .handover: return handle(line == "y" ? .character("y") : .escape)
        case .help, .surge, nil: break
        }
        overlay = nil
        guard !line.isEmpty else { return [] }
        switch PaletteCommand.parse(line, in: self) {
        case .success(.action(.note)): say("Usage: note <text>")
        case .success(.action(.move)), .success(.action(.show)), .success(.action(.palette)),
            .success(.action(.filter)),
            .success(.action(.sort)), .success(.action(.reverseSort)), .success(.action(.foldCalm)),
            .success(.action(.freeze)),
            .success(.action(.follow)), .success(.action(.repaint)), .success(.action(.open)), .success(.action(.back)),
            .success(.action(.nextMatch)), .success(.action(.previousMatch)):
            say("‘\(line)’ is for the screen; 'help' lists what works here")
        case .success(.selectEvent(let id)):
            select(id)
            say("Selected \(event?.code ?? id.rawValue)")
        default: return run(line: line)
        }
        return []
    }

    private mutating func answer(_ shown: PlanDialog, _ line: String) -> [AppEffect] {
        var dialog = shown
        if line.hasPrefix("why ") {
            dialog.why.set(String(line.dropFirst(4)))
            overlay = .plan(dialog)
            return []
        }
        if let code = dialog.plan?.code {
            dialog.code.set(line)
            dialog.focus = .cancel
            overlay = .plan(dialog)
            guard line.lowercased() == code.lowercased() else { return cancelled() }
            return handle(.character("y"))
        }
        if line == "y" {
            dialog.focus = .cancel
            overlay = .plan(dialog)
            return handle(.character("y"))
        }
        if dialog.reschedule != nil, line == "+" || line == "-" { return handle(.character(Character(line))) }
        if dialog.reschedule != nil, case .success = MoveParser.parse(line, now: now.wall) {
            dialog.focus = .time
            dialog.time.set(line)
            overlay = .plan(dialog)
            return handle(.enter)
        }
        return cancelled()
    }

    private mutating func cancelled() -> [AppEffect] {
        guard let overlay else { return [] }
        say("Cancelled; nothing was sent")
        return close(overlay)
    }

    /// What lies on top, in lines; empty if nothing does.
    var overlayLines: [String] {
        switch overlay {
        case .plan(let dialog): planLines(dialog)
        case .picker(let picker):
            [picker.title]
                + picker.choices.enumerated().map { "  \($0.offset + 1)  \($0.element.title)  \($0.element.detail)" }
                + ["type a number, or Enter to cancel"]
        case .help:
            PaletteCommand.usages.filter { !$0.word.hasPrefix("screen-") }.map {
                "  \($0.text): \($0.summary) (\($0.guardNames))"
            }
                + ["stop: stop a countdown"]
        case .handover:
            (newest.map { HandoverSheet.lines(handoverSections, $0).map(\.text) } ?? []) + [
                "type y to sign; anything else closes"
            ]
        case .surge(let sheet):
            shown.map { ["What if: \(SurgeSheet.title(sheet.report.surge))"] + sheet.lines($0).map { "  \($0.text)" } }
                ?? []
        case nil: []
        }
    }

    private func planLines(_ dialog: PlanDialog) -> [String] {
        var lines: [String] = []
        if let reschedule = dialog.reschedule, dialog.plan == nil {
            let planned = reschedule.planned.map { Format.time($0) } ?? "on cue"
            lines.append(
                "reschedule \(reschedule.stage), now \(planned): type +30s, -1m, 21:05Z, + or -; Enter cancels")
        }
        if let plan = dialog.plan {
            lines.append("PLAN #\(plan.id) \(plan.title) (\(plan.level.rawValue), nothing sent yet)")
            lines += plan.changes.map { change in
                "  \(change.mark.rawValue) \(change.what): \(change.before) -> \(change.after) \(change.delta) \(change.note)"
            }
            if let forecast = plan.forecast {
                lines.append(
                    "  forecast \(forecast.bandWords): \(forecast.verdict) (model v\(forecast.model), \(forecast.basis))"
                )
                lines += forecast.lines.map { line in
                    let mark = line.severity >= .warn ? "! " : ""
                    return
                        "    \(mark)\(line.what): \(line.before == "-" ? "" : line.before + " > ")\(line.after)\(line.risk.isEmpty ? "" : ", \(line.risk)")"
                }
            }
            lines += plan.facts.map { "  \($0.label): \($0.value)" }
            if plan.needsWhy, dialog.why.isEmpty {
                lines.append("  a reason is needed: type 'why ' and the reason first")
            }
        }
        if let note = dialog.note { lines.append("  \(note)") }
        if let plan = dialog.plan {
            let answer = dialog.purpose == .approve ? "y to approve" : plan.code.map { "\($0) to arm" } ?? "y to apply"
            lines.append("type \(answer); anything else cancels")
        }
        return lines
    }
}

extension String {
    /// Without spaces and carriage returns at both ends.
    var trimmingSpaces: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" || $0 == "\n" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
