@testable import Engine
import TestSupport
import Testing

@testable import ControlRoom

/// The Lagging screen under somebody's fingers, and faults as operators type them.
struct LaggingTests {
    private var lagQueries: (OperatorAtDesk) -> [LagQuery] {
        { $0.engine.commands.compactMap { if case .lag(let query) = $0 { query } else { nil } } }
    }

    @Test func fourAsksWhoIsBehindAndBGroupsOtherwise() {
        let kris = OperatorAtDesk()
        kris.press("4")
        #expect(lagQueries(kris).first?.grouping == .cause)
        #expect(kris.state.screens.lagging.report != nil)
        kris.press("b")
        #expect(lagQueries(kris).last?.grouping == .region)
    }

    @Test func theScreenAsksAtMostOnceASecond() {
        let kris = OperatorAtDesk()
        kris.press(.character("4"))
        let asked = lagQueries(kris).count
        for _ in 0..<9 { kris.wait(.milliseconds(100)).pull() }
        #expect(lagQueries(kris).count == asked)
    }

    @Test(
        arguments: [
            (AudienceKind.real, 92, "d  drain edge-1: 40 devices are behind at edge-1, 92% of it in its queue"),
                      (.real, 10, "-  40 devices are behind at edge-1, and not because of it: b shows causes"),
            (
                .modelled, 92,
                "-  40 devices are behind at edge-1, 92% of it in its queue; it is modelled: its devices cannot be moved"
            ),
    ] as [(AudienceKind, Int, String)])
    func drainingIsOfferedWhereTheNodeIsTheCause(kind: AudienceKind, queue: Int, line: String) throws {
        var report = try #require(LagFixture.report(.calm, grouping: .node))
        report.rows = [LagReport.Row(
                name: "edge-1", devices: 40, oldest: 20_000, queue: queue, network: 4, client: 4, trend: [40],
                drainsIn: nil)
        ]
        let description = NodeDescription(id: "edge-1", kind: kind, region: "eu-west", connectionsMax: 100)
        let node = NodeSnapshot(
            description: description, state: .up, connections: 90, offline: 0, queuedBytes: 0, topicCount: 1, silence: 0
        )
        #expect(LaggingModel.suggestions(report, node: node).map(\.text) == [line])
    }

    @Test func anyDeviceIsFoundByItsId() {
        let kris = OperatorAtDesk()
        kris.press(":").press("device d-0").press(.enter)
        #expect(lagQueries(kris).last?.device == "d-0")
    }

    @Test(arguments: [
            (
                "dead node v-eu-west-01 for 60s", AudienceFault.Kind.dead, AudienceFault.Place.node("v-eu-west-01"),
                60_000, 8.0
            ),
        ("saturated rack eu-west/r1 x12 for 2m", .saturated, .rack("eu-west/r1"), 120_000, 12),
        ("unknown-stage everywhere 40% for 30s", .unknownStage, .everywhere, 30_000, 0.4),
        ("slow-node region eu-west for 10s", .slowNode, .region("eu-west"), 10_000, 8),
    ] as [(String, AudienceFault.Kind, AudienceFault.Place, Milliseconds, Double)])
    func aFaultIsReadAsItIsTyped(
        line: String, kind: AudienceFault.Kind, place: AudienceFault.Place, length: Milliseconds, factor: Double
    ) throws {
        let now = WallTime(milliseconds: 1000)
        let fault = try FaultParser.parse(line.split(separator: " ").map(String.init), now: now).get()
        #expect(fault == AudienceFault(kind: kind, place: place, from: now, until: now + length, factor: factor))
    }

    @Test(arguments: [
        "", "dead", "dead node", "dead node n-1", "dead node n-1 for", "dead node n-1 for soon",
        "melted everywhere for 1s",
        "saturated everywhere x0 for 1s", "saturated everywhere 40% for 1s", "unknown-stage everywhere x3 for 1s",
        "unknown-stage everywhere 140% for 1s",
    ])
    func nonsenseIsNoFault(line: String) {
        if case .success = FaultParser.parse(
            line.split(separator: " ").map(String.init), now: WallTime(milliseconds: 0))
        {
            Issue.record("‘\(line)’ was read")
        }
    }
}
