public import Engine
import GRDB

/// The part of the journal that everything hangs on: what is committed, and what is found again.
extension Store {
    /// One transaction, synced to disk when this returns.
    /// - Throws: `JournalError`: `.conflict` if the batch contradicts the journal, `.diskFull`, `.unwritable`, …; then
    ///   nothing of it was written. After `.doubtful` it is whole or absent, see `Journal.commit`.
    public func commit(_ batch: JournalBatch) throws(JournalError) {
        guard !batch.isEmpty else { return }
        let runs: [RunRow]
        do { runs = try batch.runs.map(RunRow.init) } catch {
            throw StoreFailure.journalError(error, path: path, isWriting: true)
        }
        try writing { db in
            for run in runs { try run.write(db) }
            for removal in batch.removals { try RunRow.remove(removal.event, at: removal.at, db) }
            for record in batch.broadcasts { try BroadcastRow.write(record, db) }
            for entry in batch.entries { try EntryRow.insert(entry, db) }
        }
    }

    public func recover() throws(JournalError) -> RecoveredState {
        try reading { db in
            var state = RecoveredState()
            state.runs = try String
                .fetchAll(db, sql: "SELECT run FROM liveEvent WHERE removedAt IS NULL")
                .map { try Columns.value(RunOfShow.self, fromJSON: $0) }
                .sorted { $0.id < $1.id }
            for row in try Row.fetchAll(db, sql: "SELECT name, oldest FROM topic") {
                let topic = Topic(row["name"] as String), oldest: Int64 = row["oldest"]
                state.oldest[topic] = oldest
                state.logs[topic] = try newestPublications(of: topic, from: oldest, db)
            }
            state.unfinished = try Row
                .fetchAll(db, sql: "SELECT * FROM broadcast WHERE state = 'sending' ORDER BY number")
                .map { try BroadcastRow.record($0, db) }
            for id in state.runs.flatMap(\.broadcasts) { state.past[id] = try BroadcastRow.stageFigures(of: id, db) }
            state.forecasts = try ForecastRow.scored(limit: RecoveredState.forecastsMax, db)
            state.lastBroadcast = BroadcastID(try Int64.fetchOne(db, sql: "SELECT MAX(number) FROM broadcast") ?? 0)
            if let newest = try Row.fetchOne(
                db, sql: "SELECT number, at FROM journalEntry ORDER BY number DESC LIMIT 1")
            {
                state.lastEntry = newest["number"]
                state.lastEntryAt = Columns.time(newest, "at")
            }
            state.lastLifeSign = try Row.fetchOne(db, sql: """
                SELECT kind FROM journalEntry WHERE kind IN ('engineStarted', 'engineStopped', 'engineQuit')
                ORDER BY number DESC LIMIT 1
                """).map { try Columns.word($0, "kind") }
            state.lastSignature = try Row.fetchOne(
                db, sql: "SELECT * FROM journalEntry WHERE kind = 'handoverSigned' ORDER BY number DESC LIMIT 1"
            ).map(EntryRow.entry)
            return state
        }
    }

    private func newestPublications(of topic: Topic, from oldest: Int64, _ db: Database) throws -> [Publication] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT * FROM broadcast WHERE topic = ? AND sequence >= ? ORDER BY sequence DESC LIMIT ?"),
            arguments: [topic.rawValue, oldest, RouterMessage.logMax]
        ).reversed().map(BroadcastRow.publication)
    }

    public func publications(of topic: Topic, after sequence: Int64, limit: Int) throws(JournalError) -> [Publication] {
        try reading { db in
            try Row.fetchAll(db, sql: """
                SELECT broadcast.* FROM broadcast JOIN topic ON topic.name = broadcast.topic
                 WHERE broadcast.topic = ? AND sequence > ? AND sequence >= topic.oldest
                 ORDER BY sequence LIMIT ?
                """, arguments: [topic.rawValue, sequence, max(0, limit)]
            ).map(BroadcastRow.publication)
        }
    }
}

extension JournalBatch {
    /// Events that the batch leaves removed: the last word on them is `eventRemoved`.
    var removals: [(event: EventID, at: WallTime)] {
        var removals: [(event: EventID, at: WallTime)] = []
        for entry in entries {
            guard let event = entry.event else { continue }
            switch entry.kind {
            case .eventRemoved:
                removals.removeAll { $0.event == event }
                removals.append((event, entry.at))
            case .eventScheduled, .scheduleAdopted: removals.removeAll { $0.event == event }
            default: break
            }
        }
        return removals
    }
}
