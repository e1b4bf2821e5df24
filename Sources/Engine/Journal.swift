/// Where everything that must survive is written, before anything is sent. `Store` implements it
/// over SQLite; tests use one in memory.
public protocol Journal: Sendable {
    /// What the last engine left behind.
    func recover() throws -> RecoveredState

    /// Writes the batch as one transaction and returns once it is on disk (`synchronous = FULL`).
    /// - Throws: `JournalError`; then nothing of the batch was written, except after `.doubtful`: then the batch
    ///   is whole or absent, which only the next `recover` of a reopened journal can tell, and until
    ///   then every commit throws.
    func commit(_ batch: JournalBatch) throws

    /// Keeps a picture of the room for replay. Best effort: a frame lost is a gap that is drawn as a gap.
    func record(_ snapshot: EngineSnapshot) throws

    /// The topic's retained publications with a sequence greater than `sequence`, in order, at most `limit`.
    func publications(of topic: Topic, after sequence: Int64, limit: Int) throws -> [Publication]

    /// Past and present broadcasts, newest first.
    func broadcasts(matching query: HistoryQuery) throws -> [BroadcastRecord]

    /// Journal entries with numbers below `before` (all if nil), newest first, at most `limit`.
    func entries(before: EntryNumber?, limit: Int) throws -> [JournalEntry]

    /// What was recorded of past shows.
    func recording(_ query: RecordingQuery) throws -> RecordingAnswer
}

/// Why a journal could not do its work, in words for the operator.
public enum JournalError: Error, Hashable, Sendable {
    case diskFull(path: String)
    case readOnly(path: String)
    case inputOutput(path: String, detail: String)
    case corrupt(path: String, detail: String)
    case newerSchema(path: String, found: String)
    case held(path: String, byProcess: Int32, socket: String?)
    case unwritable(path: String, detail: String)
    /// A whole SQLite file, but another program's.
    case foreign(path: String, found: String)
    /// The batch contradicts what is written: an entry number out of turn, a sequence used twice, time running
    /// backwards.
    case conflict(path: String, detail: String)
    /// The disk failed while it was asked to keep something. Whether it did is only known after reopening, so
    /// nothing more is accepted until then (https://wiki.postgresql.org/wiki/Fsync_Errors: do not retry and believe).
    case doubtful(path: String, detail: String)
}

/// What is written together, or not at all.
public struct JournalBatch: Hashable, Codable, Sendable {
    /// In order of number; numbers go on from the last committed one without a gap.
    public var entries: [JournalEntry]
    /// The states after the entries, of the events they changed.
    public var runs: [RunOfShow]
    /// New broadcasts, and those whose figures or state changed.
    public var broadcasts: [BroadcastRecord]

    public init(entries: [JournalEntry] = [], runs: [RunOfShow] = [], broadcasts: [BroadcastRecord] = []) {
        self.entries = entries
        self.runs = runs
        self.broadcasts = broadcasts
    }

    public var isEmpty: Bool { entries.isEmpty && runs.isEmpty && broadcasts.isEmpty }
}

/// One line of the audit: who did what, when, why, before and after.
public struct JournalEntry: Hashable, Codable, Sendable {
    /// What happened. A new kind needs a new version of the schema: an older program could not read it.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case engineStarted, engineResumed, engineStopped, engineQuit
        case eventScheduled, scheduleAdopted, eventRemoved
        case stageTaken, stageSkipped, stageRecycled, stageTriggered
        case held, resumed, rescheduled, undone
        case broadcastAborted, broadcastResent, broadcastCompleted
        case wavesPaused, wavesPromoted, broadcastStopped, drillBegan, drillEnded
        case voted, noted, explained, acknowledged, handoverSigned
        case planArmed, planDisarmed, planApproved, planDiscarded, commandRefused
        case clockStepped, journalFailed, journalRecovered, ledgerBroken, nodeLost, nodeReturned
        case nodeCordoned, nodeDrained, nodeUncordoned
        case trafficSteered, rulesetSwitched
    }

    public var number: EntryNumber
    public var at: WallTime
    public var kind: Kind
    public var event: EventID?
    public var actor: Actor
    /// The state before, in words: `countdown`, `LIVE 21:00:00Z`.
    public var before: String?
    public var after: String?
    /// The reason a person gave; nil where one is still owed or none is needed.
    public var why: String?
    public var broadcast: BroadcastID?

    public init(
        number: EntryNumber, at: WallTime, kind: Kind, event: EventID? = nil, actor: Actor,
        before: String? = nil, after: String? = nil, why: String? = nil, broadcast: BroadcastID? = nil
    ) {
        self.number = number
        self.at = at
        self.kind = kind
        self.event = event
        self.actor = actor
        self.before = before
        self.after = after
        self.why = why
        self.broadcast = broadcast
    }
}

/// A broadcast as the database keeps it: what was sent, and in the end how it went.
public struct BroadcastRecord: Hashable, Codable, Sendable, Identifiable {
    /// How far the broadcast is.
    public enum State: String, Codable, Sendable, CaseIterable {
        /// Committed; its fan-out is under way or was cut short by a crash, then it is sent again.
        case sending
        /// Everyone connected at t0 acked, or the deadline passed; figures are final.
        case complete
        /// An operator stopped its waves.
        case aborted
        /// Its canary showed that the devices do not know the stage: it stopped itself.
        case stopped
    }

    public var publication: Publication
    public var event: EventID
    public var eventTitle: String
    public var tier: Tier
    public var actor: Actor
    public var state: State
    /// Planned time of the stage; nil if it was on cue.
    public var planned: WallTime?
    public var completed: WallTime?
    public var figures: BroadcastFigures
    /// What was foretold of it when it was sent, and how far off that was; nil where nobody was connected.
    public var forecast: BroadcastForecast?

    public var id: BroadcastID { publication.broadcast }

    public init(
        publication: Publication, event: EventID, eventTitle: String, tier: Tier, actor: Actor,
        state: State = .sending, planned: WallTime? = nil, completed: WallTime? = nil,
        figures: BroadcastFigures = BroadcastFigures(), forecast: BroadcastForecast? = nil
    ) {
        self.publication = publication
        self.event = event
        self.eventTitle = eventTitle
        self.tier = tier
        self.actor = actor
        self.state = state
        self.planned = planned
        self.completed = completed
        self.figures = figures
        self.forecast = forecast
    }
}

/// A forecast that has been held against what happened.
public struct ScoredForecast: Hashable, Codable, Sendable {
    public var event: EventID
    public var tier: Tier
    public var forecast: BroadcastForecast

    public init(event: EventID, tier: Tier, forecast: BroadcastForecast) {
        self.event = event
        self.tier = tier
        self.forecast = forecast
    }
}

/// The figures of a broadcast: real and modelled devices apart, and per node.
public struct BroadcastFigures: Hashable, Codable, Sendable {
    public var real = DeliveryLedger()
    public var modelled = DeliveryLedger()
    /// Milliseconds from the timestamp until so many of the devices connected at t0 had acked; nil if never.
    public var t50: Milliseconds?
    public var t90: Milliseconds?
    public var t99: Milliseconds?
    public var t999: Milliseconds?
    public var nodes: [NodeFigures] = []

    public init() {}

    /// Both kinds of device together.
    public var total: DeliveryLedger {
        var sum = real
        sum += modelled
        return sum
    }
}

/// The figures of a broadcast at one edge node.
public struct NodeFigures: Hashable, Codable, Sendable {
    public var node: NodeID
    public var kind: AudienceKind
    public var region: String
    public var ledger: DeliveryLedger
    /// 99th percentile of the ack lag at this node.
    public var lag99: Milliseconds?

    public init(node: NodeID, kind: AudienceKind, region: String, ledger: DeliveryLedger, lag99: Milliseconds?) {
        self.node = node
        self.kind = kind
        self.region = region
        self.ledger = ledger
        self.lag99 = lag99
    }
}

/// Which past broadcasts are wanted.
public struct HistoryQuery: Hashable, Codable, Sendable {
    public var event: EventID?
    /// Only broadcasts with a number below this one: the next page.
    public var before: BroadcastID?
    /// 1...500.
    public var limit: Int

    public init(event: EventID? = nil, before: BroadcastID? = nil, limit: Int = 200) {
        self.event = event
        self.before = before
        self.limit = limit
    }
}

/// What a journal holds when an engine starts on it.
public struct RecoveredState: Hashable, Sendable {
    /// Every run of show that has not been removed, by event id.
    public var runs: [RunOfShow]
    /// The newest publications of each topic, at most `RouterMessage.logMax`, in order of sequence.
    public var logs: [Topic: [Publication]]
    /// Smallest sequence of each topic that is still retained.
    public var oldest: [Topic: Int64]
    /// Broadcasts that were still sending.
    public var unfinished: [BroadcastRecord]
    /// How the broadcasts of taken stages went.
    public var past: [BroadcastID: StageFigures]
    /// The newest scored forecasts, at most `forecastsMax`, oldest first.
    public var forecasts: [ScoredForecast]
    public static let forecastsMax = 1000
    public var lastEntry: EntryNumber
    public var lastBroadcast: BroadcastID
    /// Moment of the newest entry; nil in a new database.
    public var lastEntryAt: WallTime?
    /// Kind of the newest of the entries engineStarted, engineStopped, engineQuit; nil in a new database.
    /// `.engineStarted` means the last engine crashed.
    public var lastLifeSign: JournalEntry.Kind?
    /// The newest signature under a handover; nil before the first.
    public var lastSignature: JournalEntry?

    public init(
        runs: [RunOfShow] = [], logs: [Topic: [Publication]] = [:], oldest: [Topic: Int64] = [:],
        unfinished: [BroadcastRecord] = [], past: [BroadcastID: StageFigures] = [:],
        forecasts: [ScoredForecast] = [], lastEntry: EntryNumber = 0, lastBroadcast: BroadcastID = BroadcastID(0),
        lastEntryAt: WallTime? = nil, lastLifeSign: JournalEntry.Kind? = nil, lastSignature: JournalEntry? = nil
    ) {
        self.runs = runs
        self.logs = logs
        self.oldest = oldest
        self.unfinished = unfinished
        self.past = past
        self.forecasts = forecasts
        self.lastEntry = lastEntry
        self.lastBroadcast = lastBroadcast
        self.lastEntryAt = lastEntryAt
        self.lastLifeSign = lastLifeSign
        self.lastSignature = lastSignature
    }
}
