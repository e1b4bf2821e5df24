/// Why the edge ends a connection: the whole table of close codes of `control-room.v1`.
///
/// Codes below 4000 are RFC 6455's own; 4400...4499 mean that something about the device or its connection is
/// wrong, 4500...4599 that the node itself is going. `Documentation/WireProtocol.md` prints this table, and a test
/// compares the two.
public enum CloseReason: UInt16, CaseIterable, Error, Sendable {
    /// The device said goodbye.
    case normal = 1000
    /// The node stopped before it could spread its goodbyes.
    case goingAway = 1001
    case protocolError = 1002
    /// A binary message: the protocol is text only.
    case binary = 1003
    case invalidText = 1007
    /// A message over `EngineConfiguration.deviceMessageBytesMax`, or one in too many fragments.
    case tooBig = 1009
    case restarting = 1012
    case badMessage = 4400
    case unauthorised = 4401
    case unknownTopic = 4404
    case helloTimeout = 4408
    case silent = 4409
    /// The same device said hello on a newer connection.
    case superseded = 4410
    case slow = 4413
    case tooMany = 4429
    case draining = 4503

    /// The WebSocket close code.
    public var code: UInt16 { rawValue }

    /// What the close frame says: UTF-8, at most 123 bytes.
    public var reason: String {
        switch self {
        case .normal: "goodbye"
        case .goingAway: "this edge node stops: reconnect with jitter"
        case .protocolError: "not WebSocket as RFC 6455 says"
        case .binary: "binary message: send JSON text"
        case .invalidText: "text that is not UTF-8"
        case .tooBig: "message too big: 1 KiB in 64 fragments at most"
        case .restarting: "this edge node restarts: reconnect with jitter"
        case .badMessage: "message that control-room.v1 does not know here: see Documentation/WireProtocol.md"
        case .unauthorised: "token refused: fetch a new one"
        case .unknownTopic: "no such topic: fetch the events again"
        case .helloTimeout: "no hello in time"
        case .silent: "nothing heard for two pings: reconnect and catch up"
        case .superseded: "this device connected again elsewhere"
        case .slow: "reading too slowly: reconnect and catch up"
        case .tooMany: "too many requests or devices: reconnect later"
        case .draining: "this edge node is being emptied: reconnect with jitter"
        }
    }

    /// Whether the device comes back as it is: with the delays of the welcome, its last position in its hello.
    /// A device that must not would only be refused again until something about it has changed.
    public var shouldReconnect: Bool {
        switch self {
        case .normal, .protocolError, .binary, .invalidText, .tooBig, .badMessage, .unauthorised, .unknownTopic,
            .superseded:
            false
        case .goingAway, .restarting, .helloTimeout, .silent, .slow, .tooMany, .draining:
            true
        }
    }
}
