import Engine
import GRDB

/// What is asked of a database file before it is trusted: is it ours, can we read it, is it whole.
enum Verification {
    /// Reads an existing file without changing a byte of it, so that another program's, a newer engine's or a
    /// damaged database is refused as it was found.
    static func inspect(_ path: String, limits: StoreLimits) throws(JournalError) {
        var configuration = Configuration()
        configuration.label = "Store.inspection"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let refusal: JournalError?
        do {
            refusal = try DatabaseQueue(path: path, configuration: configuration).read { db in
                if let refusal = try refusalOfOrigin(db, path: path) { return refusal }
                return try fault(db, limits: limits).map { JournalError.corrupt(path: path, detail: $0) }
            }
        } catch {
            throw StoreFailure.journalError(error, path: path, isWriting: false)
        }
        if let refusal { throw refusal }
    }

    static func refusalOfOrigin(_ db: Database, path: String) throws -> JournalError? {
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        guard application == StoreConfiguration.applicationID else {
            // A crash between making the file and marking it leaves one without a table.
            let isBlank = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") == 0
            guard application == 0, isBlank else {
                return .foreign(path: path, found: "SQLite application_id \(application)")
            }
            return nil
        }
        let known = Migrations.all
        if let newer = try known.appliedIdentifiers(db).subtracting(known.migrations).sorted().first {
            return .newerSchema(path: path, found: "it knows of “\(newer)”")
        }
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version <= Migrations.version else {
            return .newerSchema(path: path, found: "schema \(version), this one knows \(Migrations.version)")
        }
        return nil
    }

    /// Checks every page and index, the foreign keys, and that no journal entry is missing. Files over
    /// `limits.wholeCheckBytesMax` are checked without the frames, which are most of such a file and worth least.
    /// - Returns: the first fault in words; nil if there is none.
    private static func fault(_ db: Database, limits: StoreLimits) throws -> String? {
        let bytes =
            try Int.fetchOne(db, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") ?? 0
        if bytes <= limits.wholeCheckBytesMax {
            if let fault = try integrityFault(db, of: nil) { return fault }
        } else {
            let tables = try String.fetchAll(
                db,
                sql:
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('frame', 'frameBefore', 'frameData', 'frameEvent') ORDER BY name"
            )
            for table in tables {
                if let fault = try integrityFault(db, of: table) { return fault }
            }
        }
        if let row = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") {
            let table: String = row[0], parent: String = row[2]
            return "a row of \(table) refers to a row of \(parent) that is not there"
        }
        guard try db.tableExists("journalEntry") else { return nil }
        let missing = try Int64.fetchOne(db, sql: "SELECT COALESCE(MAX(number), 0) - COUNT(*) FROM journalEntry") ?? 0
        return missing == 0 ? nil : "\(missing) journal entries are missing"
    }

    static func integrityFault(_ db: Database, of table: String?) throws -> String? {
        let argument = table.map { "'\($0.replacing("'", with: "''"))'" } ?? "1"
        let answer = try String.fetchOne(db, sql: "PRAGMA integrity_check(\(argument))") ?? "no answer"
        guard answer != "ok" else { return nil }
        return "integrity check: " + answer.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
