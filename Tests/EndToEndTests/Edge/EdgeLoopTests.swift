@testable import Engine
import Foundation
import Synchronization
import Testing

/// Several loops of one node, slow and silent devices, and storms, on real sockets.
@Suite(.serialized) struct EdgeLoopTests {
    /// Knows `topics`, each with one stage.
    final class Router: Bus {
        let topics: [Topic]
        /// Long names make long frames: a device that does not read is behind soon.
        private let stageBytes: Int
        private let state = Mutex((node: EdgeServer?.none, told: [NodeMessage]()))

        init(topics: Int, stageBytes: Int) {
            self.topics = (0..<topics).map { Topic("event/a\($0)") }
            self.stageBytes = stageBytes
        }

        func use(_ node: EdgeServer?) { state.withLock { $0.node = node } }

        var lastReport: NodeReport? {
            state.withLock { $0.told }.reversed().lazy.compactMap {
                if case .report(let report) = $0 { report } else { nil }
            }.first
        }

        var confirmed: [BroadcastPosition] {
            state.withLock { $0.told }.compactMap { if case .confirmed(_, let position) = $0 { position } else { nil } }
        }

        func publication(_ topic: Topic, _ sequence: Int64) -> Publication {
            Publication(
                broadcast: BroadcastID(sequence), topic: topic,
                stage: StageKey(String(repeating: "s", count: stageBytes)),
                position: BroadcastPosition(sequence: sequence, timestamp: WallTime(milliseconds: 1000 + sequence)))
        }

        func send(_ message: RouterMessage, to node: NodeID) {}
        func send(_ message: NodeMessage, from node: NodeID) {
            let server = state.withLock {
                $0.told.append(message)
                return $0.node
            }
            if case .interest(let topic, true) = message {
                server?.receive(.topicLog(topic, [publication(topic, 1)], oldest: 1))
            }
        }
    }

    private func withEdge(
        loops: Int = 1, topics: Int = 1, stageBytes: Int = 400,
        _ change: (inout EngineConfiguration) -> Void = { _ in },
        _ body: (EdgeServer, Router, Int) async throws -> Void
    ) async throws {
        var configuration = EngineConfiguration()
        change(&configuration)
        let router = Router(topics: topics, stageBytes: stageBytes)
        let edge = EdgeServer(
            description: NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: 100),
            host: "127.0.0.1",
            port: 0, configuration: configuration, loopCount: loops, time: SystemTime(), bus: router)
        router.use(edge)
        defer { router.use(nil) }
        try await edge.whileRunning { try await body(edge, router, $0) }
    }

    private func connect(_ port: Int, _ name: String, _ topics: [Topic], receiveBytes: Int32? = nil) throws
        -> DeviceSocket
    {
        let device = try DeviceSocket(port: port, receiveBytes: receiveBytes)
        #expect(device.upgrade() == 101)
        let list = topics.map { #"{"topic":"\#($0.rawValue)"}"# }.joined(separator: ",")
        device.say(#"{"type":"hello","device":"\#(name)","topics":[\#(list)]}"#)
        return device
    }

    private func wait(_ condition: () -> Bool) async throws {
        var polls = 0
        while !condition(), polls < 250 {
            try await Task.sleep(for: .milliseconds(20))
            polls += 1
        }
        let isSo = condition()
        #expect(isSo)
    }

    @Test func everyDeviceOfSeveralLoopsIsServedAndCountedOnce() async throws {
        try await withEdge(loops: 3) { edge, router, port in
            let topic = router.topics[0]
            let devices = try (0..<12).map { try connect(port, "tv-\($0)", [topic]) }
            for device in devices { #expect(device.nextSequence() == 1) }
            edge.receive(.publish(router.publication(topic, 2)))
            for device in devices {
                #expect(device.nextSequence() == 2)
                device.say(#"{"type":"ack","topic":"\#(topic.rawValue)","sequence":2}"#)
            }
            try await wait { router.lastReport?.broadcasts.last?.ledger.acked == 12 }
            #expect(router.lastReport?.connections == 12)
            try await wait { router.confirmed.last?.sequence == 2 }
            // Whatever loop it meets, the same device ends its older connection.
            let again = try connect(port, "tv-0", [topic])
            #expect(devices[0].next() == .close(4410))
            #expect(again.nextSequence() == 2)
        }
    }

    @Test func severalLoopsDrainTogether() async throws {
        try await withEdge(loops: 2) { edge, router, port in
            let devices = try (0..<6).map { try connect(port, "tv-\($0)", router.topics) }
            for device in devices { #expect(device.nextSequence() == 1) }
            let drained = Task { try await edge.drainAndStop(within: .milliseconds(100), reason: .draining) }
            try await wait { edge.boundAddress == nil }
            for device in devices {
                #expect(device.next() == .close(4503))
                device.send(DeviceSocket.frame(0x88, [0x11, 0x97]))
            }
            try await drained.value
        }
    }

    @Test func whatTheRateDoesNotLetInIsToldWhenToComeAgain() async throws {
        try await withEdge({ $0.connectsPerSecondMax = 2 }) { _, _, port in
            let devices = try (0..<6).map { _ in try DeviceSocket(port: port) }
            let answers = Set(devices.map { $0.upgrade() })
            #expect(answers == [101, 503], "some come in, and nobody is cut off without a word")
        }
    }

    /// It reads nothing while stages are published on 20 topics.
    private func stall(_ edge: EdgeServer, _ router: Router, _ rounds: ClosedRange<Int64>) async throws {
        // Before a topic's log has come, what is published is lost: it would be in the log.
        try await wait { router.confirmed.count >= router.topics.count }
        for sequence in rounds {
            for topic in router.topics { edge.receive(.publish(router.publication(topic, sequence))) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func lastFrame(of device: DeviceSocket) -> DeviceSocket.Frame {
        while true {
            let frame = device.next()
            if case .text = frame { continue }
            return frame
        }
    }

    @Test func aDeviceThatReadsTooLateIsEvictedAfterItsTime() async throws {
        try await withEdge(topics: 20, {
            ($0.pendingBytesSoft, $0.pendingBytesMax, $0.pendingSoftFor) = (16_000, 1 << 20, .milliseconds(300))
        }) { edge, router, port in
            let slow = try connect(port, "slow", router.topics, receiveBytes: 4096)
            let quick = try connect(port, "quick", [router.topics[0]])
            try await stall(edge, router, 2...60)
            try await wait { router.lastReport?.closed == [CloseCount(code: 4413, count: 1)] }
            #expect(lastFrame(of: slow) == .close(4413))
            var sequence = 0
            while sequence < 60, let next = quick.nextSequence() { sequence = next }
            #expect(sequence == 60, "nobody waits for the slow one")
        }
    }

    @Test func aDeviceIsEvictedAtOnceWhenTooMuchWaits() async throws {
        // One frame is more than may wait at all, so that it makes no difference how much of the last one the kernel
        // took.
        try await withEdge(topics: 20, stageBytes: 5000, {
            ($0.pendingBytesSoft, $0.pendingBytesMax, $0.pendingSoftFor) = (4000, 4000, .seconds(60))
        }) { edge, router, port in
            let slow = try connect(port, "slow", router.topics, receiveBytes: 4096)
            try await stall(edge, router, 2...60)
            try await wait { router.lastReport?.closed == [CloseCount(code: 4413, count: 1)] }
            #expect(lastFrame(of: slow) == .close(4413))
            try await wait { router.lastReport?.queuedBytes == 0 }
        }
    }

    @Test func aDeviceThatReadsAgainGoesOnInOrderOrIsReset() async throws {
        try await withEdge(topics: 20, { ($0.pendingBytesSoft, $0.catchUpMax) = (16_000, 10) }) { edge, router, port in
            let slow = try connect(port, "slow", router.topics, receiveBytes: 4096)
            try await stall(edge, router, 2...90)
            var last: [String: Int] = [:], resets = 0
            while last.count < 20 || last.values.contains(where: { $0 < 90 }) {
                guard case .text(let text) = slow.next() else {
                    Issue.record("ended at \(last.sorted { $0.key < $1.key })")
                    return
                }
                guard let topic = text.member("topic"), let sequence = text.member("sequence").flatMap({ Int($0) })
                else { continue }
                if text.contains(#""type":"reset""#) {
                    resets += 1
                } else {
                    #expect(sequence == (last[topic] ?? 0) + 1)
                }
                last[topic] = sequence
            }
            #expect(resets > 0, "far behind: conflated to the newest")
        }
    }

    /// The process stands still, or the network has gone without a word: TCP knows nothing of it.
    @Test func aDeviceThatAnswersNoPingIsEnded() async throws {
        try await withEdge({ $0.pingEvery = .milliseconds(100) }) { _, router, port in
            let silent = try connect(port, "silent", router.topics)
            #expect(silent.nextSequence() == 1)
            try await wait { router.lastReport?.closed == [CloseCount(code: 4409, count: 1)] }
            #expect(router.lastReport?.connections == 0)
            #expect(silent.next() == .close(4409))
            #expect(silent.next() == .ended)
        }
    }
}

extension DeviceSocket {
    /// The sequence of the next stage.
    fileprivate func nextSequence() -> Int? {
        while case .text(let text) = next() {
            if let sequence = text.member("sequence") { return Int(sequence) }
        }
        return nil
    }
}

extension String {
    /// A member of a flat JSON object, as text.
    fileprivate func member(_ name: String) -> String? {
        guard let start = range(of: "\"\(name)\":")?.upperBound else { return nil }
        return self[start...].prefix { $0 != "," && $0 != "}" }.filter { $0 != "\"" }
    }
}
