@testable import Engine
import Testing

/// What RFC 6455 lets a client send, what it does not, and that the cuts of the network change neither.
@Suite struct WebSocketFrameDecoderTests {
    typealias Event = WebSocketFrameDecoder.Event

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let events: [Event]
        var failure: CloseReason?
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "a text", bytes: client(0x81, "hi"), events: [.text(Array("hi".utf8))]),
        Case(name: "an empty text", bytes: client(0x81, ""), events: [.text([])]),
        Case(name: "a text of 126 bytes", bytes: client(0x81, long(126)), events: [.text(Array(long(126).utf8))]),
        Case(
            name: "fragments with a ping between",
            bytes: client(0x01, "a") + client(0x89, "p") + client(0x00, "") + client(0x80, "b"),
            events: [.ping([0x70]), .text([0x61, 0x62])]),
        Case(
            name: "a character across fragments", bytes: client(0x01, [0xE2, 0x82]) + client(0x80, [0xAC]),
            events: [.text([0xE2, 0x82, 0xAC])]),
        Case(name: "a pong", bytes: client(0x8A, "x"), events: [.pong]),
        Case(name: "a close without code", bytes: client(0x88, ""), events: [.close(code: nil)]),
        Case(name: "a close with code", bytes: client(0x88, [0x03, 0xE8, 0x62]), events: [.close(code: 1000)]),
        Case(
            name: "two messages", bytes: client(0x81, "a") + client(0x81, "b"), events: [.text([0x61]), .text([0x62])]),

        Case(name: "no mask", bytes: [0x81, 0x02, 0x68, 0x69], events: [], failure: .protocolError),
        Case(name: "RSV1", bytes: client(0xC1, "hi"), events: [], failure: .protocolError),
        Case(name: "RSV3 on a ping", bytes: client(0x99, ""), events: [], failure: .protocolError),
        Case(name: "opcode 3", bytes: client(0x83, ""), events: [], failure: .protocolError),
        Case(name: "opcode 11", bytes: client(0x8B, ""), events: [], failure: .protocolError),
        Case(name: "a binary", bytes: client(0x82, "x"), events: [], failure: .binary),
        Case(name: "a stray continuation", bytes: client(0x80, "x"), events: [], failure: .protocolError),
        Case(
            name: "a text in a text", bytes: client(0x01, "x") + client(0x81, "y"), events: [], failure: .protocolError),
        Case(name: "a fragmented ping", bytes: client(0x09, ""), events: [], failure: .protocolError),
        Case(name: "a ping of 126 bytes", bytes: client(0x89, long(126)), events: [], failure: .protocolError),
        Case(name: "a close of one byte", bytes: client(0x88, [0x03]), events: [], failure: .protocolError),
        Case(name: "close code 999", bytes: client(0x88, [0x03, 0xE7]), events: [], failure: .protocolError),
        Case(name: "close code 1006", bytes: client(0x88, [0x03, 0xEE]), events: [], failure: .protocolError),
        Case(name: "close code 5000", bytes: client(0x88, [0x13, 0x88]), events: [], failure: .protocolError),
        Case(
            name: "a close reason that is not UTF-8", bytes: client(0x88, [0x03, 0xE8, 0xFF]), events: [],
            failure: .invalidText),
        Case(
            name: "length 125 in 16 bits", bytes: [0x81, 0xFE, 0x00, 0x7D, 1, 2, 3, 4], events: [],
            failure: .protocolError),
        Case(
            name: "length 65535 in 64 bits", bytes: [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], events: [],
            failure: .protocolError),
        Case(
            name: "length with the top bit", bytes: [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], events: [],
            failure: .protocolError),
        Case(name: "a terabyte announced", bytes: [0x81, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0], events: [], failure: .tooBig),
        Case(name: "1025 bytes announced", bytes: [0x81, 0xFE, 0x04, 0x01], events: [], failure: .tooBig),
        Case(
            name: "1 KiB and a byte in fragments", bytes: client(0x01, long(1024)) + client(0x80, "x"), events: [],
            failure: .tooBig),
        Case(
            name: "endless empty fragments", bytes: client(0x01, "") + (0..<64).flatMap { _ in client(0x00, "") },
            events: [],
            failure: .tooBig),
        Case(name: "a lone byte of UTF-8", bytes: client(0x81, [0xC3]), events: [], failure: .invalidText),
        Case(name: "a surrogate", bytes: client(0x81, [0xED, 0xA0, 0x80]), events: [], failure: .invalidText),
        Case(name: "an overlong slash", bytes: client(0x81, [0xC0, 0xAF]), events: [], failure: .invalidText),
        Case(name: "above U+10FFFF", bytes: client(0x81, [0xF4, 0x90, 0x80, 0x80]), events: [], failure: .invalidText),
        Case(
            name: "wrong in the first fragment of two", bytes: client(0x01, [0x61, 0xFF]), events: [],
            failure: .invalidText),
    ]

    @Test(arguments: cases) func readsTheSameInEveryCut(_ it: Case) {
        for cut in stride(from: 0, through: it.bytes.count, by: it.bytes.count > 300 ? 37 : 1) {
            let (events, failure) = decode([Array(it.bytes[..<cut]), Array(it.bytes[cut...])])
            #expect(events == it.events, "cut at \(cut)")
            #expect(failure == it.failure, "cut at \(cut)")
        }
        let (events, failure) = decode(it.bytes.map { [$0] })
        #expect(events == it.events)
        #expect(failure == it.failure)
    }

    @Test func failsAtTheFirstWrongByteOfATextThatGoesOn() {
        let (_, failure) = decode([Array(client(0x81, [0x61, 0xFF, 0x62, 0x63]).prefix(8))])
        #expect(failure == .invalidText)
    }

    @Test func staysFailed() {
        var decoder = WebSocketFrameDecoder(limits: .init(messageBytesMax: 1024))
        for _ in 0..<2 {
            #expect(throws: CloseReason.protocolError) {
                var offset = 0
                try [UInt8]([0x83, 0x80]).withUnsafeBytes { _ = try decoder.next($0, offset: &offset) }
            }
        }
    }

    @Test func serverFramesHaveMinimalLengths() {
        #expect(WebSocketFrame.encode(.text, [1, 2]) == [0x81, 2, 1, 2])
        #expect(Array(WebSocketFrame.encode(.text, [UInt8](repeating: 0, count: 126)).prefix(4)) == [0x81, 126, 0, 126])
        #expect(
            Array(WebSocketFrame.encode(.binary, [UInt8](repeating: 0, count: 0x1_0000)).prefix(10)) == [
                0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0,
            ])
    }

    private func decode(_ chunks: [[UInt8]]) -> ([Event], CloseReason?) {
        var decoder = WebSocketFrameDecoder(limits: .init(messageBytesMax: 1024))
        var events: [Event] = []
        for chunk in chunks {
            let failure: CloseReason? = chunk.withUnsafeBytes { bytes in
                var offset = 0
                do throws(CloseReason) {
                    while let event = try decoder.next(bytes, offset: &offset) { events.append(event) }
                    return nil
                } catch { return error }
            }
            if let failure { return (events, failure) }
        }
        return (events, nil)
    }

    private static func long(_ count: Int) -> String { String(repeating: "a", count: count) }
}

/// A masked frame as a client sends it.
func client(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
    let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    let length: [UInt8] =
        payload.count < 126
        ? [0x80 | UInt8(payload.count)] : [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    return [first] + length + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
}

func client(_ first: UInt8, _ text: String) -> [UInt8] { client(first, Array(text.utf8)) }
