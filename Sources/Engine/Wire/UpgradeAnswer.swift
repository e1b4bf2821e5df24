/// Reads the edge's answer to an opening handshake, on the device's side of the wire. Fed in any cuts.
struct UpgradeAnswer {
    enum Outcome: Equatable {
        /// All bytes were read and the answer has not ended.
        case unfinished
        /// What follows is WebSocket.
        case accepted
        /// `retryAfter` in seconds, where the edge gave it.
        case refused(status: Int, retryAfter: Int?)
    }

    /// Longest head of an answer, bytes; ours have 300.
    private static let headBytesMax = 4096

    private let key: String
    private var head: [UInt8] = []

    /// - Parameter key: the `Sec-WebSocket-Key` that was sent, which the answer must prove to have read.
    init(key: String) { self.key = key }

    /// The request of a device.
    static func request(host: String, key: String) -> [UInt8] {
        Array(
            """
            GET /v1/live HTTP/1.1\r\nHost: \(host)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key)\r\nSec-WebSocket-Protocol: control-room.v1\r\n\r\n
            """.utf8)
    }

    /// Reads on from `offset`, and not beyond the end of the head.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, offset: inout Int) -> Outcome {
        while offset < bytes.count {
            guard head.count < Self.headBytesMax else { return .refused(status: 0, retryAfter: nil) }
            head.append(bytes[offset])
            offset += 1
            if head.last == UInt8(ascii: "\n"), head.suffix(4).elementsEqual("\r\n\r\n".utf8) { return decide() }
        }
        return .unfinished
    }

    private func decide() -> Outcome {
        // A line break of HTTP is one character to Swift.
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        let status = words.count >= 2 && words[0] == "HTTP/1.1" ? Int(words[1]) ?? 0 : 0
        guard status == 101 else {
            return .refused(status: status, retryAfter: header("retry-after", lines).flatMap { Int($0) })
        }
        guard header("sec-websocket-accept", lines) == WebSocketKey.accept(key),
            header("sec-websocket-protocol", lines) == "control-room.v1"
        else { return .refused(status: 0, retryAfter: nil) }
        return .accepted
    }

    private func header(_ name: String, _ lines: [Substring]) -> String? {
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return nil
    }
}
