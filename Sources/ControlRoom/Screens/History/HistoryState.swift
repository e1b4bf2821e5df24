import Engine

/// The History screen between two frames: past broadcasts read from the database so far, newest first.
/// At most `recordsMax` are kept; further back the list ends and says so.
struct HistoryState: Hashable, Sendable {
    static let recordsMax = 2000
    /// Records asked for at a time.
    static let pageSize = 200

    private(set) var records: [BroadcastRecord] = []
    /// Whether any answer has come.
    private(set) var isLoaded = false
    /// Whether the oldest broadcast of the database is among `records`.
    private(set) var isComplete = false
    var filter = "" { didSet { list.releaseOrder() } }
    /// The broadcast whose figures per node are open.
    private(set) var opened: BroadcastID?
    private(set) var list = ListState<BroadcastID>()
    private(set) var nodes = ListState<NodeID>()

    /// Takes in one answer: the newest page, or the one `nextPage` asked for.
    mutating func show(_ page: [BroadcastRecord]) {
        var known = Dictionary(records.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for record in page { known[record.id] = record }
        records = Array(known.values.sorted { $0.id > $1.id }.prefix(Self.recordsMax))
        let reachesBack = records.isEmpty || page.last.map { $0.id <= records[records.count - 1].id } ?? true
        if reachesBack, page.count < Self.pageSize { isComplete = true }
        isLoaded = true
    }

    /// What to ask the engine for when the cursor nears the end of what is known; nil while there is no need.
    var nextPage: HistoryQuery? {
        guard isLoaded, !isComplete, records.count < Self.recordsMax, let last = records.last else { return nil }
        let rows = shown
        let place = list.index(in: rows.map(\.id)) ?? 0
        guard place + 50 >= rows.count else { return nil }
        return HistoryQuery(before: last.id, limit: Self.pageSize)
    }

    /// The records that pass the filter.
    var shown: [BroadcastRecord] {
        records.filter { matches(filter, $0.eventTitle, $0.event.rawValue, $0.publication.stage.rawValue, $0.id.description, $0.actor.description) }
    }

    var record: BroadcastRecord? { opened.flatMap { id in records.first { $0.id == id } } }

    mutating func apply(_ motion: Motion, now: EngineInstant, page: Int) {
        if let record, motion != .next, motion != .previous {
            nodes.move(motion, over: Self.ranked(record).map(\.node), page: page / 2, now: now)
            return
        }
        list.move(motion, over: shown.map(\.id), page: page - 3, now: now)
        if opened != nil {
            opened = list.selected
            nodes = ListState()
        }
    }

    mutating func open() {
        let rows = shown.map(\.id)
        guard opened == nil, let index = list.index(in: rows) else { return }
        list.point(at: rows[index])
        opened = rows[index]
        nodes = ListState()
    }

    /// - Returns: whether figures were open.
    mutating func close() -> Bool {
        defer { opened = nil }
        return opened != nil
    }

    mutating func follow() {
        opened = nil
        list = ListState()
    }

    /// The nodes of a record with the one in most trouble first.
    static func ranked(_ record: BroadcastRecord) -> [NodeFigures] { FanOutModel.ranked(record.figures.nodes, FanOutState()) }
}
