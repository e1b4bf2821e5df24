import Foundation
package import NIOCore

/// What is spoken on the operators' Unix socket: JSON, one value a line, UTF-8.
///
///     terminal → {"protocol":2,"operator":{"name":"ana","role":"SCO","terminal":"pts/3@desk"}}
///     engine   → {"greeting":{"protocol":2,"process":4711,"operator":{…}}}     or {"refused":"sentence"} and a close
///     terminal → {"id":7,"command":{…}}
///     engine   → {"id":7,"reply":{…}}
///     engine   → {"snapshot":{…}}        the newest, when the one before has left
///     engine   → {"error":"sentence"}    and a close
package enum OperatorWire {
    /// Both ends must speak the same one: commands and snapshots are the types of one build.
    package static let version = 2
    /// Longest line from a terminal, bytes.
    package static let requestBytesMax = 1 << 20
    /// Longest line from an engine, bytes: a snapshot of a thousand live events fits many times.
    package static let answerBytesMax = 64 << 20
    /// Commands of one terminal that may wait for their reply; one more ends the connection.
    package static let commandsMax = 16

    package static func line(_ value: some Encodable) -> ByteBuffer {
        // Commands, replies and snapshots always have a JSON form: none holds a number that is not finite.
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(value) else { preconditionFailure("\(type(of: value)) has no JSON form") }
        var buffer = ByteBuffer(bytes: data)
        buffer.writeInteger(UInt8(ascii: "\n"))
        return buffer
    }

    package static func value<Value: Decodable>(_ type: Value.Type, in line: ByteBuffer) -> Value? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(type, from: Data(line.readableBytesView))
    }
}

/// The first line of a terminal.
package struct OperatorHello: Codable, Hashable, Sendable {
    package var `protocol`: Int
    package var `operator`: Operator

    package init(protocol version: Int = OperatorWire.version, operator person: Operator) {
        self.protocol = version
        self.operator = person
    }
}

/// Every later line of a terminal.
package struct OperatorRequest: Codable, Hashable, Sendable {
    package var id: Int64
    package var command: EngineCommand

    package init(id: Int64, command: EngineCommand) {
        self.id = id
        self.command = command
    }
}

/// The engine's first line: who it is, and as whom it knows the operator.
package struct OperatorGreeting: Codable, Hashable, Sendable {
    package var `protocol`: Int
    package var process: Int32
    package var `operator`: Operator

    package init(protocol version: Int = OperatorWire.version, process: Int32, operator person: Operator) {
        self.protocol = version
        self.process = process
        self.operator = person
    }
}

/// A line of the engine.
package enum OperatorLine: Codable, Hashable, Sendable {
    case greeting(OperatorGreeting)
    case refused(String)
    case reply(Int64, EngineReply)
    case snapshot(EngineSnapshot)
    case error(String)

    private enum Key: String, CodingKey { case greeting, refused, id, reply, snapshot, error }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        if fields.contains(.snapshot) {
            self = .snapshot(try fields.decode(EngineSnapshot.self, forKey: .snapshot))
        } else if fields.contains(.reply) {
            self = .reply(
                try fields.decode(Int64.self, forKey: .id), try fields.decode(EngineReply.self, forKey: .reply))
        } else if fields.contains(.greeting) {
            self = .greeting(try fields.decode(OperatorGreeting.self, forKey: .greeting))
        } else if fields.contains(.refused) {
            self = .refused(try fields.decode(String.self, forKey: .refused))
        } else {
            self = .error(try fields.decode(String.self, forKey: .error))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .greeting(let greeting): try fields.encode(greeting, forKey: .greeting)
        case .refused(let sentence): try fields.encode(sentence, forKey: .refused)
        case .reply(let id, let reply):
            try fields.encode(id, forKey: .id)
            try fields.encode(reply, forKey: .reply)
        case .snapshot(let snapshot): try fields.encode(snapshot, forKey: .snapshot)
        case .error(let sentence): try fields.encode(sentence, forKey: .error)
        }
    }
}

/// Cuts a stream into lines, without their ends. How long a line may get is the limit of the
/// `ByteToMessageHandler` around it; an unfinished last line is thrown away.
package struct LineDecoder: NIOSingleStepByteToMessageDecoder {
    package typealias InboundOut = ByteBuffer

    /// Bytes of the waiting line that are known to hold no end, so that a long one is not searched anew with each read.
    private var searched = 0

    package init() {}

    package mutating func decode(buffer: inout ByteBuffer) throws -> ByteBuffer? {
        let view = buffer.readableBytesView
        guard let end = view.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
            searched = view.count
            return nil
        }
        searched = 0
        let line = buffer.readSlice(length: end - view.startIndex)
        buffer.moveReaderIndex(forwardBy: 1)
        return line
    }

    package mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> ByteBuffer? {
        if let line = try decode(buffer: &buffer) { return line }
        buffer.clear()
        return nil
    }
}
