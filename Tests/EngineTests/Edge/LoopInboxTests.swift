import Glibc
import TestSupport
import Testing

@testable import Engine

/// What waits for a loop is bounded, and what is turned away at the bound is what somebody says again.
@Suite struct LoopInboxTests {
    private let inbox = LoopInbox(itemsMax: 3)

    private func taken() -> [LoopInbox.Item] {
        var items: [LoopInbox.Item] = []
        inbox.take(into: &items)
        return items
    }

    private func isAwake() -> Bool {
        var descriptor = pollfd(fd: inbox.wakeDescriptor, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 1
    }

    private func report(_ connections: Int, shard: Int) -> LoopInbox.Item {
        .told(.report(NodeReport(node: "edge-1", connections: connections)), shard: shard)
    }

    /// An arrival, and the far end of its connection.
    private func arrival() -> (LoopInbox.Arrival, peer: Int32) {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        let arrival = LoopInbox.Arrival(
            socket: ends[0], decoder: WebSocketFrameDecoder(limits: .init(messageBytesMax: 100)),
            hello: .hello(device: "tv", token: nil, topics: []), rest: [], unsent: [])
        return (arrival, ends[1])
    }

    private func hasEnded(_ peer: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(peer, &byte, 1, 0) == 0
    }

    @Test func theFirstItemWakesAndAllAreTakenInOrder() {
        #expect(!isAwake())
        inbox.put(.message(.unknownTopic("a")))
        inbox.put(.told(.interest("b", isInterested: true), shard: 1))
        #expect(isAwake())
        let items = taken()
        guard items.count == 2, case .message(.unknownTopic("a")) = items[0],
            case .told(.interest("b", true), 1) = items[1]
        else {
            Issue.record("\(items)")
            return
        }
        #expect(!isAwake() && taken().isEmpty)
    }

    @Test func beyondTheBoundTheRouterRepeats() {
        for _ in 0..<5 { inbox.put(.message(.unknownTopic("a"))) }
        for _ in 0..<5 { inbox.put(.told(.interest("a", isInterested: true), shard: 1)) }
        #expect(taken().count == 3)
        inbox.put(.message(.unknownTopic("a")))
        #expect(isAwake() && taken().count == 1)
    }

    @Test func beyondTheBoundADeviceSeesItsConnectionEnd() {
        let devices = (0..<5).map { _ in arrival() }
        inbox.put(devices.map(\.0))
        #expect(taken().count == 3)
        #expect(devices.map { hasEnded($0.peer) } == [false, false, false, true, true])
        for (index, device) in devices.enumerated() {
            close(device.peer)
            if index < 3 { close(device.0.socket) }
        }
    }

    @Test func theNewestReportOfAShardAndTheWordToDrainAreNeverLost() {
        inbox.put(report(1, shard: 1))
        for _ in 0..<5 { inbox.put(.message(.unknownTopic("a"))) }
        inbox.put(report(2, shard: 1))
        inbox.put(report(3, shard: 2))
        inbox.put(report(4, shard: 2))
        inbox.put(.drain(within: .zero, .restarting))
        let items = taken()
        let reports = items.compactMap { item -> Int? in
            if case .told(.report(let report), _) = item { report.connections } else { nil }
        }
        #expect(reports == [2, 4] && items.count == 5)
        guard case .drain = items.last else { return #expect(Bool(false), "the word to drain") }
    }

    @Test func whoComesToALoopThatHasEndedIsHungUp() {
        let (early, earlyPeer) = arrival(), (late, latePeer) = arrival()
        inbox.put([early])
        inbox.close()
        inbox.put([late])
        #expect(hasEnded(earlyPeer) && hasEnded(latePeer) && taken().isEmpty)
        close(earlyPeer)
        close(latePeer)
    }
}
