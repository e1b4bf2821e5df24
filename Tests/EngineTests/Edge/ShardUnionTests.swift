@testable import Engine
import Testing

@Suite struct ShardUnionTests {
    private let topic: Topic = "event/a"
    private func position(_ sequence: Int64) -> BroadcastPosition {
        BroadcastPosition(sequence: sequence, timestamp: WallTime(milliseconds: 1000 + sequence))
    }

    @Test func interestIsTheNodesWhileAnyShardHasIt() {
        var union = ShardUnion(count: 2)
        let on = NodeMessage.interest(topic, isInterested: true), off = NodeMessage.interest(topic, isInterested: false)
        #expect(union.merge(on, from: 0) == on)
        #expect(union.merge(on, from: 1) == on, "the second shard lacks the log as well")
        #expect(union.merge(off, from: 0) == nil)
        #expect(union.merge(off, from: 1) == off)
    }

    @Test func aPositionIsConfirmedWhenEveryInterestedShardHoldsIt() {
        var union = ShardUnion(count: 3)
        for shard in 0..<2 { _ = union.merge(.interest(topic, isInterested: true), from: shard) }
        #expect(union.merge(.confirmed(topic, position(4)), from: 0) == nil)
        #expect(union.merge(.confirmed(topic, position(3)), from: 1) == .confirmed(topic, position(3)))
        #expect(union.merge(.confirmed(topic, position(4)), from: 1) == .confirmed(topic, position(4)))
        _ = union.merge(.interest(topic, isInterested: false), from: 1)
        #expect(union.merge(.confirmed(topic, position(5)), from: 0) == .confirmed(topic, position(5)))
    }

    @Test func aHeartbeatTellsTheInterestOfAllAndOnlyTheFirstShardSends() {
        var union = ShardUnion(count: 2)
        let description = NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: 10)
        #expect(union.merge(.heartbeat(description, topics: ["event/b"]), from: 1) == nil)
        #expect(
            union.merge(.heartbeat(description, topics: [topic]), from: 0)
                == .heartbeat(description, topics: [topic, "event/b"]))
        #expect(union.merge(.heartbeat(description, topics: []), from: 1) == nil)
        #expect(
            union.merge(.heartbeat(description, topics: [topic]), from: 0) == .heartbeat(description, topics: [topic]))
    }

    @Test func reportsAreSummed() {
        var union = ShardUnion(count: 2)
        func report(_ connections: Int, _ sequences: ClosedRange<Int64>, waves: Int) -> NodeMessage {
            var ledger = DeliveryLedger()
            (ledger.known, ledger.connected, ledger.acked) = (connections, connections, connections)
            return .report(
                NodeReport(
                    node: "edge-1", connections: connections, offline: 1,
                    topics: [TopicCount(topic: topic, connections: connections, known: connections + 1)],
                    broadcasts: sequences.map {
                        NodeDelivery(
                            node: "edge-1", kind: .real, topic: topic, sequence: $0, ledger: ledger, wavesSent: waves)
                    },
                    closed: [CloseCount(code: 4413, count: 2)], queuedBytes: 100))
        }
        _ = union.merge(report(3, 1...4, waves: 2), from: 0)
        guard case .report(let sum) = union.merge(report(4, 2...5, waves: 1), from: 1) else {
            Issue.record("no report")
            return
        }
        #expect(sum.connections == 7 && sum.offline == 2 && sum.queuedBytes == 200)
        #expect(sum.topics == [TopicCount(topic: topic, connections: 7, known: 9)])
        #expect(sum.closed == [CloseCount(code: 4413, count: 4)])
        #expect(sum.broadcasts.map(\.sequence) == [2, 3, 4, 5])
        #expect(sum.broadcasts.map(\.ledger.acked) == [7, 7, 7, 4])
        #expect(sum.broadcasts.map(\.wavesSent) == [1, 1, 1, 1])
        let areBalanced = sum.broadcasts.map(\.ledger.isBalanced)
        #expect(areBalanced == [true, true, true, true])
    }
}

@Suite struct ConnectPaceTests {
    private func at(_ milliseconds: Int64) -> EngineInstant { EngineInstant(nanoseconds: milliseconds * 1_000_000) }

    @Test func aSecondsWorthComesInAtOnceAndThenTheRate() {
        var pace = ConnectPace(perSecondMax: 100, now: .start)
        let admitted = [0, 500, 10_000].map { now in (0..<150).count { _ in pace.admit(now: at(now)) } }
        #expect(admitted == [100, 50, 100])
    }

    @Test func whoIsHeldBackIsSpreadOverTheTimeItTakesToLetAllIn() {
        var pace = ConnectPace(perSecondMax: 100, now: .start)
        var random = SeededGenerator(seed: 1)
        let seconds = (0..<400).map { _ in pace.retryAfter(now: .start, using: &random) }
        #expect(Set(seconds) == [1, 2, 3, 4, 5])
        #expect(Set(seconds.prefix(100)) == [1, 2], "the first are not sent far away")
        let later = pace.retryAfter(now: at(60_000), using: &random)
        #expect(later <= 2, "a storm is forgotten")
    }
}
