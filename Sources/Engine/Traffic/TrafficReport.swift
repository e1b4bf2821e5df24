/// How traffic fares, once a second: what Traffic shows, `/metrics` exports and alerts are made of.
public struct TrafficReport: Hashable, Codable, Sendable {
    public var lanes: [LaneReport]
    /// Most important first.
    public var buckets: [BucketReport]
    public var classes: [ClassReport]
    public var causes: [CauseReport]
    /// Per cent of the process' processors that are busy, and how late its event loops run, ms.
    public var processorShare: Int
    public var queueDelay: Milliseconds
    /// Where shedding begins, per cent.
    public var softShare: Int
    public var hardShare: Int
    /// The rulesets that are on, since when and why.
    public var active: [ActiveRuleset]
    /// Where devices of which event are sent, first fit first.
    public var nodes: [NodeSelection]
    /// What is done less well now: by whom, and until when if by hand.
    public var levers: [LeverReport]
    public var knockOn: [KnockOnReport]
    /// Admitted falls while offered rises.
    public var isCongested: Bool
    /// Per cent of the requests that are retries, and whether that is over the budget.
    public var retryShare: Int
    public var isRetryBudgetSpent: Bool
    /// Clients told when to come back, a second, and the longest they are told, ms.
    public var guidedPerSecond: Int
    public var spreadMax: Milliseconds
    /// Telemetry and other non-essential lines since the start.
    public var logBytesWritten: Int
    public var logLinesDropped: Int
}

/// How one lane stands.
public struct LaneReport: Hashable, Codable, Sendable {
    public var lane: TrafficLane
    /// Per cent.
    public var utilisation: Int
    /// Requests at once now, and at most.
    public var inFlight: Int
    public var limit: Int
    public var offeredPerSecond: Int
    public var admittedPerSecond: Int
    /// Processes like this one that the lane wants, for an autoscaler: so many that it would stay at its soft share if
    /// nothing were refused. At least 1.
    public var desiredCapacity: Int
}

/// How one bucket fares.
public struct BucketReport: Hashable, Codable, Sendable {
    public var bucket: PriorityBucket
    /// Since the start.
    public var offered: Int
    public var refused: Int
    public var offeredPerSecond: Int
    public var admittedPerSecond: Int
    /// Microseconds from admission to answer over the last ten to twenty seconds; nil while there were none.
    public var latency99: Int?
    public var override: BucketOverride?
    /// What it has been made of in the last minute by the rules in force, most first.
    public var classes: [RequestClass]
    /// Per cent refused in each five seconds of the last five minutes, oldest first.
    public var refusedHistory: [Int]

    /// Per cent refused in the last second.
    public var refusedShare: Int {
        offeredPerSecond == 0 ? 0 : (offeredPerSecond - admittedPerSecond) * 100 / offeredPerSecond
    }
}

/// How often one class was asked for.
public struct ClassReport: Hashable, Codable, Sendable {
    public var requestClass: RequestClass
    public var offered: Int
    public var refused: Int
    public var offeredPerSecond: Int
}

/// How many requests were refused for one cause.
public struct CauseReport: Hashable, Codable, Sendable {
    public var cause: RefusalCause
    /// Since the start.
    public var refused: Int
}

/// A ruleset that is on.
public struct ActiveRuleset: Hashable, Codable, Sendable {
    public var ruleset: String
    public var since: WallTime
    public var why: String
}

/// A lever that is pulled.
public struct LeverReport: Hashable, Codable, Sendable {
    public var lever: DegradationLever
    /// A ruleset, or a person.
    public var by: String
    /// Nil while a ruleset holds it.
    public var until: WallTime?
}

/// One signal of the knock-on watch.
public struct KnockOnReport: Hashable, Codable, Sendable {
    public var signal: KnockOnSignal
    /// A second.
    public var base: Int
    public var now: Int
    /// Per cent of the base; nil where there was nothing before.
    public var ratio: Int?
    /// When it passed its threshold; nil while it is below.
    public var since: WallTime?
    public var isKnockedOn: Bool
}
