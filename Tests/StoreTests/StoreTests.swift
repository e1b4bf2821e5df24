import Engine
import Foundation
import GRDB
@testable import Store
import Synchronization
import TestSupport
import Testing

@Suite struct StoreTests {
    let scratch = Scratch()

    @Test func synchronousIsFullOnTheWriterAndStaysSo() throws {
        let store = try Store(path: scratch.database)
        try store.commit(JournalFixture.take(1))
        #expect(try store.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
        #expect(try store.pool.writeWithoutTransaction(StoreConfiguration.weakness) == nil)
        #expect(try store.pool.read { try Bool.fetchOne($0, sql: "PRAGMA foreign_keys") } == true)
    }

    @Test func aWriterThatIsNotFullIsRefusedInWords() throws {
        let store = try Store(path: scratch.database)
        let weakness = try store.pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            return try StoreConfiguration.weakness(db)
        }
        #expect(weakness == "SQLite refused synchronous = FULL")
    }

    @Test func canaryAndWordsAboutWavesComeBackAsTheyWere() throws {
        let store = try Store(path: scratch.database)
        var batch = JournalFixture.take(1)
        batch.broadcasts[0].publication.waves.canary = CanaryPlan(devices: 50_000, check: 800, share: 2_147_483)
        batch.broadcasts[0].publication.order = WaveOrder(revision: 0, isHeld: true)
        try store.commit(batch)
        #expect(try store.recover().unfinished == batch.broadcasts)
        batch = JournalFixture.take(2)
        batch.broadcasts[0].publication.isAborted = true
        batch.broadcasts[0].publication.order = WaveOrder(revision: 3, isHeld: false)
        batch.broadcasts[0].state = .stopped
        batch.broadcasts[0].figures.real.unknownStage = 4
        try store.commit(batch)
        #expect(try store.broadcasts(matching: HistoryQuery()).first == batch.broadcasts[0])
    }

    @Test func everyTableIsStrict() throws {
        let store = try Store(path: scratch.database)
        let loose = try store.pool.read {
            try String.fetchAll($0, sql: """
                SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND strict = 0
                AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'
                """)
        }
        #expect(loose == [])
    }

    @Test func peopleReadItWhileTheEngineRuns() throws {
        let store = try Store(path: scratch.database)
        try store.commit(JournalFixture.take(1))
        let outsider = try scratch.outsider()
        let (line, summary, stage) = try outsider.read { db in
            (
                try Row.fetchOne(db, sql: "SELECT * FROM audit")!,
                try Row.fetchOne(db, sql: "SELECT * FROM broadcastSummary")!,
                try String.fetchOne(db, sql: "SELECT run ->> '$.event.stages[1].key' FROM liveEvent")
            )
        }
        #expect(line["who"] == "kris (SCO @ pts/3@toc:4711)")
        #expect(line["at"] == "2025-11-21T02:00:00.001Z")
        #expect(summary["connected"] == 9_000_010)
        #expect(summary["ackedPercent"] == 100.0)
        #expect(summary["lateBy"] == 1000)
        #expect(stage == "live")
        try store.commit(JournalFixture.take(2))
    }

    /// The file defends itself against whoever opens it.
    @Test(arguments: [
        "UPDATE journalEntry SET why = 'never said'", "DELETE FROM journalEntry", "DELETE FROM broadcast",
        "UPDATE broadcast SET stage = 'ended'", "UPDATE topic SET oldest = 0",
        "INSERT INTO journalEntry (number, at, kind, actor) VALUES (9, 0, 'noted', 'engine')",
        "INSERT INTO journalEntry (number, at, kind, actor) VALUES (2, 0, 'noted', 'person')",
        "UPDATE liveEvent SET revision = 'x'", "UPDATE liveEvent SET tier = 'huge'", "DELETE FROM liveEvent",
    ])
    func theSchemaRefuses(_ sql: String) throws {
        let store = try Store(path: scratch.database)
        try store.commit(JournalFixture.take(1))
        #expect(throws: DatabaseError.self) { try scratch.outsider().write { try $0.execute(sql: sql) } }
    }

    @Test func everyVersionOfAPlanIsKept() throws {
        let store = try Store(path: scratch.database)
        var run = JournalFixture.run()
        try store.commit(JournalBatch(runs: [run]))
        run.planVersion = 2
        run.revision = 2
        run.progress[0].time = .at(JournalFixture.start + 30_000)
        try store.commit(JournalBatch(runs: [run]))
        run.revision = 3
        try store.commit(JournalBatch(runs: [run]))
        let plans = try store.pool.read {
            try Row.fetchAll($0, sql: "SELECT version, stages FROM plan ORDER BY version")
        }
        #expect(plans.map { $0["version"] as Int } == [1, 2])
        #expect((plans[1]["stages"] as String).contains("1763690430000"))
    }

    @Test func aNulInANoteKeepsTheRestOfIt() throws {
        let store = try Store(path: scratch.database)
        var entry = JournalFixture.entry(1)
        entry.why = "a\0b"
        try store.commit(JournalBatch(entries: [entry]))
        #expect(try store.entries(before: nil, limit: 1)[0].why == "a␀b")
    }

    @Test func aFigureThatIsNotANumberIsRefusedWhole() throws {
        let store = try Store(path: scratch.database)
        var batch = JournalFixture.take(1)
        batch.runs[0].event.audience.lossShare = .nan
        #expect(throws: JournalError.self) { try store.commit(batch) }
        #expect(try store.recover() == RecoveredState())
        try store.commit(JournalFixture.take(1))
    }

    @Test func afterCloseNothingIsAccepted() throws {
        let store = try Store(path: scratch.database)
        try store.commit(JournalFixture.take(1))
        try store.close()
        try store.close()
        #expect(throws: JournalError.self) { try store.commit(JournalFixture.take(2)) }
        #expect(throws: JournalError.self) { try store.recover() }
        #expect(try Store(path: scratch.database).recover().lastEntry == 1)
    }

    // MARK: Retention

    @Test func publicationsCanBeCaughtUpUntilADayAfterTheEnd() throws {
        let store = try Store(path: scratch.database)
        let topic: Topic = "event/fight-night", day: Milliseconds = 86_400_000
        for number in 1...3 { try store.commit(JournalFixture.take(Int64(number))) }
        #expect(try store.prune(now: JournalFixture.start + 900 * day).isEmpty, "still on air")
        var end = JournalFixture.take(4)
        let endedAt = JournalFixture.start + 4000
        end.runs[0].current = "ended"
        end.runs[0].progress[2].outcome = .taken(endedAt, BroadcastID(4))
        try store.commit(end)
        #expect(try store.prune(now: endedAt + day).isEmpty)
        #expect(try store.recover().logs[topic]?.count == 4)
        let moved = try store.prune(now: endedAt + day + 1)
        #expect(moved.map(\.topic) == [topic])
        #expect(moved.map(\.oldest) == [4])
        #expect(try store.recover().oldest == [topic: 4])
        #expect(
            try store.recover().logs[topic]?.map(\.position.sequence) == [4],
            "the newest stays: new devices are shown it")
        #expect(try store.publications(of: topic, after: 0, limit: 9).map(\.position.sequence) == [4])
        #expect(try store.broadcasts(matching: HistoryQuery()).count == 4, "history stays")
        #expect(try store.prune(now: endedAt + 2 * day).isEmpty)
        try store.commit(JournalFixture.take(5))
        #expect(try store.recover().oldest == [topic: 4], "what is gone does not come back when the event runs again")
    }

    @Test func aRemovedEventIsRetainedForADayToo() throws {
        let store = try Store(path: scratch.database)
        for number in 1...2 { try store.commit(JournalFixture.take(Int64(number))) }
        let removal = JournalFixture.entry(3, .eventRemoved)
        try store.commit(JournalBatch(entries: [removal]))
        #expect(try store.prune(now: removal.at + 86_400_000).isEmpty)
        #expect(try store.prune(now: removal.at + 86_400_001).count == 1)
    }

    // MARK: How long it takes

    @Test func aTypicalCommitTakesMilliseconds() throws {
        let store = try Store(path: scratch.database)
        let clock = ContinuousClock()
        let times = try (1...200).map { number in try clock.measure { try store.commit(JournalFixture.take(number)) } }
            .sorted()
        print("commit of one TAKE: p50 \(times[100]), p99 \(times[198])")
        #expect(times[100] < .milliseconds(100))
    }
}
