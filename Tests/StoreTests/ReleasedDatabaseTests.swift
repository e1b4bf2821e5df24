import Engine
import Foundation
import GRDB
@testable import Store
import TestSupport
import Testing

/// Databases that engines of earlier releases wrote: two live events with a hold, a move, notes and duties, one of them
/// not over yet. Made by those programs themselves; a step of the schema that is changed after its release is found
/// here.
@Suite struct ReleasedDatabaseTests {
    private let scratch = Scratch()

    private func open(_ name: String) throws {
        let fixture = repositoryRoot.appending(path: "Tests/StoreTests/Fixtures/\(name).sqlite")
        scratch.write([UInt8](try Data(contentsOf: fixture)))
    }

    /// Every row by its table, with the columns that it has now.
    private func rows(_ columns: [String: [String]]? = nil) throws -> [String: [Row]] {
        try scratch.outsider().read { db in
            let tables = try String.fetchAll(
                db,
                sql:
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'"
            )
            var rows: [String: [Row]] = [:]
            for table in tables where columns.map({ $0[table] != nil }) ?? true {
                let list = columns?[table]?.joined(separator: ", ") ?? "*"
                rows[table] = try Row.fetchAll(db, sql: "SELECT \(list) FROM \(table) ORDER BY rowid")
            }
            return rows
        }
    }

    @Test(arguments: ["v6 night", "v7 night"]) func everyRowIsKept(_ name: String) throws {
        try open(name)
        let before = try rows()
        #expect(before["journalEntry"]!.count >= 29 && before["broadcast"]!.count == 9 && before["frame"]!.count == 144)
        let store = try Store(path: scratch.database)
        #expect(try store.pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == Migrations.version)
        #expect(try store.pool.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
        #expect(try store.pool.read { try Row.fetchOne($0, sql: "PRAGMA foreign_key_check") } == nil)
        #expect(try rows(before.mapValues { $0.first.map { Array($0.columnNames) } ?? ["*"] }) == before)
    }

    @Test(arguments: ["v6 night", "v7 night"]) func theShowGoesOnFromIt(_ name: String) throws {
        try open(name)
        let store = try Store(path: scratch.database)
        #expect(try store.pool.read(EntryChain.fault) == nil)
        let state = try store.recover()
        #expect(Set(state.runs.map(\.id)) == ["tonight", "backstage"])
        #expect(state.runs.first { $0.id == "tonight" }?.current == "live-2" && state.unfinished.isEmpty)
        #expect(state.forecasts.count == 6, "the scored ones")
        try store.commit(JournalBatch(entries: [JournalFixture.entry(state.lastEntry + 1, .trafficSteered)]))
        #expect(try store.pool.read(EntryChain.fault) == nil)
    }

    /// 0.3.0 wrote frames of staging engines, for which the schema of 0.2.0 had no word.
    @Test(arguments: ["v1 journal", "v2 frames", "v2 night", "v6 night", "v7 night"]) func itTakesFramesOfEveryMode(
        _ name: String
    ) throws {
        try open(name)
        let store = try Store(path: scratch.database)
        let wanted: [DataMode] = [.real, .rehearsal, .replay, .staging]
        for mode in wanted {
            var frame = JournalFixture.snapshot(31_600_000)
            frame.mode = mode
            try store.record(frame)
        }
        let modes = try store.pool.read {
            try String.fetchAll($0, sql: "SELECT mode FROM frame ORDER BY number DESC LIMIT \(wanted.count)")
        }
        #expect(Set(modes) == Set(wanted.map(\.rawValue)))
        #expect(try store.frame(at: WallTime(milliseconds: .max / 2))?.mode == .staging)
    }

    /// Through an engine that has taken it over, and as a file that is only looked at.
    @Test(arguments: ["v6 night", "v7 night"], [true, false]) func itCanBeReplayed(_ name: String, isTakenOver: Bool)
        throws
    {
        try open(name)
        let ask: (RecordingQuery) throws -> RecordingAnswer
        if isTakenOver {
            ask = try Store(path: scratch.database).recording
        } else {
            ask = try RecordedFile(path: scratch.database).recording
        }
        guard case .showings(let showings) = try ask(.showings(before: nil, limit: 10)) else {
            Issue.record("another answer"); return
        }
        let showing = try #require(showings.first { $0.event == "tonight" })
        #expect(showings.count == 2 && showing.hasFrames)
        guard case .timeline(let timeline) = try ask(.timeline(showing)) else { Issue.record("another answer"); return }
        #expect(timeline.stages.map(\.stage) == ["pre-show", "countdown", "live", "intermission", "live-2"])
        #expect(!timeline.samples.isEmpty)
        var seen = 0
        for piece in timeline.pieces {
            var moment = piece.from
            while moment <= piece.until {
                guard case .frame(let frame?) = try ask(.frame(piece, at: moment)) else {
                    Issue.record("no frame at \(moment)"); return
                }
                #expect(frame.events.contains { $0.id == "tonight" } && !frame.nodes.isEmpty)
                moment = moment + 1000
                seen += 1
            }
        }
        #expect(seen > 40)
        guard case .script(let script?) = try ask(.script(showing)) else { Issue.record("another answer"); return }
        #expect(script.deeds.contains { $0.act == .hold })
    }
}
