import Engine
import GRDB

/// Finds what a showing can be played again from. Only reads.
enum ScriptRows {
    /// Broadcasts of one showing that are played again at most.
    private static let broadcastsMax = 500
    /// A frame that shows a drill comes at most this long after it began, ms.
    private static let frameWithin: Milliseconds = 10_000

    /// - Returns: nil where the event or its broadcasts are not in the database.
    static func script(of showing: Showing, _ db: Database) throws -> ShowScript? {
        let event = showing.event.rawValue
        guard let json = try String.fetchOne(db, sql: "SELECT run FROM liveEvent WHERE id = ?", arguments: [event]) else { return nil }
        var sources = ShowScript.Sources(showing: showing, run: try Columns.value(RunOfShow.self, fromJSON: json))
        sources.plans = try plans(of: event, until: showing.until, db)
        sources.broadcasts = try Row.fetchAll(
            db, sql: "SELECT * FROM broadcast WHERE event = ? AND number BETWEEN ? AND ? ORDER BY number LIMIT \(broadcastsMax)",
            arguments: [event, showing.first.number, showing.last.number]
        ).map { row in
            var record = try BroadcastRow.record(row, db)
            record.figures.nodes = []
            return record
        }
        sources.entries = try entries(of: showing, db)
        for entry in sources.entries where entry.kind == .drillBegan { sources.drills[entry.number] = try drill(of: entry, db) }
        return ShowScript(sources)
    }

    private static func plans(of event: String, until: WallTime, _ db: Database) throws -> [ShowScript.PlanVersion] {
        try Row.fetchAll(
            db, sql: "SELECT edition, version, at, stages FROM plan WHERE event = ? AND at <= ? ORDER BY edition, version",
            arguments: [event, until.milliseconds]
        ).map { row in
            ShowScript.PlanVersion(
                edition: row["edition"], version: row["version"], at: Columns.time(row, "at"),
                stages: try Columns.value([ShowScript.PlannedStage].self, fromJSON: row["stages"]))
        }
    }

    private static func entries(of showing: Showing, _ db: Database) throws -> [JournalEntry] {
        let event = showing.event.rawValue
        let scheduled = try Int64.fetchOne(
            db, sql: "SELECT MAX(number) FROM journalEntry WHERE kind = 'eventScheduled' AND event = ? AND at <= ?",
            arguments: [event, showing.from.milliseconds])
        return try Row.fetchAll(
            db, sql: """
                SELECT * FROM journalEntry WHERE number BETWEEN ? AND ? AND (event IS NULL OR event = ?)
                 ORDER BY number LIMIT \(Timeline.entriesMax)
                """, arguments: [scheduled ?? 0, try ShowingExtent(of: showing, db).entries?.upperBound ?? Int64.max, event]
        ).map(EntryRow.entry)
    }

    /// The fault as the first picture after the entry shows it.
    private static func drill(of entry: JournalEntry, _ db: Database) throws -> AudienceFault? {
        let number = try Int64.fetchOne(
            db, sql: "SELECT number FROM frame WHERE at BETWEEN ? AND ? ORDER BY number LIMIT 1",
            arguments: [entry.at.milliseconds, (entry.at + frameWithin).milliseconds])
        let drills = try number.flatMap { try Store.frame($0, db) }?.drills ?? []
        return drills.last { entry.after?.hasPrefix($0.description) ?? false }
    }
}
