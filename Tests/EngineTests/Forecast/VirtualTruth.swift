@testable import Engine

/// A small virtual audience behind a few modelled nodes: what a forecast says of a broadcast to it, and what happens.
struct VirtualTruth {
    static let topic: Topic = "event/fight-night"
    static let wall = WallTime(milliseconds: 1_763_690_400_000)
    static let ackWithin: Milliseconds = 10_000

    var profile: AudienceProfile
    private var nodes: [ModelledNode] = []
    private(set) var population = FanOutPopulation()

    /// - Parameter paces: one node each; the devices are spread evenly.
    init(seed: UInt64, profile: AudienceProfile, paces: [NodePace]) {
        self.profile = profile
        let each = profile.devices / paces.count
        for (index, pace) in paces.enumerated() {
            let description = NodeDescription(
                id: NodeID("v-\(index < 10 ? "0" : "")\(index)"), kind: .modelled, region: "r", connectionsMax: each,
                pace: pace)
            var node = ModelledNode(description: description, seed: seed, pace: pace)
            _ = node.follow(
                Self.topic, profile: profile, devices: index * each..<(index + 1) * each, now: Self.moment(0))
            let report = Self.report(node.tick(now: Self.moment(1000)))
            population.add(
                description.id, known: each, connected: report?.connections ?? 0, pace: pace, profile: profile,
                ackWithin: Self.ackWithin)
            nodes.append(node)
        }
    }

    /// Twelve regions as the layout knows them, one of them slow, scaled so that a wave takes a moment to send.
    static func paces(_ random: inout some RandomNumberGenerator) -> [NodePace] {
        let slow = Int.random(in: 0..<12, using: &random), rate = Double.random(in: 500...4000, using: &random)
        return AudienceLayout.regions.enumerated().map { index, region in
            NodePace(
                sendsPerSecond: index == slow ? rate / 8 : rate,
                latencyFactor: region.latency * (index == slow ? 2.5 : 1))
        }
    }

    func shape(waves: WavePlan) -> FanOutShape { FanOutShape(of: population, waves: waves) { DeliveryLags($0) } }

    /// Sends to everyone and looks an hour later.
    mutating func broadcast(waves: WavePlan) -> BroadcastFigures {
        let at: Int64 = 10_000
        let publication = Publication(
            broadcast: BroadcastID(1), topic: Self.topic, stage: "live",
            position: BroadcastPosition(sequence: 1, timestamp: Self.wall + at), waves: waves)
        let record = BroadcastRecord(
            publication: publication, event: "fight-night", eventTitle: "Fight Night", tier: .high, actor: .engine)
        var machine = BroadcastMachine(record: record, budget: 60_000, deadline: .seconds(7200))
        for index in nodes.indices {
            _ = nodes[index].receive(.publish(publication), now: Self.moment(at))
            guard let report = Self.report(nodes[index].tick(now: Self.moment(at + 3_600_000))) else { continue }
            for delivery in report.broadcasts {
                machine.receive(delivery, region: "r", now: Self.moment(at + 3_600_000).instant)
            }
        }
        _ = machine.tick(now: Self.moment(at + 3_600_000))
        return machine.figures
    }

    private static func moment(_ milliseconds: Int64) -> Moment {
        Moment(instant: EngineInstant(nanoseconds: milliseconds * 1_000_000), wall: wall + milliseconds)
    }

    private static func report(_ messages: [NodeMessage]) -> NodeReport? {
        for case .report(let report) in messages { return report }
        return nil
    }
}
