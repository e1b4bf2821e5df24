import Engine
import Testing

/// `graphql-transport-ws` on a real socket, beside `control-room.v1` on the same port and topic.
@Suite(.serialized) struct EdgeSubscriptionTests {
    private func withEdge(loops: Int = 1, _ body: (EdgeServer, EdgeServerTests.FakeRouter, Int) async throws -> Void)
        async throws
    {
        var configuration = EngineConfiguration()
        configuration.initialiseWithin = .milliseconds(300)
        let router = EdgeServerTests.FakeRouter()
        let edge = EdgeServer(
            description: NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: 100),
            host: "127.0.0.1", port: 0, configuration: configuration, loopCount: loops, time: SystemTime(), bus: router,
            isTokenValid: { device, _ in device != "banned" },
            subscriptions: try SubscriptionService(pingEvery: configuration.pingEvery))
        router.use(edge)
        defer { router.use(nil) }
        try await edge.whileRunning { try await body(edge, router, $0) }
    }

    private func open(_ port: Int, _ payload: String = "{}") throws -> DeviceSocket {
        let client = try DeviceSocket(port: port)
        #expect(client.upgrade("graphql-ws, graphql-transport-ws") == 101)
        client.say(#"{"type":"connection_init","payload":\#(payload)}"#)
        return client
    }

    private let acknowledged = DeviceSocket.Frame.text(
        #"{"type":"connection_ack","payload":{"node":"edge-1","pingEvery":25000,"retry":{"min":500,"max":30000}}}"#)

    private func subscribe(_ client: DeviceSocket, _ id: String) {
        let query = "subscription { stageChanged(event: \\\"a\\\") { stage sequence recovered } }"
        client.say(#"{"id":"\#(id)","type":"subscribe","payload":{"query":"\#(query)"}}"#)
    }

    private func next(_ id: String, _ sequence: Int) -> DeviceSocket.Frame {
        .text(
            #"{"id":"\#(id)","type":"next","payload":{"data":{"stageChanged":{"stage":"live","sequence":\#(sequence),"recovered":true}}}}"#
        )
    }

    private func ping(_ sequence: Int) -> DeviceSocket.Frame {
        .text(#"{"type":"ping","payload":{"ack":{"event":"a","sequence":\#(sequence)}}}"#)
    }

    @Test func aClientIsServedAndItsPongsAreAcks() async throws {
        try await withEdge { edge, router, port in
            let client = try open(port)
            #expect(client.next() == acknowledged)
            subscribe(client, "s-1")
            #expect(client.next() == next("s-1", 1))
            #expect(client.next() == ping(1))
            edge.receive(.publish(EdgeServerTests.publication(2)))
            #expect(client.next() == next("s-1", 2))
            #expect(client.next() == ping(2))
            client.say(#"{"type":"pong"}"#)
            client.say(#"{"type":"pong","payload":{"ack":{"event":"a","sequence":2}}}"#)
            var polls = 0
            while router.lastReport?.broadcasts.last?.ledger.acked != 1, polls < 100 {
                try await Task.sleep(for: .milliseconds(20))
                polls += 1
            }
            #expect(router.lastReport?.broadcasts.last?.ledger.acked == 1)
        }
    }

    /// The protocol wants 4401 for a subscribe before the ack. Half of them end up on another loop than the one that
    /// read both messages, in one piece, and get their ack all the same.
    @Test func aClientThatDoesNotWaitForItsAckIsToldSoOnEveryLoop() async throws {
        try await withEdge(loops: 2) { _, _, port in
            let query = "subscription { stageChanged(event: \\\"a\\\") { stage sequence recovered } }"
            let subscribe = #"{"id":"s-1","type":"subscribe","payload":{"query":"\#(query)"}}"#
            for _ in 0..<16 {
                let client = try DeviceSocket(port: port)
                #expect(client.upgrade("graphql-transport-ws") == 101)
                client.send(
                    [#"{"type":"connection_init"}"#, subscribe].flatMap { DeviceSocket.frame(0x81, Array($0.utf8)) })
                #expect(client.next() == acknowledged)
                #expect(client.next() == .close(4401))
            }
        }
    }

    @Test func theProtocolsCloseCodesAreKept() async throws {
        try await withEdge { _, _, port in
            let silent = try DeviceSocket(port: port)
            #expect(silent.upgrade("graphql-transport-ws") == 101)
            silent.say(#"{"type":"ping"}"#)
            #expect(silent.next() == .text(#"{"type":"pong"}"#))
            #expect(silent.next() == .close(4408), "pings do not make up for connection_init")

            let old = try DeviceSocket(port: port)
            #expect(old.upgrade("graphql-ws") == 101)
            #expect(old.next() == .close(4406))

            #expect(try open(port, #"{"device":"banned"}"#).next() == .close(4403))
            let eager = try DeviceSocket(port: port)
            #expect(eager.upgrade("graphql-transport-ws") == 101)
            subscribe(eager, "x")
            #expect(eager.next() == .close(4401))

            let client = try open(port)
            #expect(client.next() == acknowledged)
            subscribe(client, "x")
            #expect(client.next() == next("x", 1))
            #expect(client.next() == ping(1))
            subscribe(client, "x")
            #expect(client.next() == .close(4409))

            let twice = try open(port)
            twice.say(#"{"type":"connection_init"}"#)
            #expect(twice.next() == acknowledged)
            #expect(twice.next() == .close(4429))

            let broken = try open(port)
            #expect(broken.next() == acknowledged)
            broken.say("{")
            #expect(broken.next() == .close(4400))
        }
    }

    @Test func aBombIsAnsweredWithAnError() async throws {
        try await withEdge { _, _, port in
            let client = try open(port)
            #expect(client.next() == acknowledged)
            let deep = String(repeating: "{a", count: 10_000) + String(repeating: "}", count: 10_000)
            client.say(#"{"id":"b","type":"subscribe","payload":{"query":"\#(deep)"}}"#)
            guard case .text(let error) = client.next() else { return #expect(Bool(false)) }
            #expect(error.contains(#""type":"error""#) && error.contains("LIMIT_EXCEEDED"))
            subscribe(client, "b")
            #expect(client.next() == next("b", 1), "the id is free again")
        }
    }

    @Test func aClientWithoutNameLeavesNothingBehind() async throws {
        try await withEdge { edge, router, port in
            do {
                let client = try open(port)
                #expect(client.next() == acknowledged)
                subscribe(client, "s")
                #expect(client.next() == next("s", 1))
                client.send(DeviceSocket.frame(0x88, [0x03, 0xE8]))
                _ = client.next()
                _ = client.next()
            }
            var polls = 0
            while !router.told.contains(.interest("event/a", isInterested: false)), polls < 100 {
                try await Task.sleep(for: .milliseconds(20))
                polls += 1
            }
            #expect(router.told.contains(.interest("event/a", isInterested: false)))
        }
    }
}
