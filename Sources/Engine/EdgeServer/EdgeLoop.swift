import CEpoll
import Glibc
import Synchronization

/// The shell of one shard: one thread that waits for its sockets, reads the clock, and performs what the shard decides.
///
/// A turn is: what the router says, and what that makes due leaves at once; then whatever the sockets have is given to
/// the shard; then publications leave, some devices at a time, the actions are performed and each touched connection is
/// written to once; then some newcomers are accepted, a bounded number, so that no storm holds up a broadcast. The shard
/// is never called while its actions are performed from inside it: actions are taken out first.
final class EdgeLoop {
    /// Where time comes from and words go.
    struct Outside {
        var time: any TimeSource
        var bus: any Bus
    }

    /// A close frame waits this long for its answer; then the TCP connection ends all the same.
    static let closeWithin = Duration.seconds(5)
    /// Acks are about 60 bytes; what is longer comes in several reads.
    private static let receiveBytes = 4096
    /// Newcomers a turn.
    static let acceptsMax = 32
    /// Connections that are being told 503; further ones wait in the kernel.
    static let refusedMax = 1024
    /// Newcomers wait this long in the kernel when nobody can be told anything: too many are being told, or the process
    /// is out of descriptors or memory.
    static let acceptPause = Duration.milliseconds(100)

    let options: EdgeOptions
    let handshakePolicy: OpeningHandshake.Policy
    let number: Int
    let loops: EdgeLoops
    let connectionsMax: Int
    let node: NodeID
    let outside: Outside
    let listener: Listener
    let poller = Poller()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: receiveBytes, alignment: 16)
    var shard: EdgeShard
    /// Read at the start of a turn and for each socket that has something.
    var now: Moment
    var random: SeededGenerator
    /// What the shards of the node say together; of the first loop only.
    private var union: ShardUnion?

    /// Every connection of this loop by its descriptor, whatever its state; checked against the token.
    var connections: [DeviceConnection?] = []
    var openCount = 0
    var refusedCount = 0
    var connectionNumber: UInt64 = 0
    /// By slot index; checked against the connection's own slot.
    var slots: [DeviceConnection?] = []
    var outbox = Outbox()
    private var scratch: [ShardAction] = []
    private var arrived: [LoopInbox.Item] = []
    /// Connections whose goodbye is said; by time.
    var closing: [(connection: DeviceConnection, at: EngineInstant)] = []
    private var closingStart = 0
    /// Devices that belong to other loops, by loop, until the end of the turn; at most one a socket that had something
    /// in it.
    var departures: [[LoopInbox.Arrival]]
    var memoryRoom = MemoryRoom()
    var isListenerReady = false
    /// When to listen again; nil while it listens.
    var acceptAgainAt: EngineInstant?
    var writeCount = 0
    /// What the GraphQL connections share.
    var memory = SubscriptionMemory()
    /// Set once the node stops: the loop is over when its last connection has ended.
    var isStopping = false
    private var isOver = false

    private static let listenerToken: UInt64 = 0
    private static let inboxToken: UInt64 = 1

    init(
        number: Int, of loops: EdgeLoops, description: NodeDescription, listener: Listener, options: EdgeOptions,
        outside: Outside
    ) {
        self.number = number
        self.loops = loops
        departures = Array(repeating: [], count: loops.count)
        self.listener = listener
        self.options = options
        self.outside = outside
        node = description.id
        connectionsMax = description.connectionsMax
        now = outside.time.now()
        shard = EdgeShard(
            description: description, configuration: options.configuration, prefetches: options.prefetches, now: now)
        if number == 0, loops.count > 1 { union = ShardUnion(count: loops.count) }
        var seeder = SystemRandomNumberGenerator()
        random = SeededGenerator(seed: seeder.next())
        handshakePolicy =
            options.isEcho
            ? OpeningHandshake.Policy(path: "/", subprotocol: nil, allowedOrigins: nil)
            : OpeningHandshake.Policy(
                speaksGraphQL: options.subscriptions != nil, allowedOrigins: options.allowedOrigins)
    }

    func frameLimits(_ spoken: DeviceProtocol) -> WebSocketFrameDecoder.Limits {
        if options.isEcho {
            return WebSocketFrameDecoder.Limits(messageBytesMax: 16 << 20, fragmentsMax: 1 << 20, takesBinary: true)
        }
        let isGraphQL = spoken == .graphQL
        return WebSocketFrameDecoder.Limits(
            messageBytesMax: isGraphQL
                ? SubscriptionSession.messageBytesMax : options.configuration.deviceMessageBytesMax)
    }

    deinit { buffer.deallocate() }

    /// The life of the thread; returns when the node has been drained.
    func run() {
        poller.add(listener: listener.descriptor, token: Self.listenerToken)
        _ = poller.add(inbox.wakeDescriptor, token: Self.inboxToken)
        while !isOver {
            let count = poller.wait(milliseconds: timeout())
            now = outside.time.now()
            if (0..<count).contains(where: { poller[$0].token == Self.inboxToken }) {
                takeInbox()
                endTurn()
            }
            for index in 0..<count { handle(poller[index]) }
            if nextDeadline <= now.instant { runDue() }
            endTurn()
            acceptSome()
            isOver = isStopping && !hasGoodbyes && openCount == 0
        }
        // What has ended still refers to the loop.
        closing = []
    }

    private var inbox: LoopInbox { loops.inboxes[number] }

    // MARK: What arrives

    private func takeInbox() {
        inbox.take(into: &arrived)
        for item in arrived {
            switch item {
            case .message(let message): shard.receive(message, now: now)
            case .arrival(let arrival): adopt(arrival)
            case .told(let message, let shard): tell(message, from: shard)
            case .drain(let window, let reason):
                isStopping = true
                shard.sayGoodbyes(reason, within: window, now: now)
            }
        }
        arrived.removeAll(keepingCapacity: true)
    }

    private func handle(_ event: Poller.Event) {
        if event.token == Self.listenerToken { isListenerReady = true }
        let socket = Int(truncatingIfNeeded: event.token & 0xFFFF_FFFF)
        // A descriptor may have been closed, and taken anew, since epoll spoke.
        guard socket < connections.count, let connection = connections[socket], connection.token == event.token else {
            return
        }
        if event.isWritable { connection.writable() }
        guard event.isReadable, connections[socket] === connection else { return }
        let count = recv(connection.socket, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
        if count > 0 {
            now = outside.time.now()
            connection.received(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            end(connection)
        }
    }

    // MARK: The turn

    private func endTurn() {
        sendDepartures()
        // What a session says of itself waits here as well.
        outbox.sendAll()
        while shard.needsFlush || !shard.actions.isEmpty {
            shard.flush(now: now)
            perform()
        }
    }

    func perform() {
        var actions: [ShardAction] = []
        swap(&actions, &scratch)
        let isOnePage = shard.givesEachOnePage
        shard.takeActions(into: &actions)
        for action in actions {
            switch action {
            case .send(let slot, let frame):
                guard let connection = connection(of: slot) else { break }
                // Nothing to join with: the connection is touched once, not once to note what it is due and again to
                // send it.
                if isOnePage, connection.isPlainAndIdle {
                    frame.withBytes { connection.write($0) }
                } else {
                    add(frame, for: connection)
                }
            case .ping(let slot):
                if let connection = connection(of: slot) { outbox.add(.ping, for: connection) }
            case .close(let slot, let reason):
                guard let connection = connection(of: slot) else { break }
                slots[Int(slot.index)] = nil
                outbox.send(to: connection)
                if connection.sayGoodbye(goodbye(reason, to: connection)) {
                    closeLater(connection)
                } else {
                    end(connection)
                }
            case .tell(let message):
                tell(message, from: number)
            }
        }
        outbox.sendAll()
        actions.removeAll(keepingCapacity: true)
        scratch = actions
    }

    private func add(_ frame: OutboundFrame, for connection: DeviceConnection) {
        guard connection.session != nil else { return outbox.add(frame, for: connection) }
        let bytes = connection.session?.frames(for: frame, memory: &memory) ?? []
        if !bytes.isEmpty { outbox.add(OutboundFrame(bytes: bytes), for: connection) }
    }

    /// The close frame, in the words of the connection's protocol.
    func goodbye(_ reason: CloseReason, to connection: DeviceConnection) -> [UInt8] {
        guard let session = connection.session else { return WebSocketFrame.close(reason) }
        return WebSocketFrame.encode(.close, (session.close ?? SubscriptionClose(reason)).payload)
    }

    private func connection(of slot: ConnectionSlot) -> DeviceConnection? {
        guard let connection = slots[Int(slot.index)], connection.slot == slot else { return nil }
        return connection
    }

    /// The first loop speaks for the node.
    private func tell(_ message: NodeMessage, from shard: Int) {
        if loops.count == 1 {
            outside.bus.send(message, from: node)
        } else if number == 0 {
            if let merged = union?.merge(message, from: shard) { outside.bus.send(merged, from: node) }
        } else {
            loops.inboxes[0].put(.told(message, shard: shard))
        }
    }

    // MARK: Time

    private var nextDeadline: EngineInstant {
        var next = shard.nextDeadline
        if closingStart < closing.count { next = min(next, closing[closingStart].at) }
        if let acceptAgainAt { next = min(next, acceptAgainAt) }
        return next
    }

    /// Milliseconds until something is due, rounded up.
    private func timeout() -> Int32 {
        let wait = nextDeadline.nanoseconds - outside.time.now().instant.nanoseconds
        return Int32(clamping: max(0, (wait + 999_999) / 1_000_000))
    }

    private func runDue() {
        shard.tick(now: now)
        while closingStart < closing.count, closing[closingStart].at <= now.instant {
            let connection = closing[closingStart].connection
            if connections[Int(connection.socket)] === connection { end(connection) }
            closingStart += 1
        }
        if closingStart > 0, closingStart * 2 >= closing.count {
            closing.removeFirst(closingStart)
            closingStart = 0
        }
        if let due = acceptAgainAt, due <= now.instant {
            acceptAgainAt = nil
            poller.add(listener: listener.descriptor, token: Self.listenerToken)
        }
    }

    /// Whether somebody has still to be told that the node stops; `closeLater` sees to those who were.
    var hasGoodbyes: Bool { shard.goodbyes?.slots.isEmpty == false }
}
