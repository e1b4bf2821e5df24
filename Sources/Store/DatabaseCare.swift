public import Engine
import Foundation
import GRDB

/// What `control-room db` does to a database file, from a process of its own, also while an engine runs on it. It meets
/// the file only through SQLite: opening it in any other way would drop the locks of the process that did.
public struct DatabaseCare {
    /// One thing that was looked at.
    public struct Finding: Hashable, Codable, Sendable {
        public var what: String
        public var isGood: Bool
        /// In words: what was found, or how much was looked at.
        public var detail: String
    }

    private let path: String

    /// - Throws: `JournalError` where there is no database of ours at `path`, or a newer one.
    public init(path: String) throws(JournalError) {
        let file = try DatabaseFile(path: path)
        guard DatabaseFile.identity(of: file.path) != nil else {
            throw .unwritable(path: file.path, detail: "there is no such file")
        }
        self.path = file.path
        let refusal: JournalError?
        do { refusal = try queue().read { try Verification.refusalOfOrigin($0, path: file.path) } } catch {
            throw StoreFailure.journalError(error, path: file.path, isWriting: false)
        }
        if let refusal { throw refusal }
    }

    private func queue(isWriting: Bool = false) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "DatabaseCare"
        configuration.readonly = !isWriting
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    // MARK: Check

    /// Looks at everything that can be wrong. Reads one moment of the file; a running engine goes on.
    /// - Throws: `JournalError` where the file cannot even be read.
    public func check() throws(JournalError) -> [Finding] {
        do {
            return try queue().read { db in
                var findings = try pages(db)
                // What is read from broken pages says nothing.
                guard findings.allSatisfy(\.isGood) else { return findings }
                findings.append(try ledgers(db))
                if try db.columns(in: "journalEntry").contains(where: { $0.name == "digest" }) {
                    findings.append(try audit(db))
                }
                if try db.tableExists("frameData") { findings.append(try frames(db)) }
                return findings
            }
        } catch {
            throw StoreFailure.journalError(error, path: path, isWriting: false)
        }
    }

    private func pages(_ db: Database) throws -> [Finding] {
        let count = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let fault = try Verification.integrityFault(db, of: nil)
        let stray = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check")
        let strayWords = stray.map {
            "a row of \($0[0] as String) refers to a row of \($0[2] as String) that is not there"
        }
        return [
            Finding(what: "pages and indexes", isGood: fault == nil, detail: fault ?? "\(count) pages"),
            Finding(
                what: "foreign keys", isGood: strayWords == nil, detail: strayWords ?? "every row has what it refers to"
            ),
        ]
    }

    /// The identities of every ledger, and that those of the nodes add up to those of the kinds.
    private func ledgers(_ db: Database) throws -> Finding {
        let identities =
            "known <> connected + offline OR connected <> acked + waiting + retrying + dropped + notSent OR offline <> owed + caughtUp + expired"
        var wrong = try Int64.fetchAll(db, sql: """
            SELECT broadcast FROM audienceFigures WHERE \(identities) UNION SELECT broadcast FROM nodeFigures WHERE \(identities) LIMIT 20
            """)
        wrong += try Int64.fetchAll(db, sql: """
            SELECT audienceFigures.broadcast FROM audienceFigures JOIN (
                SELECT broadcast, kind, SUM(acked) AS acked, SUM(connected) AS connected, SUM(known) AS known
                  FROM nodeFigures GROUP BY broadcast, kind) AS nodes
                ON nodes.broadcast = audienceFigures.broadcast AND nodes.kind = audienceFigures.kind
             WHERE nodes.acked <> audienceFigures.acked OR nodes.connected <> audienceFigures.connected
                OR nodes.known <> audienceFigures.known LIMIT 20
            """)
        let count = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM broadcast") ?? 0
        let names = Set(wrong).sorted().map { "#\($0)" }.joined(separator: " ")
        return Finding(
            what: "ledgers", isGood: wrong.isEmpty,
            detail: wrong.isEmpty ? "\(count) broadcasts add up" : "these do not add up: \(names)")
    }

    private func audit(_ db: Database) throws -> Finding {
        if try db.tableExists("incident") {
            // A part of a journal has no whole chain; its own digest vouches for it.
            do {
                let label = try Incident.verified(db, path: path)
                return Finding(
                    what: "incident", isGood: true, detail: "\(label.title), as it was exported at \(label.exportedAt)")
            } catch JournalError.corrupt(_, let detail) {
                return Finding(what: "incident", isGood: false, detail: detail)
            }
        }
        if let fault = try EntryChain.fault(db) { return Finding(what: "audit", isGood: false, detail: fault) }
        let count = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM journalEntry") ?? 0
        return Finding(
            what: "audit", isGood: true, detail: "\(count) entries in one chain, its head is \(try EntryChain.head(db))"
        )
    }

    /// Every frame is unfolded and its checksum compared; key frames are read whole.
    private func frames(_ db: Database) throws -> Finding {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT number, form, data FROM frame LEFT JOIN frameData ON frame = number ORDER BY number")
        var text: FrameText?, previous: Int64?, count = 0, faults: [String] = []
        while let row = try rows.next(), faults.count < 5 {
            let number: Int64 = row["number"], blob = [UInt8](row["data"] as Data? ?? Data())
            count += 1
            do {
                let form: FrameCodec.Form = try Columns.word(row, "form")
                let next = try FrameCodec.text(blob, form: form, after: previous == number - 1 ? text : nil)
                if form == .delta {
                    try FrameCodec.verify(next, of: blob)
                } else {
                    _ = try FrameCodec.snapshot(next, of: blob, form: form)
                }
                (text, previous) = (next, number)
            } catch {
                // Those that follow a broken one are not named again.
                if text != nil || row["form"] as String != "delta" { faults.append("frame \(number): \(error)") }
                text = nil
            }
        }
        return Finding(
            what: "frames", isGood: faults.isEmpty,
            detail: faults.isEmpty ? "\(count) can be shown" : faults.joined(separator: "; "))
    }

    // MARK: Backup

    /// Copies the database by SQLite's online backup into a new file, and checks the copy.
    /// - Throws: `JournalError` where `target` exists already or cannot be written; then nothing is left there.
    public func backup(to target: String) throws(JournalError) {
        let file = try DatabaseFile(path: target)
        guard DatabaseFile.identity(of: file.path) == nil else {
            throw .unwritable(path: file.path, detail: "it exists already; a backup never replaces anything")
        }
        let part = file.path + ".part"
        for name in [part, part + "-wal", part + "-shm"] { unlink(name) }
        do {
            let copy = try DatabaseQueue(path: part)
            try queue().backup(to: copy)
            let fault = try copy.writeWithoutTransaction { db in
                // One file that can be carried away: no log beside it.
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                return try Verification.integrityFault(db, of: nil)
            }
            try copy.close()
            if let fault { throw JournalError.corrupt(path: part, detail: fault) }
        } catch {
            for name in [part, part + "-wal", part + "-shm"] { unlink(name) }
            throw StoreFailure.journalError(error, path: file.path, isWriting: false)
        }
        guard rename(part, file.path) == 0 else {
            throw .inputOutput(path: file.path, detail: DatabaseFile.words(errno))
        }
        try file.syncFolder()
    }

    // MARK: Compact

    /// Gives unused pages back to the file system.
    ///
    /// While an engine runs it does so a few pages at a time, so that no commit waits; a file made by release 0.1
    /// cannot do that and keeps its pages for later frames until the engine has ended. Without an engine the whole file
    /// is rewritten.
    /// - Returns: what was done, in words.
    public func compact() throws(JournalError) -> String {
        let lock = try? EngineLock(database: path)
        defer { lock?.release() }
        do {
            let queue = try queue(isWriting: true)
            let before = try size(queue)
            if lock != nil {
                try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; VACUUM") }
            } else if try queue.read({ try Int.fetchOne($0, sql: "PRAGMA auto_vacuum") }) != 2 {
                let free = try queue.read { try Int.fetchOne($0, sql: "PRAGMA freelist_count") ?? 0 }
                return
                    "An engine is running and the file was made by release 0.1: \(free) unused pages stay for later frames. Compact again when the engine has ended."
            } else {
                // GRDB runs one statement at a time; between two of them the engine gets the write lock.
                while try queue.writeWithoutTransaction({ db in
                    _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum(64)")
                    return try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
                }) > 0 {}
            }
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)") }
            let after = try size(queue)
            return "\(before - after) of \(before) bytes were given back."
        } catch {
            throw StoreFailure.journalError(error, path: path, isWriting: false)
        }
    }

    private func size(_ queue: DatabaseQueue) throws -> Int {
        try queue.read {
            try Int.fetchOne($0, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") ?? 0
        }
    }
}
