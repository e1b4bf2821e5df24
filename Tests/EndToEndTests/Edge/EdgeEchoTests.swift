@testable import Engine
import Testing

/// The echo that the WebSocket conformance suite (Autobahn) runs against: the devices' own pipeline, opened by tests
/// only.
@Suite struct EdgeEchoTests {
    @Test func messagesComeBackAsTheyWere() async throws {
        let edge = EdgeServer(
            description: NodeDescription(id: "echo", kind: .real, region: "local", connectionsMax: 2),
            host: "127.0.0.1", port: 0,
            options: EdgeOptions(configuration: EngineConfiguration(), isEcho: true), time: SystemTime(),
            bus: EdgeServerTests.FakeRouter())
        try await edge.start()
        let port = try #require(edge.boundAddress?.port)
        let peer = try DeviceSocket(port: port)
        #expect(peer.upgrade(path: "/") == 101)
        let long = String(repeating: "ü", count: 2000)
        peer.send(DeviceSocket.frame(0x01, Array(long.utf8.prefix(1001))))
        peer.send(DeviceSocket.frame(0x80, Array(long.utf8.dropFirst(1001))))
        #expect(peer.next() == .text(long))
        peer.send(DeviceSocket.frame(0x88, []))
        #expect(peer.next() == .close(1000))
        try await edge.drainAndStop(within: .zero)
    }
}
