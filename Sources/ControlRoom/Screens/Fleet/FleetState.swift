import Engine

/// The Fleet screen between two frames: order, filter and fold; and which events stand where.
struct FleetState: Hashable, Sendable {
    enum Order: Hashable, Sendable, CaseIterable {
        case urgency, time, title
    }

    private(set) var order = Order.urgency
    private(set) var isReversed = false
    var isUnfolded = false
    var filter = "" { didSet { list.releaseOrder() } }
    private(set) var list = ListState<EventID>()

    mutating func apply(
        _ motion: Motion, selected: inout EventID?, snapshot: EngineSnapshot, now: EngineInstant, page: Int
    ) {
        list.point(at: selected)
        list.move(motion, over: FleetModel(self, snapshot: snapshot, now: now).rows.map(\.id), page: page / 2, now: now)
        selected = list.selected ?? selected
    }

    mutating func sort(reverse: Bool) {
        if reverse { isReversed.toggle() } else { order = order.following }
        list.releaseOrder()
    }
}

/// The events of a snapshot as Fleet shows them: those that need a person, worst first; then those on plan.
struct FleetModel {
    var attention: [EventSnapshot]
    var calm: [EventSnapshot]
    var isOrderHeld: Bool

    var rows: [EventSnapshot] { attention + calm }

    init(_ state: FleetState, snapshot: EngineSnapshot, now: EngineInstant) {
        let found = snapshot.events.filter { matches(state.filter, $0.title, $0.code, $0.id.rawValue) }
        var wanted = found.sorted { Self.precedes($0, $1, state.order) }
        if state.isReversed { wanted.reverse() }
        wanted = wanted.filter(Self.needsPerson) + wanted.filter { !Self.needsPerson($0) }
        let events = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let shown = state.list.arranged(wanted.map(\.id), now: now).compactMap { events[$0] }
        attention = shown.filter(Self.needsPerson)
        calm = shown.filter { !Self.needsPerson($0) }
        isOrderHeld = state.list.isOrderHeld(at: now) && shown != wanted
    }

    static func needsPerson(_ event: EventSnapshot) -> Bool { event.attention.severity >= .warn }

    private static func precedes(_ left: EventSnapshot, _ right: EventSnapshot, _ order: FleetState.Order) -> Bool {
        let severity =
            order == .urgency ? (-left.attention.severity.rawValue, -right.attention.severity.rawValue) : (0, 0)
        let title = order == .title ? (left.title, right.title) : ("", "")
        let time = (left.nextAt?.milliseconds ?? .max, right.nextAt?.milliseconds ?? .max)
        return (severity.0, title.0, time.0, left.id) < (severity.1, title.1, time.1, right.id)
    }

    /// The keys that answer the event's trouble, most fitting first.
    static func suggestedKeys(_ event: EventSnapshot, _ broadcast: BroadcastSnapshot?) -> String {
        var keys: [String] = []
        if event.hold != nil { keys.append("H resume") }
        if let proposal = event.proposal { keys.append("p plan \(Format.delta(proposal.by))") }
        if event.hold == nil, event.gates.contains(where: { $0.isGo != true }) { keys += ["v vote", "H HOLD"] }
        if let countdown = event.countdown, countdown < 0, event.hold == nil { keys.append("t TAKE") }
        if let broadcast, broadcast.record.state == .sending || !broadcast.isBalanced { keys.append("3 fan-out") }
        return keys.isEmpty ? "Enter opens" : keys.joined(separator: "  ")
    }
}
