/// What a shard decided; its loop (or the simulator) performs it, in order.
enum ShardAction: Sendable {
    case send(ConnectionSlot, OutboundFrame)
    case ping(ConnectionSlot)
    /// Say why, then end the connection. The shard has already forgotten it.
    case close(ConnectionSlot, CloseReason)
    case tell(NodeMessage)

    var isForConnection: Bool { if case .tell = self { false } else { true } }
}
