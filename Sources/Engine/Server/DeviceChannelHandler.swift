import NIOCore
#if canImport(Glibc)
import Glibc
#endif

/// The whole pipeline of one device: handshake, frames in, frames out.
///
/// What goes out is collected over a turn and leaves in one write: straight to the socket while nothing waits in NIO's
/// queue, and through that queue once the kernel takes no more. The shard is told how much waits there.
final class DeviceChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum State {
        /// Without a place in the shard there is no room, and the request is read to be answered with 503.
        case handshaking(OpeningHandshake)
        case open(WebSocketFrameDecoder)
        /// Our close frame is out, or the refusal; what still comes is only looked through for the peer's close frame.
        case leaving(WebSocketFrameDecoder?)
        case closed
    }

    private let loop: EdgeShardLoop
    private var state = State.closed
    private var isRefused = false
    private var channel: (any Channel)?
    private var socket: NIOBSDSocket.Handle?
    private var outbox: [[UInt8]] = []
    /// Speaks `graphql-transport-ws` for a client of that protocol; nil: the device speaks `control-room.v1` itself.
    var session: SubscriptionSession?
    /// Bytes that NIO holds for this connection.
    private var pendingBytes = 0

    init(loop: EdgeShardLoop) { self.loop = loop }

    /// The connection's place in the shard; nil once the shard has let go of it, or never took it.
    private(set) var slot: ConnectionSlot?

    // MARK: From the channel

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        socket = try? context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        state = .handshaking(OpeningHandshake())
        slot = loop.accept(self)
        if slot == nil {
            isRefused = loop.beginRefusal(self)
            if !isRefused { closeNow() }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            var offset = 0
            if read(handshake: bytes, &offset) { read(frames: bytes, &offset) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { loop.readComplete() }

    func channelInactive(context: ChannelHandlerContext) {
        socket = nil
        channel = nil
        state = .closed
        letGo()
        loop.channelEnded(wasRefused: isRefused)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { closeNow() }

    /// - Returns: whether the handshake is behind us.
    private func read(handshake bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> Bool {
        guard case .handshaking(var handshake) = state else {
            if case .closed = state { return false }
            return true
        }
        // No second reference is kept, so the growing request is never copied.
        state = .closed
        let retryAfter = slot == nil ? loop.drawRetryAfter() : nil
        switch handshake.receive(bytes, offset: &offset, policy: loop.handshakePolicy, retryAfter: retryAfter) {
        case .unfinished:
            state = .handshaking(handshake)
            return false
        case .accepted(let response, let spoken):
            state = .open(WebSocketFrameDecoder(limits: loop.frameLimits(spoken)))
            write(response)
            if let slot { loop.opened(slot, speaking: spoken, self) }
            return true
        case .refused(_, let response):
            leave(saying: response)
            return false
        }
    }

    private func read(frames bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
        while true {
            guard case .open(var decoder) = state, let slot else { return drainAnswers(bytes, &offset) }
            state = .closed
            do {
                let event = try decoder.next(bytes, offset: &offset)
                state = .open(decoder)
                guard let event else { return loop.heard(slot) }
                take(event, slot)
            } catch {
                state = .open(decoder)
                return loop.failed(slot, error)
            }
        }
    }

    private func take(_ event: WebSocketFrameDecoder.Event, _ slot: ConnectionSlot) {
        switch event {
        case .text(let text):
            if loop.options.isEcho { write(WebSocketFrame.encode(.text, text)) } else { loop.received(text, from: slot, self) }
        case .binary(let bytes):
            write(WebSocketFrame.encode(.binary, bytes))
        case .ping(let payload):
            // A peer that does not read its pongs gets no more of them: RFC 6455 5.5.3 asks only for the newest.
            if pendingBytes == 0 { write(WebSocketFrame.encode(.pong, payload)) }
        case .pong: break
        case .close(let code):
            leave(saying: WebSocketFrame.closeAnswer(to: code))
            // Both have said goodbye; RFC 6455 7.1.1 wants the server to close first.
            if pendingBytes == 0 { closeNow() }
        }
    }

    /// Last words; the peer ends the connection, or we do in a while.
    private func leave(saying bytes: [UInt8]) {
        state = .leaving(nil)
        letGo()
        write(bytes)
        channel?.close(mode: .output, promise: nil)
        loop.closeLater(self)
    }

    private func letGo() {
        guard let last = slot else { return }
        slot = nil
        loop.disconnected(last)
    }

    /// After our close frame the peer's own ends the connection.
    private func drainAnswers(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
        guard case .leaving(var decoder?) = state else { return }
        state = .leaving(nil)
        do {
            while let event = try decoder.next(bytes, offset: &offset) {
                if case .close = event { return closeNow() }
            }
            state = .leaving(decoder)
        } catch {
            // Whatever else it says, it is not listened to any more.
        }
    }

    // MARK: From the loop

    /// Keeps bytes for the end of the turn.
    /// - Returns: whether they are the first of the turn.
    func enqueue(_ bytes: [UInt8]) -> Bool {
        outbox.append(bytes)
        return outbox.count == 1
    }

    /// Everything of the turn leaves in one write.
    func flushOutbox() {
        guard !outbox.isEmpty else { return }
        if outbox.count == 1 { write(outbox[0]) } else { write(outbox.flatMap { $0 }) }
        outbox.removeAll(keepingCapacity: false)
    }

    /// Sends the close frame behind what is due already.
    /// - Returns: whether the connection still has to be watched to its end.
    func sayGoodbye(_ frame: [UInt8]) -> Bool {
        slot = nil
        guard case .open(let decoder) = state else {
            closeNow()
            return false
        }
        state = .leaving(decoder)
        outbox.append(frame)
        flushOutbox()
        // Nothing follows a close frame. A peer whose frames are broken cannot answer it; the end of the stream it sees.
        channel?.close(mode: .output, promise: nil)
        return true
    }

    func closeNow() { channel?.close(promise: nil) }

    #if canImport(Glibc)
    /// Never wait, and no SIGPIPE for a peer that is gone.
    private static let sendFlags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
    #endif

    private func write(_ bytes: [UInt8]) {
        guard let channel, channel.isActive else { return }
        var sent = 0
        #if canImport(Glibc)
        if pendingBytes == 0, let socket {
            // An error counts as nothing sent: NIO meets it again and ends the channel in its own way.
            sent = max(0, bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Self.sendFlags) })
            if sent == bytes.count { return }
        }
        #endif
        let rest = channel.allocator.buffer(bytes: bytes[sent...])
        let count = rest.readableBytes
        pendingBytes += count
        channel.writeAndFlush(rest).assumeIsolated().whenComplete { _ in
            self.pendingBytes -= count
            if let slot = self.slot { self.loop.pendingChanged(slot, bytes: self.pendingBytes) }
        }
        if let slot { loop.pendingChanged(slot, bytes: pendingBytes) }
    }
}
