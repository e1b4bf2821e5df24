@testable import Engine

/// What ten million modelled devices cost over the two minutes of one broadcast, on a virtual clock and one thread.
func measureAudience(_ report: inout Report) {
    let profile = AudienceProfile(devices: 10_000_000), topic: Topic = "event/fight-night"
    let start = Moment(instant: .start, wall: WallTime(milliseconds: 1_795_219_200_000))
    var layout = AudienceLayout(seed: 12)
    let shares = layout.place(topic, devices: profile.devices)
    var nodes: [ModelledNode] = []
    for share in shares {
        let (description, pace) = layout.nodes[share.node]
        var node = ModelledNode(description: description, seed: 12, pace: pace)
        _ = node.follow(topic, profile: profile, devices: share.devices, now: start)
        _ = node.receive(.topicLog(topic, [], oldest: 1), now: start)
        nodes.append(node)
    }
    let publication = Publication(
        broadcast: BroadcastID(1), topic: topic, stage: "live", position: BroadcastPosition(sequence: 1, timestamp: start.wall))
    var beginning: [Double] = [], ticking: [Double] = []
    for index in nodes.indices {
        beginning.append(measure { _ = nodes[index].receive(.publish(publication), now: start) }.nanoseconds / 1e6)
    }
    var acked = [Int](repeating: 0, count: nodes.count)
    for step in 0..<600 as Range<Int64> {
        let now = Moment(instant: start.instant + .milliseconds(step * 200), wall: start.wall + step * 200)
        for index in nodes.indices {
            var messages: [NodeMessage] = []
            ticking.append(measure { messages = nodes[index].tick(now: now) }.nanoseconds / 1e6)
            for case .report(let report) in messages { acked[index] = report.broadcasts[0].ledger.acked }
        }
    }
    let everyone = acked.reduce(0, +)
    precondition(everyone > profile.devices * 9 / 10, "only \(everyone) devices acked")
    let total = (beginning.reduce(0, +) + ticking.reduce(0, +)) * 1e6
    report.add("audience, 10 million: a device's whole broadcast", total / Double(profile.devices), unit: "ns")
    report.add("audience, 10 million: a broadcast begins at a node", beginning, unit: "ms")
    report.add("audience, 10 million: a tick of a node", ticking, unit: "ms")
}
