import Engine

/// Draws the Lagging screen: causes first with exact counts, then who catches up, families, a bounded sample, and what
/// may be done.
func renderLagging(
    _ state: LaggingState, selected: EventID?, snapshot: EngineSnapshot, now: EngineInstant, in area: Rect,
    on canvas: inout Canvas
) {
    let style = PanelStyle(width: area.width, mode: snapshot.mode)
    let event = snapshot.events.first { $0.id == (selected ?? snapshot.events.first?.id) }
    guard let event, let report = state.report(of: Topic(event: event.id)), report.broadcast != nil else {
        return renderNobody(event, state, style, in: area, on: &canvas)
    }
    let frame = style.overhead, isNarrow = !style.isBoxed
    let rows = state.shownRows(report), sample = state.shownSample(report)
    let isSampleFirst = state.pane == .sample
    let areas = PanelStack.areas([
        .init(minimum: frame + 3, wanted: frame + 2 + max(1, min(rows.count, 6)), priority: 0, grows: !isSampleFirst),
        .init(minimum: isNarrow && isSampleFirst ? 0 : frame + 2, wanted: frame + 5, priority: 3),
            .init(
                minimum: frame + 2, wanted: frame + 1 + min(max(1, sample.count), 5), priority: isSampleFirst ? 1 : 2,
                grows: isSampleFirst),
        .init(minimum: frame + 1, wanted: frame + 3, priority: 1),
    ], in: area)
    renderRows(rows, state, report, style, now: now, in: areas[0], on: &canvas)
    if !areas[1].isEmpty {
        let halves = areas[1].columns(2)
        renderCatchUp(report, style, in: halves[0], on: &canvas)
        renderFamilies(report, style, in: halves[1], on: &canvas)
    }
    renderSample(sample, state, report, style, now: now, in: areas[2], on: &canvas)
    let node = state.node(now: now).flatMap { id in snapshot.nodes.first { $0.id == id } }
    renderSuggestions(report, node, style, in: areas[3], on: &canvas)
}

private func renderNobody(
    _ event: EventSnapshot?, _ state: LaggingState, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    let inner = canvas.panel(area, style, title: "Lagging")
    let text = event.map { event in
        state.report(of: Topic(event: event.id)) == nil
                ? "The edge nodes of \(event.title) are being asked"
                : "No broadcast of \(event.title) is in flight or fresh: nobody is behind."
    } ?? "No event is scheduled, so nobody is behind."
    canvas.put(text, x: inner.x + 1, y: inner.y, width: inner.width - 1)
    if inner.height > 1 {
        canvas.put(
            "3 Fan-out shows who has it; ] shows other events", x: inner.x + 1, y: inner.y + 1, style: .dim,
            width: inner.width - 1)
    }
}

private func renderRows(
    _ rows: [LagReport.Row], _ state: LaggingState, _ report: LagReport, _ style: PanelStyle, now: EngineInstant,
    in area: Rect,
    on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let title = "Who is behind: \(LaggingModel.headline(report))"
    let hint =
        style.isBoxed
        ? "b group by  Tab sample  r retry  \(report.query.grouping.rawValue)" : "b \(report.query.grouping.rawValue)"
    let inner = canvas.panel(area, style, title: title, hint: hint, titleStyle: report.devices == 0 ? .good : .title)
    let heard =
        report.nodesHeard < report.nodesAsked
        ? "  \(report.nodesHeard) of \(report.nodesAsked) nodes have answered" : ""
    let broadcast = report.broadcast.map { "\($0) \(report.stage?.rawValue ?? "")  " } ?? ""
    let rule =
        style.isBoxed
        ? "behind = not acked 10 s after its send was due, dropped, or refusing"
        : "behind = 10 s late, dropped, refusing"
    canvas.put("\(broadcast)\(rule)\(heard)", x: inner.x + 1, y: inner.y, style: .dim, width: inner.width - 2)
    guard !rows.isEmpty else {
        let text = report.devices == 0 ? "✓ nobody" : "No row matches \(state.filter)"
        canvas.put(text, x: inner.x + 1, y: inner.y + 1, style: .good, width: inner.width - 2)
        return
    }
    let table = LaggingModel.table(report, width: inner.width, glyphs: canvas.glyphs)
    table.drawHeader(x: inner.x, y: inner.y + 1, on: &canvas)
    let order = state.rows.arranged(rows.map(\.name), now: now), index = state.rows.index(in: order) ?? 0
    let window = ListState<String>.window(of: order.count, around: index, rows: inner.height - 2)
    for (line, name) in order[window].enumerated() {
        guard let row = rows.first(where: { $0.name == name }) else { continue }
        table.drawRow(
            row, x: inner.x, y: inner.y + 2 + line,
            isSelected: state.pane == .rows && line + window.lowerBound == index, on: &canvas)
    }
}

private func renderCatchUp(_ report: LagReport, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    let inner = canvas.panel(area, style, title: "Catch-up after reconnect")
    for (line, facts) in LaggingModel.catchUp(report).prefix(inner.height).enumerated() {
        canvas.put(facts, x: inner.x + 1, y: inner.y + line, width: inner.width - 2)
    }
}

private func renderFamilies(_ report: LagReport, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    let hidden = max(0, report.families.count - (area.height - style.overhead - 1))
    let inner = canvas.panel(area, style, title: "By device family", hint: hidden > 0 ? "\(hidden) more" : "")
    let table = Table<LagReport.Row>([
        Column("FAMILY", 14, grows: true) { TableCell($0.name) },
        Column("BEHIND", 8, .right) { TableCell(Wording.tally($0.devices)) },
        Column("SHARE", 6, priority: 1, .right) { TableCell(Format.percent($0.devices, of: report.devices)) },
        Column("OLDEST", 7, .right) { TableCell(Format.duration($0.oldest)) },
    ], fitting: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    for (line, row) in report.families.prefix(max(0, inner.height - 1)).enumerated() {
        table.drawRow(row, x: inner.x, y: inner.y + 1 + line, on: &canvas)
    }
}

private func renderSample(
    _ sample: [LaggingDevice], _ state: LaggingState, _ report: LagReport, _ style: PanelStyle, now: EngineInstant,
    in area: Rect,
    on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(
        area, style, title: "Behind longest",
        hint: style.isBoxed ? "a bounded sample; :device ID asks for any one" : ":device ID")
    guard !sample.isEmpty else {
        canvas.put(
            report.sample.isEmpty ? "nobody" : "No device matches \(state.filter)", x: inner.x + 1, y: inner.y,
            style: .dim, width: inner.width - 2)
        return
    }
    let table = LaggingModel.sampleTable(width: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    let order = state.sample.arranged(sample.map(\.id), now: now), index = state.sample.index(in: order) ?? 0
    let window = ListState<String>.window(of: order.count, around: index, rows: inner.height - 1)
    for (line, id) in order[window].enumerated() {
        guard let device = sample.first(where: { $0.id == id }) else { continue }
        table.drawRow(
            device, x: inner.x, y: inner.y + 1 + line,
            isSelected: state.pane == .sample && line + window.lowerBound == index, on: &canvas)
    }
}

private func renderSuggestions(
    _ report: LagReport, _ node: NodeSnapshot?, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Suggested", hint: "each key opens a plan, nothing runs from here")
    for (line, cell) in LaggingModel.suggestions(report, node: node).prefix(inner.height).enumerated() {
        canvas.put(cell.text, x: inner.x + 1, y: inner.y + line, style: cell.style, width: inner.width - 2)
    }
}
