/// The run of show of one live event: its stages in order, and where it stands.
///
/// Owned by the control plane and written to the journal whole with every change. Pure: verbs take the
/// time as an argument (`RunOfShow+Verbs.swift`); what they change is this value and nothing else.
public struct RunOfShow: Hashable, Codable, Sendable, Identifiable {
    public var event: LiveEvent
    /// When the engine began this run; `.afterStart` times count from here, also after a crash.
    public var startedAt: WallTime
    /// Counts the runs of an event whose times hang on the engine's start; 1 for the first.
    public var edition: Int
    /// Version of the plan people talk of (`v3`): rises with every change of a planned time.
    public var planVersion: Int
    /// Rises with every change of any kind. A prepared command made against another revision is stale.
    public var revision: Int64
    /// In the order of `event.stages`, one for one.
    public var progress: [StageProgress]
    /// The stage on air; nil before the first.
    public var current: StageKey?
    public var hold: Hold?
    public var votes: [GateVote]
    /// The newest broadcast of the event's topic.
    public var head: BroadcastPosition?
    public var changedBy: Actor
    public var changedAt: WallTime

    public var id: EventID { event.id }

    public init(event: LiveEvent, startedAt: WallTime, edition: Int = 1, actor: Actor = .engine) {
        self.event = event
        self.startedAt = startedAt
        self.edition = edition
        planVersion = 1
        revision = 1
        progress = event.stages.map { StageProgress(mode: $0.mode, time: $0.time) }
        current = nil
        hold = nil
        votes = []
        head = nil
        changedBy = actor
        changedAt = startedAt
    }
}

/// Where one stage of a run of show stands.
public struct StageProgress: Hashable, Codable, Sendable {
    /// What came of the stage so far.
    public enum Outcome: Hashable, Codable, Sendable {
        case upcoming
        /// Sent at this moment with this broadcast.
        case taken(WallTime, BroadcastID)
        /// Passed over: a later stage was triggered, or the engine was down.
        case skipped(WallTime)
    }

    /// The schedule's mode, until an operator changes it (a recycled stage waits for its TAKE).
    public var mode: StageMode
    /// The schedule's time, until an operator changes it.
    public var time: StageTime
    public var outcome: Outcome

    public init(mode: StageMode, time: StageTime, outcome: Outcome = .upcoming) {
        self.mode = mode
        self.time = time
        self.outcome = outcome
    }
}

/// A stopped T-clock.
public struct Hold: Hashable, Codable, Sendable {
    public var since: WallTime
    public var by: Actor
    /// `gate ingest is NO-GO` when the engine holds by itself.
    public var why: String?

    public init(since: WallTime, by: Actor, why: String? = nil) {
        self.since = since
        self.by = by
        self.why = why
    }
}

/// The newest vote of one go/no-go gate.
public struct GateVote: Hashable, Codable, Sendable {
    public var gate: String
    public var go: Bool
    public var by: Actor
    public var at: WallTime
    public var why: String?

    public init(gate: String, go: Bool, by: Actor, at: WallTime, why: String? = nil) {
        self.gate = gate
        self.go = go
        self.by = by
        self.at = at
        self.why = why
    }
}
