import Engine
import Store
import TestSupport
import Testing

/// What every journal promises, asked of the one on disk and of the one tests use.
@Suite struct JournalContractTests {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case store, memory
        var testDescription: String { rawValue }
    }

    /// A journal, and how the next engine gets it after a crash.
    final class Bench {
        let scratch = Scratch()
        var journal: any Journal

        init(_ kind: Kind) throws { journal = kind == .store ? try Store(path: scratch.database) : MemoryJournal() }

        func restart() throws {
            if let memory = journal as? MemoryJournal {
                journal = memory.crash()
            } else if let store = journal as? Store {
                try store.close()
                journal = try Store(path: scratch.database)
            }
        }
    }

    @Test(arguments: Kind.allCases) func aNewJournalIsEmpty(_ kind: Kind) throws {
        let bench = try Bench(kind)
        #expect(try bench.journal.recover() == RecoveredState())
        try bench.journal.commit(JournalBatch())
        #expect(try bench.journal.recover() == RecoveredState())
    }

    @Test(arguments: Kind.allCases) func whatWasCommittedIsRecoveredExactly(_ kind: Kind) throws {
        let bench = try Bench(kind)
        var done = JournalFixture.take(1)
        done.broadcasts[0].state = .complete
        done.broadcasts[0].completed = JournalFixture.start + 5000
        try bench.journal.commit(JournalBatch(entries: [], runs: [JournalFixture.run("cup")]))
        try bench.journal.commit(done)
        let second = JournalFixture.take(2)
        try bench.journal.commit(second)
        try bench.restart()
        let state = try bench.journal.recover()
        #expect(state.runs == [JournalFixture.run("cup")] + second.runs)
        #expect(state.logs == ["event/fight-night": [done.broadcasts[0].publication, second.broadcasts[0].publication]])
        #expect(state.oldest == ["event/fight-night": 1])
        #expect(state.unfinished == second.broadcasts)
        #expect(state.lastEntry == 2)
        #expect(state.lastBroadcast == BroadcastID(2))
        #expect(state.lastEntryAt == second.entries[0].at)
        #expect(state.lastLifeSign == nil)
        #expect(try bench.journal.entries(before: nil, limit: 10) == second.entries + done.entries)
        #expect(try bench.journal.broadcasts(matching: HistoryQuery()) == second.broadcasts + done.broadcasts)
    }

    @Test(arguments: Kind.allCases) func everyKindOfEntryAndActorComesBack(_ kind: Kind) throws {
        let bench = try Bench(kind)
        let actors: [Actor] = [.engine, .person(JournalFixture.kris), .signal("truck")]
        let entries = JournalEntry.Kind.allCases.enumerated().map { index, kind in
            JournalEntry(
                number: Int64(index + 1), at: WallTime(milliseconds: -5), kind: kind, event: nil,
                actor: actors[index % 3],
                before: "", after: "🥊\n", why: nil)
        }
        try bench.journal.commit(JournalBatch(entries: entries))
        #expect(try bench.journal.entries(before: nil, limit: 500) == entries.reversed())
        #expect(try bench.journal.recover().lastLifeSign == .engineQuit)
    }

    @Test(arguments: Kind.allCases) func removedEventsStayAwayUntilTheyAreScheduledAgain(_ kind: Kind) throws {
        let bench = try Bench(kind)
        try bench.journal.commit(JournalFixture.take(1))
        try bench.journal.commit(
            JournalBatch(entries: [JournalFixture.entry(2, .eventRemoved)], runs: [JournalFixture.run()]))
        #expect(try bench.journal.recover().runs.isEmpty)
        #expect(try bench.journal.recover().logs["event/fight-night"]?.count == 1)
        try bench.journal.commit(
            JournalBatch(entries: [JournalFixture.entry(3, .eventScheduled)], runs: [JournalFixture.run()]))
        #expect(try bench.journal.recover().runs == [JournalFixture.run()])
    }

    /// Each is refused whole, and the journal goes on as if it had never been tried.
    @Test(arguments: Kind.allCases) func batchesThatContradictTheJournalAreRefusedWhole(_ kind: Kind) throws {
        let bench = try Bench(kind)
        try bench.journal.commit(JournalFixture.take(1))
        try bench.journal.commit(JournalFixture.take(2))
        let before = try bench.journal.recover()
        func broken(_ change: (inout JournalBatch) -> Void) -> JournalBatch {
            var batch = JournalFixture.take(3)
            change(&batch)
            return batch
        }
        func sent(_ sequence: Int64, at: Int64, stage: StageKey = "live", number: Int64 = 3) -> JournalBatch {
            broken {
                $0.broadcasts[0].publication = Publication(
                    broadcast: BroadcastID(number), topic: "event/fight-night", stage: stage,
                    position: BroadcastPosition(sequence: sequence, timestamp: JournalFixture.start + at))
            }
        }
        let contradictions: [(String, JournalBatch)] = [
            ("entry number left out", broken { $0.entries[0].number = 4 }),
            ("entry number used twice", broken { $0.entries[0].number = 2 }),
            ("entry number zero", broken { $0.entries[0].number = 0 }),
            ("gap inside the batch", broken { $0.entries.append(JournalFixture.entry(5)) }),
            ("sequence left out", sent(4, at: 4000)),
            ("sequence used twice", sent(2, at: 4000)),
            ("timestamp stands still", sent(3, at: 2000)),
            ("timestamp runs backwards", sent(3, at: 1500)),
            ("broadcast number used before", sent(3, at: 4000, number: 1)),
            ("sequence with another stage", sent(2, at: 2000, stage: "countdown", number: 2)),
            ("sequence with another timestamp", sent(2, at: 2001, number: 2)),
            ("event nobody scheduled", broken { $0.broadcasts[0].event = "nobody"; $0.runs = [] }),
        ]
        for (name, batch) in contradictions {
            #expect(throws: JournalError.self, "\(name)") { try bench.journal.commit(batch) }
            #expect(try bench.journal.recover() == before, "\(name)")
        }
        try bench.journal.commit(JournalFixture.take(3))
        #expect(try bench.journal.recover().lastEntry == 3)
    }

    @Test(arguments: Kind.allCases) func figuresAndAnAbortBringABroadcastUpToDate(_ kind: Kind) throws {
        let bench = try Bench(kind)
        try bench.journal.commit(JournalFixture.take(1))
        var record = JournalFixture.broadcast(1, sequence: 1)
        record.state = .aborted
        record.publication.isAborted = true
        record.completed = JournalFixture.start + 9000
        record.figures.t999 = 9000
        record.figures.nodes.removeFirst()
        record.figures.nodes[0].ledger.acked = -1
        try bench.journal.commit(JournalBatch(broadcasts: [record]))
        #expect(try bench.journal.broadcasts(matching: HistoryQuery()) == [record])
        #expect(try bench.journal.publications(of: "event/fight-night", after: 0, limit: 9) == [record.publication])
        #expect(throws: JournalError.self, "an abort is not taken back") {
            try bench.journal.commit(JournalBatch(broadcasts: [JournalFixture.broadcast(1, sequence: 1)]))
        }
    }

    @Test(arguments: Kind.allCases) func catchUpAndHistoryComeInPages(_ kind: Kind) throws {
        let bench = try Bench(kind)
        let count: Int64 = 140
        var batch = JournalBatch(runs: [JournalFixture.run(), JournalFixture.run("cup")])
        for number in 1...count {
            batch.entries.append(JournalFixture.entry(number))
            batch.broadcasts.append(JournalFixture.broadcast(number, sequence: number))
        }
        batch.broadcasts.append(JournalFixture.broadcast(count + 1, sequence: 1, of: "cup"))
        try bench.journal.commit(batch)
        let journal = bench.journal, topic: Topic = "event/fight-night"
        #expect(try journal.publications(of: topic, after: 3, limit: 2).map(\.position.sequence) == [4, 5])
        #expect(try journal.publications(of: topic, after: count, limit: 2).isEmpty)
        #expect(try journal.publications(of: topic, after: .min, limit: -1).isEmpty)
        #expect(try journal.publications(of: topic, after: .max, limit: .max).isEmpty)
        #expect(try journal.publications(of: "event/none", after: 0, limit: 9).isEmpty)
        #expect(try journal.broadcasts(matching: HistoryQuery(limit: 1)).map(\.id) == [BroadcastID(141)])
        #expect(
            try journal.broadcasts(matching: HistoryQuery(event: "fight-night", before: BroadcastID(9), limit: 2)).map(
                \.id)
            == [BroadcastID(8), BroadcastID(7)])
        #expect(try journal.entries(before: 3, limit: 5).map(\.number) == [2, 1])
        #expect(try journal.entries(before: nil, limit: 0).map(\.number) == [count], "a limit below 1 counts as 1")
        let log = try journal.recover().logs[topic] ?? []
        #expect(log.count == RouterMessage.logMax)
        #expect(log.last?.position.sequence == count)
    }
}

@Suite struct MemoryJournalFaultTests {
    @Test func failedCommitsAreAbsentAndLaterOnesWork() throws {
        let journal = MemoryJournal()
        journal.failNextCommits(2, with: .diskFull(path: "memory"))
        for _ in 0..<2 {
            #expect(throws: JournalError.diskFull(path: "memory")) { try journal.commit(JournalFixture.take(1)) }
        }
        #expect(try journal.recover() == RecoveredState())
        try journal.commit(JournalFixture.take(1))
        #expect(journal.allEntries.count == 1)
    }

    @Test(arguments: [false, true]) func doubtLastsUntilTheCrashAndThenIsSettled(_ isWritten: Bool) throws {
        let journal = MemoryJournal(), doubt = JournalError.doubtful(path: "memory", detail: "fsync failed")
        journal.failNextCommits(1, with: doubt, isWritten: isWritten)
        #expect(throws: doubt) { try journal.commit(JournalFixture.take(1)) }
        #expect(throws: doubt) { try journal.commit(JournalFixture.take(1)) }
        let next = journal.crash()
        #expect(try next.recover().lastEntry == (isWritten ? 1 : 0))
        try next.commit(JournalFixture.take(isWritten ? 2 : 1))
        #expect(throws: JournalError.self) { try journal.recover() }
    }

    @Test func aSlowDiskIsMarkedAndFramesAreKept() throws {
        let journal = MemoryJournal()
        journal.commitTakes = .seconds(1)
        #expect(journal.commitTakes == .seconds(1))
        #expect(journal.crash().commitTakes == .zero)
        let survivor = MemoryJournal()
        try survivor.record(JournalFixture.snapshot(1))
        #expect(survivor.frames.map(\.number) == [1])
    }
}
