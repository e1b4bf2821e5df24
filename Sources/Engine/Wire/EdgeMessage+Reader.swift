// The device's side of the wire: what the edge says, read back from its JSON. The device fleet and the tests use it.

extension EdgeMessage {
    /// Reads a message as a device must: members that are not known are skipped, known ones must have their type and
    /// occur once.
    ///
    /// - Throws: `JSONReader.Fault` for anything that is not a message of the protocol.
    init(json: [UInt8]) throws(JSONReader.Fault) {
        var reader = JSONReader(json)
        var members = EdgeMembers()
        try reader.object { (reader, key) throws(JSONReader.Fault) in try members.read(key, &reader) }
        try reader.end()
        self = try members.message()
    }
}

private struct EdgeMembers {
    private var type: String?
    private var node: String?
    private var ackWithin: Milliseconds?
    private var pingEvery: Milliseconds?
    private var retry: (min: Milliseconds, max: Milliseconds)?
    private var topic: Topic?
    /// Outer nil: not there; inner nil: `null`.
    private var stage: StageKey??
    private var sequence: Int64?
    private var timestamp: Int64?
    private var reason: String?

    mutating func read(_ key: String, _ reader: inout JSONReader) throws(JSONReader.Fault) {
        switch key {
        case "type": try once(&type, reader.string())
        case "node": try once(&node, reader.string())
        case "ackWithin": try once(&ackWithin, reader.integer())
        case "pingEvery": try once(&pingEvery, reader.integer())
        case "retry": try once(&retry, Self.retry(&reader))
        case "topic": try once(&topic, Topic(rawValue: reader.string()))
        case "stage": try once(&stage, reader.stringOrNull().map(StageKey.init(rawValue:)))
        case "sequence": try once(&sequence, reader.integer())
        case "timestamp": try once(&timestamp, reader.integer())
        case "reason": try once(&reason, reader.string())
        default: try reader.skip()
        }
    }

    func message() throws(JSONReader.Fault) -> EdgeMessage {
        switch type {
        case "welcome":
            guard let node, let ackWithin, let pingEvery, let retry else { throw JSONReader.Fault() }
            return .welcome(
                Welcome(
                    node: NodeID(rawValue: node), ackWithin: ackWithin, pingEvery: pingEvery, retryMin: retry.min,
                    retryMax: retry.max))
        case "stage":
            guard let topic, let stage = stage ?? nil, let position else { throw JSONReader.Fault() }
            return .stage(topic, stage, position)
        case "reset":
            guard let topic, let stage, let position, let reason = reason.flatMap(ResetReason.init(rawValue:)) else {
                throw JSONReader.Fault()
            }
            return .reset(topic, stage, stage == nil ? nil : position, reason)
        case "unsubscribed":
            guard let topic else { throw JSONReader.Fault() }
            return .unsubscribed(topic)
        default: throw JSONReader.Fault()
        }
    }

    private var position: BroadcastPosition? {
        guard let sequence, let timestamp else { return nil }
        return BroadcastPosition(sequence: sequence, timestamp: WallTime(milliseconds: timestamp))
    }

    private static func retry(_ reader: inout JSONReader) throws(JSONReader.Fault) -> (
        min: Milliseconds, max: Milliseconds
    ) {
        var least: Milliseconds?
        var most: Milliseconds?
        try reader.object { (reader, key) throws(JSONReader.Fault) in
            switch key {
            case "min": try once(&least, reader.integer())
            case "max": try once(&most, reader.integer())
            default: try reader.skip()
            }
        }
        guard let least, let most, least >= 0, least <= most else { throw JSONReader.Fault() }
        return (least, most)
    }
}
