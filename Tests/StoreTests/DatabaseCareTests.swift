import Engine
import Foundation
import GRDB
@testable import Store
import TestSupport
import Testing

/// `control-room db` beside a running engine, and on files that somebody hurt.
@Suite struct DatabaseCareTests {
    let scratch = Scratch()

    private func night(frames: Int = 130) throws -> Store {
        let store = try Store(path: scratch.database)
        for number in 1...5 { try store.commit(Self.take(Int64(number))) }
        for frame in FrameTests.evening(seconds: frames) { try store.record(frame) }
        return store
    }

    /// A TAKE whose ledgers add up.
    private static func take(_ number: Int64) -> JournalBatch {
        var batch = JournalFixture.take(number)
        batch.broadcasts[0].figures.modelled.known = 9_000_000
        batch.broadcasts[0].figures.nodes[0].ledger.known = 9_000_000
        return batch
    }

    private func bad() throws -> [String] {
        try DatabaseCare(path: scratch.database).check().filter { !$0.isGood }.map { "\($0.what): \($0.detail)" }
    }

    @Test func aSoundDatabaseIsSoundWhileItsEngineRuns() throws {
        let store = try night()
        #expect(try bad() == [])
        try store.commit(Self.take(6))
        try store.close()
        #expect(try bad() == [])
    }

    @Test(arguments: [
        (
            "DROP TRIGGER journalEntryStays; UPDATE journalEntry SET why = 'x' WHERE number = 2",
            "audit: the chain of the audit is broken at entry 2"
        ),
        ("UPDATE audienceFigures SET acked = acked + 1 WHERE broadcast = 3", "ledgers: these do not add up: #3"),
        (
            "UPDATE nodeFigures SET acked = acked - 1, waiting = waiting + 1 WHERE broadcast = 4 AND ordinal = 0",
            "ledgers: these do not add up: #4"
        ),
        ("UPDATE frameData SET data = SUBSTR(data, 1, 30) WHERE frame = 7", "frames: frame 7: "),
        ("PRAGMA foreign_keys = OFF; DELETE FROM frame WHERE number = 9", "foreign keys: a row of frameData"),
    ])
    func whatIsWrongIsNamed(_ sql: String, _ expected: String) throws {
        let store = try night()
        try scratch.outsider().writeWithoutTransaction { try $0.execute(sql: sql) }
        let found = try bad()
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
        withExtendedLifetime(store) {}
    }

    @Test func aBackupIsAWholeDatabaseThatGoesOn() throws {
        let store = try night()
        let copy = scratch.folder + "/copy.db"
        try DatabaseCare(path: scratch.database).backup(to: copy)
        try store.commit(Self.take(6))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.folder).filter { $0.hasPrefix("copy") } == [
                "copy.db"
            ])
        #expect(try DatabaseCare(path: copy).check().allSatisfy(\.isGood))
        let second = try Store(path: copy)
        #expect(try second.recover().lastEntry == 5)
        try second.commit(Self.take(6))
        #expect(throws: JournalError.self) { try DatabaseCare(path: scratch.database).backup(to: copy) }
    }

    @Test func compactingGivesPagesBackAndTheEngineGoesOn() throws {
        let store = try night(frames: 400)
        try scratch.outsider().write {
            try $0.execute(sql: "DELETE FROM frameData; DELETE FROM frameEvent; DELETE FROM frame")
        }
        let pages = { try store.pool.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 } }
        let before = try pages()
        #expect(try DatabaseCare(path: scratch.database).compact().contains("given back"))
        #expect(try pages() < before)
        try store.commit(Self.take(6))
        #expect(try bad() == [])
    }

    @Test func whatIsNoDatabaseOfOursIsRefused() throws {
        #expect(throws: JournalError.self) { try DatabaseCare(path: scratch.database) }
        try scratch.outsider().write { try $0.execute(sql: "CREATE TABLE other (x)") }
        #expect(throws: JournalError.foreign(path: scratch.database, found: "SQLite application_id 0")) {
            try DatabaseCare(path: scratch.database)
        }
    }

    @Test func aNewerDatabaseIsRefused() throws {
        try night(frames: 1).close()
        try scratch.outsider().write { try $0.execute(sql: "PRAGMA user_version = 99") }
        #expect(throws: JournalError.self) { try DatabaseCare(path: scratch.database) }
    }
}
