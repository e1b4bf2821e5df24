import Engine
import GRDB
@testable import Store
import TestSupport
import Testing
@Test func recordFixtureOnce() throws {
    let q = try DatabaseQueue(path: repositoryRoot.appending(path: "Tests/StoreTests/Fixtures/v1 journal.db").path)
    try q.write { try $0.execute(sql: "PRAGMA application_id = \(StoreConfiguration.applicationID)") }
    try Migrations.all.migrate(q, upTo: "v1 journal")
    try q.write { db in
        for n in 1...3 {
            let b = JournalFixture.take(Int64(n))
            try RunRow(b.runs[0]).write(db); try BroadcastRow.write(b.broadcasts[0], db); try EntryRow.insert(b.entries[0], db)
        }
    }
    try q.vacuum()
}
