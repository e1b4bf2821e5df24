@testable import Engine
import TestSupport
import Testing

@Suite struct AirspaceTests {
    private static func event(
        _ id: EventID, _ code: String, tier: Tier, at start: Milliseconds, waves: WavePlan = .single
    ) -> LiveEvent {
        LiveEvent(id: id, title: code, code: code, tier: tier, stages: [
            StageDefinition(key: "countdown", kind: .countdown, mode: .auto, time: .at(evening + start)),
            StageDefinition(key: "live", kind: .live, mode: .auto, time: .after("countdown", 3_600_000), waves: waves),
            StageDefinition(key: "ended", kind: .ended, mode: .manual, time: .onCue),
        ])
    }

    /// A desk whose edge nodes have said how many devices they hold: `devices` of each event, on nodes of their own.
    private static func desk(_ events: [(event: LiveEvent, devices: Int)], shared: Bool = false) -> Desk {
        var desk = Desk(events.map(\.event))
        for (event, devices) in events {
            Self.report(devices, of: event, on: shared ? "v" : event.code, to: &desk, events.map(\.event))
        }
        desk.pass(.seconds(2))
        return desk
    }

    private static func report(
        _ devices: Int, of event: LiveEvent, on prefix: String, to desk: inout Desk, _ all: [LiveEvent]
    ) {
        let count = max(1, devices / 200_000), each = devices / count,
            topics = prefix == "v" ? all.map(\.topic) : [event.topic]
        for index in 0..<count {
            let id = NodeID("\(prefix)-\(100 + index)")
            let pace = NodePace(sendsPerSecond: index % 10 == 0 ? 20_000 : 400_000)
            desk.hear(
                .heartbeat(
                    NodeDescription(id: id, kind: .modelled, region: "r", connectionsMax: 200_000, pace: pace),
                    topics: topics), from: id)
            desk.hear(.report(NodeReport(node: id, topics: topics.map {
                TopicCount(topic: $0, connections: each * 96 / 100, known: each, prefetched: each)
            })), from: id)
        }
    }

    @Test func aCollisionIsKnownTenMinutesAheadWithAMoveThatClearsIt() throws {
        let big = Self.event("fight-night", "FN12", tier: .bigBet, at: 1_500_000)
        let small = Self.event("monday-brawl", "BRAWL", tier: .high, at: 1_499_800)
        var desk = Self.desk([(big, 4_800_000), (small, 4_000_000)])
        let snapshot = desk.snapshot()
        let brawl = try #require(snapshot.events.first { $0.id == "monday-brawl" })
        #expect(brawl.attention.severity == .warn)
        #expect(brawl.attention.reason.contains("into FN12 countdown -> peak"), "\(brawl.attention.reason)")
        #expect(brawl.attention.reason.contains("vs 5.00 M ceiling"))
        #expect(snapshot.events.first { $0.id == "fight-night" }?.attention.severity == .calm, "the lower tier moves")
        #expect(snapshot.alerts.contains { $0.id == "airspace/monday-brawl" })
        let proposal = try #require(brawl.proposal)
        #expect(proposal == ProposedMove(stage: "countdown", by: 30_000))

        let plan = try desk.plan(.reschedule("monday-brawl", proposal.stage, .by(proposal.by)))
        let overlap = try #require(plan.forecast?.lines.first { $0.what == "overlap" })
        #expect(overlap.severity == .calm)
        guard case .done = desk.give(.apply(plan.id, .key)) else {
            Issue.record("the proposed move was refused"); return
        }
        desk.pass(.seconds(2))
        let after = desk.snapshot()
        #expect(after.events.allSatisfy { $0.proposal == nil })
        #expect(!after.alerts.contains { $0.id.rawValue.hasPrefix("airspace/") })
    }

    @Test func twoThatShareASlowNodeCollideBelowTheCeiling() throws {
        let one = Self.event("a", "AAA1", tier: .high, at: 1_200_000),
            two = Self.event("b", "BBB1", tier: .low, at: 1_201_000)
        var desk = Self.desk([(one, 200_000), (two, 200_000)], shared: true)
        let snapshot = desk.snapshot(), later = try #require(snapshot.events.first { $0.id == "b" })
        #expect(later.attention.reason.contains("1 edge node would send for both"), "\(later.attention.reason)")
        #expect(later.proposal != nil)
    }

    @Test func tailsThatMeetAreNoCollision() {
        let one = Self.event("a", "AAA1", tier: .high, at: 1_200_000),
            two = Self.event("b", "BBB1", tier: .high, at: 1_230_000)
        var desk = Self.desk([(one, 400_000), (two, 400_000)])
        let snapshot = desk.snapshot()
        #expect(snapshot.events.allSatisfy { $0.attention.severity == .calm && $0.proposal == nil })
    }

    /// Its fan-out began 25 s earlier: what still trickles in adds nothing to the peak of the other two.
    @Test func aTailIsNotToBlameForThePeakOfTwoOthers() {
        let big = Self.event("a", "AAA1", tier: .bigBet, at: 1_500_000),
            other = Self.event("c", "CCC1", tier: .high, at: 1_500_000)
        let early = Self.event("b", "BBB1", tier: .low, at: 1_475_000)
        var desk = Self.desk([(big, 4_600_000), (early, 1_000_000), (other, 4_000_000)])
        let snapshot = desk.snapshot()
        #expect(snapshot.events.first { $0.id == "b" }?.attention.severity == .calm)
        #expect(snapshot.events.first { $0.id == "c" }?.proposal != nil)
    }

    /// Half a minute later would run into a third event, so the proposal goes further, or the other way.
    @Test func aMoveOutOfOneFanOutDoesNotLandInAnother() throws {
        let big = Self.event("a", "AAA1", tier: .bigBet, at: 1_500_000),
            third = Self.event("c", "CCC1", tier: .bigBet, at: 1_530_000)
        let small = Self.event("b", "BBB1", tier: .low, at: 1_500_000)
        var desk = Self.desk([(big, 4_600_000), (small, 4_000_000), (third, 4_600_000)])
        let found = desk.proposal(of: "b"), proposal = try #require(found)
        #expect(proposal.by == -30_000)
    }

    /// What hangs on the moved stage moves with it; a move that would break the order of the run of show is not
    /// proposed.
    @Test func aProposalKeepsTheRunOfShowInOrder() throws {
        var small = Self.event("b", "BBB1", tier: .low, at: 1_500_000)
        small.stages[0].time = .at(evening + 1_485_000)
        small.stages[1].time = .at(evening + 1_500_000)
        let big = Self.event("a", "AAA1", tier: .bigBet, at: 1_500_000)
        var desk = Self.desk([(big, 4_600_000), (small, 4_000_000)])
        let found = desk.proposal(of: "b"), proposal = try #require(found)
        #expect(proposal == ProposedMove(stage: "live", by: 30_000), "earlier would put it before its countdown")
    }

    @Test func whatIsHeldOrFarAwayIsNotWarnedOf() {
        let big = Self.event("a", "AAA1", tier: .bigBet, at: 3_000_000),
            small = Self.event("b", "BBB1", tier: .low, at: 3_000_000)
        var desk = Self.desk([(big, 4_600_000), (small, 4_000_000)])
        let far = desk.snapshot()
        #expect(far.events.allSatisfy { $0.proposal == nil }, "it is fifty minutes away")
        desk.pass(.seconds(1300))
        Self.report(4_600_000, of: big, on: "AAA1", to: &desk, [])
        Self.report(4_000_000, of: small, on: "BBB1", to: &desk, [])
        desk.pass(.seconds(2))
        let near = desk.snapshot()
        #expect(near.events.contains { $0.proposal != nil })
        desk.give(.perform(.hold("b")))
        desk.pass(.seconds(2))
        let held = desk.snapshot()
        #expect(held.events.allSatisfy { $0.proposal == nil })
    }
}

extension Desk {
    fileprivate mutating func proposal(of event: EventID) -> ProposedMove? {
        snapshot().events.first { $0.id == event }?.proposal
    }

    /// A command is prepared; its plan, or a failed test.
    mutating func plan(_ intent: Intent, as actor: Actor = Desk.kris) throws -> CommandPlan {
        let plan = prepare(intent, as: actor)
        return try #require(plan, "\(intent) was refused")
    }
}
