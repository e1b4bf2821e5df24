import Foundation
import Hummingbird
import HummingbirdCore
import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The HTTP port: Hummingbird around `HTTPEndpoints`. The one file that knows Hummingbird.
///
/// An actor because start and stop may come from different tasks. Requests run on one event loop of the port's own,
/// tasks and all (`LoopExecutor`): a hop between threads costs more than a cached answer, and a flood of requests keeps
/// one core busy, not the edge nodes' loops. Bounds: `connectionsMax` connections (more wait in the kernel's backlog),
/// a silent or slow sender is cut after `patience`, a body is `HTTPEndpoints.bodyBytesMax`, headers 16 KiB and 100 of
/// them (431), a target 8 KiB (414). Framing that could smuggle a request is refused by NIO's parser with 400 and a
/// close.
public actor HTTPServer {
    static let connectionsMax = 1000
    static let patience: TimeAmount = .seconds(10)
    static let headerBytesMax = 16 * 1024
    static let headersMax = 100

    private let host: String
    private let port: Int
    private let endpoints: HTTPEndpoints
    private let gate: TrafficGate?
    private let lane: TrafficLane?
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private var running: (services: ServiceGroup, task: Task<Void, any Error>)?

    /// - Parameters:
    ///   - port: 0 lets the system choose one.
    ///   - gate: admits or refuses each request; nil: all are admitted.
    ///   - lane: that of everything that comes by this port; nil: each request's own.
    public init(host: String, port: Int, endpoints: HTTPEndpoints, gate: TrafficGate? = nil, lane: TrafficLane? = nil) {
        self.host = host
        self.port = port
        self.endpoints = endpoints
        self.gate = gate
        self.lane = lane
    }

    /// How a `LoopProbe` reaches the port's event loop.
    public nonisolated var probed: LoopProbe.Post {
        let loop = loops.next()
        return { note in loop.execute(note) }
    }

    /// Listens, and returns once connections are taken.
    ///
    /// - Returns: the address in use, `127.0.0.1:8080`.
    /// - Throws: `ServerStartError` that says which address cannot be had and which option changes it.
    public func start() async throws(ServerStartError) -> String {
        precondition(running == nil, "HTTPServer.start is called once")
        let (bound, announce) = AsyncStream.makeStream(of: Result<String, ServerStartError>.self)
        let (host, port) = (self.host, self.port)
        let application = application { channel in
            let address = channel.localAddress
            announce.yield(.success("\(bracketed(address?.ipAddress ?? host)):\(address?.port ?? port)"))
        }
        let services = ServiceGroup(
            configuration: .init(services: [.init(service: application)], logger: application.logger))
        let task = Task(executorPreference: LoopExecutor(loops.next())) {
            do { try await services.run() } catch {
                announce.yield(.failure(ServerStartError(binding: host, port: port, option: "--http", error)))
                throw error
            }
        }
        for await result in bound {
            if case .success = result { running = (services, task) }
            return try result.get()
        }
        throw ServerStartError("The HTTP server stopped before it listened on \(host):\(port).")
    }

    /// Takes no new connection, lets requests finish for at most two seconds, closes.
    public func stop() async {
        guard let (services, task) = running else { return }
        running = nil
        await services.triggerGracefulShutdown()
        let deadline = Task {
            try await Task.sleep(for: .seconds(2))
            task.cancel()
        }
        _ = await task.result
        deadline.cancel()
        try? await loops.shutdownGracefully()
    }

    private func application(onRunning: @escaping @Sendable (any Channel) async -> Void) -> some ApplicationProtocol {
        let (endpoints, gate, lane) = (endpoints, gate, lane)
        var logger = Logger(label: "control-room.http")
        logger.logLevel = .error
        return Application(
            responder: CallbackResponder { request, context in
                try await Self.respond(to: request, context, endpoints, isAdmitted: gate != nil)
            },
            server: .http1(configuration: .init(
                additionalChannelHandlers: [HeadOverflowAnswer()] + (gate.map { gate in
                    [AdmissionHandler(gate: gate, lane: lane) { endpoints.graphQL.glance(ofHash: $0) }]
                } ?? []),
                idleTimeout: Self.patience,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: Self.headerBytesMax, maxHeaderListSize: Self.headerBytesMax,
                    maxHeaderFieldCount: Self.headersMax))),
            configuration: .init(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)),
            onServerRunning: onRunning,
            eventLoopGroupProvider: .shared(loops),
            logger: logger)
    }

    private static func respond(
        to request: Request, _ context: ConnectionContext, _ endpoints: HTTPEndpoints, isAdmitted: Bool
    ) async throws -> Response {
        var question = HTTPQuestion(
            request.method.rawValue, request.uri.path, query: request.uri.query, host: request.head.authority,
            headers: request.headers, body: try await body(of: request, context.channel))
        if isAdmitted { question.bucket = request.headers[.bucket].flatMap(PriorityBucket.init) }
        let answer = await endpoints.answer(question)
        let response = Response(
            status: .init(code: answer.status, reasonPhrase: answer.status == 294 ? "Partial Success" : ""),
            headers: answer.headers, body: .init(byteBuffer: answer.content))
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// The whole body; nil if it is too large. Whoever has not sent it within `patience`, or goes on sending
    /// one that is too large, loses the connection: a sender of one byte a second must not keep a place.
    private static func body(of request: Request, _ channel: any Channel) async throws -> [UInt8]? {
        let length = request.headers[.contentLength].flatMap(Int.init)
        if length ?? 0 == 0, request.headers[.transferEncoding] == nil { return [] }
        let cut = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        let limit = HTTPEndpoints.bodyBytesMax(of: request.uri.path)
        // One that says so itself is answered before it is sent.
        if let length, length > limit { return nil }
        do {
            let buffer = try await request.body.collect(upTo: limit)
            cut.cancel()
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            return nil
        }
    }
}

/// The connection of a request, for cutting it.
private struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Runs tasks where their connection's bytes are: on an event loop.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

extension ServerStartError {
    /// - Parameter error: what NIO threw.
    fileprivate init(binding host: String, port: Int, option: String, _ error: any Error) {
        self.init(binding: host, port: port, option: option, errno: (error as? IOError)?.errnoCode, said: "\(error)")
    }
}
