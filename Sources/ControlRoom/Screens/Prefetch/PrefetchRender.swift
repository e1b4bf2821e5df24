import Engine

/// Draws the Prefetch screen: who holds the coming stages, how the load of fetching and refreshing is spread, what the
/// caches do.
func renderPrefetch(
    _ state: PrefetchState, selected: EventID?, snapshot: EngineSnapshot, now: EngineInstant, in area: Rect,
    on canvas: inout Canvas
) {
    let style = PanelStyle(width: area.width, mode: snapshot.mode)
    let wanted = selected ?? snapshot.events.first?.id
    guard let event = snapshot.events.first(where: { $0.id == wanted }),
        let figures = PrefetchModel.figures(of: wanted, in: snapshot)
    else {
        return renderNoPrefetch(wanted, snapshot, style, in: area, on: &canvas)
    }
    let frame = style.overhead, isNarrow = !style.isBoxed
    let showsCoverage = !isNarrow || state.pane == .coverage, showsCurves = !isNarrow || state.pane == .curves
    let hidden = PanelStack.Wish(minimum: 0, wanted: 0, priority: 9)
    let areas = PanelStack.areas([
        .init(minimum: frame + 3, wanted: frame + 3, priority: 0),
        showsCurves ? .init(minimum: frame + 5, wanted: frame + 9, priority: 2, grows: isNarrow) : hidden,
        showsCoverage ? .init(minimum: frame + 3, wanted: frame + 9, priority: 1, grows: true) : hidden,
        .init(minimum: frame + 3, wanted: frame + 3, priority: 3),
    ], in: area)
    renderGate(event, figures, snapshot, style, in: areas[0], on: &canvas)
    renderLoad(figures, snapshot, style, in: areas[1], on: &canvas)
    renderCoverage(figures, state, style, now: now, in: areas[2], on: &canvas)
    renderCaches(snapshot, style, in: areas[3], on: &canvas)
}

private func renderNoPrefetch(
    _ event: EventID?, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    let inner = canvas.panel(area, style, title: "Prefetch")
    let title = snapshot.events.first { $0.id == event }?.title
    let text =
        title.map {
            "\($0) is over, or too far off: figures are kept for the \(PrefetchSnapshot.eventsMax) events nearest to their start"
        }
        ?? "No event is scheduled, so nothing is fetched ahead."
    canvas.put(text, x: inner.x + 1, y: inner.y, width: inner.width - 1)
}

/// How many hold it, against what the gate asks, and what is expected when the stage fires.
private func renderGate(
    _ event: EventSnapshot, _ figures: EventPrefetch, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect,
    on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let place = snapshot.events.firstIndex { $0.id == event.id }.map { "[ ] \($0 + 1)/\(snapshot.events.count)" } ?? ""
    let inner = canvas.panel(area, style, title: "Prefetch  \(event.title)", hint: place)
    let known = figures.regions.reduce(0) { $0 + $1.known }, fetched = figures.regions.reduce(0) { $0 + $1.prefetched }
    let real = figures.regions.reduce(0) { $0 + ($1.real.prefetched ?? 0) }
    let x = inner.x + 1, width = inner.width - 2
    let gate = PrefetchModel.gate(of: event), isGo = gate?.gate.isGo
    canvas.put("coverage", x: x, y: inner.y, style: .dim)
    let facts = [
        Fact("", Format.percent(fetched, of: known), .bold),
        Fact(Format.count(fetched), "of \(Format.count(known)) known"),
        Fact("", Wording.kinds(real: real, modelled: fetched - real), .dim, priority: 1),
    ]
    let barWidth = max(0, width - 9 - min(width * 3 / 5, 58))
    let share = known == 0 ? 0 : Double(fetched) / Double(known)
    canvas.bar(share, x: x + 9, y: inner.y, width: barWidth, style: isGo == false ? .warn : .good)
    canvas.put(facts, x: x + 10 + barWidth, y: inner.y, width: width - barWidth - 10, gap: 2)
    guard inner.height > 1 else { return }
    let forecast = figures.forecast
    let words = forecast.map { Format.percent(Int($0 * 10_000), of: 10_000) } ?? "cannot be told"
    let isShort = forecast.map { share in gate?.wanted.map { share < $0 } ?? false } ?? false
    let next = event.next.map { Wording.stage($0, of: event) } ?? "the show is over"
    canvas.put([
            Fact(
                "gate before \(next)", gate.map { _ in isGo == true ? "✓ GO" : "! NO-GO" } ?? "none",
                isGo == true ? .good : gate == nil ? .dim : .warn),
        Fact("", gate?.gate.detail ?? ""),
            Fact("forecast at its start", words, isShort ? .warn : .plain),
            Fact("", Wording.planned(event.nextAt, now: snapshot.at), .dim, priority: 1),
    ].filter { !$0.value.isEmpty }, x: x, y: inner.y + 1, width: width)
    guard inner.height > 2 else { return }
    let counts = event.real
    canvas.put([
        Fact("real devices", counts.prefetched.map { "\(Format.count($0)) of \(Format.count(counts.known)) fetched" }
            ?? (snapshot.prefetch?.server == nil ? "cannot be known: the HTTP port is off" : "none is known")),
            Fact(
                "modelled",
                event.modelled.prefetched.map { "\(Format.count($0)) of \(Format.count(event.modelled.known))" }
                    ?? "none", priority: 1),
    ], x: x, y: inner.y + 2, width: width)
}

/// Who fetches when, and when they come again, over the hours around the start.
private func renderLoad(
    _ figures: EventPrefetch, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard area.height > style.overhead + 2 else { return }
    let server = snapshot.prefetch?.server ?? PrefetchServerFigures()
    let title = "Load -6 h to +2 h"
    guard !figures.load.isEmpty else {
        let inner = canvas.panel(area, style, title: title)
        canvas.put(
            "LIVE is on cue, so nobody can say when devices will fetch", x: inner.x + 1, y: inner.y, style: .dim,
            width: inner.width - 1)
        return
    }
    let together = PrefetchModel.refreshes(figures, ttl: server.deviceTTL, jitter: 0)
    let apart = PrefetchModel.refreshes(figures, ttl: server.deviceTTL, jitter: server.jitterPercent)
    let ttl = Format.duration(server.deviceTTL)
    let plots: [(title: String, values: [Int], style: Style)] = [
        ("First fetch", figures.load, .good), ("All at -6 h, TTL \(ttl)", together, .warn),
        ("The same, ±\(server.jitterPercent)%", apart, .plain),
    ]
    // The two refresh curves share one scale: that is the comparison.
    let top = max(1, max(together.max() ?? 0, apart.max() ?? 0))
    let columns = area.columns(plots.count)
    for (index, plot) in plots.enumerated() {
        let inner = canvas.panel(columns[index], style, title: plot.title)
        let peak = plot.values.max() ?? 0
        let perSecond = peak / Int((index == 0 ? EventPrefetch.loadStep : CacheRefresh.step) / 1000)
        canvas.put([Fact("peak", "\(Format.count(perSecond))/s")], x: inner.x + 1, y: inner.y, width: inner.width - 2)
        let box = Rect(x: inner.x + 1, y: inner.y + 1, width: inner.width - 2, height: inner.height - 2)
        guard box.height > 0, box.width > 8 else { continue }
        canvas.curve(
            PrefetchModel.highest(plot.values, parts: box.width * 2), maximum: index == 0 ? max(1, peak) : top, in: box,
            style: plot.style)
        canvas.put("-6 h", x: box.x, y: box.bottom, style: .dim)
        let start = box.x + box.width * 3 / 4
        if start + 4 < box.right - 4 { canvas.put("LIVE", x: start, y: box.bottom, style: .next) }
        canvas.putRight("+2 h", right: box.right, y: box.bottom, style: .dim)
    }
}

private func renderCoverage(
    _ figures: EventPrefetch, _ state: PrefetchState, _ style: PanelStyle, now: EngineInstant, in area: Rect,
    on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let isFamilies = state.breakdown == .families
    let wanted = PrefetchModel.ranked(figures, state)
    let rows = Dictionary(wanted.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let order = state.rows.arranged(wanted.map(\.name), now: now)
    let index = state.rows.index(in: order)
    let hold = state.rows.isOrderHeld(at: now) && order != wanted.map(\.name) ? "order frozen  " : ""
    let inner = canvas.panel(
        area, style, title: "Coverage by \(isFamilies ? "family" : "region"), \(PrefetchModel.orderName(state))",
        hint: hold + "h l \(isFamilies ? "regions" : "families")  s sort" + (style.isBoxed ? "" : "  Tab load"))
    guard !rows.isEmpty else {
        canvas.put(
            "No edge node has reported devices of this event yet", x: inner.x + 1, y: inner.y, style: .dim,
            width: inner.width - 1)
        return
    }
    let barWidth = max(0, min(40, inner.width - 62))
    let table = PrefetchModel.coverageTable(
        width: inner.width - (barWidth > 0 ? barWidth + 2 : 0), isFamilies: isFamilies)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    let window = ListState<String>.window(of: order.count, around: index ?? 0, rows: inner.height - 1)
    for (line, name) in order[window].enumerated() {
        guard let row = rows[name] else { continue }
        let y = inner.y + 1 + line
        table.drawRow(row, x: inner.x, y: y, isSelected: index.map { order[$0] } == name, on: &canvas)
        if barWidth > 0 {
            let share = row.known == 0 ? 0 : Double(row.prefetched) / Double(row.known)
            canvas.bar(share, x: inner.right - barWidth - 1, y: y, width: barWidth, style: .good)
        }
    }
}

/// What the server's caches have done, and where recommendations come from.
private func renderCaches(_ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Server caches since the start")
    let x = inner.x + 1, width = inner.width - 2
    guard let server = snapshot.prefetch?.server else {
        canvas.put("The HTTP port is off: real devices cannot fetch here", x: x, y: inner.y, style: .dim, width: width)
        return
    }
    var lines = [PrefetchModel.cache("answers", server.answers), PrefetchModel.cache("stage maps", server.maps)]
    if let name = server.recommendations {
        let age = server.deliveredAt.map { "\(Format.age(snapshot.at.since($0))) ago" } ?? "never"
        lines.append([
            Fact("recommendations", "\(server.rowCount) rows, \(server.titleCount) titles"),
            Fact("from", name, priority: 2), Fact("delivered", age, priority: 1),
            server.fault.map { Fact(server.deliveredAt == nil ? "! none yet:" : "! old:", $0, .warn) }
                ?? Fact("", "✓", .good),
        ])
    } else {
        lines.append([Fact("recommendations", "none: --recommendations names a source", .dim)])
    }
    for (line, facts) in lines.prefix(inner.height).enumerated() {
        canvas.put(facts, x: x, y: inner.y + line, width: width, gap: style.isBoxed ? 3 : 2)
    }
}
