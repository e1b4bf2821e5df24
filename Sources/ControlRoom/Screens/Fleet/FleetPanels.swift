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
        canvas.put(" ! \(file) has faults and cannot be adopted\(more): \(problem)", x: line.x, y: line.y, style: .warn, width: line.width)
    } else {
        let lines = offered.changes.count == 1 ? "1 line" : "\(offered.changes.count) lines"
        canvas.put(" \(file) was edited: it would change \(lines) of the plan   D shows them", x: line.x, y: line.y, style: .next, width: line.width)
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

/// A strip of the coming thirty minutes with each planned broadcast at its place.
func renderNextHalfHour(_ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let span: Milliseconds = 30 * 60_000, fiveMinutes: Milliseconds = 5 * 60_000, now = snapshot.at
    let width = area.width - (style.isBoxed ? 2 : 0)
    func column(_ moment: WallTime) -> Int { Int(moment.since(now) * Milliseconds(width) / span) }

    let planned = snapshot.events.filter { $0.hold == nil }.flatMap { event in
        event.stages.compactMap { stage -> (at: WallTime, label: String)? in
            guard stage.outcome == .upcoming, let at = stage.planned, at >= now, at.since(now) < span else { return nil }
            let manual = stage.mode == .manual ? " MAN" : ""
            return (at, "\(event.code) \(Wording.name(stage.key, stage.kind))\(manual)")
        }
    }.sorted { ($0.at, $0.label) < ($1.at, $1.label) }

    let rows = max(0, area.height - style.overhead - 1)
    var ends = [Int](repeating: 0, count: rows), placed: [(x: Int, row: Int, text: String)] = [], left = 0
    for item in planned {
        let mark = min(column(item.at), max(0, width - 1)), length = TextWidth.of(item.label) + 1
        let isFlipped = mark + length > width
        let x = isFlipped ? max(0, mark - length + 1) : mark
        guard let row = ends.firstIndex(where: { $0 <= x }) else {
            left += 1
            continue
        }
        ends[row] = x + length + 1
        let bar = String(canvas.glyphs.divider)
        placed.append((x, row, isFlipped ? item.label + bar : bar + item.label))
    }
    var title = "Next 30 min: \(planned.count) broadcast\(planned.count == 1 ? "" : "s")"
    if left > 0 { title += ", \(left) not drawn" }
    let inner = canvas.panel(area, style, title: title, hint: "\(canvas.glyphs.divider) = planned")
    guard inner.height > 0 else { return }
    let firstTick = WallTime(milliseconds: (now.milliseconds / fiveMinutes + 1) * fiveMinutes)
    canvas.put("now", x: inner.x, y: inner.y, style: .dim)
    for tick in 0..<6 {
        let moment = firstTick + Milliseconds(tick) * fiveMinutes
        let x = column(moment)
        if x > 4, x + 6 <= inner.width { canvas.put(String(moment.clock().prefix(5)) + "Z", x: inner.x + x, y: inner.y, style: .dim) }
    }
    for item in placed { canvas.put(item.text, x: inner.x + item.x, y: inner.y + 1 + item.row, style: .next, width: inner.width - item.x) }
    if planned.isEmpty, inner.height > 1 { canvas.put("no broadcast is planned", x: inner.x, y: inner.y + 1, style: .dim) }
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
