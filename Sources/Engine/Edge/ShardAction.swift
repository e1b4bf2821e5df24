/// What a shard decided; its loop (or the simulator) performs it, in order.
enum ShardAction: Sendable {
    case send(ConnectionSlot, OutboundFrame)
    case ping(ConnectionSlot)
    /// Say why, then end the connection. The shard has already forgotten it.
    case close(ConnectionSlot, CloseReason)
    /// Apart from the others, which are many and would each be as large as a report.
    indirect case tell(NodeMessage)
}
