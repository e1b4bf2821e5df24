import Engine
import Foundation
import GRDB
@testable import Store
import TestSupport
import Testing

/// One showing as one file: it opens like the database it came from, and not at all once somebody hurt it.
@Suite struct IncidentTests {
    let scratch = Scratch()
    private var file: String { scratch.folder + "/night.incident" }
    private let now = JournalFixture.start + 86_400_000

    private func balanced(_ batch: JournalBatch) -> JournalBatch {
        var batch = batch
        batch.broadcasts[0].figures.modelled.known = 9_000_000
        batch.broadcasts[0].figures.nodes[0].ledger.known = 9_000_000
        return batch
    }

    private func exported() throws -> RecordedFile {
        let store = try Store(path: scratch.database)
        var scheduled = JournalFixture.take(1)
        scheduled.entries[0].kind = .eventScheduled
        try store.commit(balanced(scheduled))
        for number in 2...5 { try store.commit(balanced(JournalFixture.take(Int64(number)))) }
        var other = JournalBatch(entries: [JournalFixture.entry(6, event: "other-event")])
        other.runs = [JournalFixture.run("other-event")]
        try store.commit(other)
        for frame in FrameTests.evening(seconds: 130) { try store.record(frame) }
        let source = try RecordedFile(path: scratch.database)
        let showing = try #require(try source.showing(of: "fight"))
        _ = try Incident.export(showing, of: source, to: file, at: now, release: "0.2.0")
        try store.close()
        return source
    }

    @Test func itShowsWhatTheDatabaseShows() throws {
        let source = try exported(), incident = try RecordedFile(path: file)
        #expect(incident.incident?.event == "fight-night")
        let showing = try #require(try source.showing(of: nil))
        #expect(try incident.showing(of: nil) == showing)
        #expect(try incident.broadcasts(matching: HistoryQuery()) == source.broadcasts(matching: HistoryQuery()))
        guard case .timeline(let timeline) = try incident.recording(.timeline(showing)),
            case .timeline(let whole) = try source.recording(.timeline(showing))
        else { Issue.record("no timeline"); return }
        #expect(timeline.stages == whole.stages && timeline.samples == whole.samples && timeline.pieces == whole.pieces)
        #expect(timeline.entries.allSatisfy { $0.event == "fight-night" })
        let piece = try #require(timeline.pieces.first)
        #expect(
            try incident.recording(.frame(piece, at: piece.until)) == source.recording(.frame(piece, at: piece.until)))
        #expect(try DatabaseCare(path: file).check().allSatisfy { $0.isGood })
        #expect(throws: JournalError.self) {
            try Incident.export(showing, of: source, to: self.file, at: self.now, release: "0.2.0")
        }
    }

    @Test(arguments: [
        "UPDATE journalEntry SET why = 'x' WHERE number = 2", "UPDATE broadcast SET t99 = 1",
        "UPDATE frameData SET data = x'00' WHERE frame = 3",
        "DELETE FROM frameData WHERE frame = 5", "UPDATE incident SET label = json_set(label, '$.digest', 'ab')",
        "DELETE FROM incident",
    ])
    func whoAltersItIsFound(_ sql: String) throws {
        _ = try exported()
        try DatabaseQueue(path: file).writeWithoutTransaction { db in
            try db.execute(
                sql: "PRAGMA foreign_keys = OFF; DROP TRIGGER journalEntryStays; DROP TRIGGER broadcastStays; \(sql)")
        }
        #expect(throws: JournalError.self) { try RecordedFile(path: self.file) }
        let findings = try DatabaseCare(path: file).check()
        #expect(findings.contains { !$0.isGood }, "db check does not see it")
    }

    @Test(arguments: [0, 100, 5000, 20_000])
    func whatWasCutIsRefused(_ bytes: Int) throws {
        _ = try exported()
        let whole = try #require(scratch.bytes("night.incident"))
        scratch.write([UInt8](whole.prefix(bytes)), to: "night.incident")
        #expect(throws: JournalError.self) { try RecordedFile(path: self.file) }
    }

    @Test func aFileOfANewerReleaseIsRefusedAsThat() throws {
        _ = try exported()
        try DatabaseQueue(path: file).writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
        let path = file
        #expect(throws: JournalError.newerSchema(path: path, found: "schema 99, this one knows \(Migrations.version)"))
        { try RecordedFile(path: path) }
    }
}
