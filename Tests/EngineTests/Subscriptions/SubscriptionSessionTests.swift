import GraphQL
import TestSupport
import Testing

@testable import Engine

/// `graphql-transport-ws` by its protocol document, as a table of what is said and answered.
@Suite struct SubscriptionSessionTests {
    private static let query =
        "subscription($e: ID!, $p: PositionInput) { stageChanged(event: $e, after: $p) { event stage sequence timestamp } }"
    private static let welcome = EdgeMessage.welcome(
        Welcome(node: "edge-1", ackWithin: 10_000, pingEvery: 25_000, retryMin: 500, retryMax: 30_000))

    private var session: SubscriptionSession
    private var memory = SubscriptionMemory()
    private var now = EngineInstant.start

    init() throws { session = SubscriptionSession(service: try SubscriptionService(pingEvery: .seconds(25))) }

    private mutating func say(_ json: String) -> [SubscriptionSession.Step] {
        session.received(Array(json.utf8), anonymous: "anonymous-1", memory: &memory, now: now)
    }

    private mutating func given(_ messages: [EdgeMessage]) -> [UInt8] {
        session.frames(for: OutboundFrame(joining: messages.map(OutboundFrame.init)), memory: &memory)
    }

    private mutating func subscribe(_ id: String, _ variables: String = #"{"e":"fight-night"}"#) -> [SubscriptionSession
        .Step]
    {
        say(#"{"id":"\#(id)","type":"subscribe","payload":{"query":"\#(Self.query)","variables":\#(variables)}}"#)
    }

    private mutating func open() {
        _ = say(#"{"type":"connection_init"}"#)
        _ = given([Self.welcome])
    }

    /// The texts of frames, one after the other.
    private func texts(_ bytes: [UInt8]) -> [String] {
        var texts: [String] = [], rest = bytes[...]
        while rest.count >= 2 {
            var header = 2, count = Int(rest[rest.startIndex + 1])
            if count == 126 {
                count = Int(rest[rest.startIndex + 2]) << 8 | Int(rest[rest.startIndex + 3])
                header = 4
            }
            texts.append(String(decoding: rest.dropFirst(header).prefix(count), as: UTF8.self))
            rest = rest.dropFirst(header + count)
        }
        return texts
    }

    private func stage(_ sequence: Int64, _ key: StageKey = "live", _ topic: Topic = "event/fight-night") -> EdgeMessage
    {
        .stage(topic, key, BroadcastPosition(sequence: sequence, timestamp: WallTime(milliseconds: 1000 + sequence)))
    }

    private func next(_ id: String, _ sequence: Int64, _ key: String = "live") -> String {
        #"{"id":"\#(id)","type":"next","payload":{"data":{"stageChanged":{"event":"fight-night","stage":"\#(key)","sequence":\#(sequence),"timestamp":\#(1000 + sequence)}}}}"#
    }

    private func ping(_ sequence: Int64) -> String {
        #"{"type":"ping","payload":{"ack":{"event":"fight-night","sequence":\#(sequence)}}}"#
    }

    @Test mutating func aConnectionIsInitialisedOnce() {
        #expect(
            say(#"{"type":"connection_init","payload":{"device":"tv-1","token":"t","family":"tv","build":"9"}}"#)
                == [.device(.hello(device: "tv-1", token: "t", make: DeviceMake(family: "tv", build: "9"), topics: []))]
        )
        let ack = given([Self.welcome])
        #expect(
            texts(ack) == [
                #"{"type":"connection_ack","payload":{"node":"edge-1","pingEvery":25000,"retry":{"min":500,"max":30000}}}"#
            ])
        #expect(
            say(#"{"type":"connection_init"}"#) == [.close(SubscriptionClose(4429, "Too many initialisation requests"))]
        )
    }

    @Test mutating func aClientThatDoesNotSayWhoItIsIsServedAsWell() {
        #expect(
            say(#"{"type":"connection_init","payload":null}"#) == [
                .device(.hello(device: "anonymous-1", token: nil, topics: []))
            ])
        #expect(subscribe("a") == [.close(SubscriptionClose(4401, "Unauthorized"))], "before the ack")
    }

    @Test mutating func aStageIsOneNextAndItsPongTheAck() {
        open()
        #expect(subscribe("a") == [.device(.subscribe([TopicRequest(topic: "event/fight-night", position: nil)]))])
        #expect(texts(given([stage(7)])) == [next("a", 7), ping(7)])
        #expect(say(#"{"type":"pong"}"#) == [.device(.ack("event/fight-night", sequence: 7))])
        #expect(say(#"{"type":"pong"}"#) == [], "no ping waits for it")
        // Sent again for want of an ack: the client is asked again and not told twice.
        #expect(texts(given([stage(7)])) == [ping(7)])
        #expect(texts(given([stage(8, "ended")])) == [next("a", 8, "ended"), ping(8)])
        #expect(
            say(#"{"type":"pong","payload":{"ack":{"event":"fight-night","sequence":8}}}"#)
                == [.device(.ack("event/fight-night", sequence: 8))])
    }

    @Test mutating func whatCannotBeCaughtUpIsAnEventThatSaysSo() {
        open()
        let query =
            "subscription { stageChanged(event: \\\"fight-night\\\", after: {sequence: 3, timestamp: 9}) { stage recovered resetReason } }"
        #expect(
            say(#"{"id":"r","type":"subscribe","payload":{"query":"\#(query)"}}"#)
                == [
                    .device(
                        .subscribe([
                            TopicRequest(
                                topic: "event/fight-night", position: ClaimedPosition(sequence: 3, timestamp: 9))
                        ]))
                ])
        let reset = EdgeMessage.reset("event/fight-night", nil, nil, .otherHistory)
        #expect(
            texts(given([reset])).first
                == #"{"id":"r","type":"next","payload":{"data":{"stageChanged":{"stage":null,"recovered":false,"resetReason":"other-history"}}}}"#
        )
    }

    @Test mutating func anIdIsFreeAgainAfterItsOperationEnded() {
        open()
        _ = subscribe("a")
        #expect(subscribe("a") == [.close(SubscriptionClose(4409, "Subscriber for a already exists"))])
        #expect(say(#"{"id":"a","type":"complete"}"#) == [.device(.unsubscribe(["event/fight-night"]))])
        #expect(say(#"{"id":"a","type":"complete"}"#) == [])
        #expect(given([stage(1), .unsubscribed("event/fight-night")]) == [])
        #expect(subscribe("a").count == 1)
        guard case .say(let bytes)? = say(#"{"id":"q","type":"subscribe","payload":{"query":"{ protocol }"}}"#).first
        else { return #expect(Bool(false)) }
        #expect(
            texts(bytes) == [
                #"{"id":"q","type":"next","payload":{"data":{"protocol":"graphql-transport-ws"}}}"#,
                #"{"id":"q","type":"complete"}"#,
            ])
        guard case .say(let error)? = say(#"{"id":"q","type":"subscribe","payload":{"query":"{ nothing }"}}"#).first
        else { return #expect(Bool(false)) }
        #expect(
            texts(error) == [
                #"{"id":"q","type":"error","payload":[{"message":"Cannot query field \"nothing\" on type \"Query\".","locations":[{"line":1,"column":3}]}]}"#
            ])
    }

    @Test mutating func twoOperationsOnOneEventShareOnePayload() {
        open()
        _ = subscribe("a")
        _ = subscribe("b", #"{"e":"fight-night","p":{"timestamp":5}}"#)
        #expect(texts(given([stage(1)])) == [next("a", 1), next("b", 1), ping(1)])
        #expect(memory.encodedCount == 1, "the arguments are not part of the selection")
        #expect(say(#"{"id":"a","type":"complete"}"#) == [], "b still follows")
        #expect(texts(given([stage(2)])) == [next("b", 2), ping(2)])
    }

    /// A selection lives as long as an operation has it; its number is then another's, and so are the payloads.
    @Test mutating func whatNobodySubscribesToAnyMoreIsForgotten() {
        open()
        for round in 1...(2 * SubscriptionMemory.selectionsMax) {
            #expect(subscribe("a", selecting: "f\(round): stage").count == 1)
            #expect(texts(given([stage(Int64(round))])).first?.contains(#"{"f\#(round)":"live"}"#) == true)
            #expect(memory.encodedCount == round)
            if round % 2 == 0 {
                session.ended(memory: &memory)
            } else {
                _ = say(#"{"id":"a","type":"complete"}"#)
            }
            now = now + .seconds(25)
        }
        var other = session, place = memory
        _ = other.received(Self.subscribe("b", "stage"), anonymous: "", memory: &place, now: now)
        _ = session.received(Self.subscribe("c", "stage"), anonymous: "", memory: &place, now: now)
        let frame = OutboundFrame(stage(9999))
        _ = other.frames(for: frame, memory: &place)
        _ = session.frames(for: frame, memory: &place)
        #expect(place.encodedCount == memory.encodedCount + 1, "there is room for a selection that two share")
    }

    @Test mutating func beyondTheBoundEachOperationIsEncodedForItself() {
        var sessions: [SubscriptionSession] = []
        open()
        for number in 0...(SubscriptionMemory.selectionsMax / 32 + 1) {
            var one = session
            for index in 0..<32 {
                let fields = "f\(min(number * 32 + index, SubscriptionMemory.selectionsMax)): stage"
                _ = one.received(Self.subscribe("\(index)", fields), anonymous: "", memory: &memory, now: now)
            }
            sessions.append(one)
        }
        let frame = OutboundFrame(stage(1))
        for index in sessions.indices {
            #expect(texts(sessions[index].frames(for: frame, memory: &memory)).count == 33)
        }
        #expect(
            memory.encodedCount == SubscriptionMemory.selectionsMax + 64, "the last 64 ask for one selection too many")
    }

    private static func subscribe(_ id: String, _ fields: String) -> [UInt8] {
        Array(
            #"{"id":"\#(id)","type":"subscribe","payload":{"query":"subscription { stageChanged(event: \"fight-night\") { \#(fields) } }"}}"#
                .utf8)
    }

    private mutating func subscribe(_ id: String, selecting fields: String) -> [SubscriptionSession.Step] {
        session.received(Self.subscribe(id, fields), anonymous: "", memory: &memory, now: now)
    }

    @Test mutating func whatIsNoMessageOfTheProtocolEndsTheConnection() {
        let wrong = [
            "", "x", "[]", "null", "{}", #"{"type":1}"#, #"{"type":"start"}"#,
            #"{"type":"connection_init","payload":1}"#,
            #"{"type":"subscribe"}"#, #"{"type":"subscribe","id":""}"#, #"{"type":"subscribe","id":"a"}"#,
            #"{"type":"subscribe","id":"a","payload":{}}"#,
            #"{"type":"subscribe","id":"a","payload":{"query":"{node}","variables":[]}}"#,
            #"{"type":"subscribe","id":"a","payload":{"query":"{node}","operationName":1}}"#,
            #"{"type":"subscribe","id":"a","payload":{"query":"{node}","extensions":1}}"#,
            #"{"type":"ping","payload":"x"}"#,
            #"{"type":"complete"}"#, #"{"type":"next","id":"a","payload":{}}"#,
            #"{"type":"\#(String(repeating: "é", count: 200))"}"#,
            String(repeating: "[", count: 100_000),
        ]
        for json in wrong {
            var fresh = session
            let steps = fresh.received(Array(json.utf8), anonymous: "x", memory: &memory, now: now)
            guard case .close(let close)? = steps.first else { Issue.record("\(json.prefix(80))"); continue }
            #expect(close.code == 4400)
            #expect(!close.reason.isEmpty && close.reason.utf8.count <= 123)
            #expect(close.payload.count <= 125)
        }
        #expect(SubscriptionClose.subscriberExists(String(repeating: "漢", count: 42)).reason.utf8.count <= 123)
    }

    @Test mutating func oneConnectionCannotTakeTheEdgeForItself() {
        open()
        for number in 0..<32 { #expect(subscribe("\(number)", #"{"e":"e\#(number)"}"#).count == 1) }
        guard case .say(let bytes)? = subscribe("33").first else {
            return #expect(Bool(false), "an error for the 33rd")
        }
        #expect(texts(bytes)[0].contains("LIMIT_EXCEEDED"))
        for _ in 33..<64 { _ = subscribe("x") }
        #expect(subscribe("x") == [.close(SubscriptionClose(.tooMany))])
        now = now + .seconds(25)
        guard case .say? = subscribe("x").first else { return #expect(Bool(false), "the count begins anew") }
    }

    @Test mutating func anEventThatIsNotThereEndsItsOperationAndNotTheConnection() throws {
        let prefetch = DevicePrefetch(snapshots: RoomFixture.box())
        let service = prefetch.subscriptions(
            pingEvery: .seconds(25), time: ManualTime(wall: RoomFixture.now), register: PrefetchRegister())
        session = SubscriptionSession(service: service)
        open()
        let refused = subscribe("1", #"{"e":"nope"}"#)
        guard case .say(let bytes)? = refused.first, refused.count == 1 else {
            return #expect(Bool(false), "\(refused)")
        }
        #expect(
            texts(bytes).first?.contains(#""type":"error","payload":[{"message":"No live event has this id"#) == true)
        #expect(subscribe("1") == [.device(.subscribe([TopicRequest(topic: "event/fight-night", position: nil)]))])
    }

    @Test mutating func anEventIdThatCannotBeIsRefusedByTheOperationAlone() {
        open()
        for event in ["", "a\\u0007b", String(repeating: "x", count: 200)] {
            guard case .say(let bytes)? = subscribe("a", #"{"e":"\#(event)"}"#).first else {
                return #expect(Bool(false))
            }
            #expect(texts(bytes)[0].contains(#""type":"error""#))
        }
        #expect(say(#"{"type":"ping","payload":{"a":1}}"#) == [.say(SubscriptionFrame.pong(["a": 1]))])
    }
}
