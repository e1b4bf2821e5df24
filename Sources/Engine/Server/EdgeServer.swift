import NIOCore
import NIOPosix
import Synchronization

/// An edge node with real devices: a WebSocket listener on one event loop, around one `EdgeShard`.
///
/// It knows nothing of the engine: `RouterMessage`s come in by `receive`, on any thread, and `NodeMessage`s go out over the bus.
/// A process may hold several, each with its own listener.
public final class EdgeServer: EdgeNode {
    /// Decides whether a device may connect with this token; called on the node's loop, so it must not wait.
    public typealias TokenCheck = @Sendable (_ device: String, _ token: String?) -> Bool

    public let description: NodeDescription
    private let host: String
    private let port: Int
    private let options: EdgeOptions
    private let time: any TimeSource
    private let bus: any Bus
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state = Mutex(State.idle)

    private enum State {
        case idle
        case running(listener: any Channel, NIOLoopBound<EdgeShardLoop>)
        case stopped
    }

    /// - Parameters:
    ///   - port: 0 takes a free one; `boundAddress` says which.
    ///   - allowedOrigins: the origins of browser pages that may connect; nil: any.
    ///   - isTokenValid: nil lets every device in.
    ///   - subscriptions: serves GraphQL clients as well; nil: only `control-room.v1` is spoken.
    ///   - prefetches: who has fetched ahead, for the reports; nil: the node cannot know.
    public convenience init(
        description: NodeDescription, host: String, port: Int, configuration: EngineConfiguration,
        time: any TimeSource, bus: any Bus, allowedOrigins: Set<String>? = nil, isTokenValid: TokenCheck? = nil,
        subscriptions: SubscriptionService? = nil, prefetches: PrefetchRegister? = nil
    ) {
        self.init(
            description: description, host: host, port: port,
            options: EdgeOptions(
                configuration: configuration, allowedOrigins: allowedOrigins, isTokenValid: isTokenValid, isEcho: false,
                subscriptions: subscriptions, prefetches: prefetches),
            time: time, bus: bus)
    }

    /// Tests may open an echo in place of the devices' protocol, on the same pipeline: the conformance suite wants one.
    init(
        description: NodeDescription, host: String, port: Int, options: EdgeOptions, time: any TimeSource, bus: any Bus
    ) {
        self.description = description
        self.host = host
        self.port = port
        self.options = options
        self.time = time
        self.bus = bus
    }

    /// Where the node listens; nil before `start`.
    public var boundAddress: ListenAddress? {
        state.withLock {
            guard case .running(let listener, _) = $0, let address = listener.localAddress, let port = address.port else { return nil }
            return ListenAddress(host: address.ipAddress ?? host, port: port)
        }
    }

    /// Opens the listener. Where the process may open fewer files than `connectionsMax` needs, the heartbeats say how many
    /// connections the node really takes.
    /// - Throws: `ServerStartError` if the address cannot be had.
    public func start() async throws {
        let eventLoop = group.next()
        let (options, time, bus) = (options, time, bus)
        var description = description
        description.connectionsMax = AcceptPause.connectionsMax(wanted: description.connectionsMax)
        let promised = description
        let loop = try await eventLoop.submit {
            NIOLoopBound(
                EdgeShardLoop(description: promised, options: options, time: time, bus: bus, eventLoop: eventLoop),
                eventLoop: eventLoop)
        }.get()
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Accepted sockets inherit it: what a device that does not read can hold in the kernel is bounded.
            .serverChannelOption(.socketOption(.so_sndbuf), value: EdgeShardLoop.sendBufferBytes)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause())
                }
            }
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: EdgeShardLoop.receiveBytes))
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DeviceChannelHandler(loop: loop.value))
                }
            }
        let listener: any Channel
        do {
            listener = try await bootstrap.bind(host: host, port: port).get()
        } catch {
            try? await group.shutdownGracefully()
            throw ServerStartError(binding: host, port: port, option: "--edge", error)
        }
        state.withLock { $0 = .running(listener: listener, loop) }
        try await eventLoop.submit { loop.value.start() }.get()
    }

    /// Messages before `start` and after the end are lost, as on any bus; the router repeats them.
    public func receive(_ message: RouterMessage) {
        guard case .running(_, let loop) = state.withLock({ $0 }) else { return }
        loop.eventLoop.execute { loop.value.receive(message) }
    }

    /// Takes nobody new, says goodbye to everyone, evenly spread over `window` so that they do not all come back at
    /// once, and ends the loop. Returns when that is done.
    ///
    /// - Parameter reason: `.restarting`, or `.draining` if the devices should go to other nodes.
    public func drainAndStop(within window: Duration, reason: CloseReason = .restarting) async throws {
        let last = state.withLock { state in
            defer { state = .stopped }
            return state
        }
        guard case .running(let listener, let loop) = last else { return }
        listener.close(promise: nil)
        try await loop.eventLoop.flatSubmit { loop.value.drain(within: window, reason) }.get()
        try await group.shutdownGracefully()
    }
}

/// Where something listens: `127.0.0.1:8081`.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    public let host: String
    public let port: Int
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What an edge node is told once.
struct EdgeOptions: Sendable {
    var configuration: EngineConfiguration
    var allowedOrigins: Set<String>?
    var isTokenValid: EdgeServer.TokenCheck?
    /// Sends every message back instead of speaking `control-room.v1`.
    var isEcho: Bool
    var subscriptions: SubscriptionService?
    /// Who has fetched ahead.
    var prefetches: PrefetchRegister?
}
