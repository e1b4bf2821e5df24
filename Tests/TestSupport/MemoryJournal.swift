public import Engine
import Synchronization

/// A journal in memory that keeps every promise of `Store` but durability, and fails when told to.
///
/// Held to the same contract tests as `Store`. For core tests and simulations: a crash is `crash()`, which ends this
/// value and hands what was committed to the next engine.
public final class MemoryJournal: Journal {
    private let state: Mutex<Contents>

    public init() { state = Mutex(Contents()) }
    private init(_ contents: Contents) { state = Mutex(contents) }

    /// The next `count` commits throw `error`. With `isWritten` they are written all the same, as after a failed sync
    /// whose data reached the disk. After `.doubtful` every commit throws it until `crash()`.
    public func failNextCommits(_ count: Int, with error: JournalError, isWritten: Bool = false) {
        state.withLock { $0.faults = Array(repeating: Fault(error: error, isWritten: isWritten), count: count) }
    }

    /// How long a commit is to take. This journal answers at once; a shell on a virtual clock reads it and waits.
    public var commitTakes: Duration {
        get { state.withLock { $0.commitTakes } }
        set { state.withLock { $0.commitTakes = newValue } }
    }

    /// The engine is gone: this value refuses everything, the new one holds what was committed and no faults.
    public func crash() -> MemoryJournal {
        state.withLock { contents in
            var survivor = contents
            survivor.faults = []
            survivor.doubt = nil
            survivor.commitTakes = .zero
            contents.isGone = true
            return MemoryJournal(survivor)
        }
    }

    /// Every entry committed, in order.
    public var allEntries: [JournalEntry] { state.withLock { $0.entries } }
    /// Every frame recorded, in order.
    public var frames: [EngineSnapshot] { state.withLock { $0.frames } }

    public func recover() throws -> RecoveredState {
        try state.withLock { contents in
            try contents.requirePresence()
            return contents.recovered
        }
    }

    public func commit(_ batch: JournalBatch) throws {
        guard !batch.isEmpty else { return }
        try state.withLock { contents in
            try contents.requirePresence()
            if let doubt = contents.doubt { throw doubt }
            let fault = contents.faults.isEmpty ? nil : contents.faults.removeFirst()
            if case .doubtful? = fault?.error { contents.doubt = fault?.error }
            if let fault, !fault.isWritten { throw fault.error }
            try contents.check(batch)
            contents.write(batch)
            if let fault { throw fault.error }
        }
    }

    public func record(_ snapshot: EngineSnapshot) throws {
        try state.withLock { contents in
            try contents.requirePresence()
            contents.frames.append(snapshot)
        }
    }

    public func publications(of topic: Topic, after sequence: Int64, limit: Int) throws -> [Publication] {
        try state.withLock { contents in
            try contents.requirePresence()
            return Array(contents.log(of: topic).filter { $0.position.sequence > sequence }.prefix(max(0, limit)))
        }
    }

    public func broadcasts(matching query: HistoryQuery) throws -> [BroadcastRecord] {
        try state.withLock { contents in
            try contents.requirePresence()
            return Array(contents.broadcasts.reversed().filter { record in
                (query.before.map { record.id < $0 } ?? true) && (query.event.map { record.event == $0 } ?? true)
            }.prefix(min(max(query.limit, 1), 500)))
        }
    }

    /// Keeps frames for tests to look at (`frames`), and plays none back.
    public func recording(_ query: RecordingQuery) throws -> RecordingAnswer {
        switch query {
        case .showings: .showings([])
        case .timeline(let showing): .timeline(Timeline(showing: showing))
        case .frame: .frame(nil)
        case .script: .script(nil)
        }
    }

    public func entries(before: EntryNumber?, limit: Int) throws -> [JournalEntry] {
        try state.withLock { contents in
            try contents.requirePresence()
            return Array(contents.entries.reversed().filter { entry in before.map { entry.number < $0 } ?? true }
                .prefix(min(max(limit, 1), 500)))
        }
    }
}

private struct Fault {
    var error: JournalError
    var isWritten: Bool
}

private struct Contents {
    var entries: [JournalEntry] = []
    var runs: [EventID: RunOfShow] = [:]
    var removed: Set<EventID> = []
    /// In order of number.
    var broadcasts: [BroadcastRecord] = []
    var frames: [EngineSnapshot] = []
    var faults: [Fault] = []
    var doubt: JournalError?
    var commitTakes: Duration = .zero
    var isGone = false

    func requirePresence() throws {
        if isGone { throw JournalError.inputOutput(path: "memory", detail: "this engine has crashed") }
    }

    /// In order of sequence: sequences rise with numbers.
    func log(of topic: Topic) -> [Publication] {
        broadcasts.map(\.publication).filter { $0.topic == topic }
    }

    var recovered: RecoveredState {
        var state = RecoveredState()
        state.runs = runs.values.filter { !removed.contains($0.id) }.sorted { $0.id < $1.id }
        for topic in Set(broadcasts.map(\.publication.topic)) {
            state.logs[topic] = Array(log(of: topic).suffix(RouterMessage.logMax))
            state.oldest[topic] = 1
        }
        state.unfinished = broadcasts.filter { $0.state == .sending }
        for id in state.runs.flatMap(\.broadcasts) {
            state.past[id] = broadcasts.first { $0.id == id }.map(StageFigures.init)
        }
        state.forecasts = broadcasts.compactMap { record in
            record.forecast.flatMap { forecast in
                forecast.error.map { _ in ScoredForecast(event: record.event, tier: record.tier, forecast: forecast) }
            }
        }.suffix(RecoveredState.forecastsMax)
        state.lastBroadcast = broadcasts.last?.id ?? BroadcastID(0)
        state.lastEntry = entries.last?.number ?? 0
        state.lastEntryAt = entries.last?.at
        state.lastSignature = entries.last { $0.kind == .handoverSigned }
        state.lastLifeSign = entries.last { [.engineStarted, .engineStopped, .engineQuit].contains($0.kind) }?.kind
        return state
    }

    /// Throws `.conflict` if the batch contradicts what is written; changes nothing.
    func check(_ batch: JournalBatch) throws {
        func require(_ holds: Bool, _ detail: String) throws {
            if !holds { throw JournalError.conflict(path: "memory", detail: detail) }
        }
        for (offset, entry) in batch.entries.enumerated() {
            try require(
                entry.number == Int64(entries.count + offset + 1), "the numbers of journal entries go on without a gap")
        }
        var known = broadcasts
        for record in batch.broadcasts {
            let isKnownEvent = runs[record.event] != nil || batch.runs.contains { $0.id == record.event }
            try require(isKnownEvent, "\(record.id) belongs to an event without a run of show")
            let sent = record.publication
            if let old = known.first(where: { $0.id == record.id }) {
                let isSame = old.publication.topic == sent.topic && old.publication.position == sent.position
                    && old.publication.stage == sent.stage && old.event == record.event
                    && (sent.isAborted || !old.publication.isAborted)
                try require(isSame, "what was broadcast cannot be changed")
                continue
            }
            try require(known.last.map { $0.id < record.id } ?? true, "broadcast numbers rise and none is used twice")
            let head = known.last { $0.publication.topic == sent.topic }?.publication.position
            try require(
                sent.position.sequence == (head?.sequence ?? 0) + 1,
                "the sequences of a topic start at 1 and have no gap")
            try require(head.map { $0.timestamp < sent.position.timestamp } ?? true, "the timestamps of a topic rise")
            known.append(record)
        }
    }

    mutating func write(_ batch: JournalBatch) {
        for run in batch.runs {
            runs[run.id] = run
            removed.remove(run.id)
        }
        for entry in batch.entries {
            guard let event = entry.event else { continue }
            switch entry.kind {
            case .eventRemoved: removed.insert(event)
            case .eventScheduled, .scheduleAdopted: removed.remove(event)
            default: break
            }
        }
        for record in batch.broadcasts {
            if let index = broadcasts.firstIndex(where: { $0.id == record.id }) {
                broadcasts[index] = record
            } else {
                broadcasts.append(record)
            }
        }
        entries += batch.entries
    }
}
