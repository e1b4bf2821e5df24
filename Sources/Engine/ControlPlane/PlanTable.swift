import OrderedCollections

/// The plans that were prepared and have not taken effect.
///
/// Bounded: beyond `plansMax` the oldest that nobody has confirmed is forgotten, as is any after `planLifetime`.
struct PlanTable: Sendable {
    struct Prepared: Sendable {
        var plan: CommandPlan
        var at: EngineInstant
        /// Who applied it, with the reason, while it is armed or awaits the second operator.
        var confirmed: (by: Actor, why: String?)?
        /// When the countdown ends.
        var fires: EngineInstant?
    }

    private let configuration: EngineConfiguration
    private var prepared: OrderedDictionary<PlanID, Prepared> = [:]
    private var last: PlanID = 0

    init(configuration: EngineConfiguration) { self.configuration = configuration }

    subscript(_ id: PlanID) -> Prepared? { prepared[id] }

    var nextID: PlanID { last + 1 }

    mutating func add(_ plan: CommandPlan, now: EngineInstant) {
        last = plan.id
        prepared[plan.id] = Prepared(plan: plan, at: now)
        if prepared.count > configuration.plansMax, let oldest = prepared.values.first(where: { $0.confirmed == nil }) {
            prepared[oldest.plan.id] = nil
        }
    }

    mutating func update(_ id: PlanID, _ change: (inout Prepared) -> Void) {
        guard var entry = prepared[id] else { return }
        change(&entry)
        prepared[id] = entry
    }

    /// Forgets the earlier previews of the same person's move of the stage: a `+` after a `+` is one plan, not two.
    mutating func replace(_ event: EventID, _ stage: StageKey, by actor: Actor) {
        prepared.removeAll { _, entry in
            guard case .reschedule(event, stage, _) = entry.plan.intent else { return false }
            return entry.confirmed == nil && entry.plan.by == actor
        }
    }

    mutating func remove(_ id: PlanID) { prepared[id] = nil }

    /// Forgets plans past their lifetime.
    /// - Returns: those among them that waited for a second operator.
    mutating func expire(now: EngineInstant) -> [CommandPlan] {
        let old = prepared.values.filter { $0.fires == nil && now - $0.at > configuration.planLifetime }
        for entry in old { prepared[entry.plan.id] = nil }
        return old.filter { $0.confirmed != nil }.map(\.plan)
    }

    /// Armed plans whose countdown has ended, in order.
    func due(now: EngineInstant) -> [Prepared] { prepared.values.filter { $0.fires.map { $0 <= now } ?? false } }

    var nextDeadline: EngineInstant? { prepared.values.compactMap(\.fires).min() }

    /// What everyone in the room should see: armed, or waiting for a second operator.
    var pending: [Prepared] { prepared.values.filter { $0.confirmed != nil } }
}
