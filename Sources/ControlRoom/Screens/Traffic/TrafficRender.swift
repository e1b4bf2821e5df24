import Engine

/// Draws the Traffic screen: how full the service is, what each bucket gets, what was pulled, and what that knocks on.
func renderTraffic(_ state: TrafficState, snapshot: EngineSnapshot, in area: Rect, on canvas: inout Canvas) {
    let style = PanelStyle(width: area.width, mode: snapshot.mode)
    guard let report = snapshot.traffic else {
        let inner = canvas.panel(area, style, title: "Traffic priority")
        canvas.put("Nothing is measured yet: figures come a second after the first server listens.", x: inner.x + 1, y: inner.y, width: inner.width - 1)
        return
    }
    let frame = style.overhead, isNarrow = !style.isBoxed
    let signals = max(report.knockOn.count, DegradationLever.allCases.count) + 1
    let areas = PanelStack.areas([
        .init(minimum: frame + 2, wanted: frame + 2 + report.lanes.count, priority: 1),
        .init(minimum: frame + 5, wanted: frame + 6, priority: 0),
        .init(minimum: frame + 3, wanted: frame + signals, priority: 2, grows: true),
        .init(minimum: frame + 1, wanted: frame + 3, priority: 3),
    ], in: area)
    renderLoad(report, style, in: areas[0], on: &canvas)
    renderBuckets(state, report, snapshot, style, in: areas[1], on: &canvas)
    if isNarrow {
        switch state.pane {
        case .knockOn: renderKnockOn(report, style, hint: "Tab levers", in: areas[2], on: &canvas)
        case .levers: renderLevers(report, snapshot, style, in: areas[2], on: &canvas)
        }
    } else {
        let halves = areas[2].columns(2)
        renderLevers(report, snapshot, style, in: halves[0], on: &canvas)
        renderKnockOn(report, style, hint: "shed here, spike there?", in: halves[1], on: &canvas)
    }
    renderGuidance(report, style, in: areas[3], on: &canvas)
}

private func renderLoad(_ report: TrafficReport, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Load", hint: "sheds > \(report.softShare)%, CRITICAL > \(report.hardShare)%")
    let x = inner.x + 1, width = inner.width - 2
    let utilisation = report.lanes.map(\.utilisation).max() ?? 0
    canvas.put("utilisation", x: x, y: inner.y, style: .dim)
    let facts = [
        Fact("", "\(utilisation)%", utilisation > report.hardShare ? .critical : utilisation > report.softShare ? .warn : .good),
        Fact("cpu", "\(report.processorShare)%"), Fact("queue", "\(report.queueDelay) ms", priority: 1),
    ]
    let barWidth = max(0, width - 12 - 34)
    canvas.bar(min(1, Double(utilisation) / 100), x: x + 12, y: inner.y, width: barWidth, style: utilisation > report.softShare ? .warn : .plain)
    canvas.put(facts, x: x + 13 + barWidth, y: inner.y, width: width - 13 - barWidth)
    let rows = report.lanes.map { lane in
        [
            Fact("lane", lane.lane.rawValue), Fact("used", "\(lane.utilisation)%"),
            Fact("at once", "\(lane.inFlight) of \(lane.limit)", priority: 1),
            Fact("offered", "\(Format.count(lane.offeredPerSecond))/s"), Fact("admitted", "\(Format.count(lane.admittedPerSecond))/s"),
            Fact("wants", lane.desiredCapacity == 1 ? "1 process" : "\(lane.desiredCapacity) processes", lane.desiredCapacity > 1 ? .warn : .plain, priority: 2),
        ]
    } + [[Fact("rulesets", TrafficModel.rulesets(report), report.active.isEmpty ? .dim : .next)]]
    for (line, facts) in rows.prefix(max(0, inner.height - 1)).enumerated() {
        canvas.put(facts, x: x, y: inner.y + 1 + line, width: width)
    }
}

private func renderBuckets(
    _ state: TrafficState, _ report: TrafficReport, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Priority buckets", hint: "o override  + - step")
    let columns: [Column<BucketReport>] = [
        Column("BUCKET", 11) { TableCell($0.bucket.rawValue) },
        Column("WHAT", 14, priority: 4, grows: true) { TableCell(TrafficModel.classes(of: $0.bucket, report), .dim) },
        Column("OFFERED", 9, .right) { "\(Format.count($0.offeredPerSecond))/s" },
        Column("ADMITTED", 9, .right) { "\(Format.count($0.admittedPerSecond))/s" },
        Column("SHED", 5, .right) { TableCell("\($0.refusedShare)%", $0.refusedShare > 0 ? ($0.bucket == .critical ? .critical : .warn) : .plain) },
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
    if line < inner.bottom { canvas.put(verdict.text, x: inner.x + 2, y: line, style: verdict.style, width: inner.width - 3) }
}

private func renderLevers(
    _ report: TrafficReport, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Degradation levers", hint: "L levers")
    struct Row {
        var lever: DegradationLever
        var held: LeverReport?
    }
    let table = Table<Row>([
        Column("LEVER", 18, grows: true) { TableCell($0.lever.effect) },
        Column("STATE", 5) { TableCell($0.held == nil ? "off" : "ON", $0.held == nil ? .dim : .hold) },
        Column("BY", 10) { TableCell($0.held?.by ?? "", .dim) },
        Column("ENDS", 9, priority: 1) { row in
            guard let held = row.held else { return "" }
            return TableCell(held.until.map { "\($0.clock())Z" } ?? "by rule", .dim)
        },
    ], fitting: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    for (line, lever) in DegradationLever.allCases.prefix(max(0, inner.height - 1)).enumerated() {
        let row = Row(lever: lever, held: report.levers.first { $0.lever == lever })
        table.drawRow(row, x: inner.x, y: inner.y + 1 + line, on: &canvas)
    }
}

private func renderKnockOn(_ report: TrafficReport, _ style: PanelStyle, hint: String, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Knock-on watch", hint: hint)
    let table = Table<KnockOnReport>([
        Column("SIGNAL", 18, grows: true) { TableCell($0.signal.name, $0.isKnockedOn ? .warn : .plain) },
        Column("BASE", 9, .right) { "\(Format.count($0.base))/s" },
        Column("NOW", 9, .right) { "\(Format.count($0.now))/s" },
        Column("RATIO", 8, .right) { TrafficModel.ratio($0) },
    ], fitting: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    // What spikes comes first: on a small terminal the calm lines are the ones left out.
    let lines = report.knockOn.filter(\.isKnockedOn) + report.knockOn.filter { !$0.isKnockedOn }
    for (line, signal) in lines.prefix(max(0, inner.height - 1)).enumerated() {
        table.drawRow(signal, x: inner.x, y: inner.y + 1 + line, on: &canvas)
    }
}

/// What refused clients are told, and what the log left out.
private func renderGuidance(_ report: TrafficReport, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Retries and logs")
    let x = inner.x + 1, width = inner.width - 2
    let lines = [
        [
            Fact("retries", "\(report.retryShare)% of requests", report.isRetryBudgetSpent ? .warn : .plain),
            Fact("backoff told", "\(Format.count(report.guidedPerSecond))/s, 2-\(report.spreadMax / 1000) s"),
            Fact("guard", report.isRetryBudgetSpent ? "budget spent" : "armed", priority: 1),
        ],
        [
            Fact("log", "\(Format.count(report.logBytesWritten)) B written"),
            Fact("left out", "\(Format.count(report.logLinesDropped)) lines", report.logLinesDropped > 0 ? .warn : .plain),
        ],
    ]
    for (line, facts) in lines.prefix(inner.height).enumerated() { canvas.put(facts, x: x, y: inner.y + line, width: width) }
}
