/// The opening handshake of a device: reads one HTTP/1.1 request and decides it. Only what a WebSocket upgrade
/// needs, so strictly that nothing can be smuggled past it: whatever is not plainly a good upgrade is refused in words.
struct OpeningHandshake {
    struct Policy: Hashable, Sendable {
        var path = "/v1/live"
        /// The one sub-protocol spoken here; nil takes any (the echo of the conformance suite).
        var subprotocol: String? = DeviceProtocol.controlRoomName
        /// Whether `graphql-transport-ws` is spoken as well, to those who do not offer the one above.
        var speaksGraphQL = false
        /// Origins that browsers may come from; nil: any. Programs send no Origin, and are let in either way.
        var allowedOrigins: Set<String>?
    }

    enum Outcome: Equatable, Sendable {
        /// All bytes were read and the request has not ended.
        case unfinished
        /// Send this; what follows is WebSocket.
        case accepted(response: [UInt8], DeviceProtocol)
        /// Send this and close.
        case refused(status: Int, response: [UInt8])
    }

    /// Longest request, bytes, and longest target in it.
    static let requestBytesMax = 16 * 1024
    static let targetBytesMax = 8 * 1024

    private var request: [UInt8] = []

    /// Reads on from `offset`, and not beyond the end of the request.
    ///
    /// - Parameter retryAfter: seconds, when the node is full and takes nobody; the caller adds the jitter.
    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, offset: inout Int, policy: Policy, retryAfter: Int?
    ) -> Outcome {
        while offset < bytes.count {
            guard request.count < Self.requestBytesMax else {
                return Self.refusal(431, "The request is longer than \(Self.requestBytesMax) bytes.")
            }
            request.append(bytes[offset])
            offset += 1
            if request.last == UInt8(ascii: "\n"), request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                defer { request = [] }
                do {
                    return try Self.decide(request, policy: policy, retryAfter: retryAfter)
                } catch {
                    return Self.refusal(error.status, error.sentence, headers: error.headers)
                }
            }
        }
        return .unfinished
    }

    private struct Refusal: Error {
        var status: Int
        var sentence: String
        var headers: [String] = []
        init(_ status: Int, _ sentence: String, headers: [String] = []) {
            self.status = status
            self.sentence = sentence
            self.headers = headers
        }
    }

    private static func decide(_ request: [UInt8], policy: Policy, retryAfter: Int?) throws(Refusal) -> Outcome {
        var lines = request.dropLast(4).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for index in lines.indices where index < lines.count - 1 {
            guard lines[index].last == UInt8(ascii: "\r") else { throw Refusal(400, "A line must end with CR LF.") }
            lines[index].removeLast()
        }
        try checkRequestLine(lines[0], policy)
        let headers = try RequestHeaders(lines.dropFirst())
        if let retryAfter {
            throw Refusal(
                503, "This edge node takes nobody new now. Connect again in \(retryAfter) s.", headers: ["Retry-After: \(retryAfter)"])
        }
        let key = try checkUpgrade(headers)
        let (subprotocol, spoken) = try chooseSubprotocol(headers, policy)
        try checkOrigin(headers, policy)
        var response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        response += "Sec-WebSocket-Accept: \(WebSocketKey.accept(key))\r\n"
        if let subprotocol { response += "Sec-WebSocket-Protocol: \(subprotocol)\r\n" }
        return .accepted(response: Array((response + "\r\n").utf8), spoken)
    }

    private static func checkRequestLine(_ line: ArraySlice<UInt8>, _ policy: Policy) throws(Refusal) {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].elementsEqual("HTTP/1.1".utf8),
            !parts[1].isEmpty, parts[1].allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw Refusal(400, "The first line must be: GET \(policy.path) HTTP/1.1") }
        guard parts[0].elementsEqual("GET".utf8) else {
            throw Refusal(405, "Only GET is answered here.", headers: ["Allow: GET"])
        }
        guard parts[1].count <= targetBytesMax else { throw Refusal(414, "The address is longer than \(targetBytesMax) bytes.") }
        let path = parts[1].prefix { $0 != UInt8(ascii: "?") }
        guard path.elementsEqual(policy.path.utf8) else { throw Refusal(404, "Devices connect to \(policy.path).") }
    }

    private static func checkUpgrade(_ headers: RequestHeaders) throws(Refusal) -> String {
        guard headers.all("host").count == 1 else { throw Refusal(400, "There must be one Host.") }
        guard headers.all("transfer-encoding").isEmpty, headers.all("content-length").allSatisfy({ $0 == "0" }) else {
            throw Refusal(400, "An upgrade has no body.")
        }
        guard headers.tokens("upgrade").contains("websocket"), headers.tokens("connection").contains("upgrade") else {
            throw Refusal(
                426, "This address speaks WebSocket only.", headers: ["Upgrade: websocket", "Sec-WebSocket-Version: 13"])
        }
        guard headers.all("sec-websocket-version") == ["13"] else {
            throw Refusal(
                426, "Only version 13 of WebSocket is spoken here.",
                headers: ["Upgrade: websocket", "Sec-WebSocket-Version: 13"])
        }
        let keys = headers.all("sec-websocket-key")
        guard keys.count == 1, WebSocketKey.isValid(keys[0]) else {
            throw Refusal(400, "Sec-WebSocket-Key must be the base64 of 16 bytes.")
        }
        return keys[0]
    }

    private static func chooseSubprotocol(
        _ headers: RequestHeaders, _ policy: Policy
    ) throws(Refusal) -> (name: String?, DeviceProtocol) {
        guard let wanted = policy.subprotocol else { return (nil, .controlRoom) }
        let offered = headers.tokens("sec-websocket-protocol", lowercased: false)
        if offered.contains(wanted) { return (wanted, .controlRoom) }
        guard policy.speaksGraphQL else { throw Refusal(400, "Offer the sub-protocol \(wanted): no other is spoken here.") }
        if offered.contains(DeviceProtocol.graphQLName) { return (DeviceProtocol.graphQLName, .graphQL) }
        if offered.contains(DeviceProtocol.graphQLForerunner) { return (nil, .notAcceptable) }
        throw Refusal(400, "Offer the sub-protocol \(wanted) or \(DeviceProtocol.graphQLName): no other is spoken here.")
    }

    private static func checkOrigin(_ headers: RequestHeaders, _ policy: Policy) throws(Refusal) {
        guard let allowed = policy.allowedOrigins else { return }
        let origins = headers.all("origin")
        guard origins.count <= 1, origins.allSatisfy(allowed.contains) else {
            throw Refusal(403, "Pages of this origin may not connect.")
        }
    }

    private static func refusal(_ status: Int, _ sentence: String, headers: [String] = []) -> Outcome {
        let phrase =
            switch status {
            case 403: "Forbidden"
            case 404: "Not Found"
            case 405: "Method Not Allowed"
            case 414: "URI Too Long"
            case 426: "Upgrade Required"
            case 431: "Request Header Fields Too Large"
            case 503: "Service Unavailable"
            default: "Bad Request"
            }
        let lines = [
            "HTTP/1.1 \(status) \(phrase)", "Content-Type: text/plain; charset=utf-8",
            "Content-Length: \(sentence.utf8.count + 1)",
            headers.contains("Upgrade: websocket") ? "Connection: Upgrade, close" : "Connection: close",
        ]
        let text = (lines + headers).joined(separator: "\r\n") + "\r\n\r\n" + sentence + "\n"
        return .refused(status: status, response: Array(text.utf8))
    }

    /// The header lines, names in lower case.
    private struct RequestHeaders {
        private var fields: [(name: String, value: String)] = []

        init(_ lines: some Sequence<ArraySlice<UInt8>>) throws(Refusal) {
            for line in lines {
                guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
                    line[..<colon].allSatisfy(Self.isTokenByte)
                else { throw Refusal(400, "A header line must be: Name: value") }
                let value = line[(colon + 1)...]
                guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                    throw Refusal(400, "A header has control characters.")
                }
                fields.append(
                    (String(decoding: line[..<colon], as: UTF8.self).lowercased(), Self.trimmed(String(decoding: value, as: UTF8.self))))
            }
        }

        func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

        /// The members of comma-separated lists.
        func tokens(_ name: String, lowercased: Bool = true) -> [String] {
            all(name).flatMap { $0.split(separator: ",") }.map { Self.trimmed(lowercased ? $0.lowercased() : String($0)) }
        }

        private static func trimmed(_ text: String) -> String {
            let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
            let front = text.drop(while: isSpace)
            return String(front.reversed().drop(while: isSpace).reversed())
        }

        /// RFC 9110 5.6.2.
        private static func isTokenByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
    }
}
