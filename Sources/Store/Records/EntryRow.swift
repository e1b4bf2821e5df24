import Engine
import GRDB

/// One journal entry as a row of `journalEntry`.
enum EntryRow {
    static func insert(_ entry: JournalEntry, _ db: Database) throws {
        let values: [(any DatabaseValueConvertible)?] =
            [entry.number, entry.at.milliseconds, entry.kind.rawValue, Columns.text(entry.event?.rawValue)]
            + Columns.who(entry.actor)
            + [Columns.text(entry.before), Columns.text(entry.after), Columns.text(entry.why), entry.broadcast?.number]
        let row = Row(Dictionary(uniqueKeysWithValues: zip(EntryChain.columns, values)))
        let digest = EntryChain.digest(after: try EntryChain.head(db), row)
        try db.cachedStatement(sql: """
            INSERT INTO journalEntry (\(EntryChain.columns.joined(separator: ", ")), digest) VALUES (\(Columns.marks(13)))
            """).execute(arguments: StatementArguments(values + [digest]))
    }

    static func entry(_ row: Row) throws -> JournalEntry {
        JournalEntry(
            number: row["number"], at: Columns.time(row, "at"), kind: try Columns.word(row, "kind"),
            event: (row["event"] as String?).map { EventID($0) }, actor: try Columns.who(row), before: row["before"],
            after: row["after"], why: row["why"], broadcast: (row["broadcast"] as Int64?).map { BroadcastID($0) }
        )
    }
}
