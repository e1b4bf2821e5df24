import Engine
import Foundation
import GRDB
@testable import Store
import TestSupport
import Testing

@Suite struct AuditChainTests {
    let scratch = Scratch()

    private func entries(_ count: Int) throws -> Store {
        let store = try Store(path: scratch.database)
        for number in 1...count { try store.commit(JournalBatch(entries: [JournalFixture.entry(EntryNumber(number))])) }
        return store
    }

    @Test func aChainThatNobodyTouchedHolds() throws {
        let store = try entries(5)
        #expect(try store.pool.read(EntryChain.fault) == nil)
        try store.commit(JournalBatch(entries: (6...8).map { JournalFixture.entry($0) }))
        #expect(try store.pool.read(EntryChain.fault) == nil)
    }

    /// What a person with `sqlite3` and bad intentions can do once the triggers are away.
    @Test(arguments: [
        "UPDATE journalEntry SET why = 'never said' WHERE number = 3",
        "UPDATE journalEntry SET at = at + 1 WHERE number = 3",
        "UPDATE journalEntry SET digest = '\(String(repeating: "a", count: 64))' WHERE number = 3",
        "UPDATE journalEntry SET before = NULL, after = before WHERE number = 3",
        "UPDATE journalEntry SET digest = NULL WHERE number = 3",
        "DELETE FROM journalEntry WHERE number = 3", "UPDATE journalEntry SET number = 9 WHERE number = 3",
    ])
    func aChainBrokenByHandIsFound(_ sql: String) throws {
        let store = try entries(5)
        try scratch.outsider().write { db in
            try db.execute(sql: "DROP TRIGGER journalEntryStays; DROP TRIGGER journalEntryIsKept; \(sql)")
        }
        #expect(try store.pool.read(EntryChain.fault)?.contains("3") == true)
    }

    @Test func anEntryWithoutItsDigestIsRefused() throws {
        _ = try entries(1)
        #expect(throws: DatabaseError.self) {
            try scratch.outsider().write {
                try $0.execute(
                    sql: "INSERT INTO journalEntry (number, at, kind, actor) VALUES (2, 0, 'noted', 'engine')")
            }
        }
    }
}
