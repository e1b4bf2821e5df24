import Engine
import Testing

extension EdgeServer {
    /// Starts the node, hands its port to `body`, and stops it at once afterwards, also if `body` throws.
    func whileRunning(_ body: (_ port: Int) async throws -> Void) async throws {
        try await start()
        let port = try #require(boundAddress?.port)
        do { try await body(port) } catch {
            try await drainAndStop(within: .zero)
            throw error
        }
        try await drainAndStop(within: .zero)
    }
}
