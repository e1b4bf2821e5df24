import Engine

/// Draws the Fleet screen: what needs a person first, then what is on plan, then what comes next and what
/// the room carries. A panel that finds no room is left out, the least important first.
func renderFleet(
    _ state: FleetState, selected: EventID?, snapshot: EngineSnapshot, now: EngineInstant, in area: Rect,
    on canvas: inout Canvas
) {
    let model = FleetModel(state, snapshot: snapshot, now: now)
    let style = PanelStyle(width: area.width, mode: snapshot.mode)
    var body = area
    renderOffer(snapshot, in: &body, on: &canvas)
    guard !snapshot.events.isEmpty else {
        return renderEmptyFleet(snapshot, style, in: body, on: &canvas)
    }
    let selected = selected ?? model.rows.first?.id
    let strip = NextHalfHour(snapshot, width: area.width - (style.isBoxed ? 2 : 0))
    let areas = PanelStack.areas(FleetLayout.wishes(model, state, style, strip, height: body.height), in: body)
    let table = FleetTable(snapshot: snapshot, width: area.width - (style.isBoxed ? 2 : 0), selected: selected)
    table.renderAttention(model, style, in: areas[0], on: &canvas)
    table.renderCalm(model, state, style, hasHeader: style.isBoxed || areas[0].isEmpty, in: areas[1], on: &canvas)
    strip.render(style, in: areas[2], on: &canvas)
    renderLoad(snapshot, style, in: areas[3], on: &canvas)
    renderLastEntries(snapshot, style, in: areas[4], on: &canvas)
}

/// How the body is shared out.
enum FleetLayout {
    static func wishes(
        _ model: FleetModel, _ state: FleetState, _ style: PanelStyle, _ strip: NextHalfHour, height: Int
    ) -> [PanelStack.Wish] {
        let frame = style.overhead
        let attention = model.attention.isEmpty ? 0 : frame + 1 + 2 * model.attention.count
        let header = style.isBoxed || model.attention.isEmpty ? 1 : 0
        let calm = frame + header + max(1, model.calm.count)
        let isUnfolded = state.isUnfolded
        func later(_ wish: PanelStack.Wish) -> PanelStack.Wish {
            isUnfolded ? PanelStack.Wish(minimum: 0, wanted: 0, priority: wish.priority) : wish
        }
        return [
            .init(minimum: min(attention, max(frame + 3, height * 6 / 10)), wanted: attention, priority: 0),
            .init(
                minimum: frame + header + min(3, max(1, model.calm.count)), wanted: calm, priority: 1, grows: isUnfolded
            ),
            later(.init(minimum: frame + 2, wanted: frame + 1 + max(1, strip.rows), priority: 2)),
            later(.init(minimum: frame + 2, wanted: frame + 2, priority: 3)),
            later(.init(minimum: frame + 2, wanted: frame + 4, priority: 4, grows: true)),
        ]
    }
}

/// The rows of both lists, in the same columns.
struct FleetTable {
    var snapshot: EngineSnapshot
    var selected: EventID?
    private var table: Table<EventSnapshot>

    init(snapshot: EngineSnapshot, width: Int, selected: EventID?) {
        self.snapshot = snapshot
        self.selected = selected
        let newest = Dictionary(
            snapshot.broadcasts.map { ($0.record.event, $0) }, uniquingKeysWith: { first, _ in first })
        let now = snapshot.at, armed = Wording.armed(snapshot)
        table = Table([
            Column("", 2) { TableCell(Format.mark($0.attention.severity), Format.style($0.attention.severity)) },
            Column("EVENT", 16, grows: true) { TableCell($0.title) },
            Column("TIER", 7, priority: 5) { TableCell(Format.tier($0.tier)) },
            Column("STAGE", 12, priority: 1) { event in
                let isLive = event.stages.first { $0.key == event.current }?.kind == .live
                return TableCell(Wording.stage(event.current, of: event), isLive ? .onAir : .plain)
            },
            Column("NEXT", 12, priority: 1) { TableCell(Wording.stage($0.next, of: $0)) },
            Column("AT (UTC)", 13, priority: 6) { event in
                TableCell(event.next == nil ? "-" : Wording.planned(event.nextAt, now: now))
            },
            Column("T-CLOCK", 11) { Wording.clock($0, armed: armed[$0.id], now: now) },
            Column("MODE", 4, priority: 4) { event in
                TableCell(event.stages.first { $0.key == event.next }.map { Wording.mode($0.mode) } ?? "-")
            },
            Column("GO", 3, priority: 2, .right) { Wording.gates($0) },
            Column("ACKED", 7, priority: 2, .right) { event in
                guard let broadcast = newest[event.id] else { return TableCell("-", .dim) }
                let total = broadcast.record.figures.total
                let isOpen = broadcast.record.state == .sending
                return TableCell(Format.percent(total.acked, of: total.connected), isOpen ? .next : .plain)
            },
            Column("LAG p99", 7, priority: 3, .right) { TableCell(Format.duration(newest[$0.id]?.lag99)) },
            Column("REAL + MODELLED", 15, priority: 7, .right) {
                TableCell("\(Format.count($0.real.connected)) + \(Format.count($0.modelled.connected))")
            },
        ], fitting: width)
    }

    func renderAttention(_ model: FleetModel, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
        guard !area.isEmpty else { return }
        let rows = max(0, (area.height - style.overhead - 1) / 2)
        let index = model.attention.firstIndex { $0.id == selected } ?? 0
        let window = ListState<EventID>.window(of: model.attention.count, around: index, rows: rows)
        let inner = canvas.panel(
            area, style, title: "Needs attention (\(model.attention.count))",
            hint: hint(window, of: model.attention.count, model), titleStyle: .title
        )
        table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
        var y = inner.y + 1
        for event in model.attention[window] {
            table.drawRow(event, x: inner.x, y: y, isSelected: event.id == selected, on: &canvas)
            renderReason(event, y: y + 1, in: inner, on: &canvas)
            y += 2
        }
    }

    /// The second line of a row: why, and the keys that answer it where both fit.
    private func renderReason(_ event: EventSnapshot, y: Int, in inner: Rect, on canvas: inout Canvas) {
        let x = inner.x + table.textColumn, room = inner.right - x
        let broadcast = snapshot.broadcasts.first { $0.record.event == event.id }
        let keys = FleetModel.suggestedKeys(event, broadcast)
        let keysWidth = TextWidth.of(keys) + 2
        let showsKeys = room - keysWidth >= min(TextWidth.of(event.attention.reason), 80)
        canvas.put(
            event.attention.reason, x: x, y: y, style: Format.style(event.attention.severity),
            width: showsKeys ? room - keysWidth : room
        )
        if showsKeys { canvas.putRight(keys, right: inner.right - 1, y: y, style: .dim) }
    }

    func renderCalm(
        _ model: FleetModel, _ state: FleetState, _ style: PanelStyle, hasHeader: Bool, in area: Rect,
        on canvas: inout Canvas
    ) {
        guard !area.isEmpty else { return }
        let rows = max(0, area.height - style.overhead - (hasHeader ? 1 : 0))
        let index = model.calm.firstIndex { $0.id == selected } ?? 0
        let window = ListState<EventID>.window(of: model.calm.count, around: index, rows: rows)
        let title =
            model.attention.isEmpty
            ? "On plan (\(model.calm.count)): nothing needs you" : "On plan (\(model.calm.count))"
        var notes = hint(window, of: model.calm.count, model)
        if window.count < model.calm.count, !state.isUnfolded { notes += ", z unfolds" }
        if !state.filter.isEmpty {
            notes = "filter \(state.filter): \(model.rows.count) of \(snapshot.events.count) events"
        }
        let inner = canvas.panel(area, style, title: title, hint: notes)
        var y = inner.y
        if hasHeader {
            table.drawHeader(x: inner.x, y: y, on: &canvas)
            y += 1
        }
        if model.calm.isEmpty {
            let text = model.rows.isEmpty ? "No event matches the filter \(state.filter)" : "No event is on plan"
            canvas.put(text, x: inner.x + 2, y: y, style: .dim, width: inner.width - 2)
        }
        for event in model.calm[window] {
            table.drawRow(event, x: inner.x, y: y, isSelected: event.id == selected, on: &canvas)
            y += 1
        }
    }

    private func hint(_ window: Range<Int>, of count: Int, _ model: FleetModel) -> String {
        let held = model.isOrderHeld ? "order frozen" : ""
        guard window.count < count else { return held }
        return (held.isEmpty ? "" : held + ", ") + "\(window.count) of \(count) shown"
    }
}
