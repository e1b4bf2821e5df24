/// What operators have set by hand, on top of the rules. Owned by the control plane, which journals each change, and
/// handed to the admission as a whole, so that a lost or repeated hand-over changes nothing.
public struct TrafficSteering: Hashable, Codable, Sendable {
    public var overrides: [BucketOverride] = []
    public var levers: [LeverHold] = []
    public var relaxed: [RelaxedRuleset] = []

    public init() {}

    /// How long a setting by hand holds, ms; then it is let go, and the journal says so.
    public static let lifetime: Milliseconds = 10 * 60_000
    /// How long before its end an override is announced.
    public static let warning: Milliseconds = 60_000

    /// Lets go of what has expired.
    /// - Returns: a phrase for each, for the journal.
    mutating func expire(now: WallTime) -> [String] {
        let words = overrides.filter { $0.until <= now }.map { "override of \($0.bucket.rawValue), by \($0.by)" }
            + levers.filter { $0.until <= now }.map { "\($0.lever.effect), by \($0.by)" }
            + relaxed.filter { $0.until <= now }.map { "relaxing of \($0.ruleset), by \($0.by)" }
        overrides.removeAll { $0.until <= now }
        levers.removeAll { $0.until <= now }
        relaxed.removeAll { $0.until <= now }
        return words
    }

    /// When the next of them expires.
    var nextExpiry: WallTime? {
        (overrides.map(\.until) + levers.map(\.until) + relaxed.map(\.until)).min()
    }
}

/// An operator's word on a bucket: so much of it is admitted, whatever the utilisation.
public struct BucketOverride: Hashable, Codable, Sendable {
    public var bucket: PriorityBucket
    /// Per cent that is admitted, 0...100.
    public var kept: Int
    public var by: String
    public var until: WallTime

    /// The steps that `+` and `-` go through.
    public static let steps = [0, 1, 5, 10, 25, 50, 75, 90, 100]

    public init(bucket: PriorityBucket, kept: Int, by: String, until: WallTime) {
        self.bucket = bucket
        self.kept = kept
        self.by = by
        self.until = until
    }
}

/// A degradation lever that an operator has pulled.
public struct LeverHold: Hashable, Codable, Sendable {
    public var lever: DegradationLever
    public var by: String
    public var until: WallTime

    public init(lever: DegradationLever, by: String, until: WallTime) {
        self.lever = lever
        self.by = by
        self.until = until
    }
}

/// A ruleset that an operator keeps off, because of what it knocks on.
public struct RelaxedRuleset: Hashable, Codable, Sendable {
    public var ruleset: String
    public var by: String
    public var until: WallTime

    public init(ruleset: String, by: String, until: WallTime) {
        self.ruleset = ruleset
        self.by = by
        self.until = until
    }
}
