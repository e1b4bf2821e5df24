import Synchronization

/// The bus while router and edge nodes live in one process: two tables of who listens.
///
/// Owned by whoever composes the engine. Shared by all threads; the lock is held for a look-up only, never during a
/// call.
public final class InProcessBus: Bus {
    private struct Listeners {
        var nodes: [NodeID: any EdgeNode] = [:]
        var router: (@Sendable (NodeMessage, NodeID) -> Void)?
    }

    private let listeners = Mutex(Listeners())

    public init() {}

    public func attach(_ node: any EdgeNode) { listeners.withLock { $0.nodes[node.description.id] = node } }

    /// `receive` is called on the thread of the node that speaks, and must return at once.
    public func attachRouter(_ receive: @escaping @Sendable (NodeMessage, NodeID) -> Void) {
        listeners.withLock { $0.router = receive }
    }

    public func send(_ message: RouterMessage, to node: NodeID) {
        listeners.withLock { $0.nodes[node] }?.receive(message)
    }

    public func send(_ message: NodeMessage, from node: NodeID) {
        listeners.withLock { $0.router }?(message, node)
    }
}
