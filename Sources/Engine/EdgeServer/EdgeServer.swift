import Foundation
import Synchronization

/// An edge node with real devices: a WebSocket listener and one or more loops, each a thread of its own around one
/// `EdgeShard`.
///
/// It knows nothing of the engine: `RouterMessage`s come in by `receive`, on any thread, and `NodeMessage`s go out over
/// the bus. A device always lives on the loop that its id names, so that each shard remembers its own devices;
/// whichever loop accepted it hands it over at its hello. A process may hold several nodes, each with its own listener.
public final class EdgeServer: EdgeNode {
    /// Decides whether a device may connect with this token; called on a loop of the node, so it must not wait.
    public typealias TokenCheck = @Sendable (_ device: String, _ token: String?) -> Bool

    public let description: NodeDescription
    private let host: String
    private let port: Int
    private let options: EdgeOptions
    private let time: any TimeSource
    private let bus: any Bus
    private let state = Mutex(State.idle)

    private enum State {
        case idle
        case running(Listener, EdgeLoops)
        case stopped
    }

    /// - Parameters:
    ///   - port: 0 takes a free one; `boundAddress` says which.
    ///   - loopCount: event loops, 1...64; more than the machine has cores are of no use.
    ///   - allowedOrigins: the origins of browser pages that may connect; nil: any.
    ///   - isTokenValid: nil lets every device in.
    ///   - subscriptions: serves GraphQL clients as well; nil: only `control-room.v1` is spoken.
    ///   - prefetches: who has fetched ahead, for the reports; nil: the node cannot know.
    ///   - gate: has the last word on who comes in; nil: nobody has.
    public convenience init(
        description: NodeDescription, host: String, port: Int, configuration: EngineConfiguration, loopCount: Int = 1,
        time: any TimeSource, bus: any Bus, allowedOrigins: Set<String>? = nil, isTokenValid: TokenCheck? = nil,
        subscriptions: SubscriptionService? = nil, prefetches: PrefetchRegister? = nil, gate: TrafficGate? = nil
    ) {
        self.init(
            description: description, host: host, port: port,
            options: EdgeOptions(
                configuration: configuration, loopCount: loopCount, allowedOrigins: allowedOrigins,
                isTokenValid: isTokenValid, isEcho: false, subscriptions: subscriptions, prefetches: prefetches,
                gate: gate),
            time: time, bus: bus)
    }

    /// Tests may open an echo in place of the devices' protocol, on the same pipeline: the conformance suite wants one.
    init(
        description: NodeDescription, host: String, port: Int, options: EdgeOptions, time: any TimeSource, bus: any Bus
    ) {
        precondition((1...64).contains(options.loopCount), "an edge node has 1...64 loops")
        self.description = description
        self.host = host
        self.port = port
        self.options = options
        self.time = time
        self.bus = bus
    }

    /// Where the node listens; nil before `start`.
    public var boundAddress: ListenAddress? {
        state.withLock { if case .running(let listener, _) = $0 { listener.address } else { nil } }
    }

    /// Opens the listener. Where the process may open fewer files than `connectionsMax` needs, the heartbeats say how
    /// many connections the node really takes.
    /// - Throws: `ServerStartError` if the address cannot be had.
    public func start() async throws {
        let listener = try Listener(host: host, port: port)
        var description = description
        description.connectionsMax = OpenFiles.connectionsMax(wanted: description.connectionsMax)
        description.address = listener.address.description
        let promised = description
        let loops = EdgeLoops(
            count: options.loopCount,
            pace: ConnectPace(perSecondMax: options.configuration.connectsPerSecondMax, now: time.now().instant))
        state.withLock { $0 = .running(listener, loops) }
        for number in 0..<options.loopCount {
            let (options, time, bus) = (options, time, bus)
            let thread = Thread {
                EdgeLoop(
                    number: number, of: loops, description: promised, listener: listener, options: options,
                    outside: .init(time: time, bus: bus)
                ).run()
                loops.ended(number)
            }
            thread.name = "\(description.id.rawValue)/\(number)"
            thread.start()
        }
    }

    /// Messages before `start` and after the end are lost, as on any bus; the router repeats them.
    public func receive(_ message: RouterMessage) {
        guard case .running(_, let loops) = state.withLock({ $0 }) else { return }
        for inbox in loops.inboxes { inbox.put(.message(message)) }
    }

    /// Takes nobody new (503), says goodbye to everyone, evenly spread over `window` so that they do not all come back
    /// at once, and ends the loops. Returns when that is done.
    ///
    /// - Parameter reason: `.restarting`, or `.draining` if the devices should go to other nodes.
    public func drainAndStop(within window: Duration, reason: CloseReason = .restarting) async throws {
        let last = state.withLock { state in
            defer { state = .stopped }
            return state
        }
        guard case .running(let listener, let loops) = last else { return }
        for inbox in loops.inboxes { inbox.put(.drain(within: window, reason)) }
        await loops.waitForEnd()
        listener.close()
    }
}

/// What the loops of one node share: the ways in to each, how many devices they hold together, and how many more they
/// let in now.
final class EdgeLoops: Sendable {
    let inboxes: [LoopInbox]
    /// Connections let in, over all loops.
    let connectionCount = Atomic<Int>(0)
    /// Asked once a newcomer.
    let pace: Mutex<ConnectPace>
    private let life: Mutex<Life>

    private struct Life {
        var running: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    init(count: Int, pace: ConnectPace) {
        self.pace = Mutex(pace)
        inboxes = (0..<count).map { _ in LoopInbox() }
        life = Mutex(Life(running: count))
    }

    var count: Int { inboxes.count }

    /// The loop on which the device lives. The high bits choose it: the low ones choose the wave, and each shard has
    /// devices of every wave.
    func owner(of device: String) -> Int {
        count == 1 ? 0 : Int((KnownDevices.hash(of: device) >> 32) % UInt64(count))
    }

    /// The last words of a loop's thread.
    func ended(_ number: Int) {
        inboxes[number].close()
        let waiting = life.withLock { life in
            life.running -= 1
            guard life.running == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { life.waiting = [] }
            return life.waiting
        }
        for waiter in waiting { waiter.resume() }
    }

    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let isOver = life.withLock { life in
                if life.running > 0 { life.waiting.append(continuation) }
                return life.running == 0
            }
            if isOver { continuation.resume() }
        }
    }
}

/// What an edge node is told once.
struct EdgeOptions: Sendable {
    var configuration: EngineConfiguration
    var loopCount = 1
    var allowedOrigins: Set<String>?
    var isTokenValid: EdgeServer.TokenCheck?
    /// Sends every message back instead of speaking `control-room.v1`.
    var isEcho: Bool
    var subscriptions: SubscriptionService?
    /// Who has fetched ahead.
    var prefetches: PrefetchRegister?
    /// Asked once a newcomer for whom there is room.
    var gate: TrafficGate?
}
