import Engine

/// Paints a plan: what changes, what to know, the fields, and at the bottom what `y` would do. When the
/// terminal is too low for all of it, the middle is cut, never the fields or the buttons.
func renderPlan(_ dialog: PlanDialog, _ state: AppState, border: GlyphSet.Border, on canvas: inout Canvas) {
    let width = min(104, canvas.size.width - 2), inside = width - 4
    let title = dialog.plan?.title ?? dialog.reschedule.map { "Reschedule \($0.stage)" } ?? "Plan"
    let foot = planFoot(dialog, state, width: inside)
    let full = planBody(dialog, width: inside), room = canvas.size.height - foot.count - 3
    let middle = full.count <= room ? full : planBody(dialog, width: inside, isTight: true)
    let height = min(canvas.size.height, middle.count + foot.count + 3)
    let area = canvas.bounds.centred(Size(width: width, height: height))
    let level = dialog.plan.map { "\($0.level.rawValue)  nothing sent yet" } ?? "nothing sent yet"
    var content = canvas.box(area, title: title, right: level, border: border, style: .bold).inset(columns: 1, rows: 0)
    let footArea = content.takeBottom(foot.count)
    _ = content.takeBottom(1)
    for (row, line) in middle.prefix(content.height).enumerated() {
        canvas.put(line, x: content.x, y: content.y + row, width: content.width)
    }
    if middle.count > content.height, content.height > 0 {
        canvas.fill(Rect(x: content.x, y: content.bottom - 1, width: content.width, height: 1))
        canvas.put(
            "+ \(middle.count - content.height + 1) more lines; make the terminal higher", x: content.x,
            y: content.bottom - 1, style: .warn)
    }
    for (row, line) in foot.enumerated() where row < footArea.height {
        canvas.put(line, x: footArea.x, y: footArea.y + row, width: footArea.width)
    }
}

/// A plan in a few words, for terminals that hold no more: the keys first, since they must not be cut off.
func planInOneLine(_ dialog: PlanDialog) -> String {
    guard let plan = dialog.plan else { return dialog.reschedule == nil ? "Esc: no plan yet" : "+ - Esc: reschedule" }
    if let code = plan.code, !dialog.isCodeComplete { return "Esc or \(code): \(dialog.code.text)_ \(plan.title)" }
    return "Esc or y \(confirming(dialog)): \(plan.title)"
}

private func confirming(_ dialog: PlanDialog) -> String {
    guard dialog.purpose == .apply else { return "approve" }
    return dialog.plan?.code == nil ? "apply" : "arm"
}

/// - Parameter isTight: for terminals too low for all of it: what warns first, the forecast in few lines, then what
///   changes.
private func planBody(_ dialog: PlanDialog, width: Int, isTight: Bool = false) -> [DialogLine] {
    var lines: [DialogLine] = []
    if let reschedule = dialog.reschedule { lines.append(what(reschedule)) }
    guard let plan = dialog.plan else {
        if dialog.reschedule?.move == nil {
            lines.append(DialogLine("+ and - move it by 30 s; a digit lets you type a time", .dim))
        }
        else if dialog.note == nil { lines.append(DialogLine("working it out …", .dim)) }
        return lines
    }
    if dialog.purpose == .approve {
        lines.append(DialogLine("confirmed by \(plan.by); a second person at another terminal approves", .next))
    }
    let alarming = plan.facts.filter { $0.severity >= .warn }
    if isTight {
        lines += factLines(alarming, width: width)
        if let forecast = plan.forecast { lines += forecastInShort(forecast, width: width) }
        lines += changeLines(plan.changes.filter { $0.mark != .same }, width: width)
        return lines + factLines(plan.facts.filter { $0.severity < .warn }, width: width)
    }
    if !plan.changes.isEmpty { lines += [DialogLine()] + changeLines(plan.changes, width: width) }
    if let forecast = plan.forecast { lines += [DialogLine()] + forecastLines(forecast, width: width) }
    if !plan.facts.isEmpty { lines += [DialogLine()] + factLines(plan.facts, width: width) }
    return lines
}

private func changeLines(_ changes: [PlanChange], width: Int) -> [DialogLine] {
    guard !changes.isEmpty else { return [] }
    let rest = width - 2 - 3 * 13 - 10, what = max(12, rest * 2 / 3)
    var head = DialogLine("  ")
    head.append("CHANGES", .title, column: what)
    head.append("BEFORE", .title, column: 13)
    head.append("AFTER", .title, column: 13)
    head.append("MOVES", .title, column: 10)
    head.append("NOTE", .title)
    return [head] + changes.map { change in
        var line = DialogLine("\(change.mark.rawValue) ", change.mark == .same ? .dim : .bold)
        line.append(change.what, change.mark == .same ? .dim : .plain, column: what)
        line.append(change.before, .plain, column: 13)
        line.append(change.after, change.mark == .same ? .dim : .bold, column: 13)
        line.append(change.delta, .plain, column: 10)
        line.append(change.note, .dim)
        return line
    }
}

private func factLines(_ facts: [PlanFact], width: Int) -> [DialogLine] {
    var lines: [DialogLine] = []
    let label = min(16, (facts.map { TextWidth.of($0.label) }.max() ?? 0) + 2)
    for fact in facts {
        var line = DialogLine()
        line.append(fact.label, .dim, column: label)
        for (index, part) in wrapped(fact.value, width: width - label - 3).enumerated() {
            if index > 0 {
                lines.append(line)
                line = DialogLine(String(repeating: " ", count: label))
            } else if fact.severity >= .warn {
                line.append(fact.severity == .critical ? "!! " : "! ", Format.style(fact.severity))
            }
            line.append(part, Format.style(fact.severity))
        }
        lines.append(line)
    }
    return lines
}

private func what(_ reschedule: PlanDialog.Reschedule) -> DialogLine {
    var line = DialogLine("WHAT  ", .title)
    line.append("\(reschedule.stage)  \(reschedule.planned.map { Format.time($0) } ?? "on cue")")
    switch reschedule.move {
    case .by(let change)?: line.append("  \(Format.delta(change))", .next)
    case .to(let moment)?: line.append("  to \(Format.time(moment))", .next)
    case nil: break
    }
    return line
}

private func planFoot(_ dialog: PlanDialog, _ state: AppState, width: Int) -> [DialogLine] {
    var lines: [DialogLine] = []
    if let note = dialog.note { lines += wrapped(note, width: width).map { DialogLine($0, .warn) } }
    if dialog.reschedule != nil, dialog.focus == .time { lines.append(field("TIME  ", dialog.time, hasFocus: true)) }
    if dialog.purpose == .apply, let plan = dialog.plan {
        if let code = plan.code {
            var line = DialogLine("type  ")
            line.append(code, .bold)
            line.append("  to arm:  ")
            appendField(dialog.code, hasFocus: dialog.focus == .code, to: &line)
            if dialog.isCodeComplete { line.append("  ✓", .good) }
            if plan.level == .g3TwoOperators {
                line.append(
                    "    second operator: \(plan.approvedBy.map { "\($0) ✓" } ?? "asked for once you arm")", .dim)
            }
            lines.append(line)
        }
        var line = field("WHY   ", dialog.why, hasFocus: dialog.focus == .why)
        if dialog.why.isEmpty, dialog.focus != .why {
            line.append(
                plan.needsWhy ? "  needed: Tab" : "  Tab; may be given later with :explain",
                plan.needsWhy ? .warn : .dim)
        }
        lines.append(line)
    }
    var buttons = DialogLine("[ Cancel ]", Style(.selected, inverse: dialog.focus == .cancel))
    buttons.append(" Enter, Esc   ", .dim)
    if dialog.plan != nil {
        let isReady = dialog.purpose == .approve || dialog.isCodeComplete
        buttons.append("y \(confirming(dialog))", isReady ? .next : .dim)
        if dialog.plan?.code != nil, dialog.purpose == .apply { buttons.append(", then 3 s: Esc stops it", .dim) }
        if dialog.purpose == .approve { buttons.append("   x withdraw", .dim) }
    }
    if dialog.reschedule != nil { buttons.append("   + - 30 s   type a time", .dim) }
    return lines + [buttons]
}

private func field(_ label: String, _ field: TextField, hasFocus: Bool) -> DialogLine {
    var line = DialogLine(label, .title)
    appendField(field, hasFocus: hasFocus, to: &line)
    return line
}

/// The end of the text is what one wants to see of a long one.
private func appendField(_ field: TextField, hasFocus: Bool, to line: inout DialogLine) {
    line.append(String(field.text.suffix(60)), Style(.plain, bold: true))
    if hasFocus { line.append("_", Style(.plain, inverse: true)) }
}

/// Breaks a sentence at spaces into lines of at most `width` columns; a longer word is cut.
func wrapped(_ text: String, width: Int) -> [String] {
    guard width > 0 else { return [] }
    var lines: [String] = [], line = ""
    for word in text.split(separator: " ") {
        let candidate = line.isEmpty ? String(word) : line + " " + word
        if TextWidth.of(candidate) > width, !line.isEmpty {
            lines.append(line)
            line = String(word)
        } else {
            line = candidate
        }
    }
    return lines + (line.isEmpty ? [] : [TextWidth.clipped(line, to: width)])
}
