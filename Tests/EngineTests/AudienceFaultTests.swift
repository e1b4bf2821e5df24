import Testing

@testable import Engine

/// What goes wrong at the edge on purpose, and what an operator then sees.
struct AudienceFaultTests {
    private static let second: Int64 = 1000

    private func fault(
        _ kind: AudienceFault.Kind, _ place: AudienceFault.Place, from: Int64, to: Int64, factor: Double = 1
    ) -> AudienceFault {
        AudienceFault(
            kind: kind, place: place, from: ModelledNodeTests.wall + from, until: ModelledNodeTests.wall + to,
            factor: factor)
    }

    private func acked(_ node: inout ModelledNode, at milliseconds: Int64) -> Int {
        ModelledNodeTests.figures(&node, at: milliseconds)?.broadcasts.last?.ledger.acked ?? -1
    }

    private func publish(_ node: inout ModelledNode, at milliseconds: Int64) {
        _ = node.receive(
            .publish(ModelledNodeTests.publication(1, at: milliseconds)), now: ModelledNodeTests.moment(milliseconds))
    }

    @Test func aSaturatedRackConcernsItsNodesAlone() {
        let fault = fault(.saturated, .rack("eu-west/r1"), from: 0, to: 60_000, factor: 10)
        let inside = NodeDescription(id: "a", kind: .modelled, region: "eu-west", rack: "eu-west/r1", connectionsMax: 1)
        let beside = NodeDescription(id: "b", kind: .modelled, region: "eu-west", rack: "eu-west/r2", connectionsMax: 1)
        #expect(fault.concerns(inside) && !fault.concerns(beside))
        #expect(fault.description == "saturated rack eu-west/r1")
    }

    @Test func aSlowNodeAcksLaterAndCatchesUpWhenItIsOver() {
        var well = ModelledNodeTests.node(devices: 2000, sendsPerSecond: 2000), slow = well
        slow.inject(fault(.saturated, .everywhere, from: 0, to: 4000, factor: 8), now: ModelledNodeTests.moment(0))
        publish(&well, at: 100)
        publish(&slow, at: 100)
        let atThree = acked(&slow, at: 3000)
        #expect(acked(&well, at: 3000) > 1800 && atThree < 800 && atThree > 100)
        #expect(acked(&slow, at: 9000) > 1800)
    }

    @Test func aDeadNodeSaysNothingAndItsDevicesComeBackWithIt() throws {
        var node = ModelledNodeTests.node(devices: 2000, sendsPerSecond: 1000)
        publish(&node, at: 100)
        node.inject(fault(.dead, .everywhere, from: 1100, to: 20_000), now: ModelledNodeTests.moment(500))
        let before = try #require(ModelledNodeTests.figures(&node, at: 1000)).broadcasts[0].ledger
        #expect(before.acked > 200)
        #expect(node.tick(now: ModelledNodeTests.moment(5000)).isEmpty)
        #expect(node.nextDeadline(after: ModelledNodeTests.moment(5000).instant) == TickAxis.instant(of: 1250))
        let back = try #require(ModelledNodeTests.figures(&node, at: 20_100))
        #expect(
            back.connections < 300 && back.broadcasts[0].ledger.dropped > 500 && back.broadcasts[0].ledger.isBalanced)
        let later = try #require(ModelledNodeTests.figures(&node, at: 90_000))
        #expect(later.connections > 1800 && later.broadcasts[0].ledger.acked == later.broadcasts[0].ledger.connected)
    }

    @Test func aDrillThatIsEndedEarlyIsOverAtOnce() throws {
        var node = ModelledNodeTests.node(devices: 2000, sendsPerSecond: 1000)
        publish(&node, at: 100)
        var dead = fault(.dead, .everywhere, from: 500, to: 600_000)
        node.inject(dead, now: ModelledNodeTests.moment(500))
        #expect(node.tick(now: ModelledNodeTests.moment(4900)).isEmpty)
        dead.until = ModelledNodeTests.wall + 5000
        node.inject(dead, now: ModelledNodeTests.moment(5000))
        #expect(
            node.tick(now: ModelledNodeTests.moment(5100)).contains { if case .heartbeat = $0 { true } else { false } })
        let later = try #require(ModelledNodeTests.figures(&node, at: 90_000))
        #expect(later.connections > 1800 && later.broadcasts[0].ledger.acked == later.broadcasts[0].ledger.connected)
    }

    @Test func devicesThatDoNotKnowTheStageSaySoAndKeepTheOldOne() throws {
        var node = ModelledNodeTests.node(devices: 1000, sendsPerSecond: 100_000)
        publish(&node, at: 0)
        node.inject(
            fault(.unknownStage, .everywhere, from: 60_000, to: 120_000, factor: 0.5),
            now: ModelledNodeTests.moment(50_000))
        _ = node.receive(.publish(ModelledNodeTests.publication(2, at: 61_000)), now: ModelledNodeTests.moment(61_000))
        let ledger = try #require(ModelledNodeTests.figures(&node, at: 200_000)).broadcasts[1].ledger
        #expect(ledger.isBalanced && (400...600).contains(ledger.unknownStage))
        #expect(ledger.acked + ledger.unknownStage == ledger.connected)
        let stages = (0..<1000).compactMap {
            node.device($0, of: ModelledNodeTests.topic, now: ModelledNodeTests.moment(200_000).instant)?.stage
        }
        #expect(stages.contains("stage-1") && stages.contains("stage-2"))
        _ = node.receive(
            .publish(ModelledNodeTests.publication(3, at: 201_000)), now: ModelledNodeTests.moment(201_000))
        let corrected = try #require(ModelledNodeTests.figures(&node, at: 6 * 3_600_000)).broadcasts
        #expect(corrected[1].ledger.unknownStage == 0 && corrected[2].ledger.acked == corrected[2].ledger.connected)
    }

    @Test func aCanaryReachesFewAndTheRestWaitForTheWord() throws {
        var node = ModelledNodeTests.node(devices: 20_000, sendsPerSecond: 100_000)
        let canary = CanaryPlan(devices: 50_000, check: 800).forAudience(of: 100_000_000)
        #expect(abs(Double(canary.share) / 4_294_967_296 - 0.0005) < 1e-6)
        let waves = WavePlan(count: 4, interval: 1000, canary: canary)
        _ = node.receive(
            .publish(ModelledNodeTests.publication(1, at: 0, waves: waves)), now: ModelledNodeTests.moment(0))
        let held = try #require(ModelledNodeTests.figures(&node, at: 600_000)).broadcasts[0]
        #expect(held.wavesSent == 1 && held.ledger.sent <= 20 && held.ledger.sent >= 5 && held.ledger.isBalanced)
        #expect(held.ledger.caughtUp == 0, "who returns waits, too")
        _ = node.receive(
            .order(ModelledNodeTests.topic, sequence: 1, WaveOrder(revision: 1, isHeld: false)),
            now: ModelledNodeTests.moment(600_000))
        let out = try #require(ModelledNodeTests.figures(&node, at: 7 * 3_600_000)).broadcasts[0]
        #expect(
            out.wavesSent == 5 && out.orderRevision == 1 && out.ledger.acked == out.ledger.connected
                && out.ledger.owed == 0)
    }
}
