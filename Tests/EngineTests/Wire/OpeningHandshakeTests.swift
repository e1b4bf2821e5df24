@testable import Engine
import Testing

@Suite struct OpeningHandshakeTests {
    private static let good = [
        "Host: edge", "Upgrade: WebSocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: other, control-room.v1",
    ]

    @Test func anUpgradeIsAcceptedInEveryCut() {
        let request = text("GET /v1/live?x=1 HTTP/1.1", Self.good)
        for cut in 0...request.count {
            var handshake = OpeningHandshake()
            var outcome = receive(&handshake, Array(request[..<cut]))
            if cut < request.count {
                #expect(outcome == .unfinished)
                outcome = receive(&handshake, Array(request[cut...]))
            }
            guard case .accepted(let response, .controlRoom) = outcome else {
                Issue.record("cut at \(cut): \(outcome)")
                return
            }
            let lines = String(decoding: response, as: UTF8.self)
            #expect(lines.hasPrefix("HTTP/1.1 101 "))
            // The example of RFC 6455 1.3.
            #expect(lines.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
            #expect(lines.contains("Sec-WebSocket-Protocol: control-room.v1\r\n"))
            #expect(lines.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func stopsReadingAtTheEndOfTheRequest() {
        let request = text("GET /v1/live HTTP/1.1", Self.good)
        var handshake = OpeningHandshake()
        var offset = 0
        _ = (request + [0x81, 0x80]).withUnsafeBytes {
            handshake.receive($0, offset: &offset, policy: .init(), retryAfter: nil)
        }
        #expect(offset == request.count)
    }

    @Test(arguments: [
        ("POST /v1/live HTTP/1.1", [], 405),
        ("GET /graphql HTTP/1.1", [], 404),
        ("GET /v1/live HTTP/1.0", [], 400),
        ("GET  /v1/live HTTP/1.1", [], 400),
        ("\u{0}\u{0}", [], 400),
        ("GET /v1/live HTTP/1.1", ["-Upgrade"], 426),
        ("GET /v1/live HTTP/1.1", ["-Connection"], 426),
        ("GET /v1/live HTTP/1.1", ["-Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"], 426),
        ("GET /v1/live HTTP/1.1", ["-Sec-WebSocket-Key"], 400),
        ("GET /v1/live HTTP/1.1", ["-Sec-WebSocket-Key", "Sec-WebSocket-Key: c2hvcnQ="], 400),
        ("GET /v1/live HTTP/1.1", ["-Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZZ=="], 400),
        ("GET /v1/live HTTP/1.1", ["-Sec-WebSocket-Protocol"], 400),
        ("GET /v1/live HTTP/1.1", ["-Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: CONTROL-ROOM.V1"], 400),
        ("GET /v1/live HTTP/1.1", ["-Host"], 400),
        ("GET /v1/live HTTP/1.1", ["Host: twice"], 400),
        ("GET /v1/live HTTP/1.1", ["Content-Length: 5"], 400),
        ("GET /v1/live HTTP/1.1", ["Transfer-Encoding: chunked"], 400),
        ("GET /v1/live HTTP/1.1", ["Bad Name: x"], 400),
        ("GET /v1/live HTTP/1.1", ["Name : x"], 400),
        ("GET /v1/live HTTP/1.1", [" folded"], 400),
        ("GET /v1/live HTTP/1.1", ["X: a\u{0}b"], 400),
        ("GET /v1/live HTTP/1.1", ["X: a\nY: b"], 400),
        ("GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1", [], 414),
    ] as [(String, [String], Int)])
    func isRefusedInWords(line: String, changes: [String], status: Int) {
        var headers = Self.good
        for change in changes {
            if change.hasPrefix("-") {
                headers.removeAll { $0.hasPrefix(change.dropFirst() + ":") }
            } else {
                headers.append(change)
            }
        }
        var handshake = OpeningHandshake()
        guard case .refused(let found, let response) = receive(&handshake, text(line, headers)) else {
            Issue.record("not refused")
            return
        }
        #expect(found == status)
        let answer = String(decoding: response, as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(status != 426 || answer.contains("Sec-WebSocket-Version: 13\r\n"))
    }

    @Test func aRequestWithoutEndIsBounded() {
        var handshake = OpeningHandshake()
        guard case .refused(431, _) = receive(&handshake, [UInt8](repeating: 0x61, count: 20_000)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func aFullNodeSaysWhenToComeAgain() {
        var handshake = OpeningHandshake()
        guard
            case .refused(503, let response) = receive(
                &handshake, text("GET /v1/live HTTP/1.1", Self.good), retryAfter: 4)
        else {
            Issue.record("not refused")
            return
        }
        #expect(String(decoding: response, as: UTF8.self).contains("Retry-After: 4\r\n"))
    }

    @Test(arguments: [
        ([], true), (["Origin: https://ours"], true), (["Origin: https://foreign"], false), (["Origin: null"], false),
    ])
    func originsAreHeldAgainstTheList(origin: [String], isWelcome: Bool) {
        var handshake = OpeningHandshake()
        let outcome = receive(
            &handshake, text("GET /v1/live HTTP/1.1", Self.good + origin),
            policy: .init(allowedOrigins: ["https://ours"]))
        if case .accepted = outcome { #expect(isWelcome) } else { #expect(!isWelcome) }
    }

    @Test(arguments: [
        ("graphql-transport-ws", .graphQL, "graphql-transport-ws"),
        ("graphql-ws, graphql-transport-ws", .graphQL, "graphql-transport-ws"),
        ("graphql-transport-ws, control-room.v1", .controlRoom, "control-room.v1"), ("graphql-ws", .notAcceptable, nil),
    ] as [(String, DeviceProtocol, String?)])
    func aSubprotocolIsChosenAmongThoseOffered(offered: String, spoken: DeviceProtocol, named: String?) {
        let headers =
            Self.good.filter { !$0.hasPrefix("Sec-WebSocket-Protocol") } + ["Sec-WebSocket-Protocol: \(offered)"]
        var handshake = OpeningHandshake()
        guard case .accepted(let response, let found) = receive(
            &handshake, text("GET /v1/live HTTP/1.1", headers), policy: .init(speaksGraphQL: true))
        else { return #expect(Bool(false)) }
        #expect(found == spoken)
        let answer = String(decoding: response, as: UTF8.self)
        #expect(named.map { answer.contains("Sec-WebSocket-Protocol: \($0)\r\n") } ?? !answer.contains("Protocol:"))
    }

    private func text(_ line: String, _ headers: [String]) -> [UInt8] {
        Array(([line] + headers + ["", ""]).joined(separator: "\r\n").utf8)
    }

    private func receive(
        _ handshake: inout OpeningHandshake, _ bytes: [UInt8], policy: OpeningHandshake.Policy = .init(),
        retryAfter: Int? = nil
    ) -> OpeningHandshake.Outcome {
        var offset = 0
        return bytes.withUnsafeBytes { handshake.receive($0, offset: &offset, policy: policy, retryAfter: retryAfter) }
    }
}
