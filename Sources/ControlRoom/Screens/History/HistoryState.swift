import Engine

/// The History screen between two frames: past showings, and the broadcasts of the one under the cursor, read from
/// the database so far. Of both at most `showingsMax` and `recordsMax` are kept; further back the list ends and says
/// so.
struct HistoryState: Hashable, Sendable {
    enum Focus: Hashable, Sendable { case showings, broadcasts }

    /// What the showings are sorted by; dates and figures have the newest and the worst first.
    enum Order: String, Hashable, Sendable, CaseIterable { case date, event, tier, late, t999 = "t99.9", acked }

    static let recordsMax = 2000
    static let showingsMax = 5000
    /// Records asked for at a time.
    static let pageSize = 200
    static let showingsPageSize = 500

    private(set) var showings: [Showing] = []
    /// The showings that pass the filter, in the order wanted; arranged anew only when one of the three changes.
    private(set) var shownShowings: [Showing] = []
    private(set) var areShowingsLoaded = false
    private(set) var areShowingsComplete = false
    private(set) var records: [BroadcastRecord] = []
    /// The showing whose broadcasts have all been read, as it was then: it is not asked for again until it grows.
    private var exhausted: Showing?
    /// Whether any answer has come.
    private(set) var isLoaded = false
    /// Whether the oldest broadcast of the database is among `records`.
    private(set) var isComplete = false
    private(set) var focus = Focus.showings
    private(set) var order = Order.date
    private(set) var isReversed = false
    var filter = "" {
        didSet {
            list.releaseOrder()
            showingList.releaseOrder()
            arrangeShowings()
        }
    }
    /// The broadcast whose figures per node are open.
    private(set) var opened: BroadcastID?
    private(set) var showingList = ListState<BroadcastID>()
    private(set) var list = ListState<BroadcastID>()
    private(set) var nodes = ListState<NodeID>()

    // MARK: What the database answered

    /// Takes in a page of showings. The first page brings what has changed at the top.
    mutating func show(_ page: [Showing], isFirstPage: Bool) {
        var known = Dictionary(showings.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for showing in page { known[showing.id] = showing }
        showings = Array(known.values.sorted { $0.last > $1.last }.prefix(Self.showingsMax))
        if page.count < Self.showingsPageSize, !isFirstPage || showings.count == page.count {
            areShowingsComplete = true
        }
        areShowingsLoaded = true
        arrangeShowings()
    }

    /// Takes in one answer: the newest page, or the one `nextPage` asked for.
    mutating func show(_ page: [BroadcastRecord], for query: HistoryQuery = HistoryQuery()) {
        if query.event != nil, page.count < query.limit, let showing, showing.event == query.event {
            exhausted = showing
        }
        var known = Dictionary(records.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for record in page { known[record.id] = record }
        let showing = showing
        // What the cursor is on stays; then the newest.
        let ordered = known.values.sorted { ($0.isOf(showing) ? 1 : 0, $0.id) > ($1.isOf(showing) ? 1 : 0, $1.id) }
        records = ordered.prefix(Self.recordsMax).sorted { $0.id > $1.id }
        let reachesBack = records.isEmpty || page.last.map { $0.id <= records[records.count - 1].id } ?? true
        if reachesBack, page.count < Self.pageSize { isComplete = true }
        isLoaded = true
    }

    /// What to ask the engine for: broadcasts of the showing under the cursor that are not known yet.
    var nextPage: HistoryQuery? {
        guard isLoaded else { return nil }
        if let showing {
            guard exhausted != showing else { return nil }
            let known = records.filter { $0.isOf(showing) }
            guard known.count < min(showing.broadcastCount, Self.recordsMax) else { return nil }
            return HistoryQuery(
                event: showing.event, before: known.last?.id ?? BroadcastID(showing.last.number + 1),
                limit: Self.pageSize)
        }
        guard !isComplete, records.count < Self.recordsMax, let last = records.last else { return nil }
        let rows = shown
        let place = list.index(in: rows.map(\.id)) ?? 0
        guard place + 50 >= rows.count else { return nil }
        return HistoryQuery(before: last.id, limit: Self.pageSize)
    }

    /// Before which broadcast to ask for more showings, when the cursor nears the end of what is known.
    var nextShowings: BroadcastID? {
        guard areShowingsLoaded, !areShowingsComplete, showings.count < Self.showingsMax, let last = showings.last
        else { return nil }
        let rows = shownShowings.map(\.id)
        return (showingList.index(in: rows) ?? 0) + 50 >= rows.count ? last.last : nil
    }

    // MARK: What is shown

    private mutating func arrangeShowings() {
        let found =
            filter.isEmpty
            ? showings
            : showings.filter {
                matches(filter, $0.title, $0.event.rawValue, CivilDate(of: $0.from).description, Format.tier($0.tier))
            }
        let sorted = found.sorted { left, right in
            switch order {
            case .date: left.last > right.last
            case .event: (left.title, right.last) < (right.title, left.last)
            case .tier: (left.tier.weight, left.last) > (right.tier.weight, right.last)
            case .late: (left.lateMax?.magnitude ?? 0, left.last) > (right.lateMax?.magnitude ?? 0, right.last)
            case .t999: (left.t999Max ?? 0, left.last) > (right.t999Max ?? 0, right.last)
            case .acked: (left.missing, left.last) > (right.missing, right.last)
            }
        }
        shownShowings = isReversed ? sorted.reversed() : sorted
    }

    /// The showing under the cursor.
    var showing: Showing? {
        let rows = shownShowings
        return showingList.index(in: rows.map(\.id)).map { rows[$0] }
    }

    /// The records of the showing under the cursor; all that pass the filter while no showing is known.
    var shown: [BroadcastRecord] {
        if let showing { return records.filter { $0.isOf(showing) } }
        return records.filter {
            matches(
                filter, $0.eventTitle, $0.event.rawValue, $0.publication.stage.rawValue, $0.id.description,
                $0.actor.description)
        }
    }

    var record: BroadcastRecord? { opened.flatMap { id in records.first { $0.id == id } } }

    // MARK: Keys

    mutating func apply(_ motion: Motion, now: EngineInstant, page: Int) {
        if motion == .nextPane || motion == .previousPane {
            focus = focus == .showings ? .broadcasts : .showings
            return
        }
        if let record, motion != .next, motion != .previous {
            nodes.move(motion, over: Self.ranked(record).map(\.node), page: page / 2, now: now)
            return
        }
        if opened == nil, focus == .showings, !showings.isEmpty {
            showingList.move(motion, over: shownShowings.map(\.id), page: page / 2 - 2, now: now)
            list = ListState()
            return
        }
        list.move(motion, over: shown.map(\.id), page: page / 2 - 2, now: now)
        if opened != nil {
            opened = list.selected
            nodes = ListState()
        }
    }

    /// Whether Enter leads into the recording: on a showing, and on a broadcast whose figures are open.
    var opensRecording: Bool { opened != nil || (focus == .showings && showing != nil) }

    mutating func open() {
        let rows = shown.map(\.id)
        guard opened == nil, let index = list.index(in: rows) else { return }
        list.point(at: rows[index])
        opened = rows[index]
        nodes = ListState()
    }

    mutating func sort(reverse: Bool) {
        if reverse { isReversed.toggle() } else { order = order.following }
        showingList.releaseOrder()
        arrangeShowings()
    }

    /// - Returns: whether figures were open.
    mutating func close() -> Bool {
        defer { opened = nil }
        return opened != nil
    }

    mutating func follow() {
        opened = nil
        list = ListState()
        showingList = ListState()
    }

    /// The nodes of a record with the one in most trouble first.
    static func ranked(_ record: BroadcastRecord) -> [NodeFigures] {
        FanOutModel.ranked(record.figures.nodes, FanOutState())
    }
}

extension BroadcastRecord {
    fileprivate func isOf(_ showing: Showing?) -> Bool {
        showing.map { event == $0.event && id >= $0.first && id <= $0.last } ?? false
    }
}

extension Showing {
    /// Share of connected devices that did not ack.
    fileprivate var missing: Double { connected == 0 ? 0 : 1 - Double(acked) / Double(connected) }
}

extension Tier {
    fileprivate var weight: Int { Tier.allCases.firstIndex(of: self) ?? 0 }
}

extension CivilDate {
    /// The day of a moment in UTC.
    init(of moment: WallTime) {
        self.init(daysSince1970: Int64((Double(moment.milliseconds) / 86_400_000).rounded(.down)))
    }
}
