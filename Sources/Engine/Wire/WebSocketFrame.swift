/// Writes WebSocket frames as a server sends them: final, unmasked, hence the same bytes for everyone.
enum WebSocketFrame {
    /// One frame with `payload`; a control frame's payload must be at most 125 bytes.
    static func encode(_ opcode: WebSocketFrameDecoder.Opcode, _ payload: some Collection<UInt8>) -> [UInt8] {
        let count = payload.count
        precondition(!opcode.isControl || count <= 125, "a control frame carries at most 125 bytes")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 10)
        bytes.append(0x80 | opcode.rawValue)
        switch count {
        case ..<126:
            bytes.append(UInt8(count))
        case ...0xFFFF:
            bytes.append(126)
            bytes.append(contentsOf: [UInt8(count >> 8), UInt8(count & 0xFF)])
        default:
            bytes.append(127)
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        bytes.append(contentsOf: payload)
        return bytes
    }

    /// The close frame for `reason`.
    static func close(_ reason: CloseReason) -> [UInt8] {
        encode(.close, [UInt8(reason.code >> 8), UInt8(reason.code & 0xFF)] + Array(reason.reason.utf8))
    }

    /// The answer to the peer's close frame: its own code, or 1000 if it gave none.
    static func closeAnswer(to code: UInt16?) -> [UInt8] {
        guard let code else { return close(.normal) }
        return encode(.close, [UInt8(code >> 8), UInt8(code & 0xFF)])
    }
}
