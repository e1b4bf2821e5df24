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
        return known(snapshot).filter { entry in
            matches(
                filter, entry.actor.description, Wording.what(entry.kind), codes.code(entry.event),
                entry.event?.rawValue,
                entry.before, entry.after, entry.why, String(entry.number)
            )
        }
    }

    /// Every entry known, newest first, with the reasons that were given later. A past moment knows nothing that came
    /// after it.
    func known(_ snapshot: EngineSnapshot) -> [JournalEntry] {
        var all = Self.merged(entries, snapshot.journal)
        if snapshot.mode == .replay || snapshot.mode == .rehearsal {
            all.removeAll { $0.number > (snapshot.journal.first?.number ?? 0) }
        }
        return Self.explained(all)
    }

    /// Gives entries without a reason the one that an `explained` entry brought later. The journal itself is never
    /// changed.
    static func explained(_ entries: [JournalEntry]) -> [JournalEntry] {
        var reasons: [EntryNumber: String] = [:]
        // Newest first, so the first reason met is the last one given.
        for entry in entries where entry.kind == .explained {
            guard let number = entry.explains, reasons[number] == nil else { continue }
            reasons[number] = entry.why
        }
        return entries.map { entry in
            guard entry.why == nil, let reason = reasons[entry.number] else { return entry }
            var entry = entry
            entry.why = reason
            return entry
        }
    }

    /// The entry under the cursor.
    func selected(_ snapshot: EngineSnapshot, now: EngineInstant) -> JournalEntry? {
        let rows = shown(snapshot), order = list.arranged(rows.map(\.number), now: now)
        return list.index(in: order).flatMap { place in rows.first { $0.number == order[place] } }
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

extension JournalEntry {
    /// The entry that this one gives the reason for.
    var explains: EntryNumber? {
        guard kind == .explained, let before, before.hasPrefix("entry ") else { return nil }
        return EntryNumber(before.dropFirst(6))
    }
}
