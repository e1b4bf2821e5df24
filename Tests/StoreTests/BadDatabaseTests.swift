import Engine
import Foundation
import GRDB
@testable import Store
import TestSupport
import Testing

/// Files that must not be opened: each is refused in words and left byte for byte as it was (RELIABILITY.md 7, rows 38
/// and 41).
@Suite struct BadDatabaseTests {
    let scratch = Scratch()

    private func refusal(sourceLocation: SourceLocation = #_sourceLocation) -> JournalError? {
        let before = scratch.bytes()
        var refusal: JournalError?
        do {
            _ = try Store(path: scratch.database)
            Issue.record("it was opened", sourceLocation: sourceLocation)
        } catch {
            refusal = error
            #expect(error.sentence.contains(scratch.folder), sourceLocation: sourceLocation)
        }
        #expect(scratch.bytes() == before, sourceLocation: sourceLocation)
        #expect(Store.holder(of: scratch.database) == nil, sourceLocation: sourceLocation)
        return refusal
    }

    private func isCorrupt(_ error: JournalError?) -> Bool { if case .corrupt? = error { true } else { false } }
    private func isUnwritable(_ error: JournalError?) -> Bool { if case .unwritable? = error { true } else { false } }

    /// A sound database with some content, closed.
    private func sound(commits: Int64 = 60) throws -> [UInt8] {
        let store = try Store(path: scratch.database)
        for number in 1...commits { try store.commit(JournalFixture.take(number)) }
        try store.close()
        return [UInt8](scratch.bytes()!)
    }

    @Test func zeroBytes() {
        scratch.write([])
        let error = refusal()
        #expect(isCorrupt(error))
        #expect(error?.sentence.contains("zero bytes") == true)
    }

    @Test func aCrashWhileItWasMadeIsNotACorruptDatabase() throws {
        scratch.write([])
        scratch.write(Array(#"{"process":4242,"isCreating":true}"#.utf8), to: "room.db.lock")
        try Store(path: scratch.database).commit(JournalFixture.take(1))
    }

    @Test func garbage() {
        scratch.write((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) })
        #expect(isCorrupt(refusal()))
    }

    @Test func aTextFile() {
        scratch.write(Array("events:\n  - id: fight-night\n".utf8))
        #expect(isCorrupt(refusal()))
    }

    @Test(arguments: [1, 2, 3]) func cutShort(_ quarters: Int) throws {
        let bytes = try sound()
        scratch.write(Array(bytes[..<(bytes.count * quarters / 4)]))
        #expect(isCorrupt(refusal()))
    }

    @Test func aDamagedPage() throws {
        var bytes = try sound()
        let page = 4096, last = bytes.count / page - 1
        for offset in 0..<page { bytes[last * page + offset] = 0xAA }
        scratch.write(bytes)
        #expect(isCorrupt(refusal()))
    }

    @Test func anEntryCutOutOfTheAudit() throws {
        _ = try sound(commits: 3)
        try scratch.outsider().write { db in
            try db.execute(sql: "DROP TRIGGER journalEntryIsKept; DELETE FROM journalEntry WHERE number = 2")
        }
        #expect(refusal() == .corrupt(path: scratch.database, detail: "1 journal entries are missing"))
    }

    @Test func theFileGoneButItsLogThere() throws {
        scratch.write(Array("log".utf8), to: "room.db-wal")
        #expect(isCorrupt(refusal()))
        #expect(scratch.bytes("room.db-wal") == Data("log".utf8))
    }

    @Test func anotherProgramsDatabase() throws {
        try scratch.outsider().write {
            try $0.execute(sql: "PRAGMA application_id = 77; CREATE TABLE recipe (name TEXT)")
        }
        #expect(refusal() == .foreign(path: scratch.database, found: "SQLite application_id 77"))
    }

    @Test func anotherProgramsDatabaseWithoutAMark() throws {
        try scratch.outsider().write { try $0.execute(sql: "CREATE TABLE recipe (name TEXT)") }
        #expect(refusal() == .foreign(path: scratch.database, found: "SQLite application_id 0"))
    }

    @Test(arguments: ["INSERT INTO grdb_migrations VALUES ('v9 holograms')", "PRAGMA user_version = 9"])
    func aNewerSchema(_ sql: String) throws {
        _ = try sound(commits: 1)
        try scratch.outsider().writeWithoutTransaction { try $0.execute(sql: sql) }
        guard case .newerSchema(_, let found) = refusal() else {
            Issue.record("not refused as newer")
            return
        }
        #expect(found.contains("9"))
    }

    @Test func aFolder() throws {
        try FileManager.default.createDirectory(atPath: scratch.database, withIntermediateDirectories: false)
        let error = refusal()
        #expect(isUnwritable(error))
        #expect(error?.sentence.contains("it is a folder") == true)
    }

    @Test func aPipeDoesNotBlock() {
        mkfifo(scratch.database, 0o600)
        var error: JournalError?
        do { _ = try Store(path: scratch.database) } catch let refused { error = refused }
        #expect(isUnwritable(error))
    }

    @Test func aFolderThatIsNotThere() {
        #expect { try Store(path: scratch.folder + "/none/room.db") } throws: {
            "\($0)".contains("no such file or directory")
        }
    }

    @Test(.enabled(if: Tmpfs.isPossible, "mounting a tmpfs needs root"), arguments: [true, false])
    func aReadOnlyDisk(_ exists: Bool) throws {
        let disk = try Tmpfs(scratch.folder, kilobytes: 2048)
        if exists { _ = try sound(commits: 2) }
        try disk.makeReadOnly()
        #expect(refusal() == .readOnly(path: scratch.database))
    }

    @Test(.enabled(if: getuid() != 0, "root may write everything"))
    func aReadOnlyFile() throws {
        _ = try sound(commits: 2)
        chmod(scratch.database, 0o400)
        #expect(refusal() == .readOnly(path: scratch.database))
    }

    @Test func everyErrorSaysWhereAndWhatToDo() {
        let errors: [JournalError] = [
            .diskFull(path: "/x.db"), .readOnly(path: "/x.db"), .inputOutput(path: "/x.db", detail: "d"),
            .corrupt(path: "/x.db", detail: "d"), .newerSchema(path: "/x.db", found: "f"),
            .held(path: "/x.db", byProcess: 4711, socket: "/x.sock"), .held(path: "/x.db", byProcess: 0, socket: nil),
            .unwritable(path: "/x.db", detail: "d"), .foreign(path: "/x.db", found: "f"),
            .conflict(path: "/x.db", detail: "d"), .doubtful(path: "/x.db", detail: "d"),
        ]
        for error in errors {
            #expect(error.sentence.contains("/x.db"))
            #expect(error.sentence.hasSuffix("."))
            #expect(["--db", "engine", "start again"].contains { error.sentence.contains($0) })
            #expect("\(error)" == error.sentence)
        }
        #expect(errors[5].sentence.contains("pid 4711"))
        #expect(errors[5].sentence.contains("/x.sock"))
    }
}
