import Engine

/// The lower panels of Fleet: what fires in the next half hour, what the room carries, what was done last.

/// An edited schedule file: one line above a screen's panels. (Plans under way stand in the alert line, which
/// is always there: a line that came and went would move every row.)
func renderOffer(_ snapshot: EngineSnapshot, in body: inout Rect, on canvas: inout Canvas) {
    guard let offered = snapshot.offered, body.height > 6 else { return }
    let line = body.takeTop(1)
    let file = offered.files.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? "the schedule"
    if let problem = offered.problems.first {
        let more = offered.problems.count > 1 ? " (+\(offered.problems.count - 1) more)" : ""
        canvas.put(
            " ! \(file) has faults and cannot be adopted\(more): \(problem)", x: line.x, y: line.y, style: .warn,
            width: line.width)
    } else {
        let lines = offered.changes.count == 1 ? "1 line" : "\(offered.changes.count) lines"
        canvas.put(
            " \(file) was edited: it would change \(lines) of the plan   D shows them", x: line.x, y: line.y,
            style: .next, width: line.width)
    }
}

func renderEmptyFleet(_ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    let areas = PanelStack.areas([
        .init(minimum: 3, wanted: style.overhead + 4, priority: 0),
        .init(minimum: style.overhead + 2, wanted: style.overhead + 2, priority: 1),
        .init(minimum: style.overhead + 2, wanted: style.overhead + 4, priority: 2, grows: true),
    ], in: area)
    let inner = canvas.panel(areas[0], style, title: "No events")
    let lines = [
        "Nothing is scheduled. Start the engine with schedule files:",
        "    control-room run Schedules/tonight.yaml",
        "    control-room validate FILE…    checks a file and says what to mend",
    ]
    for (line, text) in lines.enumerated() where line < inner.height {
        canvas.put(text, x: inner.x + 1, y: inner.y + line, style: line == 0 ? .plain : .dim, width: inner.width - 1)
    }
    renderLoad(snapshot, style, in: areas[1], on: &canvas)
    renderLastEntries(snapshot, style, in: areas[2], on: &canvas)
}

func renderLoad(_ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Load")
    guard inner.height > 0 else { return }
    let load = snapshot.load, width = max(0, inner.width - 2), x = inner.x + 1
    let end = canvas.put([
        Fact("acks/s real+modelled", Format.count(load.ackRate)),
        Fact("peak in 60 s", Format.count(load.ackRateHistory.max() ?? 0)),
    ], x: x, y: inner.y, width: width)
    let room = x + width - end - 2
    if room >= 8 {
        let points = min(60, room)
        canvas.sparkline(load.ackRateHistory, x: x + width - points, y: inner.y, width: points)
    }
    guard inner.height > 1 else { return }
    let stale = snapshot.nodes.count { $0.state == .stale }
    var facts = [
        Fact("connected", Wording.kinds(real: load.real.connected, modelled: load.modelled.connected)),
        Fact("of known", Wording.kinds(real: load.real.known, modelled: load.modelled.known), priority: 1),
        Fact("edge nodes", "\(snapshot.nodes.count - stale) of \(snapshot.nodes.count) up", stale > 0 ? .plain : .good),
    ]
    if stale > 0 { facts.append(Fact("", "! \(stale) STALE", .warn)) }
    let closed = snapshot.nodes.count { $0.state == .cordoned || $0.state == .draining }
    if closed > 0 { facts.append(Fact("", "\(closed) cordoned", .warn)) }
    canvas.put(facts, x: x, y: inner.y + 1, width: width)
}

func renderLastEntries(_ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Last entries: who, what, why", hint: "9 Audit")
    let codes = EventCodes(snapshot)
    let table = Table<JournalEntry>([
        Column("TIME", 9) { TableCell(Wording.dated($0.at, now: snapshot.at), .dim) },
        Column("WHO", 12, priority: 1) { TableCell($0.actor.description) },
        Column("WHAT", 14) { TableCell(Wording.what($0.kind)) },
        Column("EVENT", 8, priority: 1) { TableCell(codes.code($0.event)) },
        Column("CHANGE", 20, grows: true) { TableCell(Wording.change($0)) },
        Column("WHY", 24, priority: 2, grows: true) { AuditModel.why($0) },
    ], fitting: inner.width)
    for (line, entry) in snapshot.journal.prefix(inner.height).enumerated() {
        table.drawRow(entry, x: inner.x - 1, y: inner.y + line, on: &canvas)
    }
}

/// Codes of events by id, for lines that name an event.
struct EventCodes {
    private var codes: [EventID: String]

    init(_ snapshot: EngineSnapshot) {
        codes = Dictionary(snapshot.events.map { ($0.id, $0.code) }, uniquingKeysWith: { first, _ in first })
    }

    /// The code; the id of an event that is gone; `-` for what concerns none.
    func code(_ event: EventID?) -> String {
        guard let event else { return "-" }
        return codes[event] ?? event.rawValue
    }
}
