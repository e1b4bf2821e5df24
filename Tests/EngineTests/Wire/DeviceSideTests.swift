@testable import Engine
import Testing

/// What a device writes, the edge reads, and the other way round.
@Suite struct DeviceSideTests {
    @Test(arguments: [
        .hello(device: "tv \"1\"", token: nil, topics: [TopicRequest(topic: "event/ä", position: nil)]),
        .hello(device: "tv", token: "t", make: DeviceMake(family: "tv/lgx 2019", build: "9.14"), topics: []),
        .subscribe([TopicRequest(topic: "event/a", position: ClaimedPosition(sequence: 7, timestamp: 9))]),
        .unsubscribe(["event/a", "event/b"]),
        .ack("event/a", sequence: 12),
    ] as [DeviceMessage])
    func theEdgeReadsWhatADeviceWrites(message: DeviceMessage) throws {
        #expect(try DeviceMessage(json: Array(message.json.utf8)) == message)
    }

    @Test(arguments: [
        .welcome(Welcome(node: "edge-1", ackWithin: 10_000, pingEvery: 25_000, retryMin: 500, retryMax: 30_000)),
        .stage("event/a", "live", BroadcastPosition(sequence: 7, timestamp: WallTime(milliseconds: 9))),
        .reset("event/a", "live", BroadcastPosition(sequence: 7, timestamp: WallTime(milliseconds: 9)), .tooOld),
        .reset("event/a", nil, nil, .invalid), .unsubscribed("event/a"),
    ] as [EdgeMessage])
    func aDeviceReadsWhatTheEdgeWrites(message: EdgeMessage) throws {
        #expect(try EdgeMessage(json: Array(message.json.utf8)) == message)
    }

    @Test(arguments: [
        "{}", #"{"type":"stage","topic":"a","stage":null,"sequence":1,"timestamp":1}"#,
        #"{"type":"reset","topic":"a"}"#,
    ])
    func whatTheEdgeNeverSaysIsNoMessage(json: String) {
        #expect(throws: JSONReader.Fault.self) { try EdgeMessage(json: Array(json.utf8)) }
    }

    @Test(arguments: [0, 5, 125, 126, 1000, 70_000])
    func aMaskedFrameComesBackUnmasked(count: Int) throws {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 % 26 + 97) }
        var decoder = WebSocketFrameDecoder(limits: .init(messageBytesMax: 100_000))
        let bytes = WebSocketFrame.encode(.text, payload, maskedWith: 0x8102_03F4)
        let event = try bytes.withUnsafeBytes { raw in
            var offset = 0
            return try decoder.next(raw, offset: &offset)
        }
        #expect(event == .text(payload))
    }

    @Test(arguments: [
            (
                "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: control-room.v1\r\n\r\n",
                .accepted
            ),
            (
                "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: wrong\r\nSec-WebSocket-Protocol: control-room.v1\r\n\r\n",
                .refused(status: 0, retryAfter: nil)
            ),
        ("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n\r\nfull", .refused(status: 503, retryAfter: 7)),
        ("HTTP/1.1 503 Service", .unfinished),
    ] as [(String, UpgradeAnswer.Outcome)])
    func theAnswerToAnUpgradeIsRead(answer: String, outcome: UpgradeAnswer.Outcome) {
        var reader = UpgradeAnswer(key: "dGhlIHNhbXBsZSBub25jZQ==")
        var offset = 0
        #expect(Array(answer.utf8).withUnsafeBytes { reader.receive($0, offset: &offset) } == outcome)
    }
}
