import Engine
import Foundation
import GRDB
@testable import Store
import TestSupport
import Testing

@Suite struct SchemaTests {
    let scratch = Scratch()

    /// Files of each released schema, as they were written then, open and go on.
    @Test(arguments: ["v1 journal", "v2 frames"]) func aDatabaseOfAnEarlierSchemaIsMigrated(_ name: String) throws {
        let fixture = repositoryRoot.appending(path: "Tests/StoreTests/Fixtures/\(name).sqlite")
        scratch.write([UInt8](try Data(contentsOf: fixture)))
        let store = try Store(path: scratch.database)
        let state = try store.recover()
        #expect(state.lastEntry == 3)
        #expect(state.runs == JournalFixture.take(3).runs)
        #expect(state.unfinished == (1...3).map { JournalFixture.broadcast($0, sequence: $0) })
        try store.commit(JournalFixture.take(4))
        try store.record(JournalFixture.snapshot(1))
        #expect(try store.pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == Migrations.version)
    }

    /// A night recorded by release 0.1.0: its frames open on every screen of this one, its journal is chained.
    @Test func aNightOfTheFirstReleaseOpens() throws {
        let fixture = repositoryRoot.appending(path: "Tests/StoreTests/Fixtures/v2 night.sqlite")
        scratch.write([UInt8](try Data(contentsOf: fixture)))
        let store = try Store(path: scratch.database)
        guard case .showings(let showings) = try store.recording(.showings(before: nil, limit: 10)) else {
            Issue.record("another answer"); return
        }
        #expect(showings.map(\.event) == ["backstage", "tonight"])
        #expect(showings.allSatisfy { $0.hasFrames })
        guard case .timeline(let timeline) = try store.recording(.timeline(showings[1])) else {
            Issue.record("another answer"); return
        }
        #expect(timeline.stages.map(\.stage) == ["pre-show", "countdown", "live", "intermission", "live-2"])
        let piece = try #require(timeline.pieces.last)
        guard case .frame(let frame?) = try store.recording(.frame(piece, at: piece.until)) else {
            Issue.record("another answer"); return
        }
        #expect(frame.at == piece.until)
        #expect(frame.events.count == 2 && frame.nodes.count > 0)
        #expect(try store.pool.read(EntryChain.fault) == nil)
        try store.record(frame)
        try store.commit(JournalBatch(entries: [JournalFixture.entry(try store.recover().lastEntry + 1)]))
        #expect(try store.pool.read(EntryChain.fault) == nil)
    }

    /// The frames in the file were recorded by 0.1.0, which knew neither forecasts nor paces.
    @Test func framesOfAnEarlierVersionAreStillShown() throws {
        let fixture = repositoryRoot.appending(path: "Tests/StoreTests/Fixtures/v2 frames.sqlite")
        scratch.write([UInt8](try Data(contentsOf: fixture)))
        let store = try Store(path: scratch.database)
        let frame = try #require(try store.frame(at: WallTime(milliseconds: 1_795_261_929_500)))
        #expect(frame.events.first?.id == "old-night" && !frame.nodes.isEmpty)
        #expect(frame.events.first?.stages.allSatisfy { $0.forecast == nil } == true)
    }

    @Test func theDocumentNamesEveryTableViewAndColumn() throws {
        let document = try String(
            contentsOf: repositoryRoot.appending(path: "Documentation/Schema.md"), encoding: .utf8)
        let store = try Store(path: scratch.database)
        let names = try store.pool.read { db in
            try Row.fetchAll(db, sql: """
                SELECT list.name AS thing, info.name AS name FROM pragma_table_list AS list, pragma_table_info(list.name) AS info
                WHERE list.schema = 'main' AND list.name NOT LIKE 'sqlite_%' AND list.name NOT LIKE 'grdb_%'
                """).map { ($0["thing"] as String, $0["name"] as String) }
        }
        #expect(names.count > 80)
        for (thing, column) in names {
            let section = document.components(separatedBy: "\n## ").first { $0.hasPrefix("`\(thing)`") }
            #expect(section != nil, "Documentation/Schema.md has no section `\(thing)`")
            #expect(section?.contains("`\(column)`") ?? true, "the section `\(thing)` does not name `\(column)`")
        }
    }
}
