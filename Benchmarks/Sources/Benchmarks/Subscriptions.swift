@testable import Engine
import Glibc

/// What a delivery in `graphql-transport-ws` may cost, in deliveries of `control-room.v1`.
private let ratioMax = 1.5
private let connectionCount = 400
private let topic: Topic = "event/fight-night"

/// What the same broadcast costs in both protocols, from the shard's decision to the last byte given to the kernel of a
/// TCP connection on loopback; and what an ack costs to take in. The two take turns, so that whatever else the machine
/// does meets both.
func measureSubscriptions(_ report: inout Report) throws {
    let service = try SubscriptionService(pingEvery: .seconds(25))
    var device = Side(sessions: []),
        client = Side(sessions: (0..<connectionCount).map { _ in SubscriptionSession(service: service) })
    var plain: [Double] = [], graphQL: [Double] = [], plainAck: [Double] = [], graphQLAck: [Double] = []
    for sequence in 1...120 as ClosedRange<Int64> {
        let first = device.deliver(sequence), second = client.deliver(sequence)
        let firstAck = device.acknowledge(sequence), secondAck = client.acknowledge(sequence)
        guard sequence > 20 else { continue }
        plain.append(first)
        graphQL.append(second)
        plainAck.append(firstAck)
        graphQLAck.append(secondAck)
    }
    report.add("subscriptions: a delivery, control-room.v1", plain, unit: "ns")
    report.add("subscriptions: a delivery, graphql-transport-ws", graphQL, unit: "ns")
    let ratio = graphQL.sorted()[graphQL.count / 2] / plain.sorted()[plain.count / 2]
    report.add("subscriptions: graphql-transport-ws to control-room.v1", ratio, unit: "", budget: ratioMax)
    report.add("subscriptions: an ack, control-room.v1", plainAck, unit: "ns")
    report.add("subscriptions: an ack, graphql-transport-ws", graphQLAck, unit: "ns")
    report.add(
        "subscriptions: payloads encoded a broadcast", Double(client.memory.encodedCount) / 120, unit: "", budget: 1)
}

/// A shard with its connections on loopback sockets.
private struct Side {
    var shard: EdgeShard
    var sessions: [SubscriptionSession]
    var memory = SubscriptionMemory()
    private var slots: [ConnectionSlot] = []
    private var sockets: [(ours: Int32, theirs: Int32)] = []
    private var now = Moment(instant: .start, wall: WallTime(milliseconds: 1_795_219_200_000))
    private var actions: [ShardAction] = []
    private var sink = [UInt8](repeating: 0, count: 4096)

    /// - Parameter sessions: none: the devices speak `control-room.v1`.
    init(sessions: [SubscriptionSession]) {
        self.sessions = sessions
        let description = NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: connectionCount)
        shard = EdgeShard(description: description, configuration: EngineConfiguration(), now: now)
        for number in 0..<connectionCount {
            slots.append(shard.accept(now: now)!)
            sockets.append(loopbackPair())
            guard !sessions.isEmpty else {
                shard.received(
                    .hello(device: "device-\(number)", token: nil, topics: [TopicRequest(topic: topic, position: nil)]),
                    from: slots[number], now: now)
                continue
            }
            say(#"{"type":"connection_init","payload":{"device":"device-\#(number)"}}"#, number)
        }
        settle()
        for number in self.sessions.indices {
            let query = "subscription { stageChanged(event: \\\"fight-night\\\") { event stage sequence timestamp } }"
            say(
                #"{"id":"9b3c5c4e-6f0a-4d8c-9a53-\#(100_000_000 + number)","type":"subscribe","payload":{"query":"\#(query)"}}"#,
                number)
        }
        settle()
        shard.receive(.topicLog(topic, [], oldest: 1), now: now)
        settle()
    }

    private mutating func say(_ json: String, _ number: Int) {
        for step in sessions[number].received(Array(json.utf8), anonymous: "", memory: &memory, now: now.instant) {
            if case .device(let message) = step { shard.received(message, from: slots[number], now: now) }
        }
    }

    private mutating func settle() {
        repeat {
            shard.flush(now: now)
            shard.takeActions(into: &actions)
            for action in actions { perform(action) }
        } while shard.needsFlush
        for socket in sockets { while recv(socket.theirs, &sink, sink.count, CInt(MSG_DONTWAIT)) > 0 {} }
    }

    private mutating func perform(_ action: ShardAction) {
        guard case .send(let slot, let frame) = action else { return }
        let bytes =
            sessions.isEmpty
            ? frame.withBytes(Array.init) : sessions[Int(slot.index)].frames(for: frame, memory: &memory)
        let sent = send(sockets[Int(slot.index)].ours, bytes, bytes.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
        precondition(sent == bytes.count, "the kernel took \(sent) of \(bytes.count) bytes")
    }

    /// Nanoseconds a delivery.
    mutating func deliver(_ sequence: Int64) -> Double {
        now = Moment(instant: now.instant + .milliseconds(1000), wall: now.wall + 1000)
        let publication = Publication(
            broadcast: BroadcastID(sequence), topic: topic, stage: "live",
            position: BroadcastPosition(sequence: sequence, timestamp: now.wall))
        var sendCount = 0
        let cost = measure {
            shard.receive(.publish(publication), now: now)
            while shard.needsFlush {
                shard.flush(now: now)
                shard.takeActions(into: &actions)
                for action in actions {
                    if case .send = action { sendCount += 1 }
                    perform(action)
                }
            }
        }
        precondition(sendCount == connectionCount, "\(sendCount) of \(connectionCount) were sent")
        settle()
        return cost.nanoseconds / Double(connectionCount)
    }

    /// Nanoseconds an ack, from its JSON.
    mutating func acknowledge(_ sequence: Int64) -> Double {
        let ack = Array(#"{"type":"ack","topic":"event/fight-night","sequence":\#(sequence)}"#.utf8)
        let pong = #"{"type":"pong","payload":{"ack":{"event":"fight-night","sequence":\#(sequence)}}}"#
        let cost = measure {
            for number in 0..<connectionCount {
                if sessions.isEmpty {
                    guard let message = try? DeviceMessage(json: ack) else { continue }
                    shard.received(message, from: slots[number], now: now)
                } else {
                    say(pong, number)
                }
            }
        }
        shard.tick(now: now)
        settle()
        return cost.nanoseconds / Double(connectionCount)
    }
}

/// Both ends of a TCP connection on loopback.
private func loopbackPair() -> (ours: Int32, theirs: Int32) {
    let stream = Int32(SOCK_STREAM.rawValue), listener = socket(AF_INET, stream, 0)
    var address = sockaddr_in(), length = socklen_t(MemoryLayout<sockaddr_in>.size)
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let theirs = socket(AF_INET, stream, 0)
    let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(listener, address, length) == 0 && listen(listener, 1) == 0
                && getsockname(listener, address, &length) == 0
                && connect(theirs, address, length) == 0
        }
    }
    let ours = accept(listener, nil, nil)
    precondition(isOpen && ours >= 0, "no TCP on loopback: errno \(errno)")
    close(listener)
    return (ours, theirs)
}
