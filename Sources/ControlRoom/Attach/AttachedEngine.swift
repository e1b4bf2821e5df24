import Engine
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The operator's end of the Unix socket: commands out, snapshots in. It looks to the room like the engine in
/// this process. When the engine goes away it keeps the last snapshot, says why in `outage`, and comes back by
/// itself: the first time after `retryMin`, then less and less often, with jitter.
///
/// Shared by the room's loop (which asks) and the socket's thread (which fills in); `state` is the only
/// thing both touch, and its lock is never held over a call out.
final class AttachedEngine: EngineLink {
    static let retryMin: TimeAmount = .milliseconds(100)
    static let retryMax: TimeAmount = .seconds(5)
    static let wentAway = "The engine went away before it answered: look at Audit before you repeat the command."

    private let path: String
    private let person: Operator
    private let box = SnapshotBox()
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state = Mutex(State())

    private struct State {
        /// Open and greeted.
        var channel: (any Channel)?
        var waiting: [Int64: CheckedContinuation<EngineReply, Never>] = [:]
        var nextID: Int64 = 1
        var outage: String? = "Not attached yet."
        var failures = 0
        var isStopped = false
    }

    /// - Parameters:
    ///   - path: of the engine's socket.
    ///   - person: who sits here; the engine completes `terminal` with this process's id.
    init(path: String, person: Operator) {
        self.path = path
        self.person = person
    }

    var outage: String? { state.withLock { $0.outage } }

    func newestSnapshot() -> EngineSnapshot? { box.snapshot }

    /// Attaches for the first time.
    /// - Throws: `AttachError` in words: no engine there, or the engine's own refusal. Later breaks are healed
    ///   silently.
    func start() async throws(AttachError) {
        do { try await connect().get() } catch {
            throw error as? AttachError ?? AttachError("\(path): \(error)")
        }
    }

    /// Leaves the engine; commands still waiting end as when it goes away.
    func stop() async {
        let channel = state.withLock { state in
            state.isStopped = true
            return state.channel
        }
        try? await channel?.close()
        try? await group.shutdownGracefully()
    }

    func perform(_ command: EngineCommand) async -> EngineReply {
        await withCheckedContinuation { continuation in
            let outcome: Result<(any Channel, Int64), AttachError> = state.withLock { state in
                guard let channel = state.channel else {
                    return .failure(
                        AttachError("Nothing was sent, there is no engine to send it to. \(state.outage ?? "")"))
                }
                guard state.waiting.count < OperatorWire.commandsMax else {
                    return .failure(
                        AttachError(
                            "Nothing was sent: \(OperatorWire.commandsMax) commands wait for the engine already."))
                }
                defer { state.nextID += 1 }
                state.waiting[state.nextID] = continuation
                return .success((channel, state.nextID))
            }
            switch outcome {
            case .success(let (channel, id)):
                // If this fails the channel breaks, which answers everything that waits.
                channel.writeAndFlush(OperatorWire.line(OperatorRequest(id: id, command: command)), promise: nil)
            case .failure(let fault): continuation.resume(returning: .refused(fault.sentence))
            }
        }
    }

    // MARK: - The socket's side

    /// Succeeds when the engine has greeted.
    private func connect() -> EventLoopFuture<Void> {
        let loop = group.next(), person = self.person
        let greeted = loop.makePromise(of: Void.self)
        ClientBootstrap(group: loop)
            .connectTimeout(.seconds(2))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(LineDecoder(), maximumBufferSize: OperatorWire.answerBytesMax),
                        AttachedHandler(link: self, person: person, greeted: greeted))
                }
            }
            .connect(unixDomainSocketPath: path)
            .whenFailure { error in
                let sentence = Self.words(for: error, path: self.path)
                self.broke(sentence)
                greeted.fail(AttachError(sentence))
            }
        return greeted.futureResult
    }

    private static func words(for error: any Error, path: String) -> String {
        switch (error as? IOError)?.errnoCode {
        case ENOENT, ECONNREFUSED:
            "No engine runs behind \(path): start one with 'control-room run FILE', or name another with --db or --socket."
        case EACCES: "This user may not attach through \(path): only the one who runs the engine may."
        default: "The engine behind \(path) cannot be reached: \(error)."
        }
    }

    fileprivate func greeted(_ channel: any Channel) {
        state.withLock { state in
            state.channel = channel
            state.outage = nil
            state.failures = 0
        }
    }

    fileprivate func receive(_ id: Int64, _ reply: EngineReply) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: reply)
    }

    fileprivate func receive(_ snapshot: EngineSnapshot) { box.put(snapshot) }

    /// The connection ended or never was: everything that waits is answered, and the next try is arranged.
    fileprivate func broke(_ sentence: String) {
        let (waiting, failures) = state.withLock { state in
            defer {
                state.channel = nil
                state.waiting = [:]
                state.outage = sentence
                state.failures += 1
            }
            return (state.waiting, state.isStopped ? nil : state.failures)
        }
        for id in waiting.keys.sorted() { waiting[id]?.resume(returning: .refused(Self.wentAway)) }
        guard let failures else { return }
        let ceiling = min(Self.retryMax.nanoseconds, Self.retryMin.nanoseconds << min(failures, 10))
        let delay = TimeAmount.nanoseconds(.random(in: ceiling / 2...ceiling))
        group.next().scheduleTask(in: delay) {
            guard !self.state.withLock({ $0.isStopped }) else { return }
            _ = self.connect()
        }
    }
}

/// Why an operator is not attached, in a sentence.
struct AttachError: Error, Hashable {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}

/// The connection's end in this process. Confined to the socket's event loop.
private final class AttachedHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let link: AttachedEngine
    private let person: Operator
    private let greeted: EventLoopPromise<Void>
    /// What the engine said before it closed.
    private var lastWord: String?

    init(link: AttachedEngine, person: Operator, greeted: EventLoopPromise<Void>) {
        self.link = link
        self.person = person
        self.greeted = greeted
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(OperatorWire.line(OperatorHello(operator: person))), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch OperatorWire.value(OperatorLine.self, in: unwrapInboundIn(data)) {
        case .greeting:
            link.greeted(context.channel)
            greeted.succeed()
        case .reply(let id, let reply): link.receive(id, reply)
        case .snapshot(let snapshot): link.receive(snapshot)
        case .refused(let sentence), .error(let sentence): lastWord = sentence
        case nil:
            lastWord = "The engine speaks another version: use the control-room it was started with."
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lastWord = lastWord ?? "The connection to the engine failed (\(error))."
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let sentence = lastWord ?? "The engine went away; this room attaches again as soon as it is back."
        greeted.fail(AttachError(sentence))
        link.broke(sentence)
    }
}
