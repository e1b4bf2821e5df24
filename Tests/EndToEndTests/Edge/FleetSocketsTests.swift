@testable import ControlRoom
@testable import Engine
import Testing

/// A fleet's sockets against listeners that behave as edge nodes should not.
@Suite struct FleetSocketsTests {
    private struct Seen {
        var connected = 0
        var ended = 0
    }

    private func turn(_ sockets: FleetSockets, _ seen: inout Seen) {
        sockets.wait(timeout: 2000) { event in
            switch event {
            case .connected: seen.connected += 1
            case .ended: seen.ended += 1
            case .received: break
            }
        }
    }

    @Test func anEdgeThatReadsNothingLosesTheDevice() throws {
        let listener = try Listener(host: "127.0.0.1", port: 0)
        defer { listener.close() }
        let sockets = try FleetSockets(
            devices: 1, addresses: [SocketAddress(Endpoint(host: "127.0.0.1", port: listener.address.port))])
        var seen = Seen()
        sockets.connect(0, to: 0)
        turn(sockets, &seen)
        #expect(seen.connected == 1 && seen.ended == 0)
        // The kernel takes some megabytes before anything waits here.
        for _ in 0..<4000 { sockets.send([UInt8](repeating: 0, count: 16 * 1024), from: 0) }
        turn(sockets, &seen)
        #expect(seen.ended == 1)
    }

    @Test func aPortWhereNobodyListensEndsTheConnection() throws {
        let listener = try Listener(host: "127.0.0.1", port: 0)
        let sockets = try FleetSockets(
            devices: 2, addresses: [SocketAddress(Endpoint(host: "127.0.0.1", port: listener.address.port))])
        listener.close()
        var seen = Seen()
        for device in 0..<2 { sockets.connect(device, to: 0) }
        for _ in 0..<2 where seen.ended < 2 { turn(sockets, &seen) }
        #expect(seen.connected == 0 && seen.ended == 2)
    }
}
