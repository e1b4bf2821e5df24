import Engine

/// The lower panes of the Event screen: gates, what devices show, the event's log. Side by side where
/// there is room, else one at a time.
func renderEventPanes(
    _ event: EventSnapshot, _ state: EventState, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect,
    on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    var rest = area
    if style.isBoxed {
        let gates = rest.takeLeft(area.width * 32 / 100), surfaces = rest.takeLeft(area.width * 36 / 100)
        renderGates(event, snapshot, style, hint: "v vote", in: gates, on: &canvas)
        renderSurfaces(event, style, hint: "", in: surfaces, on: &canvas)
        renderLog(event, snapshot, style, hint: "i note", in: rest, on: &canvas)
        return
    }
    switch state.pane {
    case .gates: renderGates(event, snapshot, style, hint: "Tab: surfaces", in: area, on: &canvas)
    case .surfaces: renderSurfaces(event, style, hint: "Tab: log", in: area, on: &canvas)
    case .log: renderLog(event, snapshot, style, hint: "Tab: gates", in: area, on: &canvas)
    }
}

private func renderGates(
    _ event: EventSnapshot, _ snapshot: EngineSnapshot, _ style: PanelStyle, hint: String, in area: Rect,
    on canvas: inout Canvas
) {
    let go = event.gates.count { $0.isGo == true }
    let isGo = go == event.gates.count
    let before = event.next.map { " before \(Wording.stage($0, of: event))" } ?? ""
    let title =
        event.gates.isEmpty
        ? "Gates\(before): none" : "Gates\(before) \(go)/\(event.gates.count) \(isGo ? "GO" : "NO-GO")"
    let inner = canvas.panel(area, style, title: title, hint: hint, titleStyle: isGo ? .title : .critical)
    guard !event.gates.isEmpty else {
        canvas.put("no condition holds the clock", x: inner.x + 1, y: inner.y, style: .dim, width: inner.width - 1)
        return
    }
    let table = Table<GateSnapshot>([
        Column("GATE", 9) { TableCell($0.name) },
        Column("VOTE", 7) { Wording.vote($0) },
            Column("AGE", 6, priority: 2, .right) { gate in
                TableCell(gate.at.map { Format.age(snapshot.at.since($0)) } ?? "-", .dim)
            },
        Column("WHO, WHY", 12, priority: 1, grows: true) { TableCell($0.detail) },
    ], fitting: inner.width)
    table.drawHeader(x: inner.x - 1, y: inner.y, on: &canvas)
    // What is not GO comes first: it must be seen even where there is little room.
    let gates = event.gates.filter { $0.isGo != true } + event.gates.filter { $0.isGo == true }
    for (line, gate) in gates.prefix(max(0, inner.height - 1)).enumerated() {
        table.drawRow(gate, x: inner.x - 1, y: inner.y + 1 + line, on: &canvas)
    }
}

/// What a device shows now and will show at the next stage; a `*` marks what changes.
private func renderSurfaces(
    _ event: EventSnapshot, _ style: PanelStyle, hint: String, in area: Rect, on canvas: inout Canvas
) {
    let now = event.stages.first { $0.key == event.current }?.experience
    let next = event.stages.first { $0.key == event.next }?.experience
    let inner = canvas.panel(area, style, title: "Live state surfaces", hint: hint)
    let rows = EventModel.surfaces(now: now, next: next)
    let table = Table<EventModel.Surface>([
        Column("SURFACE", 8) { TableCell($0.name, .dim) },
        Column("NOW", 10, grows: true) { TableCell($0.now) },
        Column("", 1) { $0.changes ? TableCell("*", .next) : "" },
            Column("AT " + Wording.stage(event.next, of: event), 10, grows: true) {
                TableCell($0.next, $0.changes ? .next : .plain)
            },
    ], fitting: inner.width)
    table.drawHeader(x: inner.x - 1, y: inner.y, on: &canvas)
    for (line, row) in rows.prefix(max(0, inner.height - 1)).enumerated() {
        table.drawRow(row, x: inner.x - 1, y: inner.y + 1 + line, on: &canvas)
    }
    let line = inner.y + 1 + rows.count
    guard line < inner.bottom else { return }
    canvas.put(EventModel.prefetched(event), x: inner.x + 1, y: line, style: .dim, width: inner.width - 1)
}

private func renderLog(
    _ event: EventSnapshot, _ snapshot: EngineSnapshot, _ style: PanelStyle, hint: String, in area: Rect,
    on canvas: inout Canvas
) {
    let inner = canvas.panel(area, style, title: "Log of \(event.code)", hint: hint)
    let entries = snapshot.journal.filter { $0.event == event.id }
    if entries.isEmpty { canvas.put("no entry yet", x: inner.x + 1, y: inner.y, style: .dim, width: inner.width - 1) }
    let table = Table<JournalEntry>([
        Column("", 5) { TableCell(String($0.at.clock().prefix(5)), .dim) },
        Column("", 6, priority: 1) { TableCell($0.actor.description) },
        Column("", 12, grows: true) { TableCell("\(Wording.what($0.kind)) \($0.after ?? $0.before ?? "")") },
        Column("", 20, priority: 2, grows: true) { AuditModel.why($0) },
    ], fitting: inner.width)
    for (line, entry) in entries.prefix(inner.height).enumerated() {
        table.drawRow(entry, x: inner.x - 1, y: inner.y + line, on: &canvas)
    }
}

extension EventModel {
    /// One thing a device shows.
    struct Surface {
        var name: String
        var now: String
        var next: String
        var changes: Bool
    }

    static func surfaces(now: StageExperience?, next: StageExperience?) -> [Surface] {
        func row(_ name: String, _ value: (StageExperience) -> String) -> Surface {
            let before = now.map(value), after = next.map(value)
            return Surface(name: name, now: before ?? "-", next: after ?? "-", changes: after != nil && before != after)
        }
        return [
            row("badge") { $0.badge.isEmpty ? "none" : $0.badge },
            row("row") { $0.row.isEmpty ? "none" : $0.row },
            row("position") { "\($0.position)" },
            row("artwork") { $0.artwork.isEmpty ? "none" : $0.artwork },
            row("autoplay") { $0.autoplay ? "on" : "off" },
        ]
    }

    /// How many known devices hold the stages already, real and modelled apart.
    static func prefetched(_ event: EventSnapshot) -> String {
        let parts = [("real", event.real), ("modelled", event.modelled)].compactMap { name, counts -> String? in
            guard counts.known > 0 else { return nil }
            return "\(name) " + (counts.prefetched.map { Format.percent($0, of: counts.known) } ?? "?")
        }
        if event.real.prefetched == nil, event.modelled.prefetched == nil { return "prefetched: not known" }
        return "prefetched " + parts.joined(separator: " ")
    }
}
