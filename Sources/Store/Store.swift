public import Engine
import Foundation
import GRDB
import Synchronization

/// The journal on disk: one SQLite file, written by one engine.
///
/// A value that exists is locked, migrated, checked and durable. Owned by the composition (`Commands/`), used by the
/// engine through `Journal`; every method may be called from any thread and blocks until the disk has answered.
/// Writes go through GRDB's one writer, reads through its pool and never wait for a write.
///
/// When something fails:
/// 1. A full disk, a lock held by `sqlite3`, a batch that contradicts the journal: the batch is absent, the next may
///    work.
/// 2. An I/O error while writing, or files moved away underneath: nobody knows what a crash would leave. `commit`
///    and `record` throw `.doubtful` from then on; reads go on. Opening the file again settles it.
public final class Store: Journal {
    /// Resolved path of the database.
    public let path: String
    let limits: StoreLimits
    let pool: DatabasePool
    private let lock: EngineLock
    private let files: OpenFiles
    private let doubt = Mutex<String?>(nil)
    /// Bytes of all frames.
    let frameBytes: Mutex<Int>
    let frameTail = Mutex<FrameTail?>(nil)

    /// Opens or makes the database and holds it until `close`.
    /// - Parameters:
    ///   - path: the file; its folder must exist (see `DatabaseLocation.prepare`).
    ///   - socket: where operators attach to this engine; told to whoever finds the database held.
    /// - Throws: `JournalError`; then the file is as it was.
    public init(path: String, socket: String? = nil, limits: StoreLimits = StoreLimits()) throws(JournalError) {
        let file = try DatabaseFile(path: path)
        // Nothing of the database is touched before the lock is ours.
        _ = try file.examine()
        let lock = try EngineLock(database: file.path)
        let found = try file.examine()
        let wasCreating = lock.leftBehind?.isCreating ?? false
        guard found != .empty || wasCreating else {
            throw .corrupt(path: file.path, detail: "the file is empty (zero bytes)")
        }
        try lock.announce(
            DatabaseHolder(process: getpid(), socket: socket, isCreating: found != .present), database: file.path)
        if found == .present { try Verification.inspect(file.path, limits: limits) }
        do {
            pool = try Self.open(file, limits: limits)
            frameBytes = Mutex(
                try pool.read { try Int.fetchOne($0, sql: "SELECT COALESCE(SUM(bytes), 0) FROM frame") ?? 0 })
        } catch {
            throw StoreFailure.journalError(error, path: file.path, isWriting: false)
        }
        // The log is new even where the file is not.
        try file.syncFolder()
        if found != .present {
            try lock.announce(
                DatabaseHolder(process: getpid(), socket: socket, isCreating: false), database: file.path)
        }
        self.path = file.path
        self.limits = limits
        self.lock = lock
        files = OpenFiles(file)
    }

    /// Who runs an engine on the database at `path`; nil if nobody does. Disturbs nobody.
    public static func holder(of path: String) -> DatabaseHolder? {
        guard let file = try? DatabaseFile(path: path) else { return nil }
        return EngineLock.holder(of: file.path)
    }

    /// Writes the log back into the file and lets go of it. What is called afterwards throws.
    public func close() throws(JournalError) {
        do { try pool.close() } catch { throw StoreFailure.journalError(error, path: path, isWriting: false) }
        lock.release()
    }

    deinit {
        // Before the lock goes: the next engine must not find us still writing.
        try? pool.close()
    }

    private static func open(_ file: DatabaseFile, limits: StoreLimits) throws -> DatabasePool {
        let pool = try DatabasePool(path: file.path, configuration: StoreConfiguration.pool(limits))
        if let weakness = try StoreConfiguration.makeDurable(pool) {
            throw JournalError.unwritable(path: file.path, detail: weakness)
        }
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(StoreConfiguration.applicationID)")
        }
        try Migrations.all.migrate(pool)
        try pool.writeWithoutTransaction { db in
            // If an earlier engine ended in doubt, what the log shows may be in memory only. Written into the
            // file and synced, what we go on from is on disk.
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            if let weakness = try StoreConfiguration.weakness(db) {
                throw JournalError.unwritable(path: file.path, detail: weakness)
            }
        }
        return pool
    }
}

extension Store {
    func reading<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
        do { return try pool.read(body) } catch {
            throw StoreFailure.journalError(error, path: path, isWriting: false)
        }
    }

    /// One transaction, on disk when this returns.
    func writing<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
        if let doubt = doubt.withLock({ $0 }) { throw .doubtful(path: path, detail: doubt) }
        if let loss = files.loss
            ?? (lock.isInForce ? nil : "its lock file was removed, so another engine may have started")
        {
            throw remember(.doubtful(path: path, detail: loss))
        }
        do { return try pool.write(body) } catch {
            throw remember(StoreFailure.journalError(error, path: path, isWriting: true))
        }
    }

    private func remember(_ failure: JournalError) -> JournalError {
        if case .doubtful(_, let detail) = failure { doubt.withLock { $0 = detail } }
        return failure
    }
}

/// The files an open database consists of. SQLite goes on writing into files that were deleted or moved away and
/// reports success; so before every commit their names are looked up again.
private struct OpenFiles: Sendable {
    private let names: [String]
    private let identities: [FileIdentity?]

    init(_ file: DatabaseFile) {
        names = [file.path, file.log]
        identities = names.map(DatabaseFile.identity)
    }

    /// What has happened to them, in words; nil if they are in place.
    var loss: String? {
        for (name, identity) in zip(names, identities) where DatabaseFile.identity(of: name) != identity {
            return "\(name) was moved, replaced or deleted while the engine was running"
        }
        return nil
    }
}
