@testable import Engine

/// A device as the protocol asks it to be: it applies what is newer, acks, and comes back with its position.
///
/// It also is the witness: whatever comes to it that the promises exclude, it reports.
struct SimulatedDevice {
    /// What a device has of a topic.
    struct Held: Equatable {
        var position: BroadcastPosition
        var stage: StageKey
    }

    /// One connection, as long as either side believes in it.
    struct Link {
        var number: Int
        var node: Int
        var incarnation: Int
        var slot: ConnectionSlot
        /// When the last bytes arrive, each way: TCP keeps order.
        var lastDown: Int64 = 0
        var lastUp: Int64 = 0
        var pendingBytes = 0
        /// The newest sequence that came over this connection, by topic.
        var newest: [Topic: Int64] = [:]
    }

    let id: String
    let topics: [Topic]
    var held: [Topic: Held] = [:]
    /// How often the screen changed, by position: more than once breaks INV-3.
    var applied: [Topic: Set<BroadcastPosition>] = [:]
    var link: Link?
    var attempts = 0
    var stalledUntil: Int64 = 0

    /// The first message of a connection: what is wanted, and from where.
    var hello: DeviceMessage {
        .hello(device: id, token: nil, topics: topics.map { topic in
            TopicRequest(topic: topic, position: held[topic].map {
                ClaimedPosition(sequence: $0.position.sequence, timestamp: $0.position.timestamp.milliseconds)
            })
        })
    }

    /// Takes in a message. Returns the topic to ack, if any.
    mutating func take(_ message: EdgeMessage, _ checker: inout Checker, bug: PlantedBug?) -> Topic? {
        switch message {
        case .welcome: return nil
        case .unsubscribed(let topic):
            checker.fail("INV-5", "\(id) never unsubscribed from \(topic)")
            return nil
        case .stage(let topic, let stage, let position):
            return takeStage(topic, stage, position, &checker, bug)
        case .reset(let topic, let stage?, let position?, let reason):
            checkReset(
                topic, position, reason,
                checker.hasAborted(topic, after: held[topic]?.position.sequence ?? 0, upTo: position.sequence), &checker
            )
            checker.require(
                checker.isCommitted(topic, stage, position), "INV-6",
                "\(id) was given \(position) '\(stage)', which is not on disk")
            if held[topic]?.position != position { apply(topic, stage, position, &checker) }
            link?.newest[topic] = position.sequence
            return topic
        case .reset(let topic, _, _, let reason):
            checker.require(
                held[topic] == nil, "INV-2",
                "\(id) was at \(held[topic]!.position) of \(topic) and is reset to nothing (\(reason))")
            return nil
        }
    }

    private mutating func takeStage(
        _ topic: Topic, _ stage: StageKey, _ position: BroadcastPosition, _ checker: inout Checker, _ bug: PlantedBug?
    ) -> Topic? {
        checker.require(topics.contains(topic), "INV-5", "\(id) does not follow \(topic)")
        checker.require(
            checker.isCommitted(topic, stage, position), "INV-6",
            "\(id) was given \(position) '\(stage)', which is not on disk")
        let before = link?.newest[topic] ?? 0
        checker.require(
            position.sequence >= before, "INV-2",
            "\(id) was given \(topic) \(position.sequence) after \(before) on one connection")
        link?.newest[topic] = position.sequence
        if let held = held[topic] {
            if position.sequence <= held.position.sequence {
                if position.sequence == held.position.sequence {
                    checker.require(
                        held == Held(position: position, stage: stage), "INV-7",
                        "\(id) has \(held), and is given '\(stage)' at \(position)")
                }
                if bug == .copyApplied { apply(topic, stage, position, &checker) }
                return topic
            }
            checker.require(position.sequence == held.position.sequence + 1, "INV-1",
                            "\(id) was given \(topic) \(position.sequence) after \(held.position.sequence)")
        }
        apply(topic, stage, position, &checker)
        return topic
    }

    private mutating func apply(
        _ topic: Topic, _ stage: StageKey, _ position: BroadcastPosition, _ checker: inout Checker
    ) {
        if let held = held[topic] {
            checker.require(
                position.sequence >= held.position.sequence, "INV-2",
                "\(id) goes back from \(held.position) to \(position) of \(topic)")
        }
        checker.require(
            applied[topic, default: []].insert(position).inserted, "INV-3", "\(id) applied \(topic) \(position) twice")
        held[topic] = Held(position: position, stage: stage)
    }

    /// No history is ever lost in this world, and no device makes up a position.
    private func checkReset(
        _ topic: Topic, _ position: BroadcastPosition, _ reason: ResetReason, _ hasAborted: Bool,
        _ checker: inout Checker
    ) {
        let place = held[topic]?.position
        switch reason {
        case .tooFarBehind, .tooOld:
            checker.require(
                place.map { $0.sequence < position.sequence } ?? true, "INV-2",
                "\(id) at \(place!) of \(topic) is reset to \(position) (\(reason))")
        case .aborted:
            checker.require(hasAborted || (link?.newest[topic] ?? 0) > 0 || place == nil, "INV-1",
                "\(id) at \(place!) of \(topic) is reset to \(position) over an abort, but none lies between")
        case .otherHistory, .fromTheFuture, .invalid:
            checker.fail(
                "INV-2",
                "\(id) at \(place.map(String.init(describing:)) ?? "nothing") of \(topic) is reset to \(position) (\(reason))"
            )
        }
    }
}
