@testable import ControlRoom
import Engine
import TestSupport
import Testing

/// Every screen on every kind of night, at the two sizes people sit at. The canvas is the screen's body: the
/// six rows around it are the room's.
@Suite struct ScreenSnapshotTests {
    static let nights: [(String, EngineSnapshot)] = [
        ("calm", .calm), ("alarming", .alarming), ("empty", .empty), ("overflowing", .overflowing),
    ]

    @Test(arguments: Screen.allCases, [80, 120])
    func everyScreenIsDrawnAsApproved(screen: Screen, width: Int) {
        for (name, snapshot) in Self.nights {
            let shown =
                screen == .prefetch ? snapshot.prefetching : screen == .traffic ? snapshot.withTraffic : snapshot
            assertSnapshot(
                draw(screen, shown, width: width), named: "\(screen)-\(name)-\(width)x\(width == 80 ? 24 : 36)")
        }
    }

    @Test(arguments: [80, 120])
    func aBigBetFanOutIsDrawnAsApproved(width: Int) {
        assertSnapshot(draw(.fanOut, .bigBet, width: width), named: "fanOut-bigBet-\(width)x\(width == 80 ? 24 : 36)")
    }

    @Test(arguments: [80, 120])
    func aCollisionOfFanOutsIsDrawnAsApproved(width: Int) {
        assertSnapshot(draw(.fleet, .crowded, width: width), named: "fleet-crowded-\(width)x\(width == 80 ? 24 : 36)")
    }

    @Test func fanOutInASCIINeedsNeitherBlocksNorColour() {
        let canvas = draw(.fanOut, .alarming, width: 120, glyphs: .ascii)
        let foreign = canvas.text.filter { !$0.isASCII }
        #expect(foreign.isEmpty)
        assertSnapshot(canvas, named: "fanOut-alarming-ascii-120x36")
    }

    @Test func theOtherPanesAtEightyColumnsAreDrawnAsApproved() {
        var states = ScreenStates(), selected: EventID? = "fight-night"
        states.apply(.nextPane, on: .event, selected: &selected, snapshot: .alarming, now: .start, page: 18)
        assertSnapshot(
            draw(.event, .alarming, width: 80, states: states, selected: selected), named: "event-surfaces-80x24")
        states.apply(.nextPane, on: .prefetch, selected: &selected, snapshot: .calm.prefetching, now: .start, page: 18)
        assertSnapshot(draw(.prefetch, .calm.prefetching, width: 80, states: states), named: "prefetch-curves-80x24")
        states.apply(
            .nextPane, on: .traffic, selected: &selected, snapshot: .alarming.withTraffic, now: .start, page: 18)
        assertSnapshot(draw(.traffic, .alarming.withTraffic, width: 80, states: states), named: "traffic-levers-80x24")
        for pane in ["refresh", "forecast"] {
            states.apply(
                .nextPane, on: .traffic, selected: &selected, snapshot: .alarming.withTraffic, now: .start, page: 18)
            for (width, size) in [(80, "80x24"), (120, "120x36")] {
                assertSnapshot(
                    draw(.traffic, .alarming.withTraffic, width: width, states: states),
                    named: "traffic-\(pane)-\(size)")
            }
        }
        selected = "cup"
        states.apply(.nextPane, on: .fanOut, selected: &selected, snapshot: .alarming, now: .start, page: 18)
        assertSnapshot(
            draw(.fanOut, .alarming, width: 80, states: states, selected: selected), named: "fanOut-curves-80x24")
    }

    @Test func armedAndOfferedPlansAreSeen() {
        assertSnapshot(draw(.fleet, .armed, width: 120), named: "fleet-armed-120x36")
        assertSnapshot(draw(.event, .armed, width: 120), named: "event-armed-120x36")
        assertSnapshot(draw(.fleet, .offered(), width: 80), named: "fleet-offered-80x24")
        let problem = "tonight.yaml:14:5 live stands before countdown. Give it a time after 20:50:00Z."
        assertSnapshot(draw(.event, .offered(problems: [problem]), width: 120), named: "event-offered-faulty-120x36")
    }

    @Test(arguments: [80, 120])
    func anOpenedRecordShowsItsNodes(width: Int) {
        var states = Self.states(.alarming)
        _ = states.open(on: .history)
        assertSnapshot(
            draw(.history, .alarming, width: width, states: states),
            named: "history-opened-\(width)x\(width == 80 ? 24 : 36)")
    }

    @Test func nothingIsDrawnOutsideItsAreaAndNoSizeCrashes() {
        for (_, snapshot) in Self.nights + [
            ("prefetching", .alarming.prefetching), ("shedding", .alarming.withTraffic), ("big bet", .bigBet),
            ("armed", .armed), ("offered", .offered(problems: ["x"])),
        ] {
            for screen in Screen.allCases {
                for width in [1, 2, 3, 5, 9, 20, 39, 60, 80, 99, 100, 121, 200] {
                    for height in [1, 2, 3, 4, 7, 12, 18, 33, 60] {
                        for glyphs in width % 3 == 0 ? [GlyphSet.ascii, .braille] : [.box] {
                            var canvas = Canvas(size: Size(width: width + 2, height: height + 2), glyphs: glyphs)
                            let area = Rect(x: 1, y: 1, width: width, height: height)
                            renderScreen(
                                screen, Self.states(snapshot), selected: nil, snapshot: snapshot, now: .start, in: area,
                                on: &canvas)
                            #expect(isBlankAround(area, canvas), "\(screen) \(width)x\(height)")
                        }
                    }
                }
            }
        }
    }

    private func isBlankAround(_ area: Rect, _ canvas: Canvas) -> Bool {
        for y in 0..<canvas.size.height {
            for x in 0..<canvas.size.width where canvas[x, y].character != " " {
                guard (area.x..<area.right).contains(x), (area.y..<area.bottom).contains(y) else { return false }
            }
        }
        return true
    }

    /// The past of a night: one showing of each event that has sent anything, a week apart, the newest being tonight's.
    static func showings(_ snapshot: EngineSnapshot) -> [Showing] {
        snapshot.events.compactMap { event in
            let records = snapshot.broadcasts.map(\.record).filter { $0.event == event.id }
            guard let first = records.map(\.id).min(), let last = records.map(\.id).max() else { return nil }
            var showing = Showing(
                event: event.id, title: event.title, tier: event.tier, first: first, from: snapshot.at - 3_600_000)
            showing.last = last
            showing.until = snapshot.at
            showing.broadcastCount = records.count
            showing.lateMax = records.compactMap { record in
                record.planned.map { record.publication.position.timestamp.since($0) }
            }.max()
            showing.t999Max = records.compactMap(\.figures.t999).max()
            showing.connected = records.reduce(0) { $0 + $1.figures.total.connected }
            showing.acked = records.reduce(0) { $0 + $1.figures.total.acked }
            showing.abortedCount = records.count { $0.state == .aborted }
            showing.hasFrames = first.number.isMultiple(of: 2)
            return showing
        }
    }

    /// Screens that have read what the database would answer.
    static func states(_ snapshot: EngineSnapshot) -> ScreenStates {
        var states = ScreenStates()
        states.history.show(showings(snapshot), isFirstPage: true)
        states.history.show(snapshot.broadcasts.map(\.record).sorted { $0.id > $1.id })
        states.audit.show(snapshot.journal)
        if let report = LagFixture.report(snapshot) { states.lagging.show(report, now: .start) }
        return states
    }
}

private func assertSnapshot(_ canvas: Canvas, named name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    assertSnapshot(text: canvas.text, styles: canvas.styles, named: name, sourceLocation: sourceLocation)
}

/// A screen's body in a room of `width` columns: 18 rows of 24 at 80, 30 of 36 from 120 on.
func draw(
    _ screen: Screen, _ snapshot: EngineSnapshot, width: Int, states: ScreenStates? = nil, selected: EventID? = nil,
    glyphs: GlyphSet = .box, now: EngineInstant = .start
) -> Canvas {
    var canvas = Canvas(size: Size(width: width, height: width == 80 ? 18 : 30), glyphs: glyphs)
    renderScreen(
        screen, states ?? ScreenSnapshotTests.states(snapshot), selected: selected, snapshot: snapshot, now: now,
        in: canvas.bounds, on: &canvas
    )
    return canvas
}
