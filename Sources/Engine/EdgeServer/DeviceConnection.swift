import Glibc

/// One device's TCP connection: handshake, frames in, bytes out.
///
/// Owned by one `EdgeLoop` and touched by its thread alone. What goes out leaves with one `send` straight from the
/// shared frame; only what the kernel does not take is kept here, and the shard is told how much that is.
final class DeviceConnection {
    private enum State {
        /// Without a place in the shard there is no room, and the request is read to be answered with 503.
        case handshaking(OpeningHandshake)
        case open(WebSocketFrameDecoder)
        /// Our close frame is out, or the refusal; what still comes is only looked through for the peer's close frame.
        case leaving(WebSocketFrameDecoder?)
        case closed
    }

    let socket: Int32
    /// What epoll says when something happens: the descriptor, and a number that no other connection of the loop has.
    let token: UInt64
    /// Whether it has no place and is only told so.
    let isRefused: Bool
    /// What a refused one is told, seconds.
    private let retryAfter: Int?
    /// The connection's place in the shard; nil once the shard has let go of it, or never took it.
    private(set) var slot: ConnectionSlot?
    /// Speaks `graphql-transport-ws` for a client of that protocol; nil: the device speaks `control-room.v1` itself.
    var session: SubscriptionSession?
    /// First and last place of what it is due this turn in the loop's outbox; -1: nothing.
    var dueFirst: Int32 = -1
    var dueLast: Int32 = -1
    /// Whether it is due nothing else this turn, and frames go out to it as they are.
    var isPlainAndIdle: Bool { dueFirst < 0 && session == nil }
    private var state: State
    /// Bytes that the kernel has not taken yet. Bounded by the shard: `pendingBytesMax`, then it is evicted.
    private var unsent: [UInt8] = []
    private var unsentStart = 0
    /// Whether nothing follows `unsent`.
    private var isEnding = false
    private let loop: EdgeLoop

    init(
        _ loop: EdgeLoop, socket: Int32, token: UInt64, slot: ConnectionSlot?, retryAfter: Int?,
        decoder: WebSocketFrameDecoder?
    ) {
        self.loop = loop
        self.socket = socket
        self.token = token
        self.slot = slot
        isRefused = slot == nil
        self.retryAfter = retryAfter
        state = decoder.map(State.open) ?? .handshaking(OpeningHandshake())
    }

    // MARK: What comes in

    func received(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        if case .handshaking = state { readHandshake(bytes, &offset) }
        readFrames(bytes, &offset)
    }

    private func readHandshake(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
        guard case .handshaking(var handshake) = state else { return }
        // No second reference is kept, so the growing request is never copied.
        state = .closed
        switch handshake.receive(bytes, offset: &offset, policy: loop.handshakePolicy, retryAfter: retryAfter) {
        case .unfinished:
            state = .handshaking(handshake)
        case .accepted(let response, let spoken):
            state = .open(WebSocketFrameDecoder(limits: loop.frameLimits(spoken)))
            write(response)
            if let slot { loop.opened(slot, speaking: spoken, self) }
        case .refused(_, let response):
            leave(saying: response)
        }
    }

    private func readFrames(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
        while case .open(var decoder) = state, let slot {
            state = .closed
            do {
                let event = try decoder.next(bytes, offset: &offset)
                state = .open(decoder)
                guard let event else { return loop.heard(slot) }
                if let (owner, hello) = take(event, slot) {
                    return move(to: owner, hello, rest: Array(bytes[offset...]))
                }
            } catch {
                state = .open(decoder)
                loop.failed(slot, error)
                return
            }
        }
        readAnswers(bytes, &offset)
    }

    /// - Returns: the loop on which the device lives and its hello, if that is another one.
    private func take(_ event: WebSocketFrameDecoder.Event, _ slot: ConnectionSlot) -> (
        owner: Int, hello: DeviceMessage
    )? {
        switch event {
        case .text(let text):
            guard loop.options.isEcho else { return loop.received(text, from: slot, self) }
            write(WebSocketFrame.encode(.text, text))
        case .binary(let bytes):
            write(WebSocketFrame.encode(.binary, bytes))
        case .ping(let payload):
            // A peer that does not read its pongs gets no more of them: RFC 6455 5.5.3 asks only for the newest.
            if unsent.isEmpty { write(WebSocketFrame.encode(.pong, payload)) }
        case .pong:
            loop.ponged(slot)
        case .close(let code):
            leave(saying: WebSocketFrame.closeAnswer(to: code))
            // Both have said goodbye; RFC 6455 7.1.1 wants the server to close first.
            if unsent.isEmpty { loop.end(self) }
        }
        return nil
    }

    private func move(to owner: Int, _ hello: DeviceMessage, rest: [UInt8]) {
        guard case .open(let decoder) = state else { return }
        // What its session has said in this turn goes with it, or has gone.
        loop.outbox.send(to: self)
        state = .closed
        let arrival = LoopInbox.Arrival(
            socket: socket, decoder: decoder, hello: hello, session: session, rest: rest,
            unsent: Array(unsent[unsentStart...]))
        loop.depart(self, arrival, to: owner)
    }

    /// After our close frame the peer's own ends the connection.
    private func readAnswers(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
        guard case .leaving(var decoder?) = state else { return }
        state = .leaving(nil)
        do {
            while let event = try decoder.next(bytes, offset: &offset) {
                if case .close = event { return loop.end(self) }
            }
            state = .leaving(decoder)
        } catch {
            // Whatever else it says, it is not listened to any more.
        }
    }

    // MARK: The end

    /// Last words; the peer ends the connection, or we do in a while.
    private func leave(saying bytes: [UInt8]) {
        state = .leaving(nil)
        letGo()
        write(bytes)
        endOutput()
        loop.closeLater(self)
    }

    /// The shard hears no more of it.
    func letGo() {
        guard let last = slot else { return }
        slot = nil
        loop.disconnected(last)
    }

    /// The shard has ended it: sends the close frame behind what is due already.
    /// - Returns: whether the connection still has to be watched to its end.
    func sayGoodbye(_ frame: [UInt8]) -> Bool {
        slot = nil
        guard case .open(let decoder) = state else { return false }
        state = .leaving(decoder)
        write(frame)
        // A peer whose frames are broken cannot answer a close frame; the end of the stream it sees.
        endOutput()
        return true
    }

    /// The descriptor is closed.
    func ended() {
        state = .closed
        letGo()
    }

    private func endOutput() {
        isEnding = true
        if unsent.isEmpty { shutdown(socket, CInt(SHUT_WR)) }
    }

    // MARK: What goes out

    func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

    /// Never waits.
    func write(_ bytes: UnsafeRawBufferPointer) {
        // The descriptor of one that has ended may be another's by now.
        if case .closed = state { return }
        guard !isEnding else { return }
        var sent = 0
        if unsent.isEmpty {
            sent = Self.send(bytes, to: socket)
            if sent == bytes.count {
                if let slot { loop.wrote(slot) }
                return
            }
            loop.watch(self, forWriting: true)
        }
        unsent.append(contentsOf: bytes[sent...])
        tellPending()
    }

    /// The kernel takes bytes again.
    func writable() {
        guard !unsent.isEmpty else { return }
        unsentStart += unsent.withUnsafeBytes {
            Self.send(UnsafeRawBufferPointer(rebasing: $0[unsentStart...]), to: socket)
        }
        if unsentStart == unsent.count {
            unsent = []
            unsentStart = 0
            loop.watch(self, forWriting: false)
            if let slot { loop.wrote(slot) }
            if isEnding { shutdown(socket, CInt(SHUT_WR)) }
        } else if unsentStart * 2 >= unsent.count {
            unsent.removeFirst(unsentStart)
            unsentStart = 0
        }
        tellPending()
    }

    /// Never wait, and no SIGPIPE for a peer that is gone.
    private static let sendFlags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)

    /// - Returns: how many bytes the kernel took. An error counts as none: epoll tells of it, and reading meets it.
    private static func send(_ bytes: UnsafeRawBufferPointer, to socket: Int32) -> Int {
        max(0, Glibc.send(socket, bytes.baseAddress, bytes.count, sendFlags))
    }

    private func tellPending() {
        if let slot { loop.pendingChanged(slot, bytes: unsent.count - unsentStart) }
    }
}
