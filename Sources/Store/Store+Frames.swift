public import Engine
import GRDB
import Synchronization

/// Pictures of the room for replay, within `StoreLimits.frameBytesMax` and `framesFor`.
extension Store {
    /// Adds a frame and removes at most `StoreLimits.framesPrunedMax` that have grown too old or too many.
    public func record(_ snapshot: EngineSnapshot) throws(JournalError) {
        let json: String
        do { json = try Columns.json(snapshot) } catch {
            throw StoreFailure.journalError(error, path: path, isWriting: true)
        }
        let before = frameBytes.withLock { $0 } + json.utf8.count
        let freed = try writing { db in
            try db.cachedStatement(sql: "INSERT INTO frame (at, bytes, mode, snapshot) VALUES (?, ?, ?, ?)")
                .execute(arguments: [snapshot.at.milliseconds, json.utf8.count, snapshot.mode.rawValue, json])
            return try prune(total: before, newest: db.lastInsertedRowID, at: snapshot.at, db)
        }
        // Not `before - freed`: two recordings may have overlapped.
        frameBytes.withLock { $0 += json.utf8.count - freed }
    }

    /// The newest frame at or before `moment`; nil if none is kept.
    public func frame(at moment: WallTime) throws(JournalError) -> EngineSnapshot? {
        try reading { db in
            try String.fetchOne(
                db, sql: "SELECT snapshot FROM frame WHERE at <= ? ORDER BY at DESC, number DESC LIMIT 1",
                arguments: [moment.milliseconds]
            ).map { try Columns.value(EngineSnapshot.self, fromJSON: $0) }
        }
    }

    /// - Returns: bytes freed.
    private func prune(total: Int, newest: Int64, at moment: WallTime, _ db: Database) throws -> Int {
        let oldest = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT number, at, bytes FROM frame WHERE number < ? ORDER BY number LIMIT ?"),
            arguments: [newest, StoreLimits.framesPrunedMax])
        let tooOld = (moment - limits.framesFor).milliseconds
        var freed = 0
        for row in oldest {
            let at: Int64 = row["at"], bytes: Int = row["bytes"], number: Int64 = row["number"]
            guard total - freed > limits.frameBytesMax || at < tooOld else { break }
            try db.cachedStatement(sql: "DELETE FROM frame WHERE number = ?").execute(arguments: [number])
            freed += bytes
        }
        return freed
    }
}
