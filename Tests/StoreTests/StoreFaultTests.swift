import Engine
import Foundation
import GRDB
@testable import Store
import TestSupport
import Testing

/// A disk that fills up or fails while the engine runs (RELIABILITY.md 7, rows 39 to 41).
@Suite struct StoreFaultTests {
    let scratch = Scratch()

    private func big(_ number: Int64) -> JournalBatch {
        var batch = JournalFixture.take(number)
        batch.entries[0].why = String(repeating: "w", count: 100_000)
        return batch
    }

    /// Commits until it fails, at whichever write that is; then the batch is absent whole.
    private func fillUp(_ store: Store, from first: Int64 = 1) throws -> Int64 {
        var number = first
        while number < 1000 {
            let before = try store.recover()
            do {
                try store.commit(big(number))
                number += 1
            } catch JournalError.diskFull(let path) {
                #expect(path == store.path)
                #expect(try store.recover() == before)
                return number
            }
        }
        Issue.record("the disk never filled up")
        return number
    }

    @Test func aFullDatabaseRefusesWholeBatchesAndRecoversByItself() throws {
        let store = try Store(path: scratch.database)
        func setMax(_ pages: Int) throws {
            try store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
        try setMax(120)
        let number = try fillUp(store)
        #expect(number > 1)
        #expect(throws: JournalError.diskFull(path: store.path)) { try store.commit(big(number)) }
        try setMax(100_000)
        try store.commit(big(number))
        #expect(try store.recover().lastEntry == number)
    }

    @Test(.enabled(if: Tmpfs.isPossible, "mounting a tmpfs needs root"))
    func aFullDiskRefusesWholeBatchesAndRecoversByItself() throws {
        let disk = try Tmpfs(scratch.folder, kilobytes: 1024)
        let ballast = scratch.folder + "/ballast"
        _ = FileManager.default.createFile(atPath: ballast, contents: Data(count: 300_000))
        let store = try Store(path: scratch.database)
        let number = try fillUp(store)
        try FileManager.default.removeItem(atPath: ballast)
        try store.commit(JournalFixture.take(number))
        #expect(try store.recover().lastEntry == number)
        try store.close()
        #expect(try Store(path: scratch.database).recover().lastEntry == number)
        withExtendedLifetime(disk) {}
    }

    @Test(.enabled(if: Tmpfs.isPossible, "mounting a tmpfs needs root"))
    func aDiskWithoutRoomForADatabaseIsRefusedInWords() throws {
        let disk = try Tmpfs(scratch.folder, kilobytes: 64)
        _ = FileManager.default.createFile(atPath: scratch.folder + "/ballast", contents: Data(count: 56_000))
        #expect { try Store(path: scratch.database) } throws: {
            "\($0)".contains("is full") || "\($0)".contains("disk")
        }
        withExtendedLifetime(disk) {}
    }

    @Test(arguments: ["room.db", "room.db-wal"]) func afterItsFilesWereDeletedNothingIsAcknowledged(_ name: String)
        throws
    {
        let store = try Store(path: scratch.database)
        try store.commit(JournalFixture.take(1))
        try FileManager.default.removeItem(atPath: scratch.folder + "/" + name)
        for _ in 0..<2 {
            #expect { try store.commit(JournalFixture.take(2)) } throws: { error in
                guard case JournalError.doubtful(_, let detail) = error else { return false }
                return detail.contains(name)
            }
        }
        #expect(throws: JournalError.self) { try store.record(JournalFixture.snapshot(1)) }
        #expect(try store.recover().lastEntry == 1, "reads go on")
    }

    @Test func withoutItsLockFileNothingIsAcknowledged() throws {
        let store = try Store(path: scratch.database)
        try FileManager.default.removeItem(atPath: scratch.database + ".lock")
        #expect { try store.commit(JournalFixture.take(1)) } throws: { "\($0)".contains("lock file was removed") }
    }

    @Test func somebodyHoldingTheWriteLockIsAnErrorAndPasses() throws {
        var limits = StoreLimits()
        limits.waitForLock = 50
        let store = try Store(path: scratch.database, limits: limits)
        let outsider = try scratch.outsider()
        try outsider.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            #expect { try store.commit(JournalFixture.take(1)) } throws: { "\($0)".contains("locked") }
            try db.execute(sql: "ROLLBACK")
        }
        try store.commit(JournalFixture.take(1))
    }

    /// Only what was refused before the committing frame was written leaves no doubt.
    @Test func whatLeavesDoubtIsCalledDoubtful() {
        func failure(_ code: ResultCode, isWriting: Bool = true) -> JournalError {
            StoreFailure.journalError(DatabaseError(resultCode: code), path: "/x.db", isWriting: isWriting)
        }
        for code: ResultCode in [
            .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_WRITE, .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_DIR_FSYNC,
        ] {
            guard case .doubtful = failure(code) else {
                Issue.record("\(code) gave \(failure(code))")
                continue
            }
        }
        #expect(failure(.SQLITE_FULL) == .diskFull(path: "/x.db"))
        #expect(failure(.SQLITE_READONLY_DBMOVED) == .readOnly(path: "/x.db"))
        guard case .inputOutput = failure(.SQLITE_IOERR_READ, isWriting: false) else {
            Issue.record("a failed read is not a doubtful write")
            return
        }
    }
}

/// A small disk in memory, mounted on a folder for as long as this value lives.
final class Tmpfs {
    private let folder: String

    static let isPossible: Bool = {
        let scratch = Scratch()
        return (try? Tmpfs(scratch.folder, kilobytes: 64)) != nil
    }()

    struct Refused: Error {}

    init(_ folder: String, kilobytes: Int) throws {
        guard getuid() == 0,
            try run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", folder]).status == 0
        else {
            throw Refused()
        }
        self.folder = folder
    }

    func makeReadOnly() throws {
        guard try run("/bin/mount", ["-o", "remount,ro", folder]).status == 0 else { throw Refused() }
    }

    deinit { _ = try? run("/bin/umount", ["-l", folder]) }
}
