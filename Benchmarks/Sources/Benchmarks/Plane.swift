@testable import Engine
import OrderedCollections
import TestSupport

/// What the control plane costs with 512 edge nodes that all follow ten events: a tick as the engine takes it (on a
/// copy), a picture, a node's report, a preview, a publication.
func measureControlPlane(_ report: inout Report) {
    let nodes = (0..<512).map {
        NodeDescription(id: NodeID("v-\(1000 + $0)"), kind: .modelled, region: "r-\($0 % 12)", connectionsMax: 200_000)
    }
    let events = (0..<10).map { LiveEvent.fightNight(id: EventID("event-\($0)")) }
    let topics = events.map(\.topic)
    var now = Moment(instant: .start, wall: evening)
    let info = EngineInfo(process: 1, startedAt: evening, host: "bench", database: "none")
    var plane = ControlPlane(configuration: EngineConfiguration(), info: info, now: now)
    var reading = ScheduleReading()
    reading.events = events
    _ = plane.start(from: RecoveredState(), reading: reading, files: ["bench.yaml"], fresh: false, now: now)
    for node in nodes { _ = plane.receive(.heartbeat(node, topics: topics), from: node.id, now: now) }

    func pass(_ milliseconds: Milliseconds) {
        now = Moment(instant: now.instant + .milliseconds(milliseconds), wall: now.wall + milliseconds)
    }
    pass(10_000)
    // Each time from the same state: the plane is a value.
    let before = plane
    let firing = (0..<20).map { _ in
        measure {
            var next = before
            precondition(next.apply(.tick, now: now).batch.broadcasts.count == events.count)
            plane = next
        }.nanoseconds / 1e6
    }
    report.add("control plane: ten stages to 512 nodes in one tick", firing, unit: "ms")

    var receiving: [Double] = [], ticking: [Double] = [], drawing: [Double] = []
    for round in 1...50 as ClosedRange<Int> {
        pass(100)
        for node in nodes {
            let message = NodeMessage.report(delivery(at: node, topics, round: round))
            receiving.append(measure { _ = plane.receive(message, from: node.id, now: now) }.nanoseconds / 1e3)
            if round == 1 {
                for topic in topics {
                    _ = plane.receive(
                        .confirmed(topic, plane.router.logs[topic]!.head!.position), from: node.id, now: now)
                }
            }
        }
        ticking.append(measure {
            var next = plane
            _ = next.apply(.tick, now: now)
            plane = next
        }.nanoseconds / 1e6)
        drawing.append(measure { _ = plane.snapshot(now: now) }.nanoseconds / 1e6)
    }
    report.add("control plane: a tick, ten fan-outs, 512 nodes", ticking, unit: "ms")
    report.add("control plane: a picture, ten fan-outs, 512 nodes", drawing, unit: "ms")
    report.add("control plane: a report on ten broadcasts", receiving, unit: "µs")
    let previewing = (0..<50).map { _ in
        measure {
            let move = Intent.reschedule("event-3", "live", .by(30_000))
            guard case .plan? = plane.apply(.command(.prepare(move), Desk.kris), now: now).reply else {
                preconditionFailure("no plan")
            }
        }.nanoseconds / 1e6
    }
    report.add("control plane: preview of a rescheduling", previewing, unit: "ms", budget: 100)
    measurePublish(nodes, &report)
}

private func delivery(at node: NodeDescription, _ topics: [Topic], round: Int) -> NodeReport {
    var report = NodeReport(node: node.id, connections: 192_000, offline: 8000)
    for topic in topics {
        report.topics.append(TopicCount(topic: topic, connections: 19_200, known: 20_000, prefetched: 19_000))
        var delivery = NodeDelivery(node: node.id, kind: .modelled, topic: topic, sequence: 1, wavesSent: 1)
        let share = BroadcastFixture.NodeShare(sent: 1, acked: Double(round) / 60, lag99: 2000)
        delivery.ledger = BroadcastFixture.ledger(connected: 19_200, offline: 800, share: share)
        report.broadcasts.append(delivery)
    }
    return report
}

private func measurePublish(_ nodes: [NodeDescription], _ report: inout Report) {
    let topic: Topic = "event/fight-night"
    var router = MessageRouter(configuration: EngineConfiguration())
    _ = router.open(topic, log: TopicLog())
    for node in nodes { _ = router.receive(.heartbeat(node, topics: [topic]), from: node.id, now: .start) }
    var samples: [Double] = []
    for sequence in 1...200 as ClosedRange<Int64> {
        let publication = Publication(
            broadcast: BroadcastID(sequence), topic: topic, stage: "live",
            position: BroadcastPosition(sequence: sequence, timestamp: evening + sequence))
        samples.append(
            measure { precondition(router.publish(publication, now: .start).count == nodes.count) }.nanoseconds / 1e3)
    }
    report.add("router: publish to 512 nodes", samples, unit: "µs")
}
