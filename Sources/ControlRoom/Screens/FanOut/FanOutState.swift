import Engine

/// The Fan-out screen between two frames: which broadcast, which order of nodes, which lower pane.
struct FanOutState: Hashable, Sendable {
    enum Order: String, Hashable, Sendable, CaseIterable {
        case acked, unacked, p99, node
    }

    enum Pane: Hashable, Sendable {
        case nodes, curves
    }

    private(set) var order = Order.acked
    private(set) var isReversed = false
    private(set) var pane = Pane.nodes
    /// The broadcast chosen with `[` and `]`; nil follows the newest of the selected event.
    private(set) var chosen: BroadcastID?
    private(set) var nodes = ListState<NodeID>()

    /// The broadcast to show: the chosen one while the snapshot has it and it is of the selected event, else
    /// that event's newest. What ABORT and retry are about must be this one.
    func broadcast(of event: EventID?, in snapshot: EngineSnapshot) -> BroadcastSnapshot? {
        if let chosen, let found = snapshot.broadcasts.first(where: { $0.id == chosen }), found.record.event == event {
            return found
        }
        return snapshot.broadcasts.first { $0.record.event == event }
    }

    mutating func apply(
        _ motion: Motion, selected: inout EventID?, snapshot: EngineSnapshot, now: EngineInstant, page: Int
    ) {
        switch motion {
        case .next, .previous:
            let all = snapshot.broadcasts
            guard !all.isEmpty else { return }
            let place = broadcast(of: selected, in: snapshot).flatMap { shown in all.firstIndex { $0.id == shown.id } }
            let index = place.map { $0 + (motion == .next ? 1 : -1) } ?? 0
            let wanted = all[min(max(0, index), all.count - 1)]
            chosen = wanted.id
            selected = wanted.record.event
            nodes = ListState()
        case .nextPane, .previousPane: pane = pane == .nodes ? .curves : .nodes
        default:
            guard let shown = broadcast(of: selected, in: snapshot) else { return }
            let ranked = FanOutModel.ranked(shown.record.figures.nodes, self).map(\.node)
            let step: Motion = motion == .left ? .up : motion == .right ? .down : motion
            nodes.move(step, over: ranked, page: page / 3, now: now)
        }
    }

    mutating func sort(reverse: Bool) {
        if reverse { isReversed.toggle() } else { order = order.following }
        nodes.releaseOrder()
    }

    /// Back to the newest broadcast of the selected event.
    mutating func follow() { chosen = nil }
}
