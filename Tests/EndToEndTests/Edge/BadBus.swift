import Engine
import Foundation
import Synchronization

/// A bus as bad as the promise allows: every message crosses as text, some are lost, some come twice, all come late and
/// out of order. Whoever works over it needs nothing but what a network between processes gives.
final class BadBus: Bus {
    private struct State {
        var nodes: [NodeID: any EdgeNode] = [:]
        var router: (@Sendable (NodeMessage, NodeID) -> Void)?
        var random = SeededGenerator(seed: 7)
        var lost = 0
        var doubled = 0
        var broken: [String] = []
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "bad-bus", attributes: .concurrent)

    func attach(_ node: any EdgeNode) { state.withLock { $0.nodes[node.description.id] = node } }
    func attachRouter(_ receive: @escaping @Sendable (NodeMessage, NodeID) -> Void) {
        state.withLock { $0.router = receive }
    }

    var lostCount: Int { state.withLock { $0.lost } }
    var doubledCount: Int { state.withLock { $0.doubled } }
    /// Messages that did not come out of their text as they went in.
    var broken: [String] { state.withLock { $0.broken } }

    func send(_ message: RouterMessage, to node: NodeID) {
        guard let receiver = state.withLock({ $0.nodes[node] }) else { return }
        carry(message) { receiver.receive($0) }
    }

    func send(_ message: NodeMessage, from node: NodeID) {
        guard let receive = state.withLock({ $0.router }) else { return }
        carry(message) { receive($0, node) }
    }

    private func carry<Message: Codable & Equatable & Sendable>(
        _ message: Message, _ deliver: @escaping @Sendable (Message) -> Void
    ) {
        guard let text = try? JSONEncoder().encode(message),
            let copy = try? JSONDecoder().decode(Message.self, from: text), copy == message
        else { return state.withLock { $0.broken.append("\(message)") } }
        for delay in delays() { queue.asyncAfter(deadline: .now() + .milliseconds(delay)) { deliver(copy) } }
    }

    /// One in eight is lost, one in eight comes twice; up to 60 ms each.
    private func delays() -> [Int] {
        state.withLock { state in
            let draw = state.random.next()
            let delays = [Int((draw >> 8) % 60), Int((draw >> 16) % 60)]
            switch draw % 8 {
            case 0:
                state.lost += 1
                return []
            case 1:
                state.doubled += 1
                return delays
            default: return [delays[0]]
            }
        }
    }
}
