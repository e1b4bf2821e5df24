import Engine

/// Draws the Fan-out screen: one broadcast's ledger, its delivery curve and lags, its edge nodes.
func renderFanOut(
    _ state: FanOutState, selected: EventID?, snapshot: EngineSnapshot, now: EngineInstant, in area: Rect,
    on canvas: inout Canvas
) {
    let style = PanelStyle(width: area.width, mode: snapshot.mode)
    let event = selected ?? snapshot.events.first?.id
    guard let broadcast = state.broadcast(of: event, in: snapshot) else {
        return renderNothingSent(event, snapshot, style, in: area, on: &canvas)
    }
    let frame = style.overhead, isNarrow = !style.isBoxed
    let mapRows = HeatMap(broadcast, snapshot, width: area.width - (isNarrow ? 0 : 2)).rows.count
    let showsCurves = !isNarrow || state.pane == .curves
    let hidden = PanelStack.Wish(minimum: 0, wanted: 0, priority: 9)
    let areas = PanelStack.areas([
        .init(minimum: frame + 4, wanted: frame + 7, priority: 0),
            showsCurves
                ? .init(
                    minimum: frame + 6, wanted: frame + (isNarrow ? 9 : 8), priority: isNarrow ? 1 : 3, grows: isNarrow)
                : hidden,
        isNarrow && showsCurves
            ? hidden : .init(minimum: frame + 1, wanted: frame + mapRows, priority: isNarrow ? 2 : 1),
        isNarrow && showsCurves
            ? hidden : .init(minimum: frame + 2, wanted: frame + 4, priority: isNarrow ? 1 : 2, grows: true),
    ], in: area)
    renderBroadcast(broadcast, state, snapshot, style, in: areas[0], on: &canvas)
    if showsCurves {
        let halves = areas[1].columns(2)
        renderCurve(broadcast, style, in: halves[0], on: &canvas)
        renderLags(broadcast, style, in: halves[1], on: &canvas)
    }
    renderNodes(broadcast, state, snapshot, style, now: now, map: areas[2], table: areas[3], on: &canvas)
}

private func renderNothingSent(
    _ event: EventID?, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    let inner = canvas.panel(area, style, title: "Fan-out")
    var text = "No event is scheduled, so nothing has been sent."
    if let event = snapshot.events.first(where: { $0.id == event }) {
        let next =
            event.next.map {
                ". Next: \(Wording.stage($0, of: event)) \(Wording.planned(event.nextAt, now: snapshot.at))"
            } ?? ""
        text = "No broadcast of \(event.title) is in flight or fresh\(next)"
    }
    canvas.put(text, x: inner.x + 1, y: inner.y, width: inner.width - 1)
    if inner.height > 1 {
        canvas.put(
            "8 History lists past broadcasts; ] shows other events' fan-outs", x: inner.x + 1, y: inner.y + 1,
            style: .dim, width: inner.width - 1)
    }
}

/// Who has it: two bars, the split of those who have not, the ledger, the times.
private func renderBroadcast(
    _ broadcast: BroadcastSnapshot, _ state: FanOutState, _ snapshot: EngineSnapshot, _ style: PanelStyle,
    in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let record = broadcast.record, figures = record.figures, total = figures.total
    let kind = snapshot.events.first { $0.id == record.event }?.stages.first { $0.key == record.publication.stage }?
        .kind
    let stage = Wording.name(record.publication.stage, kind)
    let place =
        snapshot.broadcasts.firstIndex { $0.id == broadcast.id }.map { "[ ] \($0 + 1)/\(snapshot.broadcasts.count)" }
        ?? ""
    let word = record.state == .sending ? "SENDING" : record.state.rawValue
    let inner = canvas.panel(
        area, style, title: "\(record.id) \(stage)  \(record.eventTitle)  \(word)",
        hint: "! abort  W pause  O promote  r retry  \(place)")
    let x = inner.x + 1, width = inner.width - 2, isNarrow = !style.isBoxed
    let timestamp = record.publication.position.timestamp
    let waves = record.publication.waves.total
    var lines: [(inout Canvas, Int) -> Void] = [
        { canvas, y in
            canvas.put([
                Fact("ts", timestamp.clock(withMilliseconds: true) + "Z", priority: 1),
                Fact("elapsed", Format.clock(broadcast.elapsed)),
                    Fact(
                        "wave", "\(broadcast.wavesSent)/\(waves)",
                        broadcast.wavesSent < waves && record.state == .sending ? .next : .plain),
                Fact("rate", "\(Format.count(broadcast.ackRate))/s"),
                Fact("peak", "\(Format.count(broadcast.ackRatePeak))/s", priority: 2),
                Fact("by", record.actor.description, priority: 3),
            ], x: x, y: y, width: width)
        },
        { canvas, y in
            ledgerBar(
                "acked", total.acked, figures.real.acked, figures.modelled.acked, of: total.connected, x: x, y: y,
                width: width, style: .good, on: &canvas)
        },
        { canvas, y in
            ledgerBar(
                "sent", total.sent, figures.real.sent, figures.modelled.sent, of: total.connected, x: x, y: y,
                width: width, style: .plain, on: &canvas)
        },
    ]
    var facts = FanOutModel.lines(broadcast, isNarrow: isNarrow)
    // With few rows the ledger and the times matter more than who is offline.
    if inner.height < lines.count + facts.count { facts = [facts[0], facts[2], facts[3], facts[1]] }
    if inner.height < 6 { facts = [facts[2], facts[1]] }
    for fact in facts {
        lines.append { canvas, y in canvas.put(fact, x: x, y: y, width: width, gap: isNarrow ? 2 : 3) }
    }
    for (line, draw) in lines.prefix(inner.height).enumerated() { draw(&canvas, inner.y + line) }
}

/// `acked ████░░ 87.44%  87.80 M of 100.41 M   real 9 120 modelled 87.79 M`
private func ledgerBar(
    _ label: String, _ count: Int, _ real: Int, _ modelled: Int, of whole: Int, x: Int, y: Int, width: Int,
    style: Style,
    on canvas: inout Canvas
) {
    let kinds = Wording.kinds(real: real, modelled: modelled, Wording.tally)
    let facts = [
        Fact("", Format.percent(count, of: whole), .bold),
        Fact(Wording.tally(count), "of \(Wording.tally(whole))"), Fact("", kinds, .dim, priority: 1),
    ]
    let factsWidth = min(width * 3 / 4, 64)
    canvas.put(label, x: x, y: y, style: .dim)
    let barWidth = max(0, width - factsWidth - 8)
    canvas.bar(whole == 0 ? 0 : Double(count) / Double(whole), x: x + 6, y: y, width: barWidth, style: style)
    canvas.put(facts, x: x + 7 + barWidth, y: y, width: width - barWidth - 7, gap: 2)
}
