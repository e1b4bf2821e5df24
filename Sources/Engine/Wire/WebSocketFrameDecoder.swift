/// Takes the bytes of one connection apart into WebSocket messages, and refuses whatever RFC 6455 refuses from the
/// peer: a missing mask of a device's (or a mask of the edge's), reserved bits and opcodes, broken fragmentation, long
/// or fragmented control frames, lengths that are not minimal or have the top bit set, text that is not UTF-8 (at the
/// first wrong byte, not at the end of the message), close payloads of one byte or with a code that may not be sent.
///
/// A pure value, fed in any cuts. Nothing is allocated for an announced length before its bytes arrive, and
/// never more than `Limits.messageBytesMax` is held.
struct WebSocketFrameDecoder {
    struct Limits: Hashable, Sendable {
        var messageBytesMax: Int
        /// Frames of one message; RFC 6455 knows no bound, and empty fragments are free to send.
        var fragmentsMax = 64
        /// Devices speak text; only the echo of the conformance suite takes binary.
        var takesBinary = false
        /// Whether the peer is a device, whose frames are masked, or (for the device fleet) the edge, whose frames are
        /// not.
        var isPeerMasked = true
    }

    enum Event: Equatable, Sendable {
        case text([UInt8])
        case binary([UInt8])
        case ping([UInt8])
        case pong
        /// The code the peer gave; nil if it gave none.
        case close(code: UInt16?)
    }

    enum Opcode: UInt8, Sendable {
        case continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA
        var isControl: Bool { rawValue >= 0x8 }
    }

    private struct Header {
        var isFinal: Bool
        var opcode: Opcode
    }

    /// Each case knows just what has been read of the current frame.
    private enum State {
        case first
        case second(Header)
        case length(Header, missing: Int, value: UInt64, minimum: UInt64)
        case mask(Header, length: Int, missing: Int, key: UInt32)
        case payload(Header, missing: Int, key: UInt32)
        case failed(CloseReason)
    }

    private let limits: Limits
    private var state = State.first
    /// The kind of the message whose fragments are arriving, text or binary.
    private var messageKind: Opcode?
    private var message: [UInt8] = []
    private var fragments = 0
    private var utf8 = UTF8Validator()
    private var control: [UInt8] = []

    init(limits: Limits) { self.limits = limits }

    /// Reads on from `offset`; call again with the rest until it returns nil, which means that all was read.
    ///
    /// - Throws: the reason to close with; from then on always the same one.
    mutating func next(_ bytes: UnsafeRawBufferPointer, offset: inout Int) throws(CloseReason) -> Event? {
        do {
            while offset < bytes.count || isAtEmptyPayload {
                if let event = try step(bytes, offset: &offset) { return event }
            }
            return nil
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// A frame without payload is complete without another byte.
    private var isAtEmptyPayload: Bool {
        if case .payload(_, missing: 0, _) = state { true } else { false }
    }

    private mutating func step(_ bytes: UnsafeRawBufferPointer, offset: inout Int) throws(CloseReason) -> Event? {
        switch state {
        case .first:
            state = .second(try header(bytes[offset]))
            offset += 1
        case .second(let header):
            state = try afterSecond(header, bytes[offset])
            offset += 1
        case .length(let header, let missing, let value, let minimum):
            let grown = value << 8 | UInt64(bytes[offset])
            offset += 1
            if missing > 1 {
                state = .length(header, missing: missing - 1, value: grown, minimum: minimum)
            } else {
                guard grown >= minimum, grown <= UInt64(Int64.max) else { throw .protocolError }
                state = try beginMask(header, length: Int(grown))
            }
        case .mask(let header, let length, let missing, let key):
            let grown = key << 8 | UInt32(bytes[offset])
            offset += 1
            state = missing > 1
                ? .mask(header, length: length, missing: missing - 1, key: grown)
                : .payload(header, missing: length, key: grown)
        case .payload(let header, let missing, let key):
            return try takePayload(header, missing: missing, key: key, bytes, &offset)
        case .failed(let reason):
            throw reason
        }
        return nil
    }

    private func header(_ byte: UInt8) throws(CloseReason) -> Header {
        guard byte & 0x70 == 0, let opcode = Opcode(rawValue: byte & 0x0F) else { throw .protocolError }
        let header = Header(isFinal: byte & 0x80 != 0, opcode: opcode)
        switch opcode {
        case .continuation: guard messageKind != nil else { throw .protocolError }
        case .text: guard messageKind == nil else { throw .protocolError }
        case .binary:
            guard messageKind == nil else { throw .protocolError }
            guard limits.takesBinary else { throw .binary }
        case .close, .ping, .pong: guard header.isFinal else { throw .protocolError }
        }
        return header
    }

    private mutating func afterSecond(_ header: Header, _ byte: UInt8) throws(CloseReason) -> State {
        guard (byte & 0x80 != 0) == limits.isPeerMasked else { throw .protocolError }
        let length = Int(byte & 0x7F)
        if header.opcode.isControl, length > 125 { throw .protocolError }
        switch length {
        case 126: return .length(header, missing: 2, value: 0, minimum: 126)
        case 127: return .length(header, missing: 8, value: 0, minimum: 0x1_0000)
        default: return try beginMask(header, length: length)
        }
    }

    private mutating func beginMask(_ header: Header, length: Int) throws(CloseReason) -> State {
        if header.opcode.isControl {
            control.removeAll(keepingCapacity: true)
        } else {
            guard length <= limits.messageBytesMax - message.count else { throw .tooBig }
            fragments += 1
            guard fragments <= limits.fragmentsMax else { throw .tooBig }
            if header.opcode != .continuation {
                messageKind = header.opcode
                utf8 = UTF8Validator()
            }
        }
        guard limits.isPeerMasked else { return .payload(header, missing: length, key: 0) }
        return .mask(header, length: length, missing: 4, key: 0)
    }

    private mutating func takePayload(
        _ header: Header, missing: Int, key: UInt32, _ bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(CloseReason) -> Event? {
        let count = min(missing, bytes.count - offset)
        let chunk = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
        offset += count
        if header.opcode.isControl {
            Self.unmask(chunk, key, onto: &control)
        } else {
            let start = message.count
            if header.isFinal, start == 0, missing == count { message.reserveCapacity(count) }
            Self.unmask(chunk, key, onto: &message)
            if messageKind == .text, !utf8.consume(message[start...]) { throw .invalidText }
        }
        guard count == missing else {
            // The key is kept turned so that its first byte meets the next byte to come.
            let turn = UInt32(count % 4) * 8
            state = .payload(header, missing: missing - count, key: turn == 0 ? key : key << turn | key >> (32 - turn))
            return nil
        }
        state = .first
        return header.opcode.isControl ? try controlEvent(header.opcode) : try messageEvent(header)
    }

    private static func unmask(_ chunk: UnsafeRawBufferPointer, _ key: UInt32, onto bytes: inout [UInt8]) {
        var key = key
        for byte in chunk {
            bytes.append(byte ^ UInt8(key >> 24))
            key = key << 8 | key >> 24
        }
    }

    private mutating func messageEvent(_ header: Header) throws(CloseReason) -> Event? {
        guard header.isFinal else { return nil }
        let isText = messageKind == .text
        if isText, !utf8.isComplete { throw .invalidText }
        let whole = message
        message = []
        messageKind = nil
        fragments = 0
        return isText ? .text(whole) : .binary(whole)
    }

    private func controlEvent(_ opcode: Opcode) throws(CloseReason) -> Event {
        switch opcode {
        case .ping: return .ping(control)
        case .close: return .close(code: try closeCode())
        case .pong, .continuation, .text, .binary: return .pong
        }
    }

    /// RFC 6455 7.4: 1000...1014 less the ones that only report locally (1004...1006), and 3000...4999.
    private func closeCode() throws(CloseReason) -> UInt16? {
        guard !control.isEmpty else { return nil }
        guard control.count >= 2 else { throw .protocolError }
        let code = UInt16(control[0]) << 8 | UInt16(control[1])
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw .protocolError
        }
        var reason = UTF8Validator()
        guard reason.consume(control[2...]), reason.isComplete else { throw .invalidText }
        return code
    }
}
