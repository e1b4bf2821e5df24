/// Everything the room can show, at one moment. A value: the same picture drawn from it here, over the
/// Unix socket or from the database gives the same screen.
public struct EngineSnapshot: Hashable, Codable, Sendable {
    /// Rises with every snapshot of an engine process.
    public var number: Int64
    public var at: WallTime
    public var mode: DataMode
    public var engine: EngineInfo
    /// In order of schedule, then id.
    public var events: [EventSnapshot]
    /// Broadcasts in flight and the newest finished one of each event, newest first.
    public var broadcasts: [BroadcastSnapshot]
    /// By id.
    public var nodes: [NodeSnapshot]
    /// Worst first, then newest first.
    public var alerts: [Alert]
    /// Newest journal entries, newest first, at most 50.
    public var journal: [JournalEntry]
    /// People at terminals now.
    public var operators: [Operator]
    /// Plans that are armed or wait for a second operator.
    public var pending: [PendingPlan]
    /// What an edited schedule file would change; nil when there is nothing to adopt.
    public var offered: OfferedSchedule?
    public var load: LoadSnapshot
    /// Nil in pictures of before there was prefetch.
    public var prefetch: PrefetchSnapshot?
    /// Faults that somebody lets happen to the modelled edge nodes now; nil for none.
    public var drills: [AudienceFault]?
    /// A handover that one person has signed and nobody has taken yet.
    public var handover: Handover?
    /// Nil before the first second, and in frames of versions without traffic priority.
    public var traffic: TrafficReport?
    /// Nil where `traffic` is, and in frames of versions without it.
    public var trafficForecast: TrafficForecast?

    public init(
        number: Int64, at: WallTime, mode: DataMode = .real, engine: EngineInfo, events: [EventSnapshot] = [],
        broadcasts: [BroadcastSnapshot] = [], nodes: [NodeSnapshot] = [], alerts: [Alert] = [],
        journal: [JournalEntry] = [], operators: [Operator] = [], pending: [PendingPlan] = [],
        offered: OfferedSchedule? = nil, load: LoadSnapshot = LoadSnapshot(), prefetch: PrefetchSnapshot? = nil,
        handover: Handover? = nil
    ) {
        self.number = number
        self.at = at
        self.mode = mode
        self.engine = engine
        self.events = events
        self.broadcasts = broadcasts
        self.nodes = nodes
        self.alerts = alerts
        self.journal = journal
        self.operators = operators
        self.pending = pending
        self.offered = offered
        self.load = load
        self.prefetch = prefetch
        self.handover = handover
    }
}

/// Whether commands take effect. (The word LIVE is only ever a stage.)
public enum DataMode: String, Codable, Sendable {
    case real = "REAL"
    case rehearsal = "REHEARSAL"
    case replay = "REPLAY"
    /// Commands take effect on a staging fleet, never on the audience.
    case staging = "STAGING"
}

/// The engine that took the picture: which process it is, where, and since when.
public struct EngineInfo: Hashable, Codable, Sendable {
    public var process: Int32
    public var startedAt: WallTime
    public var host: String
    public var database: String
    /// `127.0.0.1:8081`, several divided by a comma and a space; nil where no real edge node listens.
    public var edgeAddress: String?
    public var httpAddress: String?
    /// How far the wall clock has moved against the monotonic one since the start, ms.
    public var clockDrift: Milliseconds

    public init(
        process: Int32, startedAt: WallTime, host: String, database: String,
        edgeAddress: String? = nil, httpAddress: String? = nil, clockDrift: Milliseconds = 0
    ) {
        self.process = process
        self.startedAt = startedAt
        self.host = host
        self.database = database
        self.edgeAddress = edgeAddress
        self.httpAddress = httpAddress
        self.clockDrift = clockDrift
    }
}

/// How urgent something is, in the order of attention.
public enum Severity: Int, Codable, Sendable, Comparable, CaseIterable {
    case calm = 0
    /// Worth knowing.
    case info
    /// Act soon: `!`
    case warn
    /// Act now: `!!`
    case critical

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// One live event as the room shows it.
public struct EventSnapshot: Hashable, Codable, Sendable, Identifiable {
    public var id: EventID
    public var code: String
    public var title: String
    public var tier: Tier
    public var zone: String
    public var edition: Int
    public var planVersion: Int
    public var revision: Int64
    public var current: StageKey?
    /// The stage a TAKE would send; nil once the run of show is over.
    public var next: StageKey?
    /// When the next stage fires or is planned; nil if it is on cue.
    public var nextAt: WallTime?
    /// T-clock: milliseconds to `nextAt`, standing still during a hold, negative when overdue; nil if on cue.
    public var countdown: Milliseconds?
    public var hold: Hold?
    public var stages: [StageSnapshot]
    /// t99.9 that its broadcasts are to keep within, ms; nil in pictures of older versions.
    public var budget: Milliseconds?
    /// Gates before the next stage.
    public var gates: [GateSnapshot]
    /// Why an operator should look here; calm when there is no reason.
    public var attention: Attention
    public var lastBroadcast: BroadcastID?
    /// A rescheduling that `u` would undo.
    public var undo: UndoOffer?
    /// What would clear the collision of its fan-out with another's; nil without one.
    public var proposal: ProposedMove?
    /// Devices of this event, real and modelled apart.
    public var real: DeviceCounts
    public var modelled: DeviceCounts
    /// Of the newest broadcast; nil before the first.
    public var position: BroadcastPosition?
    /// What the title page says; nil where the schedule says nothing.
    public var metadata: TitleMetadata?

    public init(
        id: EventID, code: String, title: String, tier: Tier, zone: String, edition: Int, planVersion: Int,
        revision: Int64, current: StageKey?, next: StageKey?, nextAt: WallTime?, countdown: Milliseconds?,
        hold: Hold?, stages: [StageSnapshot], budget: Milliseconds? = nil, gates: [GateSnapshot], attention: Attention,
        lastBroadcast: BroadcastID?, undo: UndoOffer?, proposal: ProposedMove? = nil, real: DeviceCounts,
        modelled: DeviceCounts,
        position: BroadcastPosition? = nil, metadata: TitleMetadata? = nil
    ) {
        self.id = id
        self.code = code
        self.title = title
        self.tier = tier
        self.zone = zone
        self.edition = edition
        self.planVersion = planVersion
        self.revision = revision
        self.current = current
        self.next = next
        self.nextAt = nextAt
        self.countdown = countdown
        self.hold = hold
        self.stages = stages
        self.budget = budget
        self.gates = gates
        self.attention = attention
        self.lastBroadcast = lastBroadcast
        self.undo = undo
        self.proposal = proposal
        self.real = real
        self.modelled = modelled
        self.position = position
        self.metadata = metadata
    }
}

/// One stage of a run of show: its plan, and what came of it.
public struct StageSnapshot: Hashable, Codable, Sendable {
    public var key: StageKey
    public var kind: StageKind
    public var mode: StageMode
    public var outcome: StageProgress.Outcome
    /// Resolved planned time; nil if on cue.
    public var planned: WallTime?
    /// `live + 45 min`, `20:00:00Z`, `on cue`: the time as the plan words it.
    public var timing: String
    public var waves: WavePlan
    public var experience: StageExperience
    /// How its broadcast went, also when that is not followed any more; nil before it was sent.
    public var figures: StageFigures?
    /// What is foretold of the next stage and of those within `EngineConfiguration.airspaceAhead`.
    public var forecast: BroadcastForecast?

    public init(
        key: StageKey, kind: StageKind, mode: StageMode, outcome: StageProgress.Outcome, planned: WallTime?,
        timing: String, waves: WavePlan, experience: StageExperience, figures: StageFigures? = nil,
        forecast: BroadcastForecast? = nil
    ) {
        self.key = key
        self.kind = kind
        self.mode = mode
        self.outcome = outcome
        self.planned = planned
        self.timing = timing
        self.waves = waves
        self.experience = experience
        self.figures = figures
        self.forecast = forecast
    }
}

/// How a gate stands that a stage waits for.
public struct GateSnapshot: Hashable, Codable, Sendable {
    public var name: String
    /// Nil: nobody has voted, or there is no figure yet. Counts as NO-GO.
    public var isGo: Bool?
    /// `ana, walk-out confirmed` or `96.4% of 95%`.
    public var detail: String
    public var at: WallTime?

    public init(name: String, isGo: Bool?, detail: String, at: WallTime?) {
        self.name = name
        self.isGo = isGo
        self.detail = detail
        self.at = at
    }
}

/// How much an event needs somebody to look at it, and why.
public struct Attention: Hashable, Codable, Sendable {
    public var severity: Severity
    /// In words, one line; empty when calm.
    public var reason: String

    public init(severity: Severity = .calm, reason: String = "") {
        self.severity = severity
        self.reason = reason
    }
}

/// The reschedule that `undo` would take back.
public struct UndoOffer: Hashable, Codable, Sendable {
    /// `reschedule live +30 s by kris`
    public var what: String
    /// Offered until the first moved stage fires.
    public var until: WallTime?

    public init(what: String, until: WallTime?) {
        self.what = what
        self.until = until
    }
}

/// Devices of one kind, real or modelled.
public struct DeviceCounts: Hashable, Codable, Sendable {
    public var connected: Int
    public var known: Int
    /// Nil where no edge node can know.
    public var prefetched: Int?

    public init(connected: Int = 0, known: Int = 0, prefetched: Int? = nil) {
        self.connected = connected
        self.known = known
        self.prefetched = prefetched
    }
}

/// A broadcast as Fan-out shows it.
public struct BroadcastSnapshot: Hashable, Codable, Sendable, Identifiable {
    public var record: BroadcastRecord
    /// Milliseconds since its timestamp, or until it completed.
    public var elapsed: Milliseconds
    public var budget: Milliseconds
    /// Waves begun at the slowest node.
    public var wavesSent: Int
    /// Acks per second over the last second, and the most so far.
    public var ackRate: Int
    public var ackRatePeak: Int
    /// Devices acked, at equal steps from the timestamp on; for the delivery curve.
    public var curve: [Int]
    /// Milliseconds between two points of the curve.
    public var curveStep: Milliseconds
    /// Ack lags by doubling buckets: 0-0.5 s, 0.5-1 s, 1-2 s, … (`LatencyCounts.doublingBuckets`).
    public var lagBuckets: [Int]
    public var lag50: Milliseconds?
    public var lag95: Milliseconds?
    public var lag99: Milliseconds?
    public var lagMax: Milliseconds?
    /// When 99.9 % are expected to have acked, ms from the timestamp; nil when it cannot be told.
    public var forecast999: Milliseconds?
    /// Whether the ledger's identities hold in this snapshot.
    public var isBalanced: Bool

    public var id: BroadcastID { record.id }

    public init(
        record: BroadcastRecord, elapsed: Milliseconds, budget: Milliseconds, wavesSent: Int, ackRate: Int,
        ackRatePeak: Int, curve: [Int], curveStep: Milliseconds, lagBuckets: [Int], lag50: Milliseconds?,
        lag95: Milliseconds?, lag99: Milliseconds?, lagMax: Milliseconds?, forecast999: Milliseconds?,
        isBalanced: Bool
    ) {
        self.record = record
        self.elapsed = elapsed
        self.budget = budget
        self.wavesSent = wavesSent
        self.ackRate = ackRate
        self.ackRatePeak = ackRatePeak
        self.curve = curve
        self.curveStep = curveStep
        self.lagBuckets = lagBuckets
        self.lag50 = lag50
        self.lag95 = lag95
        self.lag99 = lag99
        self.lagMax = lagMax
        self.forecast999 = forecast999
        self.isBalanced = isBalanced
    }
}

/// One edge node as its reports say it, and whether they come.
public struct NodeSnapshot: Hashable, Codable, Sendable, Identifiable {
    /// Whether the node lives, and takes devices.
    public enum State: String, Codable, Sendable {
        case up
        /// Silent for longer than `EngineConfiguration.nodeLease`.
        case stale
        /// Takes nobody new.
        case cordoned
        /// Takes nobody new, and still sends connections away.
        case draining
    }
    public var description: NodeDescription
    public var state: State
    public var connections: Int
    public var offline: Int
    public var queuedBytes: Int
    /// Topics with interest.
    public var topicCount: Int
    /// Milliseconds since it was last heard.
    public var silence: Milliseconds

    public var id: NodeID { description.id }

    /// Whether it is open to new devices, as far as is known.
    public var takesDevices: Bool { state == .up || state == .stale }

    public init(
        description: NodeDescription, state: State, connections: Int, offline: Int, queuedBytes: Int,
        topicCount: Int, silence: Milliseconds
    ) {
        self.description = description
        self.state = state
        self.connections = connections
        self.offline = offline
        self.queuedBytes = queuedBytes
        self.topicCount = topicCount
        self.silence = silence
    }
}

/// Names an alert while its cause lasts: `gate/fight-night`.
public struct AlertID: Name {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Stands while the journal cannot be written; then nothing is broadcast and `/readyz` says 503.
    public static let journal: AlertID = "journal"
}

/// Something that is wrong until it is put right. It stands for as long as its cause does, acknowledged or not.
public struct Alert: Hashable, Codable, Sendable, Identifiable {
    public var id: AlertID
    public var severity: Severity
    public var since: WallTime
    public var event: EventID?
    /// One sentence: what, and what to do.
    public var text: String
    /// Who has seen it.
    public var acknowledgedBy: String?

    public init(
        id: AlertID, severity: Severity, since: WallTime, event: EventID?, text: String, acknowledgedBy: String? = nil
    ) {
        self.id = id
        self.severity = severity
        self.since = since
        self.event = event
        self.text = text
        self.acknowledgedBy = acknowledgedBy
    }
}

/// A plan that somebody has confirmed and that has not taken effect.
public struct PendingPlan: Hashable, Codable, Sendable {
    public var plan: CommandPlan
    /// When the countdown ends; nil while a second operator is awaited.
    public var firesAt: WallTime?

    public init(plan: CommandPlan, firesAt: WallTime?) {
        self.plan = plan
        self.firesAt = firesAt
    }
}

/// An edited schedule file, and what adopting it would change.
public struct OfferedSchedule: Hashable, Codable, Sendable {
    public var files: [String]
    public var changes: [PlanChange]
    /// Faults of the file as it stands, each with place and remedy; while there are any it cannot be adopted.
    public var problems: [String]

    public init(files: [String], changes: [PlanChange], problems: [String] = []) {
        self.files = files
        self.changes = changes
        self.problems = problems
    }
}

/// The first signature under a handover.
public struct Handover: Hashable, Codable, Sendable {
    public var by: String
    public var since: WallTime

    public init(by: String, since: WallTime) {
        self.by = by
        self.since = since
    }
}

/// What the room carries now.
public struct LoadSnapshot: Hashable, Codable, Sendable {
    public var real = DeviceCounts()
    public var modelled = DeviceCounts()
    /// Acks per second, real and modelled together, over the last second.
    public var ackRate = 0
    /// The last 60 seconds of it, oldest first.
    public var ackRateHistory: [Int] = []

    public init() {}
}
