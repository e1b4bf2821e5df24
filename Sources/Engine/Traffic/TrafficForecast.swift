/// What the live events on the desk will be asked for: when the next peak comes and what it wants, how what was fetched
/// ahead is refreshed, and what an interruption would bring. Worked out by the control plane every ten seconds while
/// requests are served.
public struct TrafficForecast: Hashable, Codable, Sendable {
    public var refresh: RefreshForecast
    /// The highest sample of the hours ahead; nil where nothing is expected in them.
    public var peak: SurgeReport?
    public var interruption: InterruptionForecast
    /// What would take something off the peak; nil where the peak is borne, or nothing here would.
    public var remedy: PeakRemedy?
}

/// Refreshes of caches around now, by the same model as a rehearsal's: see `CacheRefresh.herds`.
public struct RefreshForecast: Hashable, Codable, Sendable {
    /// From six hours before now until two hours after.
    public static let begins: Milliseconds = 6 * 3_600_000
    public static let ends: Milliseconds = 2 * 3_600_000
    /// Width of a point; it shows the highest second in it.
    public static let step: Milliseconds = 300_000

    public var from: WallTime
    public var ttl: Milliseconds
    /// Per cent of the TTL, to both sides.
    public var jitter: Int
    /// Requests a second at each point.
    public var withJitter: [Int]
    public var withoutJitter: [Int]
    /// The highest second.
    public var peakWithJitter: Int
    public var peakWithoutJitter: Int
    /// How dangerous a herd is that comes together all the same.
    public var risk: Risk

    /// What a herd would do to the gateways.
    public enum Risk: String, Codable, Sendable, CaseIterable {
        /// Below a fiftieth of what the gateways carry.
        case none
        case low
        /// Refreshes alone are above where shedding begins.
        case high
    }
}

/// What an interruption of the streams now would bring, in playback starts a second at its worst: everybody who is
/// connected comes again.
public struct InterruptionForecast: Hashable, Codable, Sendable {
    /// Connected now, real and modelled.
    public var devices: Int
    /// While nobody tells clients when to come back, and while `Retry-After` does.
    public var unguided: Int
    public var guided: Int
    /// Playback starts a second that are carried.
    public var ceiling: Int
}

/// A plan that would make a peak smaller, and by how many requests a second.
public struct PeakRemedy: Hashable, Codable, Sendable {
    public var intent: TrafficIntent
    public var saves: Int
}

/// More requests than now, as somebody wants to look at them.
public enum Surge: Hashable, Codable, Sendable {
    /// The next peak, at so many per cent of what is projected.
    case peak(percent: Int)
    /// All streams stop for half a minute now; clients come back by themselves, or when they are told.
    case interruption(isGuided: Bool)

    /// What of a peak may be asked for, per cent.
    public static let percentMax = 10_000
}

/// How a surge would fare by the rules in force: what is offered, what would be refused, and what would have to be
/// there to refuse nothing.
public struct SurgeReport: Hashable, Codable, Sendable {
    public var surge: Surge
    public var at: WallTime
    /// The live event that brings most of it, and its stage nearest to the moment.
    public var event: EventID?
    public var stage: StageKey?
    /// Most first; a class that rules divide stands in several buckets.
    public var classes: [ClassLine]
    /// Most important first.
    public var buckets: [BucketLine]
    public var lanes: [LaneLine]
    /// The rulesets that would be on.
    public var rulesets: [String]
    public var capacity: EdgeCapacity

    /// Requests a second of one class in one bucket.
    public struct ClassLine: Hashable, Codable, Sendable {
        public var requestClass: RequestClass
        public var bucket: PriorityBucket
        public var perSecond: Int
    }

    /// Requests a second of one bucket, and how many of them would be refused.
    public struct BucketLine: Hashable, Codable, Sendable {
        public var bucket: PriorityBucket
        public var offered: Int
        public var refused: Int
    }

    /// Requests a second of one lane, and what would carry them.
    public struct LaneLine: Hashable, Codable, Sendable {
        public var lane: TrafficLane
        public var perSecond: Int
        /// What the gateways would have to carry of it, a second, to refuse nothing.
        public var desired: Int
    }

    public var perSecond: Int { buckets.reduce(0) { $0 + $1.offered } }
    public var refused: Int { buckets.reduce(0) { $0 + $1.refused } }
    /// Whether it passes what is carried without shedding.
    public var isOverSoft: Bool { perSecond * 100 > capacity.gatewayPerSecond * capacity.softShare }

    public func perSecond(of requestClass: RequestClass) -> Int {
        classes.reduce(0) { $0 + ($1.requestClass == requestClass ? $1.perSecond : 0) }
    }
}
