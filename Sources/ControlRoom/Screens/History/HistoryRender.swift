import Engine

/// Draws the History screen: past showings, and below them the broadcasts of the one under the cursor with how they
/// went; and of an opened one the figures per node.
func renderHistory(
    _ state: HistoryState, snapshot: EngineSnapshot, now: EngineInstant, in area: Rect, on canvas: inout Canvas
) {
    let style = PanelStyle(width: area.width, mode: snapshot.mode)
    if let record = state.record {
        return renderRecord(record, state, snapshot, style, now: now, in: area, on: &canvas)
    }
    let areas = PanelStack.areas([
        .init(minimum: style.overhead + 3, wanted: area.height / 2, priority: 0),
        .init(minimum: style.overhead + 2, wanted: style.overhead + 2, priority: 1, grows: true),
    ], in: area)
    renderShowings(state, style, now: now, in: areas[0], on: &canvas)
    renderRecords(state, snapshot, style, in: areas[1], on: &canvas)
}

private func renderShowings(
    _ state: HistoryState, _ style: PanelStyle, now: EngineInstant, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let rows = state.shownShowings
    var title = "Showings (\(rows.count)\(state.areShowingsComplete || !state.areShowingsLoaded ? "" : " read so far"))"
    if state.order != .date || state.isReversed {
        title += "  by \(state.order.rawValue)\(state.isReversed ? ", reversed" : "")"
    }
    if !state.filter.isEmpty { title += "  filter \(state.filter)" }
    let isFocused = state.focus == .showings
    let inner = canvas.panel(
        area, style, title: title, hint: isFocused ? "Enter replay  s sort  / filter" : "Tab",
        titleStyle: isFocused ? .title : .dim)
    guard !rows.isEmpty else {
        let text = !state.areShowingsLoaded ? "Reading the database …"
            : state.filter.isEmpty
                ? "Nothing was ever broadcast from this database." : "No showing matches \(state.filter)"
        canvas.put(text, x: inner.x + 1, y: inner.y, style: .dim, width: inner.width - 1)
        return
    }
    let table = HistoryModel.showings(width: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    let byID = Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let order = state.showingList.arranged(rows.map(\.id), now: now)
    let index = state.showingList.index(in: order) ?? 0
    let window = ListState<BroadcastID>.window(of: order.count, around: index, rows: inner.height - 1)
    for (line, id) in order[window].enumerated() {
        guard let showing = byID[id] else { continue }
        table.drawRow(
            showing, x: inner.x, y: inner.y + 1 + line, isSelected: line + window.lowerBound == index, on: &canvas)
    }
}

private func renderRecords(
    _ state: HistoryState, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let rows = state.shown, isFocused = state.focus == .broadcasts
    let title =
        state.showing.map { "Broadcasts of \($0.title) (\(rows.count) of \($0.broadcastCount))" }
        ?? "Past broadcasts (\(rows.count))"
    let inner = canvas.panel(
        area, style, title: title, hint: isFocused ? "Enter figures per node" : "Tab",
        titleStyle: isFocused ? .title : .dim)
    guard !rows.isEmpty else {
        let text = state.isLoaded ? "Nothing to show." : "Reading the database …"
        canvas.put(text, x: inner.x + 1, y: inner.y, style: .dim, width: inner.width - 1)
        return
    }
    let table = HistoryModel.table(snapshot, width: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    let index = state.list.index(in: rows.map(\.id)) ?? 0
    let window = ListState<BroadcastID>.window(of: rows.count, around: index, rows: inner.height - 1)
    for (line, record) in rows[window].enumerated() {
        let isSelected = isFocused && line + window.lowerBound == index
        table.drawRow(record, x: inner.x, y: inner.y + 1 + line, isSelected: isSelected, on: &canvas)
    }
}

enum HistoryModel {
    static func showings(width: Int) -> Table<Showing> {
        Table([
            Column("DATE", 10) { TableCell(CivilDate(of: $0.from).description) },
            Column("UTC", 6, priority: 1) { TableCell($0.from.clock().prefix(5) + "Z") },
            Column("EVENT", 14, grows: true) { TableCell($0.title) },
            Column("TIER", 7, priority: 2) { TableCell(Format.tier($0.tier)) },
            Column("LENGTH", 7, priority: 4, .right) { TableCell(Format.duration($0.until.since($0.from))) },
            Column("SENT", 4, priority: 3, .right) { TableCell(String($0.broadcastCount)) },
            Column("Δ PLAN", 7, priority: 1, .right) { showing in
                guard let late = showing.lateMax else { return TableCell("on cue", .dim) }
                return TableCell(Format.delta(late), late.magnitude > 1000 ? .warn : .plain)
            },
            Column("t99.9", 6, .right) { TableCell(Format.duration($0.t999Max)) },
            Column("ACKED", 7, .right) { TableCell(Format.percent($0.acked, of: $0.connected)) },
            Column("", 9, priority: 2) { showing in
                if showing.abortedCount > 0 { return TableCell("! ABORTED", .warn) }
                return showing.hasFrames ? TableCell("pictures", .good) : TableCell("figures", .dim)
            },
        ], fitting: width)
    }

    static func table(_ snapshot: EngineSnapshot, width: Int) -> Table<BroadcastRecord> {
        let now = snapshot.at
        func time(_ value: @escaping (BroadcastFigures) -> Milliseconds?) -> (BroadcastRecord) -> TableCell {
            { TableCell(Format.duration(value($0.figures))) }
        }
        return Table([
            Column("#", 6, .right) { TableCell($0.id.description) },
            Column("TIME (UTC)", 13) { TableCell(Wording.dated($0.publication.position.timestamp, now: now)) },
            Column("EVENT", 12, grows: true) { TableCell($0.eventTitle) },
            Column("STAGE", 12) { record in TableCell(stage(record, snapshot)) },
            Column("Δ PLAN", 7, priority: 3, .right) { delta($0) },
            Column("REAL", 6, priority: 4, .right) { TableCell(Format.count($0.figures.real.connected)) },
            Column("MODELLED", 8, priority: 4, .right) { TableCell(Format.count($0.figures.modelled.connected)) },
                Column("ACKED", 7, .right) {
                    TableCell(Format.percent($0.figures.total.acked, of: $0.figures.total.connected))
                },
            Column("t50", 6, priority: 5, .right, cell: time(\.t50)),
            Column("t99", 6, priority: 1, .right, cell: time(\.t99)),
            Column("t99.9", 6, priority: 2, .right, cell: time(\.t999)),
            Column("FORETOLD", 8, priority: 5, .right) { TableCell(Format.duration($0.forecast?.t999), .dim) },
            Column("OFF", 5, priority: 2, .right) { off($0) },
            Column("STATE", 9, priority: 1) { state($0) },
            Column("BY", 8, priority: 4) { TableCell($0.actor.description) },
        ], fitting: width)
    }

    static func stage(_ record: BroadcastRecord, _ snapshot: EngineSnapshot) -> String {
        let stages = snapshot.events.first { $0.id == record.event }?.stages
        return Wording.name(record.publication.stage, stages?.first { $0.key == record.publication.stage }?.kind)
    }

    static func delta(_ record: BroadcastRecord) -> TableCell {
        guard let planned = record.planned else { return TableCell("on cue", .dim) }
        let change = record.publication.position.timestamp.since(planned)
        return TableCell(Format.delta(change), change.magnitude > 1000 ? .warn : .plain)
    }

    /// How far the forecast was off: `+4%` when it took longer than foretold; marked where the band did not cover it.
    static func off(_ record: BroadcastRecord) -> TableCell {
        guard let forecast = record.forecast, let error = forecast.error else { return TableCell("-", .dim) }
        let percent = (abs(error) + 5) / 10
        let text = "\(error < 0 ? "-" : "+")\(percent)%"
        return forecast.isWithinBand == true ? TableCell(text, .good) : TableCell(text + "!", .warn)
    }

    static func state(_ record: BroadcastRecord) -> TableCell {
        guard record.figures.real.isBalanced, record.figures.modelled.isBalanced else {
            return TableCell("! LEDGER", .critical)
        }
        return switch record.state {
        case .sending: TableCell("SENDING", .next)
        case .complete: TableCell("complete")
        case .aborted: TableCell("! ABORTED", .warn)
        case .stopped: TableCell("!! STOPPED", .critical)
        }
    }
}

/// The figures of one broadcast, both kinds and every node.
private func renderRecord(
    _ record: BroadcastRecord, _ state: HistoryState, _ snapshot: EngineSnapshot, _ style: PanelStyle,
    now: EngineInstant,
    in area: Rect, on canvas: inout Canvas
) {
    let areas = PanelStack.areas([
        .init(minimum: style.overhead + 3, wanted: style.overhead + 6, priority: 0),
        .init(minimum: style.overhead + 2, wanted: style.overhead + 2, priority: 1, grows: true),
    ], in: area)
    let inner = canvas.panel(
        areas[0], style, title: "\(record.id) \(HistoryModel.stage(record, snapshot))  \(record.eventTitle)",
        hint: "Enter replay  Esc list  [ ] others"
    )
    for (line, facts) in recordFacts(record).prefix(inner.height).enumerated() {
        canvas.put(facts, x: inner.x + 1, y: inner.y + line, width: inner.width - 2)
    }
    renderNodes(of: record, state, style, now: now, in: areas[1], on: &canvas)
}

/// What is said of a broadcast, a line each: what, when, as foretold, by kind, whether it adds up.
private func recordFacts(_ record: BroadcastRecord) -> [[Fact]] {
    let figures = record.figures, delta = HistoryModel.delta(record), word = HistoryModel.state(record)
    return [
        [
            Fact("sent", record.publication.position.timestamp.description),
            Fact("Δ plan", delta.text, delta.style), Fact("by", record.actor.description, priority: 1),
            Fact("", word.text, word.style),
        ],
        [
            Fact("t50", Format.duration(figures.t50)), Fact("t90", Format.duration(figures.t90), priority: 1),
            Fact("t99", Format.duration(figures.t99)), Fact("t99.9", Format.duration(figures.t999)),
            Fact("complete", record.completed.map { Format.time($0) } ?? "-", priority: 2),
            Fact("waves", "\(record.publication.waves.total)", priority: 3),
        ],
        foretold(record), kindFacts("real", figures.real), kindFacts("modelled", figures.modelled),
        [ledger(figures)],
    ]
}

private func kindFacts(_ name: String, _ ledger: DeliveryLedger) -> [Fact] {
    [
        Fact(name, "\(Format.percent(ledger.acked, of: ledger.connected)) acked"),
        Fact(Wording.tally(ledger.acked), "of \(Wording.tally(ledger.connected))"),
        Fact("un-acked", Wording.tally(ledger.unacked), priority: 1),
        Fact("not sent", Wording.tally(ledger.notSent), priority: 1),
        Fact("owed", Wording.tally(ledger.owed), priority: 2),
        Fact("caught up", Wording.tally(ledger.caughtUp), priority: 2),
    ]
}

private func renderNodes(
    of record: BroadcastRecord, _ state: HistoryState, _ style: PanelStyle, now: EngineInstant, in area: Rect,
    on canvas: inout Canvas
) {
    let ranked = HistoryState.ranked(record)
    let below = canvas.panel(area, style, title: "Nodes (\(ranked.count)), least acked first")
    guard below.height > 0 else { return }
    let table = FanOutModel.nodeTable([], width: below.width)
    table.drawHeader(x: below.x, y: below.y, on: &canvas)
    let order = state.nodes.arranged(ranked.map(\.node), now: now)
    let index = state.nodes.index(in: order) ?? 0
    let byID = Dictionary(ranked.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    let window = ListState<NodeID>.window(of: order.count, around: index, rows: below.height - 1)
    for (line, node) in order[window].enumerated() {
        guard let row = byID[node] else { continue }
        table.drawRow(
            row, x: below.x, y: below.y + 1 + line, isSelected: line + window.lowerBound == index, on: &canvas)
    }
}

/// What was foretold, and whether the band held.
private func foretold(_ record: BroadcastRecord) -> [Fact] {
    guard let forecast = record.forecast else {
        return [Fact("forecast", "none: nobody was connected, or an older version sent it", .dim)]
    }
    let off = HistoryModel.off(record),
        words = forecast.isWithinBand.map { $0 ? "within the band" : "OUTSIDE the band" }
    return [
        Fact("foretold t99", Format.duration(forecast.t99)), Fact("t99.9", Format.duration(forecast.t999)),
        Fact("", "±\((forecast.band + 9) / 10)%"), Fact("off", off.text, off.style),
        Fact("", words ?? "not scored yet", words == nil ? .dim : off.style),
        Fact("model", "v\(forecast.model)", priority: 2),
    ]
}

private func ledger(_ figures: BroadcastFigures) -> Fact {
    for (kind, ledger) in [("real", figures.real), ("modelled", figures.modelled)] {
        if let broken = FanOutModel.brokenIdentity(ledger) {
            return Fact("ledger", "× BROKEN, \(kind): \(broken)", .critical)
        }
    }
    return Fact("ledger", "✓ adds up", .good)
}
