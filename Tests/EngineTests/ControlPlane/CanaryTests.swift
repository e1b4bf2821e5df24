@testable import Engine
import TestSupport
import Testing

/// The canary wave, pause and promotion, as the desk sees them.
@Suite struct CanaryTests {
    private static let waves = WavePlan(count: 4, interval: 2000, canary: CanaryPlan(devices: 50, check: 800))

    private func desk() -> Desk {
        var event = LiveEvent.fightNight()
        for index in event.stages.indices { event.stages[index].waves = Self.waves }
        var desk = Desk([event])
        desk.connectNode()
        var report = NodeReport(node: "edge-1", connections: 100_000)
        report.topics = [TopicCount(topic: event.topic, connections: 100_000, known: 100_000)]
        desk.hear(.report(report), from: "edge-1")
        desk.pass(.milliseconds(10_001))
        return desk
    }

    /// The node reports: of 100 000 connected, so many canaries acked, do not know the stage, or have not answered.
    private func report(_ desk: inout Desk, acked: Int, unknown: Int, waiting: Int, revision: Int = 0) {
        var delivery = NodeDelivery(node: "edge-1", kind: .real, topic: "event/fight-night", sequence: 1, wavesSent: 1)
        delivery.ledger.connected = 100_000
        delivery.ledger.known = 100_000
        delivery.ledger.acked = acked
        delivery.ledger.unknownStage = unknown
        delivery.ledger.waiting = waiting
        delivery.ledger.notSent = 100_000 - acked - unknown - waiting
        delivery.orderRevision = revision
        for _ in 0..<acked { delivery.ackTimes.record(300) }
        desk.hear(.report(NodeReport(node: "edge-1", broadcasts: [delivery])), from: "edge-1")
    }

    private func orders(_ desk: Desk) -> [WaveOrder] {
        desk.sent.compactMap { if case .order(_, _, let order) = $0.message { order } else { nil } }
    }

    @Test func aGoodCanaryPromotesItselfOnceItsTimeIsUp() {
        var desk = desk()
        #expect(desk.published.first?.waves.canary?.share == UInt32(0.0005 * 4_294_967_296))
        #expect(desk.published.first?.order == WaveOrder(revision: 0, isHeld: true))
        report(&desk, acked: 40, unknown: 0, waiting: 10)
        desk.pass(.milliseconds(700))
        #expect(orders(desk).isEmpty, "not before the check")
        desk.pass(.milliseconds(200))
        #expect(orders(desk) == [WaveOrder(revision: 1, isHeld: false)])
        #expect(desk.entries.last { $0.kind == .wavesPromoted }?.actor == .engine)
        #expect(desk.records.first?.publication.order.isHeld == false)
    }

    @Test func aCanaryThatIsPausedPromotesNobodyByItself() {
        var desk = desk()
        let pause = desk.prepare(.pauseWaves("fight-night", BroadcastID(1)))
        _ = desk.give(.apply(pause?.id ?? 0, .key))
        report(&desk, acked: 50, unknown: 0, waiting: 0, revision: 1)
        desk.pass(.seconds(10))
        #expect(orders(desk).allSatisfy { $0 == WaveOrder(revision: 1, isHeld: true) } && !orders(desk).isEmpty)
        #expect(desk.prepare(.pauseWaves("fight-night", BroadcastID(1))) == nil, "they wait already")
        #expect(desk.prepare(.promote("fight-night", BroadcastID(1))) != nil)
    }

    @Test func aBadCanaryStopsItselfHoldsTheClockAndAlarms() {
        var desk = desk()
        report(&desk, acked: 30, unknown: 15, waiting: 5)
        desk.pass(.milliseconds(1000))
        #expect(orders(desk).isEmpty)
        #expect(desk.sent.contains { $0.message == .abort("event/fight-night", sequence: 1) })
        #expect(desk.records.first?.state == .stopped && desk.records.first?.publication.isAborted == true)
        #expect(desk.entries.contains { $0.kind == .broadcastStopped })
        let snapshot = desk.snapshot()
        #expect(snapshot.events[0].hold?.by == .engine)
        #expect(snapshot.alerts.contains { $0.id == "stopped/1" && $0.severity == .critical })
        desk.pass(.seconds(300))
        #expect(desk.records.count == 1, "nothing fires while the clock holds")
        #expect(desk.records.first?.completed != nil)
    }

    @Test func aCanaryThatSaysNothingWaitsForAPerson() {
        var desk = desk()
        report(&desk, acked: 1, unknown: 0, waiting: 49)
        desk.pass(.seconds(5))
        #expect(orders(desk).isEmpty)
        #expect(desk.snapshot().alerts.contains { $0.id == "waves/1" })
        let plan = desk.prepare(.promote("fight-night", BroadcastID(1)))
        #expect(plan?.level == .g3)
        _ = desk.give(.apply(plan?.id ?? 0, .code("FN12")))
        desk.pass(.seconds(4))
        #expect(orders(desk).last == WaveOrder(revision: 1, isHeld: false))
    }

    @Test func wavesArePausedAndPromotedAndANodeThatDidNotHearIsToldAgain() {
        var desk = desk()
        report(&desk, acked: 50, unknown: 0, waiting: 0)
        desk.pass(.milliseconds(900))
        report(&desk, acked: 5000, unknown: 0, waiting: 20_000, revision: 1)
        let pause = desk.prepare(.pauseWaves("fight-night", BroadcastID(1)))
        #expect(pause?.level == .g2)
        _ = desk.give(.apply(pause?.id ?? 0, .key))
        #expect(orders(desk).last == WaveOrder(revision: 2, isHeld: true))
        let said = orders(desk).count
        desk.pass(.seconds(6))
        #expect(orders(desk).count > said, "its reports still show revision 1")
        report(&desk, acked: 25_000, unknown: 0, waiting: 0, revision: 2)
        desk.pass(.seconds(6))
        let heard = orders(desk).count
        desk.pass(.seconds(15))
        #expect(orders(desk).count == heard)
        #expect(desk.snapshot().alerts.contains { $0.id == "waves/1" })
        let promote = desk.prepare(.promote("fight-night", BroadcastID(1)))
        #expect(promote?.level == .g2, "the canary is proven")
        _ = desk.give(.apply(promote?.id ?? 0, .key))
        #expect(orders(desk).last == WaveOrder(revision: 3, isHeld: false))
        #expect(desk.prepare(.promote("fight-night", BroadcastID(1))) == nil, "nothing waits")
    }
}
