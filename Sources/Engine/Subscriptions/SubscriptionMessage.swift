import GraphQL

/// What a client says in `graphql-transport-ws`, and how its JSON becomes that. The protocol document is strict: what
/// is not one of its messages ends the connection with 4400.
///
/// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
enum SubscriptionMessage: Equatable {
    case connectionInit(ObjectValue?)
    case ping(Value?)
    case pong(Value?)
    case subscribe(id: String, Request)
    case complete(id: String)

    /// Longest id, bytes of UTF-8: it is written into every message of its operation.
    static let idBytesMax = 128
}

extension SubscriptionMessage {
    /// - Throws: 4400 with what is wrong.
    init(json: [UInt8]) throws(SubscriptionClose) {
        let value: Value
        do {
            value = try Value(json: json)
        } catch {
            throw .badMessage("Message is not JSON: \(error.reason)")
        }
        guard let message = value.object else { throw .badMessage("Message is expected to be an object") }
        guard let type = message["type"] else { throw .badMessage("Message is missing the 'type' property") }
        switch type.string {
        case "connection_init": self = .connectionInit(try Self.payload(of: message, "connection_init")?.object)
        case "ping": self = .ping(try Self.payload(of: message, "ping"))
        case "pong": self = .pong(try Self.payload(of: message, "pong"))
        case "subscribe": self = .subscribe(id: try Self.id(of: message, "subscribe"), try Self.request(of: message))
        case "complete": self = .complete(id: try Self.id(of: message, "complete"))
        case let name?: throw .badMessage("Invalid message 'type' property \"\(name)\"")
        case nil: throw .badMessage("Message expects the 'type' property to be a string")
        }
    }

    /// An object, or nothing.
    private static func payload(of message: ObjectValue, _ type: String) throws(SubscriptionClose) -> Value? {
        switch message["payload"] {
        case nil, .null?: return nil
        case .object(let object)?: return .object(object)
        default: throw .badMessage("\"\(type)\" message expects the 'payload' property to be an object or missing")
        }
    }

    private static func id(of message: ObjectValue, _ type: String) throws(SubscriptionClose) -> String {
        guard let id = message["id"]?.string else {
            throw .badMessage("\"\(type)\" message expects the 'id' property to be a string")
        }
        guard !id.isEmpty else { throw .badMessage("\"\(type)\" message requires a non-empty 'id' property") }
        guard id.utf8.count <= idBytesMax else {
            throw .badMessage("\"\(type)\" message has an 'id' of over \(idBytesMax) bytes")
        }
        return id
    }

    private static func request(of message: ObjectValue) throws(SubscriptionClose) -> Request {
        guard let payload = message["payload"]?.object else {
            throw .badMessage("\"subscribe\" message expects the 'payload' property to be an object")
        }
        guard let query = payload["query"]?.string else {
            throw .badMessage("\"subscribe\" message payload expects the 'query' property to be a string")
        }
        var request = Request(query)
        switch payload["operationName"] {
        case nil, .null?: break
        case .string(let name)?: request.operationName = name
        default:
            throw .badMessage(
                "\"subscribe\" message payload expects the 'operationName' property to be a string or nullish or missing"
            )
        }
        switch payload["variables"] {
        case nil, .null?: break
        case .object(let variables)?: request.variables = variables
        default:
            throw .badMessage(
                "\"subscribe\" message payload expects the 'variables' property to be an object or nullish or missing")
        }
        switch payload["extensions"] {
        case nil, .null?, .object?: break
        default:
            throw .badMessage(
                "\"subscribe\" message payload expects the 'extensions' property to be an object or nullish or missing")
        }
        return request
    }
}
