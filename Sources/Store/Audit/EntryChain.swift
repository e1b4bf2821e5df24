import Engine
import GRDB

/// The chain through the journal: each entry's digest covers the digest before it and everything the entry says. Who
/// changes, removes or inserts an entry by hand breaks it from there on; `control-room db check` finds the place.
enum EntryChain {
    /// What the first entry follows.
    static let origin = String(repeating: "0", count: 64)

    /// SHA-256 in hexadecimal of the digest before and the row's columns, each as its length in bytes, a colon, its
    /// text and a comma, NULL as a dash: so no two rows have one form.
    static func digest(after previous: String, _ row: Row) -> String {
        var text = previous
        for column in columns {
            if let value = String.fromDatabaseValue(row[column] as DatabaseValue)
                ?? (row[column] as Int64?).map(String.init)
            {
                text += "\(value.utf8.count):\(value),"
            } else {
                text += "-,"
            }
        }
        return SHA256.text(text.utf8)
    }

    static let columns = [
        "number", "at", "kind", "event", "actor", "name", "role", "terminal", "before", "after", "why", "broadcast",
    ]

    /// Digest of the newest entry.
    static func head(_ db: Database) throws -> String {
        try String.fetchOne(db.cachedStatement(sql: "SELECT digest FROM journalEntry ORDER BY number DESC LIMIT 1"))
            ?? origin
    }

    /// The first entry that does not fit; nil if all do.
    static func fault(_ db: Database) throws -> String? {
        var previous = origin, expected: Int64 = 1
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM journalEntry ORDER BY number")
        while let row = try rows.next() {
            let number: Int64 = row["number"]
            guard number == expected else { return "the journal entries \(expected) to \(number - 1) are missing" }
            let digest = digest(after: previous, row)
            guard row["digest"] as String? == digest else {
                return
                    "the chain of the audit is broken at entry \(number): it was changed by hand, or the one before it was"
            }
            previous = digest
            expected += 1
        }
        return nil
    }
}
