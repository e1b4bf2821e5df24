import Engine

/// Draws the Event screen: the clock first, then where the run of show stands, then plan against actuals,
/// then what must be GO and what devices will show.
func renderEvent(
    _ state: EventState, selected: EventID?, snapshot: EngineSnapshot, now: EngineInstant, in area: Rect,
    on canvas: inout Canvas
) {
    let style = PanelStyle(width: area.width, mode: snapshot.mode)
    guard let event = snapshot.events.first(where: { $0.id == selected }) ?? snapshot.events.first else {
        let inner = canvas.panel(area, style, title: "Event")
        canvas.put(
            "No event is scheduled: 1 shows the fleet and how to start one.", x: inner.x + 1, y: inner.y, style: .dim,
            width: inner.width - 1)
        return
    }
    var body = area
    renderOffer(snapshot, in: &body, on: &canvas)
    let frame = style.overhead, isNarrow = !style.isBoxed
    let areas = PanelStack.areas([
        .init(minimum: isNarrow ? 1 : frame + 3, wanted: isNarrow ? 4 : frame + 4, priority: 0),
        .init(minimum: frame + 2, wanted: frame + 2, priority: 2),
        .init(minimum: frame + 3, wanted: frame + 1 + event.stages.count, priority: 1),
        .init(minimum: frame + 2, wanted: frame + 1 + max(5, event.gates.count), priority: 3, grows: true),
    ], in: body)
    renderClock(event, snapshot, style, in: areas[0], on: &canvas)
    renderRail(event, snapshot, style, in: areas[1], on: &canvas)
    renderPlan(event, state, snapshot, style, in: areas[2], on: &canvas)
    renderEventPanes(event, state, snapshot, style, in: areas[3], on: &canvas)
}

private func renderClock(
    _ event: EventSnapshot, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let clock = EventModel.clock(event)
    var inner = area
    if style.isBoxed {
        inner = canvas.panel(
            area, style, title: "\(event.title)   T-clock \(clock.word)", hint: "H HOLD: one key, acts at once")
    } else {
        let line = inner.takeTop(1)
        canvas.put(
            [
                Fact("", event.title, .title), Fact("T-clock", clock.word, clock.style),
                Fact(
                    "stage", Wording.stage(event.current, of: event), EventModel.isLive(event) ? .onAir : .plain,
                    priority: 1),
            ],
            x: line.x + 1, y: line.y, width: line.width - 1
        )
    }
    guard inner.height > 0 else { return }
    let text = clock.text, large = BigDigits.width(of: text), small = BigDigits.width(of: text, scale: 1)
    var factsX = inner.x + 1
    if inner.height >= BigDigits.height, clock.isDigits, small + 30 <= inner.width {
        let scale = large + 50 <= inner.width ? 2 : 1
        BigDigits.draw(
            text, x: inner.x + 1, y: inner.y, scale: scale, style: clock.style == .plain ? .bold : clock.style,
            on: &canvas)
        factsX += (scale == 2 ? large : small) + 3
    } else {
        factsX =
            canvas.put(
                text, x: factsX, y: inner.y, style: clock.style == .plain ? .bold : clock.style, width: inner.width - 2)
            + 3
    }
    for (line, facts) in EventModel.clockFacts(event, snapshot, namesStage: style.isBoxed).enumerated()
    where line < inner.height {
        canvas.put(facts, x: factsX, y: inner.y + line, width: inner.right - factsX - 1, gap: 2)
    }
}

/// The stages from left to right, what lies behind drawn thick, with the time of each below it.
private func renderRail(
    _ event: EventSnapshot, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas
) {
    guard !area.isEmpty, !event.stages.isEmpty else { return }
    let inner = canvas.panel(area, style, title: "Stage rail")
    guard inner.height > 1 else { return }
    let names = event.stages.map { Wording.name($0.key, $0.kind) }
    let times = event.stages.map { EventModel.railTime($0, now: snapshot.at, good: canvas.glyphs.good) }
    let needs = zip(names, times).map { max(TextWidth.of($0), TextWidth.of($1)) + 2 }
    let width = inner.width - 2, needed = needs.reduce(0, +)
    var x = inner.x + 1
    for (index, stage) in event.stages.enumerated() {
        let share = needed <= width
            ? needs[index] + (width - needed) * (index + 1) / names.count - (width - needed) * index / names.count
            : width * (index + 1) / names.count - width * index / names.count
        let isCurrent = stage.key == event.current, isNext = stage.key == event.next
        let look: Style = isCurrent ? .onAir : isNext ? .next : stage.outcome == .upcoming ? .plain : .dim
        let end = canvas.put(names[index], x: x, y: inner.y, style: look, width: share - 1)
        let isBehind = index < (event.stages.firstIndex { $0.key == event.current } ?? 0)
        let line = String(isBehind ? canvas.glyphs.railDone : canvas.glyphs.railAhead)
        if index < names.count - 1, x + share - end > 2 {
            canvas.put(" " + String(repeating: line, count: x + share - end - 2) + " ", x: end, y: inner.y, style: .dim)
            if isCurrent {
                canvas.put(String(canvas.glyphs.railHere), x: (end + x + share) / 2, y: inner.y, style: .bold)
            }
        }
        canvas.put(times[index], x: x, y: inner.y + 1, style: isNext ? .next : .dim, width: share - 1)
        x += share
    }
}

private func renderPlan(
    _ event: EventSnapshot, _ state: EventState, _ snapshot: EngineSnapshot, _ style: PanelStyle, in area: Rect,
    on canvas: inout Canvas
) {
    guard !area.isEmpty else { return }
    let rows = area.height - style.overhead - 1, count = event.stages.count
    let inner = canvas.panel(
        area, style,
        title: "Plan v\(event.planVersion) and actuals" + (rows < count ? ", \(rows) of \(count) stages" : ""),
        hint: EventModel.forecastNote(event).map { $0 + (style.isBoxed ? "   t TAKE  p plan" : "") }
            ?? "t TAKE  p plan  T trigger  R recycle"
    )
    let table = EventModel.planTable(event, snapshot, width: inner.width)
    table.drawHeader(x: inner.x, y: inner.y, on: &canvas)
    let selected = state.stage(of: event)
    let index = event.stages.firstIndex { $0.key == selected } ?? 0
    let window = ListState<StageKey>.window(of: event.stages.count, around: index, rows: inner.height - 1)
    for (line, stage) in event.stages[window].enumerated() {
        table.drawRow(stage, x: inner.x, y: inner.y + 1 + line, isSelected: stage.key == selected, on: &canvas)
    }
}
