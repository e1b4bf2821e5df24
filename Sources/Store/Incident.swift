public import Engine
import Foundation
import GRDB

/// One showing as one file that any copy of the program opens read-only: its broadcasts with their figures, its part of
/// the journal, its plans and every picture of the room in that time.
///
/// The file carries a digest over all its rows. A file that was cut, altered or written by a newer release is refused.
public enum Incident {
    /// What the file says of itself.
    public struct Label: Hashable, Codable, Sendable {
        public var event: EventID
        public var title: String
        public var exportedAt: WallTime
        /// The release that wrote it.
        public var release: String
        /// SHA-256 over every row of every table but this one.
        public var digest: String
    }

    /// - Throws: `JournalError` where `target` exists or cannot be written; then nothing is left there.
    public static func export(
        _ showing: Showing, of source: RecordedFile, to target: String, at now: WallTime, release: String
    ) throws(JournalError) -> Label {
        let file = try DatabaseFile(path: target)
        guard DatabaseFile.identity(of: file.path) == nil else {
            throw .unwritable(path: file.path, detail: "it exists already; an export never replaces anything")
        }
        let part = file.path + ".part"
        unlink(part)
        let label: Label
        do { label = try write(showing, of: source, to: part, at: now, release: release) } catch {
            unlink(part)
            unlink(part + "-journal")
            throw StoreFailure.journalError(error, path: file.path, isWriting: false)
        }
        guard rename(part, file.path) == 0 else {
            throw .inputOutput(path: file.path, detail: DatabaseFile.words(errno))
        }
        try file.syncFolder()
        return label
    }

    private static func write(
        _ showing: Showing, of source: RecordedFile, to part: String, at now: WallTime, release: String
    ) throws -> Label {
        let queue = try DatabaseQueue(path: part)
        try Migrations.all.migrate(queue)
        try queue.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA application_id = \(StoreConfiguration.applicationID)")
        }
        let label = try queue.write { db in
            // A part of the whole: numbers begin in the middle, so the guards of a journal that grows do not hold here.
            for trigger in ["broadcastFollows", "journalEntryFollows"] {
                try db.execute(sql: "DROP TRIGGER \(trigger)")
            }
            try source.read { whole in
                for (table, condition) in selection(showing, try ShowingExtent(of: showing, whole))
                where try whole.tableExists(table) {
                    try copy(table, where: condition, whole, to: db)
                }
            }
            try db.execute(sql: "CREATE TABLE incident (label TEXT NOT NULL) STRICT")
            let label = Label(
                event: showing.event, title: showing.title, exportedAt: now, release: release, digest: try digest(db))
            try db.execute(sql: "INSERT INTO incident (label) VALUES (?)", arguments: [try Columns.json(label)])
            return label
        }
        try queue.close()
        return label
    }

    /// Which rows of which table belong to a showing, parents first.
    private static func selection(_ showing: Showing, _ extent: ShowingExtent) -> [(table: String, condition: String)] {
        let event = "'\(showing.event.rawValue.replacing("'", with: "''"))'"
        let broadcasts = "event = \(event) AND number BETWEEN \(showing.first.number) AND \(showing.last.number)"
        let numbers = "(SELECT number FROM broadcast WHERE \(broadcasts))"
        let entries = between(extent.entries)
        // From the key frame that the first one hangs on.
        let frames = extent.frames.map {
                "BETWEEN (SELECT MAX(number) FROM frame WHERE form <> 'delta' AND number <= \($0.lowerBound)) AND \($0.upperBound)"
        } ?? "IS NULL"
        let scheduled = "kind = 'eventScheduled' AND event = \(event) AND at <= \(showing.from.milliseconds)"
        return [
            ("liveEvent", "id = \(event)"), ("plan", "event = \(event)"), ("topic", "event = \(event)"),
            ("broadcast", broadcasts),
            ("audienceFigures", "broadcast IN \(numbers)"), ("nodeFigures", "broadcast IN \(numbers)"),
            ("forecast", "broadcast IN \(numbers)"),
            ("journalEntry", "(number \(entries) AND (event IS NULL OR event = \(event))) OR (\(scheduled))"),
            ("frame", "number \(frames)"), ("frameData", "frame \(frames)"), ("frameEvent", "frame \(frames)"),
        ]
    }

    private static func between(_ range: ClosedRange<Int64>?) -> String {
        range.map { "BETWEEN \($0.lowerBound) AND \($0.upperBound)" } ?? "IS NULL"
    }

    private static func copy(_ table: String, where condition: String, _ whole: GRDB.Database, to part: GRDB.Database)
        throws
    {
        let columns = try whole.columns(in: table).map(\.name)
        let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        let insert = try part.makeStatement(
            sql: "INSERT INTO \(table) (\(names)) VALUES (\(Columns.marks(columns.count)))")
        let rows = try Row.fetchCursor(whole, sql: "SELECT \(names) FROM \(table) WHERE \(condition)")
        while let row = try rows.next() { try insert.execute(arguments: StatementArguments(row.databaseValues)) }
    }

    // MARK: Verification

    /// What the file says of itself, once all of it has been found as it was written.
    static func verified(_ db: GRDB.Database, path: String) throws -> Label {
        if let fault = try Verification.integrityFault(db, of: nil) {
            throw JournalError.corrupt(path: path, detail: fault)
        }
        guard let text = try String.fetchOne(db, sql: "SELECT label FROM incident") else {
            throw JournalError.corrupt(path: path, detail: "the incident file has lost its label")
        }
        let label = try Columns.value(Label.self, fromJSON: text)
        guard try digest(db) == label.digest else {
            throw JournalError.corrupt(
                path: path, detail: "the incident file was altered after it was written: its digest does not match")
        }
        return label
    }

    /// SHA-256 from row to row: of the digest before, the table's name and every column with its type and length.
    private static func digest(_ db: GRDB.Database) throws -> String {
        let tables = [
            "liveEvent", "plan", "topic", "broadcast", "audienceFigures", "nodeFigures", "forecast", "journalEntry",
            "frame", "frameData", "frameEvent",
        ]
        var digest = SHA256.digest([])
        for table in tables where try db.tableExists(table) {
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM \(table) ORDER BY rowid")
            while let row = try rows.next() {
                var bytes = digest + Array(table.utf8)
                for value in row.databaseValues {
                    let (kind, content) = form(of: value)
                    bytes.append(contentsOf: "\(kind)\(content.count):".utf8)
                    bytes.append(contentsOf: content)
                }
                digest = SHA256.digest(bytes)
            }
        }
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func form(of value: DatabaseValue) -> (kind: Character, content: [UInt8]) {
        switch value.storage {
        case .null: ("n", [])
        case .int64(let number): ("i", Array(String(number).utf8))
        case .double(let number): ("d", Array(String(number).utf8))
        case .string(let text): ("t", Array(text.utf8))
        case .blob(let data): ("b", Array(data))
        }
    }
}
