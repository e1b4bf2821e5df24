import Engine

/// The pictures of Fan-out: how the acks came in, how long each took, and every edge node as one cell.

/// Acked devices over time, from the timestamp to the budget (or now, if that is later).
func renderCurve(_ broadcast: BroadcastSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard area.width > 16, area.height > 3 else { return }
    let inner = canvas.panel(area, style, title: "Delivery curve")
    let label = 5,
        plot = Rect(x: inner.x + label + 1, y: inner.y, width: inner.width - label - 2, height: inner.height - 1)
    guard plot.width > 4, plot.height > 1 else { return }
    let horizon = max(broadcast.budget, broadcast.elapsed, 1)
    let curveSpan = min(horizon, Milliseconds(max(0, broadcast.curve.count - 1)) * broadcast.curveStep)
    let drawn = max(1, Int(Milliseconds(plot.width) * curveSpan / horizon))
    canvas.curve(
        broadcast.curve, maximum: broadcast.record.figures.total.connected,
        in: Rect(x: plot.x, y: plot.y, width: drawn, height: plot.height), style: .good
    )
    canvas.putRight("100%", right: plot.x - 1, y: plot.y, style: .dim)
    if plot.height > 4 { canvas.putRight("50%", right: plot.x - 1, y: plot.y + plot.height / 2, style: .dim) }
    canvas.putRight("0%", right: plot.x - 1, y: plot.bottom - 1, style: .dim)
    let edge = String(canvas.glyphs.divider)
    for y in plot.y..<plot.bottom { canvas.put(edge, x: plot.x - 1, y: y, style: .dim) }
    canvas.put("0 s", x: plot.x, y: plot.bottom, style: .dim)
    let isOver = broadcast.record.state != .sending
    let end =
        broadcast.budget >= broadcast.elapsed ? "budget \(Format.duration(broadcast.budget))" : Format.duration(horizon)
    canvas.putRight(end, right: plot.right, y: plot.bottom, style: .dim)
    let here = plot.x + drawn, now = isOver ? "" : "now \(Format.duration(broadcast.elapsed))"
    if here > plot.x + 5, here + TextWidth.of(now) + 2 < plot.right - TextWidth.of(end) {
        canvas.put(now, x: here, y: plot.bottom, style: .next)
    }
}

/// Ack lags in doubling buckets, each as a bar against the fullest.
func renderLags(_ broadcast: BroadcastSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard area.width > 20, area.height > 2 else { return }
    let inner = canvas.panel(area, style, title: "Ack lag: own send to ack")
    canvas.put([
            Fact("p50", Format.duration(broadcast.lag50), priority: 1),
            Fact("p95", Format.duration(broadcast.lag95), priority: 2),
        Fact("p99", Format.duration(broadcast.lag99)), Fact("max", Format.duration(broadcast.lagMax)),
    ], x: inner.x + 1, y: inner.y, width: inner.width - 1, gap: 2)
    let top = broadcast.lagBuckets.max() ?? 0
    let rows = max(0, inner.height - 1)
    // Empty buckets at the long end say nothing; the rest is merged into the last row if rows are few.
    var buckets = broadcast.lagBuckets
    while buckets.count > 1, buckets.last == 0 { buckets.removeLast() }
    for (index, count) in buckets.prefix(rows).enumerated() {
        let isLast = index == rows - 1 && buckets.count > rows
        let shown = isLast ? buckets[index...].reduce(0, +) : count
        let y = inner.y + 1 + index
        canvas.putRight(
            bucketName(index, isOpen: isLast || index == broadcast.lagBuckets.count - 1), right: inner.x + 11, y: y,
            style: .dim)
        canvas.putRight(Format.count(shown), right: inner.x + 19, y: y)
        canvas.bar(top == 0 ? 0 : Double(shown) / Double(top), x: inner.x + 20, y: y, width: inner.width - 21)
    }
}

private func bucketName(_ index: Int, isOpen: Bool) -> String {
    let edges = ["0", "0.5", "1", "2", "4", "8", "16", "32", "64", "128"]
    guard index + 1 < edges.count else { return "more" }
    return isOpen ? "> \(edges[index]) s" : "\(edges[index])-\(edges[index + 1]) s"
}

/// Every edge node as one cell, in rows of one kind each: real nodes stand apart from modelled ones.
struct HeatMap {
    struct Row {
        var label: String
        var nodes: [NodeFigures]
    }

    static let labelWidth = 16
    private(set) var rows: [Row] = []
    private let states: [NodeID: NodeSnapshot.State]

    init(_ broadcast: BroadcastSnapshot, _ snapshot: EngineSnapshot, width: Int) {
        states = Dictionary(snapshot.nodes.map { ($0.id, $0.state) }, uniquingKeysWith: { first, _ in first })
        let perRow = max(8, width - Self.labelWidth - 2)
        for kind in AudienceKind.allCases {
            let nodes = broadcast.record.figures.nodes.filter { $0.kind == kind }
            for start in stride(from: 0, to: nodes.count, by: perRow) {
                let row = Array(nodes[start..<min(start + perRow, nodes.count)])
                rows.append(Row(label: kind == .real ? "real \(row[0].node)" : row[0].node.rawValue, nodes: row))
            }
        }
    }

    /// What the cells mean, for the panel's frame.
    static func legend(ascii: Bool, isNarrow: Bool) -> String {
        switch (ascii, isNarrow) {
        case (true, true): "#99 =90 -50 .<50% x closed"
        case (true, false): "acked # >=99%  = >=90%  - >=50%  . <50%  x stale, closed"
        case (false, true): "█99 ▓90 ▒50 ░<50% × closed"
        case (false, false): "acked █ ≥99%  ▓ ≥90%  ▒ ≥50%  ░ <50%  × stale, closed"
        }
    }

    /// Nodes that `height` rows leave out.
    func hidden(in height: Int) -> Int { rows.dropFirst(max(0, height)).reduce(0) { $0 + $1.nodes.count } }

    func draw(in inner: Rect, selected: NodeID?, on canvas: inout Canvas) {
        for (line, row) in rows.prefix(inner.height).enumerated() {
            let y = inner.y + line
            canvas.put(row.label, x: inner.x + 1, y: y, style: .dim, width: Self.labelWidth - 1)
            for (index, figures) in row.nodes.enumerated() {
                let heat = FanOutModel.heat(figures, state: states[figures.node] ?? .up, ascii: canvas.glyphs == .ascii)
                var style = heat.style
                if figures.node == selected { style.inverse = true }
                canvas.put(heat.glyph, x: inner.x + Self.labelWidth + index, y: y, style: style)
            }
        }
    }
}

func renderNodes(
    _ broadcast: BroadcastSnapshot, _ state: FanOutState, _ snapshot: EngineSnapshot, _ style: PanelStyle,
    now: EngineInstant, map: Rect, table: Rect, on canvas: inout Canvas
) {
    let figures = Dictionary(
        broadcast.record.figures.nodes.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    let wanted = FanOutModel.ranked(broadcast.record.figures.nodes, state).map(\.node)
    let order = state.nodes.arranged(wanted, now: now)
    let index = state.nodes.index(in: order)
    let selected = index.map { order[$0] }
    if !map.isEmpty {
        let real = figures.values.count { $0.kind == .real }
        let heat = HeatMap(broadcast, snapshot, width: map.width - (style.isBoxed ? 2 : 0))
        let hidden = heat.hidden(in: map.height - style.overhead)
        let title =
            "Nodes \(Wording.kinds(real: real, modelled: figures.count - real, String.init))\(hidden > 0 ? ", \(hidden) not drawn" : "")"
        let legend = HeatMap.legend(ascii: canvas.glyphs == .ascii, isNarrow: !style.isBoxed)
        let inner = canvas.panel(map, style, title: title, hint: legend)
        heat.draw(in: inner, selected: selected, on: &canvas)
    }
    guard !table.isEmpty else { return }
    let hold = state.nodes.isOrderHeld(at: now) && order != wanted ? "order frozen  " : ""
    let inner = canvas.panel(
        table, style, title: "Nodes, \(FanOutModel.orderName(state))",
        hint: hold + "s sort  S reverse" + (style.isBoxed ? "" : "  Tab curves"))
    let columns = FanOutModel.nodeTable(snapshot.nodes, width: inner.width)
    columns.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    let window = ListState<NodeID>.window(of: order.count, around: index ?? 0, rows: inner.height - 1)
    for (line, node) in order[window].enumerated() {
        guard let row = figures[node] else { continue }
        columns.drawRow(row, x: inner.x, y: inner.y + 1 + line, isSelected: node == selected, on: &canvas)
    }
}
