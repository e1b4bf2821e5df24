/// What a device says in `control-room.v1`, and how its JSON becomes that.
///
/// Strict where it matters: known members must have their type, none may occur twice, nothing may follow the
/// object. Members that we do not know are skipped, so that newer devices can speak to older nodes.
enum DeviceMessage: Hashable, Sendable {
    /// The first message of every connection, and only that. `make` is what the device says of itself, if it does.
    case hello(device: String, token: String?, make: DeviceMake = .unknown, topics: [TopicRequest])
    /// Follow these topics too. For a topic that is followed already: catch me up from this position, I see a gap.
    case subscribe([TopicRequest])
    case unsubscribe([Topic])
    /// I applied everything of the topic up to and including this sequence.
    case ack(Topic, sequence: Int64)
    /// I was given the stage of this sequence, do not know its key, and still show what I showed.
    case unknownStage(Topic, sequence: Int64)
}

/// A topic that a device wants to follow, and what it has of it.
struct TopicRequest: Hashable, Sendable {
    var topic: Topic
    /// Nil: the device has nothing, and is given the current stage.
    var position: ClaimedPosition?
}

/// The position a device says it has. A claim: it may be of another history, of the future, or made up.
struct ClaimedPosition: Hashable, Sendable {
    /// Nil for a simple device that remembers the timestamp alone.
    var sequence: Int64?
    /// Milliseconds since 1970, as the edge once sent it.
    var timestamp: Int64
}

extension DeviceMessage {
    /// Longest device id and topic, bytes of UTF-8.
    static let nameBytesMax = 128

    /// - Throws: `.badMessage` for anything that is not a message of the protocol.
    init(json: [UInt8]) throws(CloseReason) {
        do {
            var reader = JSONReader(json)
            var members = Members()
            try reader.object { (reader, key) throws(JSONReader.Fault) in try members.read(key, &reader) }
            try reader.end()
            self = try members.message()
        } catch {
            throw .badMessage
        }
    }
}

/// The members of any message, gathered in one pass; which of them there must be is asked afterwards.
private struct Members {
    private var type: String?
    private var device: String?
    private var token: String?
    private var family: String?
    private var build: String?
    private var topic: Topic?
    private var sequence: Int64?
    private var topics: [TopicRequest]?

    mutating func read(_ key: String, _ reader: inout JSONReader) throws(JSONReader.Fault) {
        switch key {
        case "type": try once(&type, reader.string())
        case "device": try once(&device, reader.string())
        case "token": try once(&token, reader.string())
        case "family": try once(&family, Self.name(reader.string(), bytesMax: DeviceFamily.bytesMax))
        case "build": try once(&build, Self.name(reader.string(), bytesMax: DeviceBuild.bytesMax))
        case "topic": try once(&topic, Topic(rawValue: Self.name(reader.string())))
        case "sequence": try once(&sequence, reader.integer())
        case "topics":
            var list: [TopicRequest] = []
            try reader.array { (reader) throws(JSONReader.Fault) in list.append(try Self.request(&reader)) }
            try once(&topics, list)
        default: try reader.skip()
        }
    }

    func message() throws(JSONReader.Fault) -> DeviceMessage {
        switch type {
        case "hello":
            guard let device, let topics else { throw JSONReader.Fault() }
            let make = DeviceMake(
                family: family.map(DeviceFamily.init(rawValue:)) ?? .unknown,
                build: build.map(DeviceBuild.init(rawValue:)) ?? .unknown)
            return .hello(device: try Self.name(device), token: token, make: make, topics: topics)
        case "subscribe":
            guard let topics else { throw JSONReader.Fault() }
            return .subscribe(topics)
        case "unsubscribe":
            guard let topics else { throw JSONReader.Fault() }
            return .unsubscribe(topics.map(\.topic))
        case "ack":
            guard let topic, let sequence else { throw JSONReader.Fault() }
            return .ack(topic, sequence: sequence)
        case "unknown-stage":
            guard let topic, let sequence else { throw JSONReader.Fault() }
            return .unknownStage(topic, sequence: sequence)
        default: throw JSONReader.Fault()
        }
    }

    /// One element of `topics`. A sequence proves nothing without its timestamp, so it may not stand alone.
    private static func request(_ reader: inout JSONReader) throws(JSONReader.Fault) -> TopicRequest {
        var topic: Topic?
        var sequence: Int64?
        var timestamp: Int64?
        try reader.object { (reader, key) throws(JSONReader.Fault) in
            switch key {
            case "topic": try once(&topic, Topic(rawValue: name(reader.string())))
            case "sequence": try once(&sequence, reader.integer())
            case "timestamp": try once(&timestamp, reader.integer())
            default: try reader.skip()
            }
        }
        guard let topic, sequence == nil || timestamp != nil else { throw JSONReader.Fault() }
        return TopicRequest(
            topic: topic, position: timestamp.map { ClaimedPosition(sequence: sequence, timestamp: $0) })
    }

    /// Names come to logs and screens: short, not empty, and without control characters.
    private static func name(
        _ text: String, bytesMax: Int = DeviceMessage.nameBytesMax
    ) throws(JSONReader.Fault) -> String {
        guard !text.isEmpty, text.utf8.count <= bytesMax,
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        else { throw JSONReader.Fault() }
        return text
    }
}

func once<Value>(_ place: inout Value?, _ value: Value) throws(JSONReader.Fault) {
    guard place == nil else { throw JSONReader.Fault() }
    place = value
}
