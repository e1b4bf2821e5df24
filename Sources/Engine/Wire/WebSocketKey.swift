/// Answers the key of a WebSocket opening handshake (RFC 6455 4.2.2): base64 of the SHA-1 of key and a fixed GUID.
/// SHA-1 guards nothing here; it only proves that the answer comes from a WebSocket server. Hence no crypto library.
enum WebSocketKey {
    /// Whether `key` is the base64 of 16 bytes.
    static func isValid(_ key: some BidirectionalCollection<UInt8>) -> Bool {
        guard key.count == 24, key.suffix(2).elementsEqual("==".utf8) else { return false }
        // 22 characters are 132 bits: the last four of them must be zero.
        guard let last = digit(key.dropLast(2).last ?? 0), last & 0x0F == 0 else { return false }
        return key.prefix(22).allSatisfy { digit($0) != nil }
    }

    /// The key of 16 drawn bytes.
    static func key(from first: UInt64, _ second: UInt64) -> String {
        var text: [UInt8] = []
        let bytes = [first, second].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
        appendBase64(of: bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    static func accept(_ key: some StringProtocol) -> String {
        var text: [UInt8] = []
        appendAccept(of: key.utf8, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The answer to `key`, 28 bytes of base64.
    static func appendAccept(of key: some Collection<UInt8>, to text: inout [UInt8]) {
        // Key and GUID are 60 bytes: two blocks with the padding.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { blocks in
            blocks.initialize(repeating: 0)
            var end = 0
            for byte in key.prefix(64) {
                blocks[end] = byte
                end += 1
            }
            for byte in "258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8 {
                blocks[end] = byte
                end += 1
            }
            blocks[end] = 0x80
            let length = end < 56 ? 64 : 128
            let bitCount = 8 * end
            blocks[length - 2] = UInt8(truncatingIfNeeded: bitCount >> 8)
            blocks[length - 1] = UInt8(truncatingIfNeeded: bitCount)
            appendBase64(of: sha1(UnsafeBufferPointer(rebasing: blocks[..<length])), to: &text)
        }
    }

    /// The value of a character of base64.
    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func appendBase64(of bytes: some Collection<UInt8>, to text: inout [UInt8]) {
        let start = text.count
        var bits: UInt32 = 0, held = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            held += 8
            while held >= 6 {
                held -= 6
                text.append(alphabet[Int(bits >> UInt32(held)) & 0x3F])
            }
        }
        if held > 0 { text.append(alphabet[Int(bits << UInt32(6 - held)) & 0x3F]) }
        while (text.count - start) % 4 != 0 { text.append(UInt8(ascii: "=")) }
    }

    /// FIPS 180-4, 6.1.
    /// - Parameter blocks: the message with its padding, a multiple of 64 bytes.
    private static func sha1(_ blocks: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var digest: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
            0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
        )
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
            for block in stride(from: 0, to: blocks.count, by: 64) {
                for index in 0..<16 {
                    let at = block + 4 * index
                    words[index] = UInt32(blocks[at]) << 24 | UInt32(blocks[at + 1]) << 16 | UInt32(blocks[at + 2]) << 8
                        | UInt32(blocks[at + 3])
                }
                for index in 16..<80 {
                    words[index] = rotated(
                        words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1)
                }
                var (a, b, c, d, e) = digest
                for index in 0..<80 {
                    let (mixed, constant): (UInt32, UInt32) =
                        switch index {
                        case ..<20: (b & c | ~b & d, 0x5A82_7999)
                        case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                        case ..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
                        default: (b ^ c ^ d, 0xCA62_C1D6)
                        }
                    let next = rotated(a, 5) &+ mixed &+ e &+ constant &+ words[index]
                    (a, b, c, d, e) = (next, a, rotated(b, 30), c, d)
                }
                digest = (digest.0 &+ a, digest.1 &+ b, digest.2 &+ c, digest.3 &+ d, digest.4 &+ e)
            }
        }
        return [digest.0, digest.1, digest.2, digest.3, digest.4].flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    private static func rotated(_ word: UInt32, _ places: UInt32) -> UInt32 { word << places | word >> (32 - places) }
}
