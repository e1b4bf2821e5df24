public import Engine
import GRDB

/// What the History and Audit screens page through. Both are kept for as long as the file is.
extension Store {
    /// Most rows one question is answered with.
    static let pageMax = 500

    public func broadcasts(matching query: HistoryQuery) throws(JournalError) -> [BroadcastRecord] {
        try reading { try Self.broadcasts(matching: query, $0) }
    }

    static func broadcasts(matching query: HistoryQuery, _ db: Database) throws -> [BroadcastRecord] {
        var sql = "SELECT * FROM broadcast WHERE number < ?"
        var arguments: [any DatabaseValueConvertible] = [query.before?.number ?? Int64.max]
        if let event = query.event {
            sql += " AND event = ?"
            arguments.append(event.rawValue)
        }
        sql += " ORDER BY number DESC LIMIT ?"
        arguments.append(page(query.limit))
        return try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments)).map {
            try BroadcastRow.record($0, db)
        }
    }

    public func entries(before: EntryNumber?, limit: Int) throws(JournalError) -> [JournalEntry] {
        try reading { try Self.entries(before: before, limit: limit, $0) }
    }

    static func entries(before: EntryNumber?, limit: Int, _ db: Database) throws -> [JournalEntry] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM journalEntry WHERE number < ? ORDER BY number DESC LIMIT ?",
            arguments: [before ?? Int64.max, page(limit)]
        ).map(EntryRow.entry)
    }

    private static func page(_ limit: Int) -> Int { min(max(limit, 1), pageMax) }
}
