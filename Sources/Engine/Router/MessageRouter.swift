import OrderedCollections

/// Tier 1: which edge nodes have interest in which topic, what each of them has confirmed, and what has
/// to be said to whom.
///
/// Owned by the control plane. Pure: messages and time come in, dispatches come out. A message may be lost or arrive
/// twice on the bus, so a publication is repeated with growing delay until the node confirms its position, a
/// heartbeat carries the node's whole interest, and an abort (which nobody confirms) is said three times.
struct MessageRouter: Sendable {
    struct Dispatch: Hashable, Sendable {
        var message: RouterMessage
        var node: NodeID
    }

    /// What the router knows of an edge node.
    struct Node: Sendable {
        var description: NodeDescription
        var lastHeard: EngineInstant
        var isStale = false
        /// Topics with interest, sorted.
        var interest: OrderedSet<Topic> = []
        var confirmed: [Topic: BroadcastPosition] = [:]
        /// Topics whose newest publication the node has not confirmed, and when to repeat it.
        var outstanding: OrderedDictionary<Topic, Repeat> = [:]
        var report: NodeReport
        /// What the node is to do with devices, and what it last said it does.
        var wanted = NodeDuty()
        var duty = NodeDuty()
    }

    struct Repeat: Sendable {
        var at: EngineInstant
        var delay: Duration
    }

    private struct AbortNotice: Sendable {
        var topic: Topic
        var sequence: Int64
        var next: Repeat
        var timesLeft: Int
    }

    private let configuration: EngineConfiguration
    /// By id. An array, and read in place by index: a copy of a `Node` counts ten references, and a picture looks at
    /// 512.
    private(set) var nodes: [Node] = []
    private var places: [NodeID: Int] = [:]
    private(set) var logs: OrderedDictionary<Topic, TopicLog> = [:]
    private var aborts: [AbortNotice] = []

    init(configuration: EngineConfiguration) { self.configuration = configuration }

    // MARK: Topics

    /// Opens a topic with what the store still has of it.
    mutating func open(_ topic: Topic, log: TopicLog) -> [Dispatch] {
        logs[topic] = log
        return placesInterested(in: topic).map { logMessage(topic, to: $0) }
    }

    /// Closes a topic: its followers are told that it no longer exists.
    mutating func close(_ topic: Topic) -> [Dispatch] {
        logs[topic] = nil
        return placesInterested(in: topic).map { place in
            nodes[place].outstanding[topic] = nil
            return Dispatch(message: .unknownTopic(topic), node: nodes[place].description.id)
        }
    }

    /// Publications before this sequence can no longer be caught up.
    mutating func setOldest(_ sequence: Int64, of topic: Topic) { logs[topic]?.oldest = sequence }

    /// Hands a committed publication to every node with interest.
    mutating func publish(_ publication: Publication, now: EngineInstant) -> [Dispatch] {
        logs[publication.topic, default: TopicLog()].append(publication)
        return dispatchHead(of: publication.topic, now: now)
    }

    /// Sends a publication that was committed before a crash once more: at least once.
    mutating func republishHead(of topic: Topic, now: EngineInstant) -> [Dispatch] {
        dispatchHead(of: topic, now: now)
    }

    private mutating func dispatchHead(of topic: Topic, now: EngineInstant) -> [Dispatch] {
        guard let head = logs[topic]?.head else { return [] }
        return placesInterested(in: topic).map { place in
            expectConfirmation(of: topic, from: place, now: now)
            return Dispatch(message: .publish(head), node: nodes[place].description.id)
        }
    }

    /// Stops the waves of a publication that are not sent yet.
    mutating func abort(_ topic: Topic, sequence: Int64, now: EngineInstant) -> [Dispatch] {
        logs[topic]?.markAborted(sequence)
        let delay = configuration.repeatAfter
        aborts.append(
            AbortNotice(topic: topic, sequence: sequence, next: Repeat(at: now + delay, delay: delay), timesLeft: 2))
        return interested(in: topic).map { Dispatch(message: .abort(topic, sequence: sequence), node: $0) }
    }

    /// Says something of a publication's waves. Copies of the publication say it too from now on.
    mutating func order(_ order: WaveOrder, of topic: Topic, sequence: Int64) -> [Dispatch] {
        logs[topic]?.order(order, of: sequence)
        return interested(in: topic).map { Dispatch(message: .order(topic, sequence: sequence, order), node: $0) }
    }

    func resend(_ topic: Topic, sequence: Int64) -> [Dispatch] {
        interested(in: topic).map { Dispatch(message: .resend(topic, sequence: sequence), node: $0) }
    }

    /// Publications the store had to be asked for, on their way to the node that wanted them.
    func history(_ topic: Topic, _ publications: [Publication], to node: NodeID) -> Dispatch {
        Dispatch(message: .topicLog(topic, publications, oldest: logs[topic]?.oldest ?? 1), node: node)
    }

    /// Edge nodes with interest in the topic, by id.
    func interested(in topic: Topic) -> [NodeID] { placesInterested(in: topic).map { nodes[$0].description.id } }

    private func placesInterested(in topic: Topic) -> [Int] {
        nodes.indices.filter { nodes[$0].interest.contains(topic) }
    }

    // MARK: Nodes

    /// What is known of an edge node; nil before its first heartbeat.
    func node(_ id: NodeID) -> Node? { places[id].map { nodes[$0] } }

    /// Empty before a node's first heartbeat.
    func region(of id: NodeID) -> String { places[id].map { nodes[$0].description.region } ?? "" }

    /// What nodes may be selected by.
    var labels: Set<String> { Set(nodes.indices.flatMap { nodes[$0].description.labels ?? [] }) }

    /// Takes note of what an edge node says. `historyWanted` is not for the router: it has only the newest.
    mutating func receive(_ message: NodeMessage, from id: NodeID, now: EngineInstant) -> [Dispatch] {
        if case .heartbeat(let description, let topics) = message {
            return heartbeat(description, topics: topics, now: now)
        }
        // A node that has not introduced itself is not known by what it is; its heartbeat comes within a second.
        guard let place = places[id] else { return [] }
        nodes[place].lastHeard = now
        switch message {
        case .heartbeat, .historyWanted, .lag:
            return []
        case .interest(let topic, let isInterested):
            return setInterest(topic, isInterested, place: place, now: now)
        case .confirmed(let topic, let position):
            confirm(topic, position, place: place)
            return []
        case .report(let report):
            nodes[place].report = report
            return []
        case .duty(let duty):
            return note(duty, of: place)
        }
    }

    /// Wants another duty of a node; said again whenever the node says that it obeys an older one.
    mutating func want(_ kind: NodeDuty.Kind, of node: NodeID) -> [Dispatch] {
        guard let place = places[node] else { return [] }
        let wish = NodeDuty(revision: max(nodes[place].wanted.revision, nodes[place].duty.revision) + 1, kind: kind)
        nodes[place].wanted = wish
        return [Dispatch(message: .duty(wish), node: node)]
    }

    /// A node that obeys a newer wish than ours has it from an engine before this one: it stands.
    private mutating func note(_ duty: NodeDuty, of place: Int) -> [Dispatch] {
        nodes[place].duty = duty
        if duty.revision > nodes[place].wanted.revision { nodes[place].wanted = duty }
        let wanted = nodes[place].wanted
        return duty == wanted ? [] : [Dispatch(message: .duty(wanted), node: nodes[place].description.id)]
    }

    private mutating func heartbeat(_ description: NodeDescription, topics: [Topic], now: EngineInstant) -> [Dispatch] {
        let place =
            places[description.id]
            ?? insert(Node(description: description, lastHeard: now, report: NodeReport(node: description.id)))
        nodes[place].lastHeard = now
        nodes[place].description = description
        guard topics != nodes[place].interest.elements else { return [] }
        let told = OrderedSet(topics.sorted())
        let lost = nodes[place].interest.subtracting(told), gained = told.subtracting(nodes[place].interest)
        return lost.flatMap { setInterest($0, false, place: place, now: now) }
            + gained.flatMap { setInterest($0, true, place: place, now: now) }
    }

    /// Returns its place, which those of greater id after it have lost.
    private mutating func insert(_ node: Node) -> Int {
        let place = nodes.firstIndex { node.description.id < $0.description.id } ?? nodes.count
        nodes.insert(node, at: place)
        for index in place..<nodes.count { places[nodes[index].description.id] = index }
        return place
    }

    private mutating func setInterest(_ topic: Topic, _ isInterested: Bool, place: Int, now: EngineInstant)
        -> [Dispatch]
    {
        guard isInterested else {
            nodes[place].interest.remove(topic)
            nodes[place].outstanding[topic] = nil
            nodes[place].confirmed[topic] = nil
            return []
        }
        nodes[place].interest.append(topic)
        nodes[place].interest.sort()
        guard let log = logs[topic] else {
            return [Dispatch(message: .unknownTopic(topic), node: nodes[place].description.id)]
        }
        if log.head != nil { expectConfirmation(of: topic, from: place, now: now) }
        return [logMessage(topic, to: place)]
    }

    private mutating func confirm(_ topic: Topic, _ position: BroadcastPosition, place: Int) {
        guard let log = logs[topic], let head = log.head else { return }
        nodes[place].confirmed[topic] = position
        if position == head.position { nodes[place].outstanding[topic] = nil }
    }

    private mutating func expectConfirmation(of topic: Topic, from place: Int, now: EngineInstant) {
        let delay = configuration.repeatAfter
        nodes[place].outstanding[topic] = Repeat(at: now + delay, delay: delay)
    }

    // MARK: Time

    /// Repeats what is not confirmed.
    mutating func tick(now: EngineInstant) -> [Dispatch] {
        var dispatches: [Dispatch] = []
        for place in nodes.indices {
            let isStale = now - nodes[place].lastHeard > configuration.nodeLease
            // Written only when it changes: the control plane decides on a copy, and a write would copy all nodes each
            // tick.
            if nodes[place].isStale != isStale { nodes[place].isStale = isStale }
            guard nodes[place].outstanding.values.contains(where: { $0.at <= now }) else { continue }
            for (topic, due) in nodes[place].outstanding where due.at <= now {
                let delay = min(due.delay * 2, configuration.repeatMax)
                nodes[place].outstanding[topic] = Repeat(at: now + delay, delay: delay)
                dispatches.append(repeatMessage(topic, to: place))
            }
        }
        for index in aborts.indices where aborts[index].next.at <= now {
            let notice = aborts[index]
            dispatches += interested(in: notice.topic).map {
                Dispatch(message: .abort(notice.topic, sequence: notice.sequence), node: $0)
            }
            aborts[index].next = Repeat(at: now + notice.next.delay * 2, delay: notice.next.delay * 2)
            aborts[index].timesLeft -= 1
        }
        aborts.removeAll { $0.timesLeft == 0 }
        return dispatches
    }

    /// When `tick` has something to do next; nil while everything is confirmed. (Staleness shows at any tick.)
    var nextDeadline: EngineInstant? {
        var next = aborts.map(\.next.at).min()
        for place in nodes.indices where !nodes[place].outstanding.isEmpty {
            for due in nodes[place].outstanding.values { next = min(next ?? due.at, due.at) }
        }
        return next
    }

    /// The head alone for a node that is one behind, the whole log for one that is further back or of another history.
    private func repeatMessage(_ topic: Topic, to place: Int) -> Dispatch {
        let id = nodes[place].description.id
        guard let log = logs[topic], let head = log.head else {
            return Dispatch(message: .unknownTopic(topic), node: id)
        }
        let isOneBehind =
            nodes[place].confirmed[topic].map { log.contains($0) && $0.sequence == head.position.sequence - 1 }
            ?? (head.position.sequence == 1)
        return isOneBehind ? Dispatch(message: .publish(head), node: id) : logMessage(topic, to: place)
    }

    private func logMessage(_ topic: Topic, to place: Int) -> Dispatch {
        let log = logs[topic] ?? TopicLog()
        return Dispatch(
            message: .topicLog(topic, Array(log.publications), oldest: log.oldest), node: nodes[place].description.id)
    }
}
