@testable import Engine
import TestSupport
import Testing

@testable import ControlRoom

/// What the rules would refuse is asked and read on Traffic; nothing is steered by it.
@Suite struct SurgeTests {
    private static func room(_ width: Int = 120, _ snapshot: EngineSnapshot = .alarming) -> AppState {
        let person = Operator(name: "kris", role: "SCO", terminal: "pts/1")
        let moment = Moment(instant: .start, wall: evening)
        var state = AppState(
            options: RoomOptions(person: person), size: Size(width: width, height: width == 80 ? 24 : 36), now: moment)
        _ = update(&state, .pulled(snapshot.withTraffic, outage: nil, at: moment))
        return state
    }

    private static let report = SurgeReport(
        surge: .peak(percent: 200), at: evening + 720_000, event: "cup", stage: "live",
        classes: [
            .init(requestClass: .telemetry, bucket: .bulk, perSecond: 1_800_000),
            .init(requestClass: .browse, bucket: .degraded, perSecond: 900_000),
            .init(requestClass: .playbackStart, bucket: .critical, perSecond: 190_000),
            .init(requestClass: .prefetch, bucket: .bestEffort, perSecond: 40_000),
        ],
        buckets: [
            .init(bucket: .critical, offered: 190_000, refused: 0),
            .init(bucket: .degraded, offered: 900_000, refused: 0),
            .init(bucket: .bestEffort, offered: 40_000, refused: 0),
            .init(bucket: .bulk, offered: 1_800_000, refused: 1_130_000),
        ],
        lanes: [
            .init(lane: .live, perSecond: 2_930_000, desired: 4_883_334),
            .init(lane: .general, perSecond: 0, desired: 0),
        ],
        rulesets: ["surge", "on-air"], capacity: EdgeCapacity())

    private static func press(_ state: inout AppState, _ keys: String) -> [AppEffect] {
        keys.flatMap { update(&state, .key(.character($0), at: state.now)) }
    }

    @Test(arguments: [80, 120]) func aSurgeIsChosenAskedForAndShown(width: Int) {
        var state = Self.room(width)
        _ = Self.press(&state, "5wjj")
        let asked = update(&state, .key(.enter, at: state.now))
        guard case .command(let ticket, .surge(.peak(percent: 200)))? = asked.first else {
            Issue.record("\(asked)"); return
        }
        _ = update(&state, .reply(ticket, .surge(Self.report), at: state.now))
        let canvas = render(state)
        assertSnapshot(text: canvas.text, styles: canvas.styles, named: "room-surge-\(width)x\(width == 80 ? 24 : 36)")
        let closed = update(&state, .key(.escape, at: state.now))
        #expect(closed.isEmpty)
        #expect(state.overlay == nil)
    }

    @Test(arguments: [
            ("surge 150%", Surge.peak(percent: 150)), ("surge cut", .interruption(isGuided: false)),
            ("surge guided-cut", .interruption(isGuided: true)),
            ("surge", nil), ("surge 150", nil), ("surge 0%", nil), ("surge -5%", nil), ("surge 99999%", nil),
            ("surge a b", nil),
    ] as [(String, Surge?)])
    func theCommandReadsWhatIsAsked(line: String, surge: Surge?) {
        let parsed = PaletteCommand.parse(line, in: Self.room())
        if let surge {
            #expect(parsed == .success(.surge(surge)))
        } else {
            #expect(throws: PaletteCommand.Failure.self) { try parsed.get() }
        }
    }

    @Test func elsewhereTheKeySaysWhereItWorks() {
        var state = Self.room()
        let effects = Self.press(&state, "1w")
        #expect(effects.isEmpty)
        #expect(state.toast?.text.contains("5 Traffic") == true)
    }

    @Test func theLeverThatHelpsAgainstThePeakIsUnderTheCursor() {
        var state = Self.room(120, .calm)
        _ = Self.press(&state, "5L")
        guard case .picker(let picker)? = state.overlay else { Issue.record("no picker"); return }
        #expect(picker.choices[picker.index].outcome == .prepare(.traffic(.pull(.stretchTTL))))
        #expect(picker.choices[picker.index].detail.hasPrefix("takes "))
    }

    @Test(arguments: [
        ("8081", nil), ("127.0.0.1:8081", ([String](), String?.none)), ("0.0.0.0:1,label=live", (["live"], nil)),
        ("h:1,label=live,label=eu,label=live,url=wss://x.example/v1/live", (["eu", "live"], "wss://x.example/v1/live")),
            ("h:1,label=Live", nil), ("h:1,label=", nil), ("h:1,label", nil), ("h:1,", nil), ("h:1,url=http://x", nil),
            ("off,label=live", nil), ("off", ([], nil)),
    ] as [(String, ([String], String?)?)])
    func anEdgeNodeHasLabelsAndAnAddressOfItsOwn(argument: String, expected: ([String], String?)?) {
        let found = try? EdgeEndpoint.parse(argument)
        #expect(found?.labels == expected?.0)
        #expect(found?.url == expected?.1)
    }
}
