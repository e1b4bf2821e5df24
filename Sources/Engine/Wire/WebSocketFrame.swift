/// Writes WebSocket frames, always final: as a server sends them, unmasked and hence the same bytes for everyone, or as
/// a device sends them, masked.
enum WebSocketFrame {
    /// One frame with `payload`; a control frame's payload must be at most 125 bytes.
    static func encode(_ opcode: WebSocketFrameDecoder.Opcode, _ payload: some Collection<UInt8>) -> [UInt8] {
        let count = payload.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 10)
        appendHeader(opcode, count, maskBit: 0, to: &bytes)
        bytes.append(contentsOf: payload)
        return bytes
    }

    /// The same, masked with `key` as RFC 6455 5.3 wants it of a device.
    static func encode(
        _ opcode: WebSocketFrameDecoder.Opcode, _ payload: some Collection<UInt8>, maskedWith key: UInt32
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + 14)
        appendHeader(opcode, payload.count, maskBit: 0x80, to: &bytes)
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: key >> UInt32(shift)))
        }
        var turned = key
        for byte in payload {
            bytes.append(byte ^ UInt8(turned >> 24))
            turned = turned << 8 | turned >> 24
        }
        return bytes
    }

    /// What stands before a payload of `count` bytes.
    static func appendHeader(
        _ opcode: WebSocketFrameDecoder.Opcode, _ count: Int, maskBit: UInt8 = 0, to bytes: inout [UInt8]
    ) {
        precondition(!opcode.isControl || count <= 125, "a control frame carries at most 125 bytes")
        bytes.append(0x80 | opcode.rawValue)
        switch count {
        case ..<126:
            bytes.append(maskBit | UInt8(count))
        case ...0xFFFF:
            bytes.append(maskBit | 126)
            bytes.append(contentsOf: [UInt8(count >> 8), UInt8(count & 0xFF)])
        default:
            bytes.append(maskBit | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: count >> shift))
            }
        }
    }

    /// Bytes of the header of a frame as a server sends it.
    static func headerBytes(payload: Int) -> Int { payload < 126 ? 2 : payload <= 0xFFFF ? 4 : 10 }

    /// Writes that header to the start of `bytes`.
    static func writeHeader(
        _ opcode: WebSocketFrameDecoder.Opcode, payload: Int, to bytes: UnsafeMutableBufferPointer<UInt8>
    ) {
        bytes[0] = 0x80 | opcode.rawValue
        let lengthBytes = headerBytes(payload: payload) - 2
        bytes[1] = lengthBytes == 0 ? UInt8(payload) : lengthBytes == 2 ? 126 : 127
        for place in 0..<lengthBytes {
            bytes[2 + place] = UInt8(truncatingIfNeeded: payload >> (8 * (lengthBytes - 1 - place)))
        }
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
