import GraphQL

/// What can be subscribed to: the part of the devices' schema that the edge answers, and how.
///
/// `definition` is added to a schema whose scalar `Timestamp` carries 64-bit whole numbers, with `resolvers`.
enum StageSubscription {
    static let definition = #"""
        extend schema {
          subscription: Subscription
        }

        type Subscription {
          """
          Every stage of an event from now on. First comes what was missed after the position given; without one, the present stage.
          Each comes at least once and in order; positions tell copies apart.
          """
          stageChanged(event: ID!, after: PositionInput): StageChange!
        }

        "The position that a device applied last, as it came. A simple device may keep the timestamp alone."
        input PositionInput {
          sequence: Timestamp
          timestamp: Timestamp!
        }

        "Switch to the prefetched stage of this key."
        type StageChange {
          event: ID!
          "The key to look up in the stage map; null in a reset of an event that has had no stage."
          stage: String
          "One more than the last of this event. A lower or equal one is a copy."
          sequence: Timestamp!
          timestamp: Timestamp!
          "False: a reset. What was missed cannot be told one by one; take this stage and position and fetch the stage map again."
          recovered: Boolean!
          "Why it is a reset; null if it is none."
          resetReason: String
        }
        """#

    static let resolvers: [String: Resolver] = [
        "Subscription.stageChanged": { call in .object(try call.source(as: StageChange.self)) },
        "StageChange.event": { call in .value(.string(try call.source(as: StageChange.self).event.rawValue)) },
        "StageChange.stage": { call in
            try call.source(as: StageChange.self).stage.map { .value(.string($0.rawValue)) } ?? .null
        },
        "StageChange.sequence": { call in .value(.int(Int(try call.source(as: StageChange.self).sequence))) },
        "StageChange.timestamp": { call in .value(.int(Int(try call.source(as: StageChange.self).timestamp))) },
        "StageChange.recovered": { call in .value(.boolean(try call.source(as: StageChange.self).resetReason == nil)) },
        "StageChange.resetReason": { call in
            try call.source(as: StageChange.self).resetReason.map { .value(.string($0.rawValue)) } ?? .null
        },
    ]

    static let unknownEvent = GraphQLError(
        "No live event has this id: ask for { events { id } }.", code: "BAD_USER_INPUT")

    /// What the arguments of the field ask to follow.
    /// - Throws: a `GraphQLError` if no event can have that id.
    static func request(_ arguments: ObjectValue?) throws(GraphQLError) -> TopicRequest {
        let event = arguments?["event"]?.string ?? ""
        let topic = Topic(event: EventID(rawValue: event))
        let isPlain = event.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        guard !event.isEmpty, isPlain, topic.rawValue.utf8.count <= DeviceMessage.nameBytesMax else {
            throw unknownEvent
        }
        guard let after = arguments?["after"], let timestamp = after["timestamp"]?.int else {
            return TopicRequest(topic: topic, position: nil)
        }
        let position = ClaimedPosition(sequence: after["sequence"]?.int.map(Int64.init), timestamp: Int64(timestamp))
        return TopicRequest(topic: topic, position: position)
    }
}

/// One event of a subscription.
struct StageChange: Hashable, Sendable {
    var topic: Topic
    var event: EventID
    var stage: StageKey?
    var sequence: Int64
    var timestamp: Int64
    /// Nil: this is the next stage in order.
    var resetReason: ResetReason?

    /// Nil for a message that is not about a stage.
    init?(_ message: EdgeMessage) {
        switch message {
        case .stage(let topic, let stage, let position):
            self.init(topic, stage, position, nil)
        case .reset(let topic, let stage, let position, let reason):
            self.init(topic, stage, position, reason)
        case .welcome, .unsubscribed: return nil
        }
    }

    private init?(_ topic: Topic, _ stage: StageKey?, _ position: BroadcastPosition?, _ reason: ResetReason?) {
        guard let event = topic.event else { return nil }
        self.topic = topic
        self.event = event
        self.stage = stage
        sequence = position?.sequence ?? 0
        timestamp = position?.timestamp.milliseconds ?? 0
        resetReason = reason
    }

    /// By which `SubscriptionMemory` finds out what a selection asks for: every field differs from every other.
    static let probe = StageChange(
        Topic(event: "\u{1}event"), "\u{1}stage",
        BroadcastPosition(sequence: -1, timestamp: WallTime(milliseconds: -2)), .invalid)!
}
