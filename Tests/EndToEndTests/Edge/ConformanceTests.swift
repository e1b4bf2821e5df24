@testable import Engine
import Foundation
import TestSupport
import Testing

/// `make autobahn`: the public conformance suite against the pipeline that devices meet, opened as an echo for it.
@Suite struct ConformanceTests {
    private static let isWanted = ProcessInfo.processInfo.environment["AUTOBAHN_SUITE"] != nil

    @Test(.enabled(if: isWanted, "make autobahn runs it"), .timeLimit(.minutes(4)))
    func autobahnFindsNothing() async throws {
        var configuration = EngineConfiguration()
        // Its messages are up to 16 MiB and come back whole, some cases last longer than a device may take to say
        // hello.
        configuration.pendingBytesSoft = 64 << 20
        configuration.pendingBytesMax = 128 << 20
        configuration.helloWithin = .seconds(300)
        let edge = EdgeServer(
            description: NodeDescription(id: "echo", kind: .real, region: "local", connectionsMax: 16),
            host: "127.0.0.1", port: 0,
            options: EdgeOptions(configuration: configuration, isEcho: true), time: SystemTime(),
            bus: EdgeServerTests.FakeRouter())
        try await edge.start()
        let suite = Process()
        suite.executableURL = repositoryRoot.appending(path: "Scripts/autobahn.sh")
        suite.arguments = ["ws://127.0.0.1:\(edge.boundAddress?.port ?? 0)/"]
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            suite.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try suite.run() } catch { continuation.resume(throwing: error) }
        }
        #expect(status == 0, "the suite's own lines above say which cases failed")
        try await edge.drainAndStop(within: .zero)
    }
}
