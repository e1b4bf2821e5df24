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

    /// What has come of a request that came in pieces.
    private var request: [UInt8] = []

    /// Reads on from `offset`, and not beyond the end of the request. One that comes in one piece, as nearly all do, is
    /// read where it lies.
    ///
    /// - Parameter retryAfter: seconds, when the node is full and takes nobody; the caller adds the jitter.
    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, offset: inout Int, policy: Policy, retryAfter: Int?
    ) -> Outcome {
        let came = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        if request.isEmpty, let end = Self.end(of: came, from: 0), end <= Self.requestBytesMax {
            offset += end
            return Self.outcome(of: UnsafeRawBufferPointer(rebasing: came[..<end]), policy, retryAfter)
        }
        let before = request.count
        request.append(contentsOf: came.prefix(Self.requestBytesMax - before))
        guard let end = request.withUnsafeBytes({ Self.end(of: $0, from: max(0, before - 3)) }) else {
            offset += request.count - before
            guard request.count == Self.requestBytesMax, offset < bytes.count else { return .unfinished }
            return Self.refusal(431, "The request is longer than \(Self.requestBytesMax) bytes.")
        }
        offset += end - before
        defer { request = [] }
        return request.withUnsafeBytes {
            Self.outcome(of: UnsafeRawBufferPointer(rebasing: $0[..<end]), policy, retryAfter)
        }
    }

    /// Where the empty line ends.
    private static func end(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start + 3
        while index < bytes.count {
            // The last byte tells how far the next end can be at least.
            switch bytes[index] {
            case UInt8(ascii: "\n"):
                let isEnd = bytes[index - 1] == UInt8(ascii: "\r") && bytes[index - 2] == UInt8(ascii: "\n")
                    && bytes[index - 3] == UInt8(ascii: "\r")
                if isEnd { return index + 1 }
                index += 2
            case UInt8(ascii: "\r"): index += 1
            default: index += 4
            }
        }
        return nil
    }

    private static func outcome(of request: UnsafeRawBufferPointer, _ policy: Policy, _ retryAfter: Int?) -> Outcome {
        do {
            return try decide(request, policy: policy, retryAfter: retryAfter)
        } catch {
            return refusal(error.status, error.sentence, headers: error.headers)
        }
    }

    fileprivate struct Refusal: Error {
        var status: Int
        var sentence: String
        var headers: [String] = []
        init(_ status: Int, _ sentence: String, headers: [String] = []) {
            self.status = status
            self.sentence = sentence
            self.headers = headers
        }
    }

    private static func decide(
        _ request: UnsafeRawBufferPointer, policy: Policy, retryAfter: Int?
    ) throws(Refusal) -> Outcome {
        var lines = RequestLines(request)
        try checkRequestLine(try lines.next() ?? request[..<0], policy)
        var headers = RequestHeaders()
        while let line = try lines.next(), !line.isEmpty { try headers.take(line, policy) }
        if let retryAfter {
            throw Refusal(
                503, "This edge node takes nobody new now. Connect again in \(retryAfter) s.",
                headers: ["Retry-After: \(retryAfter)"])
        }
        let key = try headers.checkUpgrade()
        let (subprotocol, spoken) = try headers.chooseSubprotocol(policy)
        if let allowed = policy.allowedOrigins,
            headers.originCount > 1 || !(headers.origin.map(allowed.contains) ?? true)
        {
            throw Refusal(403, "Pages of this origin may not connect.")
        }
        var response: [UInt8] = []
        response.reserveCapacity(192)
        response +=
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            .utf8
        WebSocketKey.appendAccept(of: key, to: &response)
        if let subprotocol {
            response += "\r\nSec-WebSocket-Protocol: ".utf8
            response += subprotocol.utf8
        }
        response += "\r\n\r\n".utf8
        return .accepted(response: response, spoken)
    }

    private static func checkRequestLine(_ line: Slice<UnsafeRawBufferPointer>, _ policy: Policy) throws(Refusal) {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].elementsEqual("HTTP/1.1".utf8),
            !parts[1].isEmpty, parts[1].allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw Refusal(400, "The first line must be: GET \(policy.path) HTTP/1.1") }
        guard parts[0].elementsEqual("GET".utf8) else {
            throw Refusal(405, "Only GET is answered here.", headers: ["Allow: GET"])
        }
        guard parts[1].count <= targetBytesMax else {
            throw Refusal(414, "The address is longer than \(targetBytesMax) bytes.")
        }
        let path = parts[1].prefix { $0 != UInt8(ascii: "?") }
        guard path.elementsEqual(policy.path.utf8) else { throw Refusal(404, "Devices connect to \(policy.path).") }
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
}

private typealias Bytes = Slice<UnsafeRawBufferPointer>

extension OpeningHandshake {
    /// The lines of a request, without their ends.
    private struct RequestLines {
        private let bytes: UnsafeRawBufferPointer
        private var start = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        mutating func next() throws(Refusal) -> Bytes? {
            guard start < bytes.count, let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            guard end > start, bytes[end - 1] == UInt8(ascii: "\r") else {
                throw Refusal(400, "A line must end with CR LF.")
            }
            defer { start = end + 1 }
            return bytes[start..<end - 1]
        }
    }

    /// What the header lines say, as far as it matters here: read in one pass, and nothing kept that is not asked for.
    private struct RequestHeaders {
        private var hostCount = 0
        private var hasBody = false
        private var upgradesToWebSocket = false
        private var connectionUpgrades = false
        private var versionCount = 0
        private var isVersion13 = false
        private var keyCount = 0
        private var key: Bytes?
        /// Whether it offers what the policy wants, and the protocol of GraphQL clients and its forerunner.
        private var offers = (wanted: false, graphQL: false, forerunner: false)
        private(set) var originCount = 0
        private(set) var origin: String?

        mutating func take(_ line: Bytes, _ policy: Policy) throws(Refusal) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
                line[..<colon].allSatisfy(OpeningHandshake.isTokenByte)
            else { throw Refusal(400, "A header line must be: Name: value") }
            let name = line[..<colon], value = OpeningHandshake.trimmed(line[(colon + 1)...])
            guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw Refusal(400, "A header has control characters.")
            }
            note(name, value, policy)
        }

        /// The length of a name tells most of them apart.
        private mutating func note(_ name: Bytes, _ value: Bytes, _ policy: Policy) {
            switch name.count {
            case 4 where OpeningHandshake.isSame(name, "host"): hostCount += 1
            case 6 where OpeningHandshake.isSame(name, "origin"):
                originCount += 1
                origin = String(decoding: value, as: UTF8.self)
            case 7 where OpeningHandshake.isSame(name, "upgrade"):
                upgradesToWebSocket = upgradesToWebSocket || OpeningHandshake.hasToken(value, "websocket")
            case 10 where OpeningHandshake.isSame(name, "connection"):
                connectionUpgrades = connectionUpgrades || OpeningHandshake.hasToken(value, "upgrade")
            case 14 where OpeningHandshake.isSame(name, "content-length"):
                hasBody = hasBody || !value.elementsEqual("0".utf8)
            case 17 where OpeningHandshake.isSame(name, "transfer-encoding"): hasBody = true
            case 17 where OpeningHandshake.isSame(name, "sec-websocket-key"):
                keyCount += 1
                key = value
            case 21 where OpeningHandshake.isSame(name, "sec-websocket-version"):
                versionCount += 1
                isVersion13 = value.elementsEqual("13".utf8)
            case 22 where OpeningHandshake.isSame(name, "sec-websocket-protocol"):
                for offer in OpeningHandshake.tokens(value) {
                    if let wanted = policy.subprotocol, offer.elementsEqual(wanted.utf8) { offers.wanted = true }
                    if offer.elementsEqual(DeviceProtocol.graphQLName.utf8) { offers.graphQL = true }
                    if offer.elementsEqual(DeviceProtocol.graphQLForerunner.utf8) { offers.forerunner = true }
                }
            default: break
            }
        }

        /// - Returns: the key to answer.
        func checkUpgrade() throws(Refusal) -> Bytes {
            guard hostCount == 1 else { throw Refusal(400, "There must be one Host.") }
            guard !hasBody else { throw Refusal(400, "An upgrade has no body.") }
            let version = ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
            guard upgradesToWebSocket, connectionUpgrades else {
                throw Refusal(426, "This address speaks WebSocket only.", headers: version)
            }
            guard versionCount == 1, isVersion13 else {
                throw Refusal(426, "Only version 13 of WebSocket is spoken here.", headers: version)
            }
            guard keyCount == 1, let key, WebSocketKey.isValid(key) else {
                throw Refusal(400, "Sec-WebSocket-Key must be the base64 of 16 bytes.")
            }
            return key
        }

        /// - Returns: the sub-protocol to agree to, and what is spoken.
        func chooseSubprotocol(_ policy: Policy) throws(Refusal) -> (name: String?, DeviceProtocol) {
            guard let wanted = policy.subprotocol else { return (nil, .controlRoom) }
            if offers.wanted { return (wanted, .controlRoom) }
            guard policy.speaksGraphQL else {
                throw Refusal(400, "Offer the sub-protocol \(wanted): no other is spoken here.")
            }
            if offers.graphQL { return (DeviceProtocol.graphQLName, .graphQL) }
            if offers.forerunner { return (nil, .notAcceptable) }
            throw Refusal(
                400, "Offer the sub-protocol \(wanted) or \(DeviceProtocol.graphQLName): no other is spoken here.")
        }
    }

    /// Whether `text` is `word`, which is in lower case, in any case.
    private static func isSame(_ text: Bytes, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        return zip(text, UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)).allSatisfy {
            byte, lower in
            byte == lower || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) && byte | 0x20 == lower
        }
    }

    private static func hasToken(_ list: Bytes, _ word: StaticString) -> Bool {
        tokens(list).contains { isSame($0, word) }
    }

    /// The members of a comma-separated list.
    private static func tokens(_ list: Bytes) -> [Bytes] {
        list.split(separator: UInt8(ascii: ",")).map(trimmed)
    }

    private static func trimmed(_ text: Bytes) -> Bytes {
        var text = text
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }

    /// RFC 9110 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"): true
        default: "!#$%&'*+.^_`|~".utf8.contains(byte)
        }
    }
}
