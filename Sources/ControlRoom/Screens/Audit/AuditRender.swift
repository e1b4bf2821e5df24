import Engine

/// Draws the Audit screen: who did what, when, why, before and after; what still owes its reason is marked,
/// and the entry under the cursor stands in full below.
func renderAudit(
    _ state: AuditState, snapshot: EngineSnapshot, now: EngineInstant, in area: Rect, on canvas: inout Canvas
) {
    let style = PanelStyle(width: area.width, mode: snapshot.mode)
    let rows = state.shown(snapshot)
    let areas = PanelStack.areas([
        .init(minimum: style.overhead + 2, wanted: style.overhead + 2, priority: 0, grows: true),
        .init(minimum: style.overhead + 3, wanted: style.overhead + 5, priority: 1),
    ], in: area)
    let owed = rows.count(where: Wording.owesReason)
    var title =
        "Audit: \(rows.count == 1 ? "1 entry" : "\(rows.count) entries"), \(owed == 0 ? "no reason missing" : "! \(owed) without a reason")"
    if !state.filter.isEmpty { title += "  filter \(state.filter)" }
    let inner = canvas.panel(
        areas[0], style, title: title, hint: "i reason  e export  / filter", titleStyle: owed == 0 ? .title : .warn)
    guard !rows.isEmpty else {
        let text = state.filter.isEmpty ? "The journal is empty." : "No entry matches \(state.filter)"
        canvas.put(text, x: inner.x + 1, y: inner.y, style: .dim, width: inner.width - 1)
        return
    }
    let table = AuditModel.table(snapshot, width: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    let order = state.list.arranged(rows.map(\.number), now: now)
    let byNumber = Dictionary(rows.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    let index = state.list.index(in: order) ?? 0
    let window = ListState<EntryNumber>.window(of: order.count, around: index, rows: inner.height - 1)
    for (line, number) in order[window].enumerated() {
        guard let entry = byNumber[number] else { continue }
        table.drawRow(
            entry, x: inner.x, y: inner.y + 1 + line, isSelected: line + window.lowerBound == index, on: &canvas)
    }
    guard order.indices.contains(index), let entry = byNumber[order[index]], !areas[1].isEmpty else { return }
    let below = canvas.panel(areas[1], style, title: "Entry \(entry.number)")
    for (line, facts) in AuditModel.details(entry, snapshot).prefix(below.height).enumerated() {
        canvas.put(facts, x: below.x + 1, y: below.y + line, width: below.width - 2)
    }
}

enum AuditModel {
    static func table(_ snapshot: EngineSnapshot, width: Int) -> Table<JournalEntry> {
        let codes = EventCodes(snapshot)
        return Table([
            Column("NUMBER", 6, .right) { TableCell(String($0.number), .dim) },
            Column("WHEN (UTC)", 13) { TableCell(Wording.dated($0.at, now: snapshot.at)) },
            Column("WHO", 14) { TableCell($0.actor.description, $0.actor == .engine ? .dim : .plain) },
            Column("WHAT", 14) { TableCell(Wording.what($0.kind)) },
            Column("EVENT", 8, priority: 1) { TableCell(codes.code($0.event)) },
            Column("BEFORE", 12, priority: 3, grows: true) { TableCell($0.before ?? "-") },
            Column("AFTER", 12, grows: true) { TableCell($0.after ?? "-") },
            Column("WHY", 12, priority: 2, grows: true) { why($0) },
        ], fitting: width)
    }

    /// The reason, or that one is still owed.
    static func why(_ entry: JournalEntry) -> TableCell {
        if let why = entry.why { return TableCell(why) }
        return Wording.owesReason(entry) ? TableCell("! no reason", .warn) : TableCell("-", .dim)
    }

    static func details(_ entry: JournalEntry, _ snapshot: EngineSnapshot) -> [[Fact]] {
        let title = snapshot.events.first { $0.id == entry.event }?.title ?? entry.event?.rawValue ?? "the room"
        var who = entry.actor.description
        if case .person(let person) = entry.actor { who = "\(person.name)/\(person.role) at \(person.terminal)" }
        let reason = why(entry)
        return [
            [
                Fact("when", entry.at.description), Fact("who", who, priority: 1),
                Fact("what", Wording.what(entry.kind)),
                Fact("broadcast", entry.broadcast?.description ?? "-", priority: 2),
            ],
            [Fact("event ", title)], [Fact("before", entry.before ?? "-")], [Fact("after ", entry.after ?? "-")],
            [Fact("why   ", Wording.owesReason(entry) ? "! no reason yet: i gives it" : reason.text, reason.style)],
        ]
    }
}
