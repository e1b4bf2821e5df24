import Engine

/// The Audit screen between two frames: journal entries read so far beyond those a snapshot carries. At
/// most `entriesMax` are kept; further back the list ends and says so.
struct AuditState: Hashable, Sendable {
    static let entriesMax = 2000
    static let pageSize = 200

    private(set) var entries: [JournalEntry] = []
    var filter = "" { didSet { list.releaseOrder() } }
    private(set) var list = ListState<EntryNumber>()

    /// Takes in one answer: the newest page, or the one `nextPage` asked for. An entry that was read again
    /// (its reason has been given since) takes the old one's place.
    mutating func show(_ page: [JournalEntry]) {
        entries = Array(Self.merged(entries, page).prefix(Self.entriesMax))
    }

    /// The number below which to ask for more, when the cursor nears the end of what is known.
    func nextPage(_ snapshot: EngineSnapshot) -> EntryNumber? {
        let rows = shown(snapshot)
        guard let last = rows.last, last.number > 1, entries.count < Self.entriesMax else { return nil }
        let place = list.index(in: rows.map(\.number)) ?? 0
        return place + 50 >= rows.count ? last.number : nil
    }

    /// Entries that pass the filter, newest first, the snapshot's among them.
    func shown(_ snapshot: EngineSnapshot) -> [JournalEntry] {
        let codes = EventCodes(snapshot)
        return Self.merged(entries, snapshot.journal).filter { entry in
            matches(
                filter, entry.actor.description, Wording.what(entry.kind), codes.code(entry.event), entry.event?.rawValue,
                entry.before, entry.after, entry.why, String(entry.number)
            )
        }
    }

    mutating func apply(_ motion: Motion, snapshot: EngineSnapshot, now: EngineInstant, page: Int) {
        list.move(motion, over: shown(snapshot).map(\.number), page: page - 8, now: now)
    }

    mutating func follow() { list = ListState() }

    /// Both lists in one, newest first; of two copies of an entry the one from `newer` stays.
    private static func merged(_ older: [JournalEntry], _ newer: [JournalEntry]) -> [JournalEntry] {
        var byNumber = Dictionary(older.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        for entry in newer { byNumber[entry.number] = entry }
        return byNumber.values.sorted { $0.number > $1.number }
    }
}
