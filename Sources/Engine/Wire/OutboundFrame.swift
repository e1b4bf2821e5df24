/// Messages ready for the socket: encoded once, shared by every connection they go to. One reference, and one
/// allocation with the bytes in it: ten thousand deliveries hold a reference each.
// Unchecked: the storage is written before it is shared, and never after.
struct OutboundFrame: @unchecked Sendable {
    private struct Head {
        var messages: Messages
        var byteCount: Int
    }

    /// A stage alone is kept without a list.
    private enum Messages {
        case one(EdgeMessage)
        case many([EdgeMessage])
    }

    private final class Storage: ManagedBuffer<Head, UInt8> {}

    private let storage: Storage

    private init(_ messages: Messages, byteCount: Int, writing: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        let made = Storage.create(minimumCapacity: byteCount) { _ in Head(messages: messages, byteCount: byteCount) }
        storage = unsafeDowncast(made, to: Storage.self)
        storage.withUnsafeMutablePointerToElements { writing(UnsafeMutableBufferPointer(start: $0, count: byteCount)) }
    }

    init(_ message: EdgeMessage) {
        self = ByteWriter.collecting(message.write) { text in
            let head = WebSocketFrame.headerBytes(payload: text.count)
            return OutboundFrame(.one(message), byteCount: head + text.count) { bytes in
                WebSocketFrame.writeHeader(.text, payload: text.count, to: bytes)
                _ = UnsafeMutableBufferPointer(rebasing: bytes[head...]).update(fromContentsOf: text)
            }
        }
    }

    /// Several frames that leave as one write.
    init(joining frames: [OutboundFrame]) {
        self.init(.many(frames.flatMap(\.messages)), byteCount: frames.reduce(0) { $0 + $1.byteCount }) { bytes in
            var rest = bytes[...]
            for frame in frames { frame.withBytes { rest = rest[rest.update(fromContentsOf: $0)...] } }
        }
    }

    /// Bytes for one connection, in a protocol of its own.
    init(bytes: [UInt8]) {
        self.init(.many([]), byteCount: bytes.count) { _ = $0.update(fromContentsOf: bytes) }
    }

    /// The ping of the edge; its payload is empty, a pong of any kind answers it.
    static let ping = OutboundFrame(bytes: WebSocketFrame.encode(.ping, EmptyCollection()))

    /// What the bytes say, in order; a simulated device reads these.
    var messages: [EdgeMessage] {
        switch storage.header.messages {
        case .one(let message): [message]
        case .many(let messages): messages
        }
    }

    /// Whether it is the same frame, not only the same bytes.
    func isSame(as other: OutboundFrame?) -> Bool { storage === other?.storage }

    var byteCount: Int { storage.header.byteCount }

    /// The WebSocket frames of `messages`, one after the other.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        storage.withUnsafeMutablePointers { body(UnsafeRawBufferPointer(start: $1, count: $0.pointee.byteCount)) }
    }
}
