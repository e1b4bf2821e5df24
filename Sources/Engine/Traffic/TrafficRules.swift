/// What the operators of an installation have decided about priority: which request belongs to which bucket, where
/// shedding begins, and which rulesets switch themselves on.
///
/// Read from a YAML file (`TrafficRulesReader`, Schedules/Traffic/README.md); without one `standard` holds. A changed
/// file is offered as a plan like a changed schedule, so that nobody's typing error sheds anything.
public struct TrafficRules: Hashable, Codable, Sendable {
    /// Looked at in order; the first that fits a request says its bucket, else its class does.
    public var assignments: [BucketAssignment]
    /// In order of the file. While several are active all their assignments hold, those of the first one first.
    public var rulesets: [Ruleset]
    public var limits: TrafficLimits
    public var knockOn: KnockOnThresholds
    /// Looked at in order, those of active rulesets first; the first that fits a live event says the label of its
    /// nodes.
    public var nodes: [NodeSelection]

    /// Most assignments in a file, those of rulesets included, and most rulesets.
    public static let assignmentsMax = 64
    public static let rulesetsMax = 16

    public init(
        assignments: [BucketAssignment] = [], rulesets: [Ruleset] = [], limits: TrafficLimits = TrafficLimits(),
        knockOn: KnockOnThresholds = KnockOnThresholds(), nodes: [NodeSelection] = []
    ) {
        self.assignments = assignments
        self.rulesets = rulesets
        self.limits = limits
        self.knockOn = knockOn
        self.nodes = nodes
    }

    /// What holds where nobody wrote a file: classes decide, and a surge stretches the time to live of what devices
    /// keep.
    public static let standard = TrafficRules(rulesets: [
        Ruleset(
            name: "surge", triggers: [.requests(above: 20_000, for: 3000, below: 12_000, until: 30_000)],
            assignments: [BucketAssignment(requestClass: .browse, bucket: .bestEffort)],
            levers: [.stretchTTL, .sampleLogs]),
        Ruleset(name: "on-air", triggers: [.stage([.live], before: 120_000, after: 300_000)], levers: [.sampleLogs]),
    ])

    /// The bucket of a request while these rulesets are active.
    public func bucket(of request: RequestFacts, active: [String] = []) -> PriorityBucket {
        for ruleset in rulesets where active.contains(ruleset.name) {
            if let assignment = ruleset.assignments.first(where: { $0.fits(request) }) { return assignment.bucket }
        }
        return assignments.first { $0.fits(request) }?.bucket ?? request.requestClass.bucket
    }
}

/// What is known of a request before any work is done for it.
public struct RequestFacts: Hashable, Codable, Sendable {
    public var requestClass: RequestClass
    public var family: DeviceFamily
    public var event: EventID?
    /// The tier of `event`, where it is on the desk.
    public var tier: Tier?
    /// Whether `event` is on air or about to be: such a request has the live lane.
    public var isLive: Bool
    /// Whether it says of itself that it is a repeat of a refused one.
    public var isRetry: Bool

    public init(
        _ requestClass: RequestClass, family: DeviceFamily = .unknown, event: EventID? = nil, tier: Tier? = nil,
        isLive: Bool = false, isRetry: Bool = false
    ) {
        self.requestClass = requestClass
        self.family = family
        self.event = event
        self.tier = tier
        self.isLive = isLive
        self.isRetry = isRetry
    }
}

/// One line of the rules: requests like this go into that bucket. What is nil fits anything.
public struct BucketAssignment: Hashable, Codable, Sendable {
    public var requestClass: RequestClass?
    /// A family, or the part before its slash: `tv` fits `tv/lgx 2019`.
    public var family: DeviceFamily?
    public var event: EventID?
    public var tier: Tier?
    public var bucket: PriorityBucket

    public init(
        requestClass: RequestClass? = nil, family: DeviceFamily? = nil, event: EventID? = nil, tier: Tier? = nil,
        bucket: PriorityBucket
    ) {
        self.requestClass = requestClass
        self.family = family
        self.event = event
        self.tier = tier
        self.bucket = bucket
    }

    public func fits(_ request: RequestFacts) -> Bool {
        (requestClass == nil || requestClass == request.requestClass)
            && (event == nil || event == request.event)
            && (tier == nil || tier == request.tier)
            && (family.map { request.family == $0 || request.family.rawValue.hasPrefix($0.rawValue + "/") } ?? true)
    }
}

/// Assignments and levers that hold only while a signal of the event or of the traffic stands.
public struct Ruleset: Hashable, Codable, Sendable {
    /// What switches a ruleset on, and off again.
    public enum Trigger: Hashable, Codable, Sendable {
        /// On once more than `above` requests a second have come for `for` ms; off once fewer than `below` have for
        /// `until` ms.
        case requests(above: Int, for: Milliseconds, below: Int, until: Milliseconds)
        /// On from `before` ms before a stage of one of these kinds until `after` ms after its start.
        case stage([StageKind], before: Milliseconds, after: Milliseconds)
    }

    public var name: String
    /// One of them is enough.
    public var triggers: [Trigger]
    public var assignments: [BucketAssignment]
    /// Pulled while the ruleset is active, and let go with it.
    public var levers: [DegradationLever]
    public var nodes: [NodeSelection]

    public init(
        name: String, triggers: [Trigger], assignments: [BucketAssignment] = [], levers: [DegradationLever] = [],
        nodes: [NodeSelection] = []
    ) {
        self.name = name
        self.triggers = triggers
        self.assignments = assignments
        self.levers = levers
        self.nodes = nodes
    }
}

/// Something the service does less well, so that it can do what matters.
public enum DegradationLever: String, Codable, Sendable, CaseIterable {
    /// Stage maps are answered with the event's own row only; recommendation rows are left out.
    case dropRows = "drop-rows"
    /// What devices are told to keep they keep four times as long.
    case stretchTTL = "stretch-ttl"
    /// Stage maps past their time are served as they are; nothing is materialised anew.
    case serveStale = "serve-stale"
    /// One in a hundred telemetry reports is written down.
    case sampleLogs = "sample-logs"

    /// What it does, for the Traffic screen.
    public var effect: String {
        switch self {
        case .dropRows: "drop server-driven rows"
        case .stretchTTL: "cache TTL x4 + jitter"
        case .serveStale: "serve stale, no refresh"
        case .sampleLogs: "log sampling 1%"
        }
    }

    /// By how much the time to live is stretched.
    public static let stretch = 4
    /// One report in so many is kept.
    public static let sample = 100
}

/// Where shedding begins, and what a lane may take.
public struct TrafficLimits: Hashable, Codable, Sendable {
    /// Per cent of utilisation above which what is not CRITICAL begins to be shed.
    public var softShare = 60
    /// Per cent of utilisation above which CRITICAL is shed as well.
    public var hardShare = 80
    /// Concurrent requests a lane starts with, and the bounds its limit adapts between.
    public var concurrencyStart = 64
    public var concurrencyMin = 8
    public var concurrencyMax = 1024
    /// Time a request may wait for its turn before the lane counts as full, ms.
    public var queueDelayMax: Milliseconds = 50
    /// Bytes a second of telemetry and other non-essential log lines.
    public var logBytesPerSecond = 1_000_000

    public init() {}

    /// Broken relations, one sentence each; empty when all is well.
    public func problems() -> [String] {
        var found: [String] = []
        if !(1...100).contains(softShare) || !(1...100).contains(hardShare) {
            found.append("soft and hard must be 1% to 100%")
        }
        if softShare >= hardShare { found.append("soft must be below hard") }
        if !(1...concurrencyMax).contains(concurrencyMin) {
            found.append("the least concurrency must be 1 to the most")
        }
        if !(concurrencyMin...concurrencyMax).contains(concurrencyStart) {
            found.append("the concurrency at the start must lie between least and most")
        }
        return found
    }
}
