/// Waves that wait: for the canary's proof, or for an operator.
extension BroadcastMachine {
    /// What the canary shows.
    public enum CanaryVerdict: Hashable, Sendable {
        /// Enough devices have applied the stage.
        case good
        /// Devices do not know the stage.
        case bad
    }

    /// One device in so many that does not know the stage is too many.
    static let refusalMax = 50
    /// A canary that has proved nothing after so many times its `check` is a person's to decide.
    static let patience: Milliseconds = 5

    /// When to judge the canary (again); nil if there is nothing to judge.
    var nextJudgement: EngineInstant? {
        guard isOnTrial, let canary = record.publication.waves.canary, let began = heardAt else { return nil }
        return max(began + .milliseconds(canary.check), judgedAt.map { $0 + Self.judgeEvery } ?? .start)
    }

    static let judgeEvery: Duration = .milliseconds(100)

    /// Whether the canary is out and nobody has said anything of the waves.
    var isOnTrial: Bool {
        let publication = record.publication
        return publication.waves.canary != nil && record.state == .sending
            && publication.order == WaveOrder(revision: 0, isHeld: true)
    }

    /// Judges the canary once its time is up: bad if one device in fifty that answered does not know the stage, good
    /// if half of those it was sent to have applied it. Nil: not yet to be told.
    mutating func judgeCanary(now: EngineInstant) -> CanaryVerdict? {
        guard isOnTrial, let due = nextJudgement, due <= now else { return nil }
        noteJudgement(now)
        let total = total, answered = total.acked + total.unknownStage
        if total.unknownStage > 0, total.unknownStage * Self.refusalMax >= answered { return .bad }
        guard hasHeardFromMost, answered * 2 >= total.sent else { return nil }
        prove()
        return .good
    }

    /// Why a person has to decide on the waves; nil while there is nothing to decide.
    func reasonToDecide(now: EngineInstant) -> String? {
        guard record.publication.order.isHeld, record.state == .sending else { return nil }
        guard isOnTrial, let canary = record.publication.waves.canary else { return "its waves are paused." }
        guard let heardAt, now - heardAt > .milliseconds(canary.check * Self.patience) else { return nil }
        return "the canary has proved nothing: \(total.acked) of \(total.sent) acked."
    }

    /// Says something new of the waves.
    mutating func order(isHeld: Bool, now: EngineInstant) -> WaveOrder {
        let order = WaveOrder(revision: record.publication.order.revision + 1, isHeld: isHeld)
        noteOrder(order, now: now)
        return order
    }

    /// Nodes that have not heard what was last said of the waves.
    var nodesBehindOrder: [NodeID] {
        record.publication.order.revision == 0 || isFinal ? [] : nodes(belowRevision: record.publication.order.revision)
    }
}
