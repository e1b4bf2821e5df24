@testable import Engine
import Foundation
import Testing

@Suite struct DeviceMessageTests {
    @Test(arguments: [
        (
            #"{"type":"hello","device":"tv-1","token":"t","topics":[{"topic":"event/a","sequence":6,"timestamp":17}]}"#,
            .hello(
                device: "tv-1", token: "t",
                topics: [TopicRequest(topic: "event/a", position: ClaimedPosition(sequence: 6, timestamp: 17))])
        ),
        (
            #"{"type":"hello","device":"tv-1","family":"tv/lgx 2019","build":"9.14","topics":[]}"#,
            .hello(device: "tv-1", token: nil, make: DeviceMake(family: "tv/lgx 2019", build: "9.14"), topics: [])
        ),
        (
                #" { "topics" : [ { "topic" : "event/a" } ] , "newer" : [1.5e3,{"x":null}] , "device" : "té\u006c\ud83d\ude00" , "type" : "hello" } "#,
            .hello(device: "tél😀", token: nil, topics: [TopicRequest(topic: "event/a", position: nil)])
        ),
        (
            #"{"type":"subscribe","topics":[{"topic":"event/a","timestamp":-5}]}"#,
            .subscribe([TopicRequest(topic: "event/a", position: ClaimedPosition(sequence: nil, timestamp: -5))])
        ),
        (#"{"type":"unsubscribe","topics":[{"topic":"event/a"}]}"#, .unsubscribe(["event/a"])),
        (#"{"type":"ack","topic":"event/a","sequence":7}"#, .ack("event/a", sequence: 7)),
        (#"{"type":"unknown-stage","topic":"event/a","sequence":7}"#, .unknownStage("event/a", sequence: 7)),
        (#"{"type":"ack","topic":"event/a","sequence":99999999999999999999}"#, .ack("event/a", sequence: .max)),
    ] as [(String, DeviceMessage)])
    func isUnderstood(json: String, message: DeviceMessage) throws {
        #expect(try DeviceMessage(json: Array(json.utf8)) == message)
    }

    @Test(arguments: [
        "", "{", "[]", "null", #""hello""#, #"{"type":"hello"}"#, #"{"type":"shout"}"#, #"{"type":7}"#,
        #"{"type":"ack","topic":"event/a","sequence":7} x"#, #"{"type":"ack","topic":"event/a","sequence":7.0}"#,
        #"{"type":"ack","topic":"event/a","sequence":07}"#, #"{"type":"ack","topic":"event/a","sequence":"7"}"#,
        #"{"type":"ack","topic":"event/a","sequence":7,"sequence":8}"#,
        #"{"type":"ack","topic":"event/a","sequence":7,}"#,
        #"{"type":"ack","topic":"","sequence":7}"#, #"{"type":"ack","topic":"a\u0007","sequence":7}"#,
        #"{"type":"ack","topic":"\ud83d","sequence":7}"#, #"{'type':'ack'}"#, "{\"type\":\"a\nck\"}",
        #"{"type":"hello","device":"a","topics":[{"topic":"event/a","sequence":6}]}"#,
        #"{"type":"hello","device":"a","family":"","topics":[]}"#,
        #"{"type":"hello","device":"a","build":9,"topics":[]}"#,
        #"{"type":"hello","device":"a","family":"a family name of thirty-three char","topics":[]}"#,
        #"{"type":"ack","x":[[[[[[[[[[]]]]]]]]]],"topic":"event/a","sequence":7}"#,
    ])
    func isRefusedWithoutHarm(json: String) {
        #expect(throws: CloseReason.badMessage) { try DeviceMessage(json: Array(json.utf8)) }
    }

    @Test func anyCutOfAMessageIsRefused() {
        let whole = Array(#"{"type":"ack","topic":"event/a","sequence":7}"#.utf8)
        for end in whole.indices {
            #expect(throws: CloseReason.badMessage) { try DeviceMessage(json: Array(whole[..<end])) }
        }
    }

    @Test func edgeMessagesAreTheDocumentedJSON() throws {
        let position = BroadcastPosition(sequence: 7, timestamp: WallTime(milliseconds: 1_763_690_400_000))
        #expect(
            EdgeMessage.stage("event/fight-night", "live", position).json
                == #"{"type":"stage","topic":"event/fight-night","stage":"live","sequence":7,"timestamp":1763690400000}"#
        )
        #expect(
            EdgeMessage.reset("event/a", nil, nil, .fromTheFuture).json
                == #"{"type":"reset","topic":"event/a","stage":null,"sequence":0,"timestamp":0,"reason":"from-the-future"}"#
        )
        let odd = EdgeMessage.stage("event/\"\\\u{1}é", "live", position).json
        let read = try JSONSerialization.jsonObject(with: Data(odd.utf8)) as? [String: Any]
        #expect(read?["topic"] as? String == "event/\"\\\u{1}é")
    }
}
