/// Messages ready for the socket: encoded once, shared by every connection they go to. A class because that
/// is the point: ten thousand deliveries hold one reference each.
final class OutboundFrame: Sendable {
    /// What the bytes say, in order; a simulated device reads these.
    let messages: [EdgeMessage]
    /// The WebSocket frames of `messages`, one after the other.
    let bytes: [UInt8]

    init(_ message: EdgeMessage) {
        messages = [message]
        bytes = WebSocketFrame.encode(.text, message.json.utf8)
    }

    /// Several frames that leave as one write.
    init(joining frames: [OutboundFrame]) {
        messages = frames.flatMap(\.messages)
        bytes = frames.flatMap(\.bytes)
    }

    private init(control bytes: [UInt8]) {
        messages = []
        self.bytes = bytes
    }

    /// The ping of the edge; its payload is empty, a pong of any kind answers it.
    static let ping = OutboundFrame(control: WebSocketFrame.encode(.ping, EmptyCollection()))
}
