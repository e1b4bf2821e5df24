import Engine

/// Draws a replay or a rehearsal: what stands at the cursor, the showing laid out in time with the cursor in it, and
/// what people did around that moment; in place of the latter a branch of this showing, once one has been played.
func renderScrubber(_ scrubber: Scrubber, _ branch: BranchReport?, in area: Rect, on canvas: inout Canvas) {
    let style = PanelStyle(width: area.width, mode: scrubber.mode)
    let branch = branch.flatMap { $0.concerns(scrubber.timeline.showing) ? $0 : nil }
    let areas = PanelStack.areas([
        .init(minimum: style.overhead + 3, wanted: style.overhead + 5, priority: 1),
        .init(minimum: style.overhead + 9, wanted: style.overhead + (branch == nil ? 13 : 9), priority: 0),
        .init(minimum: style.overhead + 2, wanted: style.overhead + 4, priority: 2, grows: true),
    ], in: area)
    renderMoment(scrubber, style, in: areas[0], on: &canvas)
    renderTimeline(scrubber, style, in: areas[1], on: &canvas)
    if let branch {
        renderBranch(branch, PanelStyle(width: area.width, mode: .rehearsal), in: areas[2], on: &canvas)
    } else {
        renderDeeds(scrubber, style, in: areas[2], on: &canvas)
    }
}

// MARK: The state at the cursor

private func renderMoment(_ scrubber: Scrubber, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let title = "At \(Format.time(scrubber.wall)) \(Format.day(scrubber.wall))"
    let inner = canvas.panel(area, style, title: title, hint: "Enter or 1 to 9: any screen as of the cursor")
    guard let frame = scrubber.frame else {
        canvas.put(scrubber.emptiness, x: inner.x + 1, y: inner.y, style: .warn, width: inner.width - 2)
        return
    }
    for (line, facts) in ScrubberModel.facts(frame, scrubber).prefix(inner.height).enumerated() {
        canvas.put(facts, x: inner.x + 1, y: inner.y + line, width: inner.width - 2)
    }
}

enum ScrubberModel {
    static func facts(_ frame: EngineSnapshot, _ scrubber: Scrubber) -> [[Fact]] {
        let id = scrubber.timeline.showing.event
        let event = frame.events.first { $0.id == id }, broadcast = frame.broadcasts.first { $0.record.event == id }
        var lines: [[Fact]] = []
        lines.append([
            Fact("stage", event.map { Wording.stage($0.current, of: $0) } ?? "not on the desk", .bold),
            Fact("clock", event.map { Wording.clock($0, now: frame.at).text } ?? "-"),
            Fact("plan", event.map { "v\($0.planVersion)" } ?? "-", priority: 2),
            Fact("nodes", "\(frame.nodes.count { $0.state == .up })/\(frame.nodes.count)", priority: 1),
            Fact(
                "alerts",
                "\(frame.alerts.count { $0.severity == .critical }) !! \(frame.alerts.count { $0.severity == .warn }) !"
            ),
        ])
        if let broadcast {
            let total = broadcast.record.figures.total
            lines.append([
                Fact(broadcast.id.description, Wording.name(broadcast.record.publication.stage, nil)),
                Fact("wave", "\(broadcast.wavesSent)/\(broadcast.record.publication.waves.count)", priority: 2),
                Fact("acked", Format.percent(total.acked, of: total.connected)),
                Fact("un-acked", Wording.tally(total.unacked)),
                Fact("p99", Format.duration(broadcast.lag99), priority: 1),
                Fact("elapsed", Format.clock(broadcast.elapsed), priority: 3),
            ])
        }
        if let deed = scrubber.timeline.entries.last(where: {
            $0.at <= frame.at && $0.actor != .engine && $0.kind != .acknowledged
        }) {
            lines.append([
                Fact("last command", "\(Wording.what(deed.kind)) by \(deed.actor) at \(Format.time(deed.at))")
            ])
            lines.append([Fact("why", deed.why ?? (Wording.owesReason(deed) ? "! no reason yet" : "-"))])
        }
        if let next = scrubber.next {
            lines.append([
                Fact(
                    "next", "\(Format.time(scrubber.axis.wall(at: next.place))) \(next.text)",
                    Format.style(next.severity))
            ])
        }
        return lines
    }

    /// One letter for what somebody did: the key that does it.
    static func letter(_ kind: JournalEntry.Kind) -> Character {
        switch kind {
        case .stageTaken: "t"
        case .held, .resumed: "H"
        case .rescheduled: "p"
        case .stageTriggered: "T"
        case .stageRecycled: "R"
        case .broadcastAborted: "!"
        case .broadcastResent: "r"
        case .voted: "v"
        case .noted, .explained: "i"
        case .undone: "u"
        case .scheduleAdopted: "D"
        case .acknowledged: "a"
        default: "o"
        }
    }
}

// MARK: The timeline

/// Which columns belong to which stretch of the axis.
private struct Columns {
    let axis: TimelineAxis
    let plot: Rect

    func column(_ place: Milliseconds) -> Int {
        plot.x + min(plot.width - 1, Int(place * Milliseconds(plot.width) / max(1, axis.length)))
    }

    /// Whether anything of the column was recorded.
    func isRecorded(_ index: Int) -> Bool {
        let from = Milliseconds(index) * axis.length / Milliseconds(plot.width)
        let until = Milliseconds(index + 1) * axis.length / Milliseconds(plot.width)
        return axis.spans.contains { $0.start <= until && $0.end >= from }
    }

    /// The largest value of each column.
    func values(_ samples: [(place: Milliseconds, value: Int)]) -> [Int] {
        var values = [Int](repeating: 0, count: plot.width)
        for sample in samples {
            values[column(sample.place) - plot.x] = max(values[column(sample.place) - plot.x], sample.value)
        }
        // A column between two samples shows the one before it: fewer samples than columns are no gap.
        var last = 0
        let hit = Set(samples.map { column($0.place) - plot.x })
        for index in values.indices {
            if hit.contains(index) {
                last = values[index]
            } else if isRecorded(index) {
                values[index] = last
            } else {
                last = 0
            }
        }
        return values
    }
}

private func renderTimeline(_ scrubber: Scrubber, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let timeline = scrubber.timeline, axis = scrubber.axis
    let scope = scrubber.isWholeRoom ? "curves of the whole room" : "curves of this event"
    let running = scrubber.isPlaying ? "PLAYING \(scrubber.speed)x" : "paused, \(scrubber.speed)x"
    let hint =
        area.width < 100
        ? "Space play  [ ] { } < >" : "Space play  \u{2190}\u{2192} 1 s  [ ] marker  { } command  < > speed  s scope"
    let inner = canvas.panel(area, style, title: "\(timeline.showing.title)  \(running)  \(scope)", hint: hint)
    let labels = 10, plot = Rect(x: inner.x + labels, y: inner.y, width: inner.width - labels - 1, height: 1)
    guard plot.width > 10 else { return }
    let columns = Columns(axis: axis, plot: plot)
    let tall = max(1, (inner.height - 7) / 2)
    var y = inner.y
    func label(_ text: String, rows: Int = 1) -> Rect {
        defer { y += rows }
        canvas.put(text, x: inner.x + 1, y: y, style: .dim, width: labels - 1)
        return Rect(x: plot.x, y: y, width: plot.width, height: rows)
    }
    renderStages(timeline, columns, in: label("stage", rows: 2), on: &canvas)
    let samples = placed(scrubber.samples, on: axis)
    for (name, value) in [("acks/s", \TimelineSample.ackRate), ("un-acked", \.unacked)] {
        let row = label(name, rows: tall),
            values = columns.values(samples.map { ($0.place, $0.sample[keyPath: value]) })
        canvas.curve(values, maximum: max(1, values.max() ?? 0), in: row, style: name == "acks/s" ? .good : .plain)
        for index in 0..<plot.width where !columns.isRecorded(index) {
            for line in row.y..<row.bottom {
                canvas.put(String(canvas.glyphs.barEmpty), x: plot.x + index, y: line, style: .dim)
            }
        }
        if tall > 1 {
            canvas.put(Format.count(values.max() ?? 0), x: inner.x + 1, y: row.y + 1, style: .dim, width: labels - 2)
        }
    }
    renderMarks(
        scrubber, samples.map { ($0.place, $0.sample) }, columns, alerts: label("alerts"), commands: label("commands"),
        marks: label("marks"), on: &canvas)
    let cursor = label("cursor")
    canvas.put(String(repeating: String(canvas.glyphs.dot), count: plot.width), x: cursor.x, y: cursor.y, style: .dim)
    canvas.put("\u{2503}", x: columns.column(scrubber.cursor), y: cursor.y, style: Style(.next, bold: true))
    renderTimes(columns, in: label("time"), on: &canvas)
}

private func placed(_ samples: [TimelineSample], on axis: TimelineAxis) -> [(
    place: Milliseconds, sample: TimelineSample
)] {
    var earliest: Milliseconds = 0
    return samples.compactMap { sample in
        guard let span = axis.spans.first(where: { $0.piece.first <= sample.frame && sample.frame <= $0.piece.last })
        else { return nil }
        let place = max(earliest, span.start + max(0, sample.at.since(span.piece.from)))
        earliest = place
        return (place, sample)
    }
}

/// Names above, a line with its joints below.
private func renderStages(_ timeline: Timeline, _ columns: Columns, in row: Rect, on canvas: inout Canvas) {
    let places = columns.axis.places(of: timeline.stages.map(\.at))
    let stages = zip(timeline.stages, places).compactMap { stage, place in place.map { (stage, columns.column($0)) } }
    for (index, (stage, x)) in stages.enumerated() {
        let end = index + 1 < stages.count ? max(x, stages[index + 1].1) : row.right
        canvas.put(String(repeating: "\u{2500}", count: max(0, end - x)), x: x, y: row.y + 1, style: .dim)
        canvas.put("\u{251C}", x: x, y: row.y + 1, style: .dim)
        if end - x > 2 { canvas.put(stage.stage.rawValue, x: x, y: row.y, style: .bold, width: end - x - 1) }
    }
}

private func renderMarks(
    _ scrubber: Scrubber, _ samples: [(Milliseconds, TimelineSample)], _ columns: Columns, alerts: Rect, commands: Rect,
    marks: Rect,
    on canvas: inout Canvas
) {
    for (place, sample) in samples where sample.warnCount + sample.criticalCount > 0 {
        let isCritical = sample.criticalCount > 0, x = columns.column(place)
        if isCritical || canvas[x, alerts.y].character == " " {
            canvas.put(isCritical ? "!" : ".", x: x, y: alerts.y, style: isCritical ? .critical : .warn)
        }
    }
    var earliest: Milliseconds = 0
    for entry in scrubber.entries where entry.actor != .engine {
        guard let place = columns.axis.place(of: entry.at, from: earliest) else { continue }
        earliest = place
        canvas.put(String(ScrubberModel.letter(entry.kind)), x: columns.column(place), y: commands.y, style: .next)
    }
    for mark in scrubber.bookmarks {
        canvas.put(
            mark.text, x: columns.column(mark.place), y: marks.y, style: .bold,
            width: marks.right - columns.column(mark.place))
    }
    for mark in scrubber.markers where mark.kind == .step {
        canvas.put("\u{2190}", x: columns.column(mark.place), y: marks.y, style: .warn)
    }
}

/// The time of day at every quarter, and at the end.
private func renderTimes(_ columns: Columns, in row: Rect, on canvas: inout Canvas) {
    let axis = columns.axis, isShort = axis.length < 1_200_000
    func text(_ place: Milliseconds) -> String {
        isShort ? axis.wall(at: place).clock() : String(axis.wall(at: place).clock().prefix(5))
    }
    let parts = row.width < 80 ? 3 : 5
    for part in 0..<parts {
        let place = axis.length * Milliseconds(part) / Milliseconds(parts)
        canvas.put(text(place), x: columns.column(place), y: row.y, style: .dim)
    }
    canvas.putRight(text(axis.length) + "Z", right: row.right, y: row.y, style: .dim)
}

// MARK: Who did what

private func renderDeeds(_ scrubber: Scrubber, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let entries = scrubber.entries, wall = scrubber.wall
    let filter = scrubber.filter.isEmpty ? "" : "  filter \(scrubber.filter)"
    let inner = canvas.panel(
        area, style, title: "Who did what, until the cursor (\(entries.count) in all)\(filter)",
        hint: "/ filter  9 Audit as of the cursor")
    let until = entries.filter { $0.at <= wall }
    for (line, entry) in until.suffix(inner.height).reversed().enumerated() {
        let isDeed = entry.actor != .engine
        canvas.put([
            Fact("", Format.time(entry.at), .dim), Fact("", Wording.what(entry.kind), isDeed ? .next : .plain),
            Fact("by", entry.actor.description, isDeed ? .plain : .dim), Fact("", Wording.change(entry), priority: 1),
            Fact("why", entry.why ?? (Wording.owesReason(entry) ? "! no reason" : "-"), priority: 2),
        ], x: inner.x + 1, y: inner.y + line, width: inner.width - 2, gap: 2)
    }
    if until.isEmpty { canvas.put("Nothing yet.", x: inner.x + 1, y: inner.y, style: .dim) }
}
