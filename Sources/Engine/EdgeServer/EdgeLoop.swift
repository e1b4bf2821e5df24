import CEpoll
import Glibc
import Synchronization

/// The shell of one shard: one thread that waits for its sockets, reads the clock, and performs what the shard decides.
///
/// A turn is: what the router says, and what that makes due leaves at once; then whatever the sockets have is given to the shard;
/// then, once, publications leave, the actions are performed and each touched connection is written to once; then some
/// newcomers are accepted, a bounded number, so that no storm holds up a broadcast. The shard is never called while its
/// actions are performed from inside it: actions are taken out first.
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
    private static let acceptsMax = 32
    /// Connections that are being told 503; further ones wait in the kernel.
    private static let refusedMax = 1024
    /// Newcomers wait this long in the kernel when nobody can be told anything: too many are being told, or the process
    /// is out of descriptors or memory.
    private static let acceptPause = Duration.milliseconds(100)

    let options: EdgeOptions
    let handshakePolicy: OpeningHandshake.Policy
    private let number: Int
    private let loops: EdgeLoops
    private let connectionsMax: Int
    private let node: NodeID
    private let outside: Outside
    private let listener: Listener
    private let poller = Poller()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: receiveBytes, alignment: 16)
    private var shard: EdgeShard
    /// Read at the start of a turn and for each socket that has something.
    private var now: Moment
    private var random: SeededGenerator
    /// What the shards of the node say together; of the first loop only.
    private var union: ShardUnion?

    /// Every connection of this loop by its descriptor, whatever its state; checked against the token.
    private var connections: [DeviceConnection?] = []
    private var openCount = 0
    private var refusedCount = 0
    private var connectionNumber: UInt64 = 0
    /// By slot index; checked against the connection's own slot.
    private var slots: [DeviceConnection?] = []
    private var outbox = Outbox()
    private var scratch: [ShardAction] = []
    private var arrived: [LoopInbox.Item] = []
    /// Connections whose goodbye is said; by time.
    private var closing: [(connection: DeviceConnection, at: EngineInstant)] = []
    private var closingStart = 0
    private var isListenerReady = false
    /// When to listen again; nil while it listens.
    private var acceptAgainAt: EngineInstant?
    private var writeCount = 0
    /// What the GraphQL connections share.
    private var memory = SubscriptionMemory()
    /// Set once the node stops: the loop is over when its last connection has ended.
    private var isStopping = false
    private var isOver = false

    private static let listenerToken: UInt64 = 0
    private static let inboxToken: UInt64 = 1

    init(
        number: Int, of loops: EdgeLoops, description: NodeDescription, listener: Listener, options: EdgeOptions, outside: Outside
    ) {
        self.number = number
        self.loops = loops
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
            : OpeningHandshake.Policy(speaksGraphQL: options.subscriptions != nil, allowedOrigins: options.allowedOrigins)
    }

    func frameLimits(_ spoken: DeviceProtocol) -> WebSocketFrameDecoder.Limits {
        if options.isEcho { return WebSocketFrameDecoder.Limits(messageBytesMax: 16 << 20, fragmentsMax: 1 << 20, takesBinary: true) }
        let isGraphQL = spoken == .graphQL
        return WebSocketFrameDecoder.Limits(
            messageBytesMax: isGraphQL ? SubscriptionSession.messageBytesMax : options.configuration.deviceMessageBytesMax)
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
        guard socket < connections.count, let connection = connections[socket], connection.token == event.token else { return }
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

    /// The handshake is done.
    func opened(_ slot: ConnectionSlot, speaking spoken: DeviceProtocol, _ connection: DeviceConnection) {
        guard spoken != .controlRoom, let service = options.subscriptions else { return }
        connection.session = SubscriptionSession(service: service)
        if spoken == .notAcceptable {
            end(slot, .subprotocolNotAcceptable, connection)
        } else {
            shard.expectHello(slot, within: options.configuration.initialiseWithin, now: now)
        }
    }

    /// - Returns: the loop on which the device lives and its hello, if that is another one.
    func received(
        _ json: [UInt8], from slot: ConnectionSlot, _ connection: DeviceConnection
    ) -> (owner: Int, hello: DeviceMessage)? {
        guard connection.session != nil else {
            do { return try receive(DeviceMessage(json: json), from: slot, connection) } catch {
                failed(slot, error)
                return nil
            }
        }
        let anonymous = { "graphql-" + String(self.random.next(), radix: 36) }
        let steps = connection.session?.received(json, anonymous: anonymous(), memory: &memory, now: now.instant) ?? []
        for step in steps {
            switch step {
            case .say(let bytes): outbox.add(OutboundFrame(bytes: bytes), for: connection)
            // A hello comes alone.
            case .device(let message): if let moved = receive(message, from: slot, connection) { return moved }
            case .close(let close): end(slot, close, connection)
            }
        }
        return nil
    }

    private func receive(
        _ message: DeviceMessage, from slot: ConnectionSlot, _ connection: DeviceConnection
    ) -> (owner: Int, hello: DeviceMessage)? {
        if case .hello(let device, let token, _, _) = message {
            if let isTokenValid = options.isTokenValid, !isTokenValid(device, token) {
                failed(slot, .unauthorised)
                return nil
            }
            let owner = loops.owner(of: device)
            if owner != number, shard.isUngreeted(slot) { return (owner, message) }
        }
        shard.received(message, from: slot, now: now)
        if case .hello = message, connection.session?.isAnonymous == true { shard.forgetAtEnd(slot) }
        return nil
    }

    private func end(_ slot: ConnectionSlot, _ close: SubscriptionClose, _ connection: DeviceConnection) {
        connection.session?.close = close
        failed(slot, close.code == CloseReason.tooMany.code ? .tooMany : .badMessage)
    }

    func heard(_ slot: ConnectionSlot) { shard.heard(slot, now: now) }

    func ponged(_ slot: ConnectionSlot) { shard.ponged(slot, now: now) }

    /// Everything the connection was due is with the kernel.
    func wrote(_ slot: ConnectionSlot) {
        // A broadcast is one long turn: the clock is read now and then, so that nobody is believed to have had it sooner.
        writeCount += 1
        if writeCount % 64 == 0 { now = outside.time.now() }
        shard.wrote(slot, now: now.instant)
    }

    func pendingChanged(_ slot: ConnectionSlot, bytes: Int) { shard.pendingChanged(slot, bytes: bytes, now: now) }

    func failed(_ slot: ConnectionSlot, _ reason: CloseReason) { shard.end(slot, reason, now: now) }

    func disconnected(_ slot: ConnectionSlot) {
        if shard.connections.contains(slot) { slots[Int(slot.index)] = nil }
        shard.disconnected(slot, now: now)
    }

    func watch(_ connection: DeviceConnection, forWriting: Bool) {
        poller.watch(connection.socket, token: connection.token, forWriting: forWriting)
    }

    // MARK: Newcomers

    private func acceptSome() {
        guard isListenerReady, acceptAgainAt == nil else { return }
        isListenerReady = false
        // A node whose last devices have been told takes its leave of the port.
        if isStopping, !hasGoodbyes { return pauseAccepting() }
        for _ in 0..<Self.acceptsMax {
            guard canTakeOne || refusedCount < Self.refusedMax else { return pauseAccepting() }
            let socket = cr_accept(listener.descriptor)
            guard socket >= 0 else {
                // Another loop took it, or it is gone; anything else is the process's or the machine's limit.
                if ![EAGAIN, EINTR, ECONNABORTED].contains(errno) { pauseAccepting() }
                return
            }
            let isAdmitted = canTakeOne && loops.admission.withLock { $0.admit(now: now.instant) }
            let slot = isAdmitted ? shard.accept(now: now) : nil
            guard let connection = add(socket, slot) else { continue }
            if slot == nil {
                refusedCount += 1
                closeLater(connection)
            }
        }
    }

    private var canTakeOne: Bool {
        shard.takesNewcomers && loops.connectionCount.load(ordering: .relaxed) < connectionsMax
            && loops.admission.withLock { $0.hasRoom(now: now.instant) }
    }

    /// The listener stays readable while connections wait in the kernel; without this the loop would spin on it.
    private func pauseAccepting() {
        poller.remove(listener.descriptor)
        acceptAgainAt = now.instant + Self.acceptPause
    }

    /// - Returns: nil if the kernel has no room to watch it; then it is closed.
    private func add(_ socket: Int32, _ slot: ConnectionSlot?, decoder: WebSocketFrameDecoder? = nil) -> DeviceConnection? {
        connectionNumber += 1
        let token = connectionNumber << 32 | UInt64(UInt32(socket))
        guard poller.add(socket, token: token) else {
            if let slot { shard.disconnected(slot, now: now) }
            close(socket)
            return nil
        }
        let connection = DeviceConnection(self, socket: socket, token: token, slot: slot, decoder: decoder)
        while connections.count <= Int(socket) { connections.append(nil) }
        connections[Int(socket)] = connection
        openCount += 1
        if let slot {
            loops.connectionCount.add(1, ordering: .relaxed)
            while slots.count <= Int(slot.index) { slots.append(nil) }
            slots[Int(slot.index)] = connection
        }
        return connection
    }

    /// Seconds for Retry-After.
    func retryAfter() -> Int { loops.admission.withLock { $0.retryAfter(now: now.instant, using: &random) } }

    /// The device has said hello and lives on another loop.
    func handOver(_ connection: DeviceConnection, _ arrival: LoopInbox.Arrival, to owner: Int) {
        poller.remove(connection.socket)
        forget(connection)
        connection.letGo()
        loops.inboxes[owner].put(.arrival(arrival))
    }

    private func adopt(_ arrival: LoopInbox.Arrival) {
        // A place that was freed in this turn is taken anew only after its goodbye is performed.
        if !shard.actions.isEmpty { perform() }
        let slot = shard.accept(now: now)
        guard let connection = add(arrival.socket, slot, decoder: arrival.decoder) else { return }
        connection.session = arrival.session
        if !arrival.unsent.isEmpty { connection.write(arrival.unsent) }
        guard let slot else {
            // Cordoned or emptied since it was let in.
            refusedCount += 1
            if connection.sayGoodbye(goodbye(.draining, to: connection)) { closeLater(connection) }
            return
        }
        if let moved = receive(arrival.hello, from: slot, connection) { preconditionFailure("loop \(moved.owner) owns the device") }
        arrival.rest.withUnsafeBytes { connection.received($0) }
    }

    // MARK: The turn

    private func endTurn() {
        // What a session says of itself waits here as well.
        outbox.sendAll()
        while shard.needsFlush || !shard.actions.isEmpty {
            shard.flush(now: now)
            perform()
        }
    }

    private func perform() {
        var actions: [ShardAction] = []
        swap(&actions, &scratch)
        shard.takeActions(into: &actions)
        for action in actions {
            switch action {
            case .send(let slot, let frame):
                if let connection = connection(of: slot) { add(frame, for: connection) }
            case .ping(let slot):
                if let connection = connection(of: slot) { outbox.add(.ping, for: connection) }
            case .close(let slot, let reason):
                guard let connection = connection(of: slot) else { break }
                slots[Int(slot.index)] = nil
                outbox.send(to: connection)
                if connection.sayGoodbye(goodbye(reason, to: connection)) { closeLater(connection) } else { end(connection) }
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
    private func goodbye(_ reason: CloseReason, to connection: DeviceConnection) -> [UInt8] {
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

    // MARK: The end of a connection

    /// Ends the TCP connection in a while, whatever the peer does.
    func closeLater(_ connection: DeviceConnection) { closing.append((connection, now.instant + Self.closeWithin)) }

    /// Ends the TCP connection now.
    func end(_ connection: DeviceConnection) {
        guard connections[Int(connection.socket)] === connection else { return }
        forget(connection)
        // The kernel takes a closed descriptor out of epoll.
        close(connection.socket)
        connection.ended()
    }

    private func forget(_ connection: DeviceConnection) {
        connections[Int(connection.socket)] = nil
        openCount -= 1
        if connection.isRefused { refusedCount -= 1 } else { loops.connectionCount.subtract(1, ordering: .relaxed) }
    }

    /// Whether somebody has still to be told that the node stops; `closeLater` sees to those who were.
    private var hasGoodbyes: Bool { shard.goodbyes?.slots.isEmpty == false }
}
