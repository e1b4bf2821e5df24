import NIOCore
import NIOPosix

/// The event loops that an `HTTPServer` runs on: those everybody shares, or some of its own, which nobody else's work can make late.
public final class HTTPLoops: Sendable {
    let group: MultiThreadedEventLoopGroup
    private let isOwn: Bool

    /// The process' shared loops.
    public init() {
        group = .singleton
        isOwn = false
    }

    /// - Parameter count: threads, a loop each.
    public init(count: Int) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        isOwn = true
    }

    /// Ends loops of its own, once the server on them has stopped.
    public func stop() async {
        if isOwn { try? await group.shutdownGracefully() }
    }
}
