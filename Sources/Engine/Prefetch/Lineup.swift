/// The live events as devices may fetch them: the newest picture of the room, less everything that is no device's business.
///
/// A value, kept by `DevicePrefetch`. Two numbers say what has changed, so that caches know what they hold:
/// - `epoch` rises with every change that a device could see: stage, position, hold, plan;
/// - an event's `mapEpoch` rises when its stage map would be another one, which a stage change does not do.
/// New recommendations change neither: maps take them up as their times to live run out, spread by jitter.
struct Lineup: Sendable {
    private(set) var events: [LineupEvent] = []
    private(set) var epoch: UInt64 = 0
    private(set) var axes = CohortAxes()
    var catalogue = RecommendationCatalogue() { didSet { rebuildAxes() } }
    /// `127.0.0.1:8081`, of the first edge node where several listen; nil where none does.
    private(set) var edgeAddress: String?
    /// Whether stage maps hold recommended rows, and whether those past their time are made anew: what degradation levers change.
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
        var isChanged = edgeAddress != address || events.count != snapshot.events.count
        edgeAddress = address
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

    private mutating func rebuildAxes() {
        var axes = CohortAxes()
        for event in events { event.add(to: &axes) }
        catalogue.add(to: &axes)
        self.axes = axes
    }
}

/// One live event of the lineup.
struct LineupEvent: Hashable, Sendable {
    let id: EventID
    let title: String
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
        metadata = event.metadata
        stages = event.stages
        current = event.current
        next = event.next
        isHeld = event.hold != nil
        position = event.position
    }

    func hasSameMap(as other: LineupEvent) -> Bool {
        title == other.title && metadata == other.metadata && stages.count == other.stages.count
            && zip(stages, other.stages).allSatisfy { $0.key == $1.key && $0.kind == $1.kind && $0.experience == $1.experience }
    }
}
