import Engine

/// Draws the Traffic screen: how full the service is, what each bucket gets, what was pulled and what that knocks on,
/// and what comes.
///
/// Wide rooms show everything at once; Tab gives one of the lower parts the room of the others. Narrow ones show one
/// lower part at a time.
func renderTraffic(_ state: TrafficState, snapshot: EngineSnapshot, in area: Rect, on canvas: inout Canvas) {
    let style = PanelStyle(width: area.width, mode: snapshot.mode)
    guard let report = snapshot.traffic else {
        let inner = canvas.panel(area, style, title: "Traffic priority")
        canvas.put(
            "Nothing is measured yet: figures come a second after the first server listens.", x: inner.x + 1,
            y: inner.y, width: inner.width - 1)
        return
    }
    let frame = style.overhead
    let areas = PanelStack.areas([
        .init(minimum: frame + 2, wanted: frame + 2 + report.lanes.count, priority: 1),
        .init(minimum: frame + 5, wanted: frame + 6, priority: 0),
    ] + lowerWishes(state.pane, report, style), in: area)
    renderLoad(report, style, in: areas[0], on: &canvas)
    renderBuckets(state, report, snapshot, style, in: areas[1], on: &canvas)
    if style.isBoxed {
        let halves = areas[2].columns(2)
        renderLevers(report, snapshot, style, in: halves[0], on: &canvas)
        renderKnockOn(report, state, style, in: halves[1], on: &canvas)
    } else if state.pane == .levers {
        renderLevers(report, snapshot, style, in: areas[2], on: &canvas)
    } else {
        renderKnockOn(report, state, style, in: areas[2], on: &canvas)
    }
    renderRefresh(report, snapshot, style, in: areas[3], on: &canvas)
    renderForecast(report, snapshot, style, in: areas[4], on: &canvas)
}

/// Levers beside knock-on watch, refreshes, forecast.
private func lowerWishes(_ pane: TrafficState.Pane, _ report: TrafficReport, _ style: PanelStyle) -> [PanelStack.Wish] {
    let frame = style.overhead, hidden = PanelStack.Wish(minimum: 0, wanted: 0, priority: 9)
    let signals = PanelStack.Wish(
        minimum: frame + 3, wanted: frame + max(report.knockOn.count, DegradationLever.allCases.count) + 1, priority: 2,
        grows: true)
    let refresh = PanelStack.Wish(minimum: frame + 2, wanted: frame + 2, priority: 4, grows: pane == .refresh)
    let forecast = PanelStack.Wish(
        minimum: frame + 2, wanted: frame + TrafficModel.forecastLinesMax, priority: 3, grows: pane == .forecast)
    return switch pane {
    case .knockOn where style.isBoxed:
        [.init(minimum: frame + 3, wanted: frame + 5, priority: 2, grows: true), refresh,
         .init(minimum: frame + 2, wanted: frame + 3, priority: 3)]
    case .knockOn, .levers: [signals, hidden, hidden]
    case .refresh: style.isBoxed ? [hidden, refresh, forecast] : [hidden, refresh, hidden]
    case .forecast: style.isBoxed ? [hidden, refresh, forecast] : [hidden, hidden, forecast]
    }
}

private func renderLoad(_ report: TrafficReport, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(
        area, style, title: "Load", hint: "sheds > \(report.softShare)%, CRITICAL > \(report.hardShare)%")
    let x = inner.x + 1, width = inner.width - 2
    let utilisation = report.lanes.map(\.utilisation).max() ?? 0
    canvas.put("utilisation", x: x, y: inner.y, style: .dim)
    let facts = [
        Fact(
            "", "\(utilisation)%",
            utilisation > report.hardShare ? .critical : utilisation > report.softShare ? .warn : .good),
        Fact("cpu", "\(report.processorShare)%"), Fact("queue", "\(report.queueDelay) ms", priority: 1),
    ]
    let barWidth = max(0, width - 12 - 34)
    canvas.bar(
        min(1, Double(utilisation) / 100), x: x + 12, y: inner.y, width: barWidth,
        style: utilisation > report.softShare ? .warn : .plain)
    canvas.put(facts, x: x + 13 + barWidth, y: inner.y, width: width - 13 - barWidth)
    let rows = report.lanes.map { lane in
        [
            Fact("lane", lane.lane.rawValue), Fact("used", "\(lane.utilisation)%"),
            Fact("at once", "\(lane.inFlight) of \(lane.limit)", priority: 1),
                Fact("offered", "\(Format.count(lane.offeredPerSecond))/s"),
                Fact("admitted", "\(Format.count(lane.admittedPerSecond))/s"),
                Fact(
                    "wants", lane.desiredCapacity == 1 ? "1 process" : "\(lane.desiredCapacity) processes",
                    lane.desiredCapacity > 1 ? .warn : .plain, priority: 2),
        ]
    } + [[Fact("rulesets", TrafficModel.rulesets(report), report.active.isEmpty ? .dim : .next)]]
    for (line, facts) in rows.prefix(max(0, inner.height - 1)).enumerated() {
        canvas.put(facts, x: x, y: inner.y + 1 + line, width: width)
    }
}

private func renderBuckets(
    _ state: TrafficState, _ report: TrafficReport, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect,
    on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Priority buckets", hint: "o override  + - step")
    let columns: [Column<BucketReport>] = [
        Column("BUCKET", 11) { TableCell($0.bucket.rawValue) },
        Column("WHAT", 14, priority: 4, grows: true) { TableCell(TrafficModel.classes(of: $0), .dim) },
        Column("OFFERED", 9, .right) { "\(Format.count($0.offeredPerSecond))/s" },
        Column("ADMITTED", 9, .right) { "\(Format.count($0.admittedPerSecond))/s" },
        Column("SHED", 5, .right) {
            TableCell(
                "\($0.refusedShare)%", $0.refusedShare > 0 ? ($0.bucket == .critical ? .critical : .warn) : .plain)
        },
        Column("AVAIL", 7, priority: 1, .right) { TableCell(TrafficModel.availability($0)) },
        Column("p99", 7, priority: 1, .right) { TableCell(TrafficModel.latency($0.latency99)) },
        Column("OVERRIDE", 17, priority: 2) { TrafficModel.override($0.override, now: snapshot.at) },
        Column("SHED 5 MIN", 12, priority: 3) { [glyphs = canvas.glyphs] bucket in
            TableCell(Sparkline.text(bucket.refusedHistory, width: 12, maximum: 100, glyphs: glyphs))
        },
    ]
    let table = Table(columns, fitting: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    for (line, bucket) in report.buckets.prefix(max(0, inner.height - 1)).enumerated() {
        table.drawRow(bucket, x: inner.x, y: inner.y + 1 + line, isSelected: bucket.bucket == state.bucket, on: &canvas)
    }
    let verdict = TrafficModel.verdict(report), line = inner.y + 1 + report.buckets.count
    if line < inner.bottom {
        canvas.put(verdict.text, x: inner.x + 2, y: line, style: verdict.style, width: inner.width - 3)
    }
}
