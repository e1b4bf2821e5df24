/// What the edge says to devices in `control-room.v1`.
enum EdgeMessage: Hashable, Sendable {
    case welcome(Welcome)
    /// Byte-identical for every device that follows the topic.
    case stage(Topic, StageKey, BroadcastPosition)
    /// Forget what you have of the topic, take this instead; nil: the topic has had no stage yet.
    case reset(Topic, StageKey?, BroadcastPosition?, ResetReason)
    /// Nothing of the topic follows any more.
    case unsubscribed(Topic)
}

/// How to behave on this connection.
struct Welcome: Hashable, Sendable {
    var node: NodeID
    var ackWithin: Milliseconds
    var pingEvery: Milliseconds
    var retryMin: Milliseconds
    var retryMax: Milliseconds
}

/// Why a device cannot be caught up honestly.
enum ResetReason: String, CaseIterable, Sendable {
    /// The sequence carries another timestamp here: the device's position is of another database.
    case otherHistory = "other-history"
    case fromTheFuture = "from-the-future"
    /// From before the oldest position that the topic can be caught up from.
    case tooOld = "too-old"
    /// More than `EngineConfiguration.catchUpMax` broadcasts behind.
    case tooFarBehind = "too-far-behind"
    /// An operator aborted a broadcast that the device does not have; this one comes in its place.
    case aborted
    /// A negative position.
    case invalid
}

extension EdgeMessage {
    /// The JSON of the message.
    var json: String {
        switch self {
        case .welcome(let welcome):
            return """
                {"type":"welcome","node":\(jsonString(welcome.node.rawValue)),"ackWithin":\(welcome.ackWithin),\
                "pingEvery":\(welcome.pingEvery),"retry":{"min":\(welcome.retryMin),"max":\(welcome.retryMax)}}
                """
        case .stage(let topic, let stage, let position):
            return """
                {"type":"stage","topic":\(jsonString(topic.rawValue)),"stage":\(jsonString(stage.rawValue)),\
                "sequence":\(position.sequence),"timestamp":\(position.timestamp.milliseconds)}
                """
        case .reset(let topic, let stage, let position, let reason):
            return """
                {"type":"reset","topic":\(jsonString(topic.rawValue)),"stage":\(stage.map { jsonString($0.rawValue) } ?? "null"),\
                "sequence":\(position?.sequence ?? 0),"timestamp":\(position?.timestamp.milliseconds ?? 0),\
                "reason":"\(reason.rawValue)"}
                """
        case .unsubscribed(let topic):
            return #"{"type":"unsubscribed","topic":\#(jsonString(topic.rawValue))}"#
        }
    }
}

/// `text` as a JSON string.
func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\":
            result += "\\"
            result.unicodeScalars.append(scalar)
        case "\u{0}"..<" ":
            let hex = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// Messages ready for the socket: encoded once, shared by every connection they go to. A class because that
/// is the point: ten thousand deliveries hold one reference each.
final class OutboundFrame: Sendable {
    /// What the bytes say, in order; a simulated device reads these.
    let messages: [EdgeMessage]
    /// The WebSocket frames of `messages`, one after the other.
    let bytes: [UInt8]

    init(_ message: EdgeMessage) {
        messages = [message]
        bytes = WebSocketFrame.encode(.text, message.json.utf8)
    }

    /// Several frames that leave as one write.
    init(joining frames: [OutboundFrame]) {
        messages = frames.flatMap(\.messages)
        bytes = frames.flatMap(\.bytes)
    }
}
