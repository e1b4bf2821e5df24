import Engine

// The lower parts of the Traffic screen: levers, knock-on watch, cache refreshes, forecast.

func renderLevers(
    _ report: TrafficReport, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(
        area, style, title: "Degradation levers", hint: style.isBoxed ? "L levers" : "L levers  Tab refreshes")
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

func renderKnockOn(
    _ report: TrafficReport, _ state: TrafficState, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    // What spikes comes first: where room is short the calm lines are the ones to scroll to.
    let lines = report.knockOn.filter(\.isKnockedOn) + report.knockOn.filter { !$0.isKnockedOn }
    let rows = max(0, area.height - style.overhead - 1), leftOut = max(0, lines.count - rows)
    let more = leftOut > 0 ? "\(leftOut) more: PgDn" : style.isBoxed ? "shed here, spike there?" : ""
    let hint = style.isBoxed ? more : [more, "Tab levers"].filter { !$0.isEmpty }.joined(separator: "  ")
    let inner = canvas.panel(area, style, title: "Knock-on watch", hint: hint)
    let table = Table<KnockOnReport>([
        Column("SIGNAL", 18, grows: true) { TableCell($0.signal.name, $0.isKnockedOn ? .warn : .plain) },
        Column("BASE", 9, .right) { "\(Format.count($0.base))/s" },
        Column("NOW", 9, .right) { "\(Format.count($0.now))/s" },
        Column("RATIO", 8, .right) { TrafficModel.ratio($0) },
    ], fitting: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    for (line, signal) in lines.dropFirst(min(state.signalsPassed, leftOut)).prefix(rows).enumerated() {
        table.drawRow(signal, x: inner.x, y: inner.y + 1 + line, on: &canvas)
    }
}

/// Who comes back because what was fetched ahead has run out, as it is and as it would be without jitter.
func renderRefresh(
    _ report: TrafficReport, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    guard let refresh = snapshot.trafficForecast?.refresh else {
        let inner = canvas.panel(area, style, title: "Cache refresh")
        canvas.put("No live event is on the desk", x: inner.x + 1, y: inner.y, style: .dim, width: inner.width - 1)
        return
    }
    let asked = report.classes.first { $0.requestClass == .cacheRefresh }?.offeredPerSecond ?? 0
    let ttl = "TTL \(Format.duration(refresh.ttl)) ±\(refresh.jitter)%"
    let inner = canvas.panel(
        area, style, title: style.isBoxed ? "Cache refresh (model)  -6 h .. now .. +2 h" : "Cache refresh (model)",
        hint: style.isBoxed ? "\(ttl)  asked here \(Format.count(asked))/s" : "\(ttl)  Tab forecast")
    let lines = TrafficModel.refreshLines(refresh)
    guard inner.height < 5 else { return renderRefreshCurves(lines, refresh, in: inner, on: &canvas) }
    let x = inner.x + 1, labels = 16, facts = min(40, inner.width / 2), width = inner.width - labels - facts - 3
    for (row, line) in lines.prefix(inner.height).enumerated() {
        let y = inner.y + row
        canvas.put(line.label, x: x, y: y, style: .dim, width: labels)
        // The part to come stands out: it is what can still be changed.
        let perCell = canvas.glyphs == .braille ? 2 : 1
        let text = Sparkline.text(
            TrafficModel.stretched(line.values, parts: width * perCell), width: width,
            maximum: refresh.peakWithoutJitter, glyphs: canvas.glyphs)
        let now = width * 3 / 4
        canvas.put(String(text.prefix(now)), x: x + labels, y: y, style: line.style, width: now)
        canvas.put(String(text.dropFirst(now)), x: x + labels + now, y: y, style: .next, width: width - now)
        canvas.put(line.facts, x: x + labels + width + 1, y: y, width: facts, gap: 2)
    }
}

private func renderRefreshCurves(
    _ lines: [TrafficModel.RefreshLine], _ refresh: RefreshForecast, in inner: Rect, on canvas: inout Canvas
) {
    let columns = inner.columns(2)
    for (column, line) in zip(columns, lines) {
        canvas.put([Fact("", line.label)] + line.facts, x: column.x + 1, y: column.y, width: column.width - 2, gap: 2)
        let box = Rect(x: column.x + 1, y: column.y + 1, width: column.width - 2, height: column.height - 2)
        canvas.curve(
            TrafficModel.stretched(line.values, parts: box.width * 2), maximum: max(1, refresh.peakWithoutJitter),
            in: box, style: line.style)
        canvas.put("-6 h", x: box.x, y: box.bottom, style: .dim)
        canvas.put("now", x: box.x + box.width * 3 / 4, y: box.bottom, style: .next)
        canvas.putRight("+2 h", right: box.right, y: box.bottom, style: .dim)
    }
}

/// What comes: the next peak and what it wants, what an interruption would bring, and how the guard against retries
/// stands.
func renderForecast(
    _ report: TrafficReport, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(
        area, style, title: "Forecast", hint: style.isBoxed ? "w what-if" : "w what-if  Tab knock-on")
    let x = inner.x + 1, width = inner.width - 2
    let lines = TrafficModel.forecastLines(report, snapshot, isNarrow: !style.isBoxed)
    for (row, facts) in lines.prefix(inner.height).enumerated() {
        canvas.put(facts, x: x, y: inner.y + row, width: width)
    }
    let left = inner.height - lines.count - 1
    guard left >= 3, let peak = snapshot.trafficForecast?.peak else { return }
    let table = TrafficModel.surgeTable(width: inner.width), top = inner.y + lines.count + 1
    table.drawHeader(x: inner.x, y: top, on: &canvas)
    for (row, line) in peak.classes.prefix(left - 1).enumerated() {
        table.drawRow(line, x: inner.x, y: top + 1 + row, on: &canvas)
    }
}
