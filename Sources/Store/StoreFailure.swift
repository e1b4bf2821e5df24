import Engine
import GRDB

/// Turns what GRDB and SQLite throw into what an operator can act on.
enum StoreFailure {
    /// - Parameter isWriting: whether it came out of a transaction that writes. Then an I/O error leaves doubt: the
    ///   write-ahead log may hold the whole transaction although SQLite was told otherwise. A full disk leaves
    ///   none, because the frame that would have committed was never written whole.
    static func journalError(_ error: any Error, path: String, isWriting: Bool) -> JournalError {
        if let known = error as? JournalError { return known }
        if error is EncodingError {
            return .conflict(path: path, detail: "a value cannot be written as JSON (\(error))")
        }
        guard let failure = error as? DatabaseError else {
            return .corrupt(path: path, detail: "a row cannot be read (\(error))")
        }
        let detail = words(failure)
        switch failure.resultCode {
        case .SQLITE_FULL: return .diskFull(path: path)
        case .SQLITE_READONLY: return .readOnly(path: path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .corrupt(path: path, detail: detail)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return .unwritable(path: path, detail: "another program keeps it locked (is a `sqlite3` open on it?)")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: return .unwritable(path: path, detail: detail)
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH: return .conflict(path: path, detail: failure.message ?? detail)
        default:
            return isWriting ? .doubtful(path: path, detail: detail) : .inputOutput(path: path, detail: detail)
        }
    }

    /// SQLite's own words and the name of its code, without the SQL.
    private static func words(_ failure: DatabaseError) -> String {
        "\(failure.message ?? "no further word") (SQLite \(failure.extendedResultCode.rawValue))"
    }
}
