import NIOCore

/// The shell of one shard: it reads the clock, performs what the shard decides, and keeps the one timer.
///
/// Confined to its event loop. A turn is: whatever arrived is given to the shard; then, once, `endTurn` lets publications
/// leave, performs the actions and flushes each touched connection with one write. The shard is never called while its actions
/// are performed from inside it: actions are taken out first.
final class EdgeShardLoop {
    /// Bytes a device that does not read can hold in the kernel.
    static let sendBufferBytes = 64 * 1024
    /// Acks are about 60 bytes; longer messages come in several reads.
    static let receiveBytes = 512
    /// A close frame waits this long for its answer; then the TCP connection ends all the same.
    static let closeWithin = Duration.seconds(5)
    /// Connections that are told 503; beyond them they are closed without a word.
    private static let refusedMax = 256
    /// Seconds in Retry-After, drawn evenly.
    private static let retryAfter = 1...8

    let options: EdgeOptions
    let handshakePolicy: OpeningHandshake.Policy
    private let node: NodeID
    private let time: any TimeSource
    private let bus: any Bus
    private let eventLoop: any EventLoop
    private var shard: EdgeShard
    /// By slot index; checked against the handler's own slot.
    private var handlers: [DeviceChannelHandler?] = []
    private var scratch: [ShardAction] = []
    private var touched: [DeviceChannelHandler] = []
    /// Connections whose goodbye is said; by time.
    private var closing: [(handler: DeviceChannelHandler, at: EngineInstant)] = []
    private var closingStart = 0
    /// Channels that exist, whatever their state.
    private var openCount = 0
    private var refusedCount = 0
    private var isTurnScheduled = false
    private var timer: (task: Scheduled<Void>, at: EngineInstant)?
    private var random: SeededGenerator
    private var memory = SubscriptionMemory()
    /// Kept once the node stops, until its last channel has ended.
    private var stopped: EventLoopPromise<Void>?

    init(description: NodeDescription, options: EdgeOptions, time: any TimeSource, bus: any Bus, eventLoop: any EventLoop) {
        self.options = options
        self.time = time
        self.bus = bus
        self.eventLoop = eventLoop
        node = description.id
        shard = EdgeShard(
            description: description, configuration: options.configuration, prefetches: options.prefetches, now: time.now())
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

    func start() { runDue() }

    // MARK: What arrives

    func receive(_ message: RouterMessage) {
        shard.receive(message, now: time.now())
        scheduleTurn()
    }

    /// - Returns: nil if the node is full; then the handler refuses with 503.
    func accept(_ handler: DeviceChannelHandler) -> ConnectionSlot? {
        openCount += 1
        // A place that was freed in this turn is taken anew only after its goodbye is performed.
        if !shard.actions.isEmpty { perform() }
        guard let slot = shard.accept(now: time.now()) else { return nil }
        while handlers.count <= Int(slot.index) { handlers.append(nil) }
        handlers[Int(slot.index)] = handler
        armTimer()
        return slot
    }

    /// Whether there is room to tell one more that the node is full.
    func beginRefusal(_ handler: DeviceChannelHandler) -> Bool {
        guard refusedCount < Self.refusedMax else { return false }
        refusedCount += 1
        closeLater(handler)
        return true
    }

    func channelEnded(wasRefused: Bool) {
        openCount -= 1
        if wasRefused { refusedCount -= 1 }
        finishDrain()
    }

    func drawRetryAfter() -> Int { Int.random(in: Self.retryAfter, using: &random) }

    /// The handshake is done.
    func opened(_ slot: ConnectionSlot, speaking spoken: DeviceProtocol, _ handler: DeviceChannelHandler) {
        guard spoken != .controlRoom, let service = options.subscriptions else { return }
        handler.session = SubscriptionSession(service: service)
        if spoken == .notAcceptable {
            end(slot, .subprotocolNotAcceptable, handler)
        } else {
            shard.expectHello(slot, within: options.configuration.initialiseWithin, now: time.now())
        }
    }

    func received(_ json: [UInt8], from slot: ConnectionSlot, _ handler: DeviceChannelHandler) {
        guard handler.session != nil else {
            do { try receive(DeviceMessage(json: json), from: slot) } catch { failed(slot, error) }
            return
        }
        let now = time.now().instant
        let anonymous = { "graphql-" + String(self.random.next(), radix: 36) }
        let steps = handler.session?.received(json, anonymous: anonymous(), memory: &memory, now: now) ?? []
        for step in steps {
            switch step {
            case .say(let bytes): enqueue(bytes, handler)
            case .device(let message): receive(message, from: slot)
            case .close(let close): end(slot, close, handler)
            }
        }
        scheduleTurn()
    }

    private func receive(_ message: DeviceMessage, from slot: ConnectionSlot) {
        let now = time.now()
        if case .hello(let device, let token, _, _) = message, options.isTokenValid?(device, token) == false {
            return shard.end(slot, .unauthorised, now: now)
        }
        shard.received(message, from: slot, now: now)
        if case .hello = message, handlers[Int(slot.index)]?.session?.isAnonymous == true { shard.forgetAtEnd(slot) }
    }

    private func end(_ slot: ConnectionSlot, _ close: SubscriptionClose, _ handler: DeviceChannelHandler) {
        handler.session?.close = close
        failed(slot, close.code == CloseReason.tooMany.code ? .tooMany : .badMessage)
    }

    func heard(_ slot: ConnectionSlot) { shard.heard(slot, now: time.now()) }

    func pendingChanged(_ slot: ConnectionSlot, bytes: Int) {
        shard.pendingChanged(slot, bytes: bytes, now: time.now())
        scheduleTurn()
    }

    func failed(_ slot: ConnectionSlot, _ reason: CloseReason) {
        shard.end(slot, reason, now: time.now())
        scheduleTurn()
    }

    func disconnected(_ slot: ConnectionSlot) {
        if shard.connections.contains(slot) { handlers[Int(slot.index)] = nil }
        shard.disconnected(slot, now: time.now())
        scheduleTurn()
    }

    /// The end of one channel's reads.
    func readComplete() {
        if shard.needsFlush || !shard.actions.isEmpty { scheduleTurn() } else { armTimer() }
    }

    // MARK: The turn

    /// Ends the turn after everything that is queued on the loop already.
    private func scheduleTurn() {
        guard !isTurnScheduled else { return }
        isTurnScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.endTurn() }
    }

    private func endTurn() {
        isTurnScheduled = false
        repeat {
            shard.flush(now: time.now())
            perform()
        } while shard.needsFlush
        armTimer()
    }

    private func perform() {
        var actions: [ShardAction] = []
        swap(&actions, &scratch)
        shard.takeActions(into: &actions)
        for action in actions {
            switch action {
            case .send(let slot, let frame):
                if let handler = handler(of: slot) { send(frame, handler) }
            case .ping(let slot):
                if let handler = handler(of: slot) { enqueue(WebSocketFrame.ping, handler) }
            case .close(let slot, let reason):
                guard let handler = handler(of: slot) else { break }
                handlers[Int(slot.index)] = nil
                let goodbye = handler.session.map { WebSocketFrame.encode(.close, ($0.close ?? SubscriptionClose(reason)).payload) }
                if handler.sayGoodbye(goodbye ?? WebSocketFrame.close(reason)) { closeLater(handler) }
            case .tell(let message):
                bus.send(message, from: node)
            }
        }
        for handler in touched { handler.flushOutbox() }
        touched.removeAll(keepingCapacity: true)
        actions.removeAll(keepingCapacity: true)
        scratch = actions
    }

    private func handler(of slot: ConnectionSlot) -> DeviceChannelHandler? {
        guard let handler = handlers[Int(slot.index)], handler.slot == slot else { return nil }
        return handler
    }

    private func send(_ frame: OutboundFrame, _ handler: DeviceChannelHandler) {
        guard handler.session != nil else { return enqueue(frame.bytes, handler) }
        let bytes = handler.session?.frames(for: frame, memory: &memory) ?? []
        if !bytes.isEmpty { enqueue(bytes, handler) }
    }

    private func enqueue(_ bytes: [UInt8], _ handler: DeviceChannelHandler) {
        if handler.enqueue(bytes) { touched.append(handler) }
    }

    // MARK: Time

    /// Ends the TCP connection in a while, whatever the peer does.
    func closeLater(_ handler: DeviceChannelHandler) {
        closing.append((handler, time.now().instant + Self.closeWithin))
        armTimer()
    }

    private func armTimer() {
        var next = shard.nextDeadline
        if closingStart < closing.count { next = min(next, closing[closingStart].at) }
        if let timer {
            guard next < timer.at else { return }
            timer.task.cancel()
        }
        let wait = max(0, (next - time.now().instant).wholeNanoseconds)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timer = (eventLoop.scheduleTask(in: .nanoseconds(wait)) { bound.value.runDue() }, next)
    }

    private func runDue() {
        timer = nil
        let now = time.now()
        shard.tick(now: now)
        while closingStart < closing.count, closing[closingStart].at <= now.instant {
            closing[closingStart].handler.closeNow()
            closingStart += 1
        }
        if closingStart > 0, closingStart * 2 >= closing.count {
            closing.removeFirst(closingStart)
            closingStart = 0
        }
        endTurn()
        finishDrain()
    }

    // MARK: The end

    /// Says goodbye to everyone within `window`; the future is done when the last connection is gone.
    func drain(within window: Duration, _ reason: CloseReason) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        stopped = promise
        shard.sayGoodbyes(reason, within: window, now: time.now())
        runDue()
        return promise.futureResult
    }

    /// Done when everyone was told and every channel has ended; `closeLater` sees to that.
    private func finishDrain() {
        guard let stopped, shard.goodbyes?.slots.isEmpty ?? true, openCount == 0 else { return }
        self.stopped = nil
        stopped.succeed()
    }
}
