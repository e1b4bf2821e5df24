import Engine

/// The room when there is little room, and the rail when there is much.

/// Below 40×8: the event under the cursor, its clock, the alerts; `H`, `t`, `q` still work.
func renderOneLine(_ state: AppState, on canvas: inout Canvas) {
    guard canvas.size.height > 0 else { return }
    if case .plan(let dialog) = state.overlay {
        let lines =
            wrapped(planInOneLine(dialog), width: canvas.size.width)
            + wrapped(dialog.note ?? "", width: canvas.size.width)
        for (row, line) in lines.enumerated() { canvas.put(line, x: 0, y: row, style: .bold, width: canvas.size.width) }
        return
    }
    var line = "no engine"
    if let event = state.event {
        let clock = event.hold != nil ? "HOLD" : Format.countdown(event.countdown)
        line = "\(event.code) \((event.next ?? event.current).map { $0.rawValue.uppercased() } ?? "") \(clock)"
    } else if state.shown != nil {
        line = "no event"
    }
    if let armed = state.countingDown { line = "ARMED \(armed.title): Esc stops" }
    let urgent = state.openAlerts.count { $0.severity == .critical }
    if urgent > 0 { line += " \(urgent)!!" }
    if state.isStale { line = "STALE " + line }
    canvas.put(line, x: 0, y: 0, style: urgent > 0 ? .critical : .plain, width: canvas.size.width)
    if canvas.size.height > 1, let toast = state.toast { canvas.put(toast.text, x: 0, y: 1, width: canvas.size.width) }
    if canvas.size.height > 2 {
        canvas.put("H HOLD  t TAKE  q quit", x: 0, y: 2, style: .dim, width: canvas.size.width)
    }
}

/// Below 80×24: one line per event, whatever screen is open.
func renderEventLines(_ state: AppState, _ snapshot: EngineSnapshot, in area: Rect, on canvas: inout Canvas) {
    let place = snapshot.events.firstIndex { $0.id == state.selected } ?? 0
    let first = max(0, min(place - area.height / 2, snapshot.events.count - area.height))
    for (row, event) in snapshot.events.dropFirst(first).prefix(area.height).enumerated() {
        let y = area.y + row
        canvas.put(
            Format.mark(event.attention.severity), x: area.x + 2, y: y, style: Format.style(event.attention.severity))
        let clock = event.hold != nil ? "HOLD" : event.next == nil ? "over" : Format.countdown(event.countdown)
        canvas.putRight(clock, right: area.right - 1, y: y, style: event.hold != nil ? .hold : .plain)
        let room = area.width - 6 - TextWidth.of(clock) - 1
        let text = "\(event.title)  \(event.current?.rawValue ?? "-") > \(event.next?.rawValue ?? "-")"
        canvas.put(text, x: area.x + 5, y: y, width: max(0, room))
        if event.id == state.selected {
            canvas.select(Rect(x: area.x, y: y, width: area.width, height: 1))
            canvas.put(String(canvas.glyphs.cursor), x: area.x, y: y, style: .selected)
        }
    }
}

/// From 160 columns on: what comes in the next 30 minutes, and the newest journal entries.
func renderRail(
    _ snapshot: EngineSnapshot, now: WallTime, in area: Rect, border: GlyphSet.Border, on canvas: inout Canvas
) {
    var rest = area
    let soon = snapshot.events.compactMap { event -> (WallTime, EventSnapshot)? in
        guard let moment = event.nextAt, event.hold == nil, moment.since(now) < 1_800_000 else { return nil }
        return (moment, event)
    }.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }
    let upper = canvas.box(
        rest.takeTop(min(rest.height / 3, max(4, soon.count + 2))), title: "Next 30 min", border: border)
    for (row, (moment, event)) in soon.prefix(upper.height).enumerated() {
        canvas.put(
            "\(Format.time(moment)) \(event.code) \(event.next?.rawValue ?? "")", x: upper.x + 1, y: upper.y + row,
            width: upper.width - 2)
    }
    let lower = canvas.box(rest, title: "Journal", border: border)
    for (row, entry) in snapshot.journal.prefix(lower.height).enumerated() {
        let words = [
            entry.at.clock(), entry.actor.description, entry.kind.rawValue, entry.event?.rawValue,
            entry.after ?? entry.why,
        ]
        canvas.put(
            words.compactMap { $0 }.joined(separator: " "), x: lower.x + 1, y: lower.y + row,
            style: row == 0 ? .plain : .dim, width: lower.width - 2)
    }
}
