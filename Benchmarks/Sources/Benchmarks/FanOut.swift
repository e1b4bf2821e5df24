@testable import Engine

/// Of one publication to all its devices: the frame, and nothing that grows with the devices.
private let allocationsMax = 1.0

/// What a broadcast costs the shard of one event loop with 10 000 connections: the deciding, without the sockets.
func measureFanOut(_ report: inout Report) {
    let connections = 10_000, topic: Topic = "event/fight-night"
    var now = Moment(instant: .start, wall: WallTime(milliseconds: 1_795_219_200_000))
    let description = NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: connections)
    var shard = EdgeShard(description: description, configuration: EngineConfiguration(), now: now)
    var actions: [ShardAction] = []
    var slots: [ConnectionSlot] = []
    for number in 0..<connections {
        let slot = shard.accept(now: now)!
        slots.append(slot)
        shard.received(
            .hello(device: "device-\(number)", token: nil, topics: [TopicRequest(topic: topic, position: nil)]),
            from: slot, now: now)
    }
    func settle() {
        repeat {
            shard.flush(now: now)
            shard.takeActions(into: &actions)
        } while shard.needsFlush
    }
    settle()
    shard.receive(.topicLog(topic, [], oldest: 1), now: now)
    settle()

    var sending: [Double] = [], acking: [Double] = [], allocations: [Double] = []
    // The first ones fill caches and grow tables: the topic's log to its bound.
    let first = Int64(RouterMessage.logMax) + 1
    for sequence in 1...first + 100 {
        now = Moment(instant: now.instant + .milliseconds(1000), wall: now.wall + 1000)
        let publication = Publication(
            broadcast: BroadcastID(sequence), topic: topic, stage: "live",
            position: BroadcastPosition(sequence: sequence, timestamp: now.wall))
        var sends = 0
        let sent = measure {
            shard.receive(.publish(publication), now: now)
            repeat {
                shard.flush(now: now)
                shard.takeActions(into: &actions)
                for case .send in actions { sends += 1 }
            } while shard.needsFlush
        }
        precondition(sends == connections, "\(sends) of \(connections) were sent broadcast \(sequence)")
        let acked = measure {
            for slot in slots { shard.received(.ack(topic, sequence: sequence), from: slot, now: now) }
        }
        shard.tick(now: now)
        settle()
        guard sequence > first else { continue }
        sending.append(sent.nanoseconds / Double(connections))
        allocations.append(sent.allocations)
        acking.append(acked.nanoseconds / Double(connections))
    }
    report.add("fan-out, 10 000 connections: a delivery", sending, unit: "ns")
    report.add("fan-out, 10 000 connections: an ack", acking, unit: "ns")
    report.add("fan-out: allocations a publication, all deliveries", allocations, unit: "", budget: allocationsMax)
}
