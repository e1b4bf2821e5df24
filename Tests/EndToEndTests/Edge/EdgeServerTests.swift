import Engine
import Synchronization
import Testing

/// The edge on real sockets.
@Suite(.serialized) struct EdgeServerTests {
    /// Answers the node as a router would, and keeps what it says.
    final class FakeRouter: Bus {
        static let topic: Topic = "event/a"
        private let state = Mutex((node: EdgeServer?.none, told: [NodeMessage]()))

        func use(_ node: EdgeServer?) { state.withLock { $0.node = node } }
        var told: [NodeMessage] { state.withLock { $0.told } }
        var lastReport: NodeReport? {
            told.reversed().lazy.compactMap { if case .report(let report) = $0 { report } else { nil } }.first
        }

        func send(_ message: RouterMessage, to node: NodeID) {}
        func send(_ message: NodeMessage, from node: NodeID) {
            let server = state.withLock {
                $0.told.append(message)
                return $0.node
            }
            if case .interest(let topic, true) = message {
                server?.receive(
                    topic == Self.topic ? .topicLog(topic, [publication(1)], oldest: 1) : .unknownTopic(topic))
            }
        }
    }

    static func publication(_ sequence: Int64) -> Publication {
        Publication(
            broadcast: BroadcastID(sequence), topic: FakeRouter.topic, stage: "live",
            position: BroadcastPosition(sequence: sequence, timestamp: WallTime(milliseconds: 1000 + sequence)))
    }

    private func withEdge(
        connectionsMax: Int = 100, _ change: (inout EngineConfiguration) -> Void = { _ in },
        isTokenValid: EdgeServer.TokenCheck? = nil, _ body: (EdgeServer, FakeRouter, Int) async throws -> Void
    ) async throws {
        var configuration = EngineConfiguration()
        change(&configuration)
        let router = FakeRouter()
        let edge = EdgeServer(
            description: NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: connectionsMax),
            host: "127.0.0.1", port: 0, configuration: configuration, time: SystemTime(), bus: router,
            isTokenValid: isTokenValid)
        router.use(edge)
        defer { router.use(nil) }
        try await edge.whileRunning { try await body(edge, router, $0) }
    }

    private func hello(_ device: DeviceSocket, _ name: String = "tv") {
        device.say(#"{"type":"hello","device":"\#(name)","topics":[{"topic":"event/a"}]}"#)
    }

    private let welcome = DeviceSocket.Frame.text(
        #"{"type":"welcome","node":"edge-1","ackWithin":10000,"pingEvery":25000,"retry":{"min":500,"max":30000}}"#)
    private func stage(_ sequence: Int) -> DeviceSocket.Frame {
        .text(
            #"{"type":"stage","topic":"event/a","stage":"live","sequence":\#(sequence),"timestamp":\#(1000 + sequence)}"#
        )
    }

    @Test func aDeviceIsGreetedServedAndCounted() async throws {
        try await withEdge { edge, router, port in
            let device = try DeviceSocket(port: port)
            #expect(device.upgrade() == 101)
            hello(device)
            #expect(device.next() == welcome)
            #expect(device.next() == stage(1))
            edge.receive(.publish(Self.publication(2)))
            #expect(device.next() == stage(2))
            device.say(#"{"type":"ack","topic":"event/a","sequence":2}"#)
            var polls = 0
            while router.lastReport?.broadcasts.last?.ledger.acked != 1, polls < 100 {
                try await Task.sleep(for: .milliseconds(20))
                polls += 1
            }
            #expect(router.lastReport?.broadcasts.last?.ledger.acked == 1)
            #expect(router.told.contains(.confirmed("event/a", Self.publication(2).position)))
        }
    }

    @Test func badHandshakesAreRefusedInWords() async throws {
        try await withEdge { _, _, port in
            let other = try DeviceSocket(port: port), lost = try DeviceSocket(port: port)
            #expect(other.upgrade("mqtt") == 400)
            #expect(lost.upgrade(path: "/other") == 404)
        }
    }

    @Test(arguments: [
        ([0x82, 0x81, 0, 0, 0, 0, 1], 1003),
        ([0x81, 0x02, 0x68, 0x69], 1002),
        ([0x81, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 0], 1009),
        (DeviceSocket.frame(0x81, [0xFF]), 1007),
        (DeviceSocket.frame(0x81, Array("{}".utf8)), 4400),
        (DeviceSocket.frame(0x88, [0x03, 0xE9]), 1001),
    ] as [([UInt8], UInt16)])
    func badFramesAreAnsweredWithTheirCode(bytes: [UInt8], code: UInt16) async throws {
        try await withEdge { _, _, port in
            let device = try DeviceSocket(port: port)
            #expect(device.upgrade() == 101)
            device.send(bytes)
            #expect(device.next() == .close(code))
            device.send(DeviceSocket.frame(0x88, [0x03, 0xE8]))
            #expect(device.next() == .ended)
        }
    }

    @Test func anUnknownTopicAndABadTokenEndTheConnection() async throws {
        try await withEdge(isTokenValid: { _, token in token == "good" }) { _, _, port in
            let stranger = try DeviceSocket(port: port)
            #expect(stranger.upgrade() == 101)
            hello(stranger)
            #expect(stranger.next() == .close(4401))
            let lost = try DeviceSocket(port: port)
            #expect(lost.upgrade() == 101)
            lost.say(#"{"type":"hello","device":"tv","token":"good","topics":[{"topic":"event/none"}]}"#)
            #expect(lost.next() == welcome)
            #expect(lost.next() == .close(4404))
        }
    }

    @Test func whoSaysNothingIsEndedInTime() async throws {
        try await withEdge({ $0.helloWithin = .milliseconds(100) }) { _, _, port in
            let upgraded = try DeviceSocket(port: port)
            #expect(upgraded.upgrade() == 101)
            #expect(upgraded.next() == .close(4408))
            let silent = try DeviceSocket(port: port)
            #expect(silent.next() == .ended)
        }
    }

    @Test func aFullNodeAnswers503AndTakesTheNextOneWhenThereIsRoom() async throws {
        try await withEdge(connectionsMax: 1) { _, router, port in
            do {
                let first = try DeviceSocket(port: port)
                #expect(first.upgrade() == 101)
                let second = try DeviceSocket(port: port)
                #expect(second.upgrade() == 503)
            }
            var polls = 0
            while router.lastReport?.connections != 0, polls < 100 {
                try await Task.sleep(for: .milliseconds(20))
                polls += 1
            }
            let third = try DeviceSocket(port: port)
            #expect(third.upgrade() == 101)
        }
    }

    @Test func drainingSaysGoodbyeToEveryone() async throws {
        try await withEdge { edge, _, port in
            let devices = try (0..<5).map { _ in try DeviceSocket(port: port) }
            for (number, device) in devices.enumerated() {
                #expect(device.upgrade() == 101)
                hello(device, "tv-\(number)")
                #expect(device.next() == welcome)
            }
            async let drained: Void = edge.drainAndStop(within: .milliseconds(200), reason: .draining)
            for device in devices {
                var frame = device.next()
                while case .text = frame { frame = device.next() }
                #expect(frame == .close(4503))
                device.send(DeviceSocket.frame(0x88, [0x11, 0x97]))
            }
            try await drained
        }
    }

    @Test func aPortInUseIsSaidInWords() async throws {
        try await withEdge { _, router, port in
            let second = EdgeServer(
                description: NodeDescription(id: "edge-2", kind: .real, region: "local", connectionsMax: 1),
                host: "127.0.0.1", port: port, configuration: EngineConfiguration(), time: SystemTime(), bus: router)
            await #expect(throws: ServerStartError.self) { try await second.start() }
        }
    }
}
