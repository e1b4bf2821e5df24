import OrderedCollections

// Faults that somebody lets happen to the modelled edge nodes while the show is on.

extension ControlPlane {
    /// A drill lasts at most an hour.
    static let drillMax: Milliseconds = 3_600_000

    mutating func drilled(
        _ fault: AudienceFault, _ actor: Actor, _ why: String?, in transaction: inout Transaction
    ) -> EngineReply {
        let now = transaction.now.wall
        drills.removeAll { $0.until <= now }
        guard fault.until > now, fault.until.since(max(fault.from, now)) <= Self.drillMax else {
            return .refused("A drill lasts at most an hour and ends ahead: say for how long, as ‘for 60s’.")
        }
        guard drills.count < AudienceFault.countMax else {
            return .refused("\(drills.count) drills are under way: wait until one is over.")
        }
        let nodes = drilledNodes(fault)
        guard !nodes.isEmpty else {
            return .refused("No modelled edge node is meant by ‘\(fault)’: 3 Fan-out lists them.")
        }
        drills.append(fault)
        transaction.actions += nodes.map { .send(.drill(fault), to: $0) }
        let length = Words.duration(fault.until.since(max(fault.from, now)))
        let entry = journal(
            .drillBegan, actor: actor, after: "\(fault) for \(length), \(nodes.count) modelled edge nodes", why: why,
            in: &transaction)
        return .done(entry, "DRILL: \(fault) at \(nodes.count) modelled edge nodes for \(length).")
    }

    /// Tells the nodes once, as `drilled` does: one that does not hear it goes on to the end that was said.
    mutating func endedDrills(_ actor: Actor, _ why: String?, in transaction: inout Transaction) -> EngineReply {
        let now = transaction.now.wall
        drills.removeAll { $0.until <= now }
        guard !drills.isEmpty else { return .refused("No drill is under way: there is nothing to end.") }
        for drill in drills {
            var ended = drill
            ended.until = now
            transaction.actions += drilledNodes(drill).map { .send(.drill(ended), to: $0) }
        }
        let names = drills.map(\.description).joined(separator: ", ")
        drills = []
        let entry = journal(.drillEnded, actor: actor, before: names, why: why, in: &transaction)
        return .done(entry, "DRILL over: \(names). Devices come back by themselves.")
    }

    func drillFacts(_ fault: AudienceFault, time: WallTime) -> [PlanFact] {
        let nodes = drilledNodes(fault)
        let devices = nodes.reduce(0) { $0 + (router.node($1)?.report.connections ?? 0) }
        return [
            PlanFact(
                "at",
                "\(nodes.count) modelled edge nodes with \(Words.count(devices)) connections; real ones are left alone",
                severity: .warn),
            PlanFact("ends", "by itself at \(Words.time(fault.until)), or before at ‘fault end’"),
        ]
    }

    private func drilledNodes(_ fault: AudienceFault) -> [NodeID] {
        router.nodes.filter { $0.description.kind == .modelled && fault.concerns($0.description) }.map(\.description.id)
    }
}
