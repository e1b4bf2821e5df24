/// What a connection speaks, chosen in its handshake.
enum DeviceProtocol: Equatable, Sendable {
    /// `control-room.v1`, or whatever the echo of the conformance suite is asked for.
    case controlRoom
    /// `graphql-transport-ws`, the protocol of GraphQL clients off the shelf.
    case graphQL
    /// Only the forerunner of `graphql-transport-ws` was offered. The handshake succeeds and the connection ends with
    /// 4406, because a browser shows its page a close code but not an HTTP status.
    case notAcceptable

    static let controlRoomName = "control-room.v1"
    static let graphQLName = "graphql-transport-ws"
    static let graphQLForerunner = "graphql-ws"
}
