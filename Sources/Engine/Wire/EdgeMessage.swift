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
    var json: String { ByteWriter.collecting(write) { String(decoding: $0, as: UTF8.self) } }

    /// Writes the JSON of the message.
    func write(to writer: inout ByteWriter) {
        switch self {
        case .welcome(let welcome): welcome.write(to: &writer)
        case .stage(let topic, let stage, let position):
            writer.write(#"{"type":"stage","topic":"#)
            writer.write(quoted: topic.rawValue)
            writer.write(#","stage":"#)
            writer.write(quoted: stage.rawValue)
            Self.write(position, to: &writer)
        case .reset(let topic, let stage, let position, let reason):
            writer.write(#"{"type":"reset","topic":"#)
            writer.write(quoted: topic.rawValue)
            writer.write(#","stage":"#)
            if let stage { writer.write(quoted: stage.rawValue) } else { writer.write("null") }
            Self.write(position, to: &writer)
            writer.write(#","reason":"#)
            writer.write(quoted: reason.rawValue)
        case .unsubscribed(let topic):
            writer.write(#"{"type":"unsubscribed","topic":"#)
            writer.write(quoted: topic.rawValue)
        }
        writer.write("}")
    }

    private static func write(_ position: BroadcastPosition?, to writer: inout ByteWriter) {
        writer.write(#","sequence":"#)
        writer.write(position?.sequence ?? 0)
        writer.write(#","timestamp":"#)
        writer.write(position?.timestamp.milliseconds ?? 0)
    }
}

extension Welcome {
    /// All but the last brace.
    fileprivate func write(to writer: inout ByteWriter) {
        writer.write(#"{"type":"welcome","node":"#)
        writer.write(quoted: node.rawValue)
        writer.write(#","ackWithin":"#)
        writer.write(ackWithin)
        writer.write(#","pingEvery":"#)
        writer.write(pingEvery)
        writer.write(#","retry":{"min":"#)
        writer.write(retryMin)
        writer.write(#","max":"#)
        writer.write(retryMax)
        writer.write("}")
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
