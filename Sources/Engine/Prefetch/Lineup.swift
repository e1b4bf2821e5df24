/// The live events as devices may fetch them: the newest picture of the room, less everything that is no device's
/// business.
///
/// A value, kept by `DevicePrefetch`. Two numbers say what has changed, so that caches know what they hold:
/// - `epoch` rises with every change that a device could see: stage, position, hold, plan, which nodes there are and
///   which of them rules select. Not with how full they are: answers take up a better order when they are made anew;
/// - an event's `mapEpoch` rises when its stage map would be another one, which a stage change does not do.
/// New recommendations change neither: maps take them up as their times to live run out, spread by jitter.
struct Lineup: Sendable {
    private(set) var events: [LineupEvent] = []
    private(set) var epoch: UInt64 = 0
    private(set) var axes = CohortAxes()
    var catalogue = RecommendationCatalogue() { didSet { rebuildAxes() } }
    /// `127.0.0.1:8081`, of the first edge node where several listen; nil where none does.
    private(set) var edgeAddress: String?
    /// The edge nodes that take devices, the least full first.
    private(set) var nodes: [LineupNode] = []
    /// Which of them the rules in force want for which event.
    private(set) var selections: [NodeSelection] = []
    /// Whether stage maps hold recommended rows, and whether those past their time are made anew: what degradation
    /// levers change.
    private(set) var hasRows = true
    private(set) var mayRefresh = true
    private var places: [EventID: Int] = [:]
    private var snapshotNumber: Int64 = -1
    private var process: Int32 = -1

    /// - Returns: whether the picture was new.
    mutating func take(_ snapshot: EngineSnapshot) -> Bool {
        guard snapshot.number != snapshotNumber || snapshot.engine.process != process else { return false }
        snapshotNumber = snapshot.number
        process = snapshot.engine.process
        let address = snapshot.engine.edgeAddress.flatMap { $0.split(separator: ",").first.map(String.init) }
        let nodes = LineupNode.open(in: snapshot), selections = snapshot.traffic?.nodes ?? []
        var isChanged =
            edgeAddress != address || events.count != snapshot.events.count || Set(self.nodes) != Set(nodes)
            || self.selections != selections
        (edgeAddress, self.nodes, self.selections) = (address, nodes, selections)
        var fresh: [LineupEvent] = []
        fresh.reserveCapacity(snapshot.events.count)
        for event in snapshot.events {
            var new = LineupEvent(event)
            if let old = self[event.id] {
                new.mapEpoch = old.mapEpoch
                if new == old {
                    fresh.append(old)
                    continue
                }
                if !new.hasSameMap(as: old) { new.mapEpoch += 1 }
            }
            isChanged = true
            fresh.append(new)
        }
        guard isChanged else { return true }
        events = fresh
        places = Dictionary(fresh.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        epoch += 1
        rebuildAxes()
        return true
    }

    /// The same, with less work in it. The axes stay: a cohort is the same with rows and without.
    func economising(hasRows: Bool, mayRefresh: Bool) -> Lineup {
        guard !hasRows || !mayRefresh else { return self }
        var lean = self
        lean.hasRows = hasRows
        lean.mayRefresh = mayRefresh
        return lean
    }

    subscript(id: EventID) -> LineupEvent? { places[id].map { events[$0] } }

    /// At most `first` events, after the one of that id; nil if there is none of that id.
    func events(first: Int, after: EventID?) -> ArraySlice<LineupEvent>? {
        guard let after else { return events.prefix(first) }
        return places[after].map { events[($0 + 1)...].prefix(first) }
    }

    /// Where devices of the event connect, best first: nodes with the label that the rules name for it, then the
    /// others; empty while no node listens.
    /// - Parameters:
    ///   - event: nil: all nodes, whatever the rules say.
    ///   - host: the name devices used for the engine; nil: the nodes' own addresses.
    ///   - told: what stands for every node that says nothing of its own.
    func edgeURLs(for event: LineupEvent?, host: String?, told: String?) -> [String] {
        let label = event.flatMap { event in selections.first { $0.fits(event.id, event.tier) }?.label }
        let wanted = nodes.filter { node in label.map(node.labels.contains) ?? true }
        var urls = (wanted + nodes.filter { !wanted.contains($0) }).map {
            $0.url ?? told ?? Self.url($0.address, host: host)
        }
        if urls.isEmpty, let edgeAddress { urls = [told ?? Self.url(edgeAddress, host: host)] }
        var seen: Set<String> = []
        return urls.filter { seen.insert($0).inserted }
    }

    private static func url(_ address: String, host: String?) -> String {
        guard let host, let colon = address.lastIndex(of: ":") else { return "ws://\(address)/v1/live" }
        return "ws://\(host)\(address[colon...])/v1/live"
    }

    private mutating func rebuildAxes() {
        var axes = CohortAxes()
        for event in events { event.add(to: &axes) }
        catalogue.add(to: &axes)
        self.axes = axes
    }
}

/// An edge node as devices are told of it.
struct LineupNode: Hashable, Sendable {
    let id: NodeID
    let address: String
    let url: String?
    let labels: [String]

    /// Those that take devices, the least full first and the silent last: of one that may be dead nobody knows how full
    /// it is.
    static func open(in snapshot: EngineSnapshot) -> [LineupNode] {
        let found = snapshot.nodes.compactMap { node -> (rank: Int, node: LineupNode)? in
            let said = node.description
            guard said.kind == .real, node.takesDevices, let address = said.address else { return nil }
            let fill = node.connections * 100 / max(1, said.connectionsMax)
            let rank = node.state == .stale ? Int.max : fill
            return (rank, LineupNode(id: said.id, address: address, url: said.url, labels: said.labels ?? []))
        }
        return found.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(
            \.element.node)
    }
}

/// One live event of the lineup.
struct LineupEvent: Hashable, Sendable {
    let id: EventID
    let title: String
    let tier: Tier
    let metadata: TitleMetadata?
    let stages: [StageSnapshot]
    let current: StageKey?
    let next: StageKey?
    let isHeld: Bool
    let position: BroadcastPosition?
    /// See `Lineup`.
    var mapEpoch: UInt64 = 1

    init(_ event: EventSnapshot) {
        id = event.id
        title = event.title
        tier = event.tier
        metadata = event.metadata
        stages = event.stages
        current = event.current
        next = event.next
        isHeld = event.hold != nil
        position = event.position
    }

    func hasSameMap(as other: LineupEvent) -> Bool {
        title == other.title && metadata == other.metadata && stages.count == other.stages.count
            && zip(stages, other.stages).allSatisfy {
                $0.key == $1.key && $0.kind == $1.kind && $0.experience == $1.experience
            }
    }
}
