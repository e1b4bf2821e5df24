import Engine

/// A strip of the coming thirty minutes: each planned broadcast at its place, as wide as its fan-out is foretold to
/// last.
struct NextHalfHour {
    private struct Item {
        var at: WallTime
        var label: String
        /// Until 99.9 % will have acked; nil where nothing is foretold.
        var lasts: Milliseconds?
        /// It would collide with another event's fan-out.
        var collides: Bool
    }

    private struct Placed {
        var item: Item
        var x: Int
        var row: Int
        var width: Int
        /// Too far right for its label: that stands before the bar.
        var isFlipped: Bool
    }

    private static let span: Milliseconds = 30 * 60_000
    private static let fiveMinutes: Milliseconds = 5 * 60_000
    private let now: WallTime
    private let width: Int
    private var placed: [Placed] = []
    private var count = 0
    /// Rows that hold every broadcast.
    private(set) var rows = 0

    init(_ snapshot: EngineSnapshot, width: Int) {
        now = snapshot.at
        self.width = max(1, width)
        let items = snapshot.events.filter { $0.hold == nil }.flatMap { Self.items(of: $0, now: snapshot.at) }
            .sorted { ($0.at, $0.label) < ($1.at, $1.label) }
        count = items.count
        var ends: [Int] = []
        for item in items { place(item, &ends) }
        rows = ends.count
    }

    private static func items(of event: EventSnapshot, now: WallTime) -> [Item] {
        event.stages.compactMap { stage in
            guard stage.outcome == .upcoming, let at = stage.planned, at >= now, at.since(now) < span else {
                return nil
            }
            let collides = event.proposal?.stage == stage.key
            let target = stage.forecast.map { " \(Format.count($0.devices))" } ?? ""
            let label =
                "\(event.code) \(Wording.name(stage.key, stage.kind))\(stage.mode == .manual ? " MAN" : "")\(target)"
            return Item(at: at, label: label + (collides ? " !" : ""), lasts: stage.forecast?.t999, collides: collides)
        }
    }

    private mutating func place(_ item: Item, _ ends: inout [Int]) {
        let mark = min(column(item.at), width - 1)
        let bar = min(max(1, item.lasts.map { column(item.at + $0) - mark + 1 } ?? 1), width - mark)
        let length = bar + 1 + TextWidth.of(item.label)
        let isFlipped = mark + length > width
        let x = isFlipped ? max(0, mark + bar - length) : mark
        let row = ends.firstIndex { $0 <= x } ?? ends.count
        if row == ends.count { ends.append(0) }
        ends[row] = x + length + 1
        placed.append(Placed(item: item, x: x, row: row, width: bar, isFlipped: isFlipped))
    }

    private func column(_ moment: WallTime) -> Int { Int(moment.since(now) * Milliseconds(width) / Self.span) }

    func render(_ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
        guard !area.isEmpty else { return }
        let shown = max(0, area.height - style.overhead - 1), left = placed.count { $0.row >= shown }
        var title = "Next 30 min: \(count) broadcast\(count == 1 ? "" : "s")"
        if left > 0 { title += ", \(left) not drawn" }
        let isForetold = placed.contains { $0.item.lasts != nil }
        let legend = isForetold ? "\(canvas.glyphs.barFull) = until 99.9% acked" : "\(canvas.glyphs.divider) = planned"
        let inner = canvas.panel(area, style, title: title, hint: legend)
        guard inner.height > 0 else { return }
        drawTicks(inner, on: &canvas)
        for place in placed where place.row < shown { draw(place, inner, on: &canvas) }
        if count == 0, inner.height > 1 {
            canvas.put("no broadcast is planned", x: inner.x, y: inner.y + 1, style: .dim)
        }
    }

    private func drawTicks(_ inner: Rect, on canvas: inout Canvas) {
        canvas.put("now", x: inner.x, y: inner.y, style: .dim)
        let first = WallTime(milliseconds: (now.milliseconds / Self.fiveMinutes + 1) * Self.fiveMinutes)
        for tick in 0..<6 {
            let moment = first + Milliseconds(tick) * Self.fiveMinutes, x = column(moment)
            if x > 4, x + 6 <= inner.width {
                canvas.put(String(moment.clock().prefix(5)) + "Z", x: inner.x + x, y: inner.y, style: .dim)
            }
        }
    }

    private func draw(_ place: Placed, _ inner: Rect, on canvas: inout Canvas) {
        let item = place.item, style: Style = item.collides ? .warn : .next
        let glyph = item.lasts == nil ? canvas.glyphs.divider : canvas.glyphs.barFull
        let bar = String(repeating: glyph, count: place.width)
        let text = place.isFlipped ? "\(item.label) \(bar)" : "\(bar) \(item.label)"
        canvas.put(text, x: inner.x + place.x, y: inner.y + 1 + place.row, style: style, width: inner.width - place.x)
    }
}
