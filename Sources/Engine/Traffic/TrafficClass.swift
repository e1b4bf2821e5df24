/// What a request is for: the classes that projections, rules and the report speak of.
///
/// The engine itself serves those from `signal` on and `prefetch`, `cacheRefresh`, `browse` and `telemetry`; the others
/// go to the services behind the same gateways, and exist here in projections only.
public enum RequestClass: String, Codable, Sendable, CaseIterable {
    /// Somebody presses play: manifest, licence, session.
    case playbackStart = "playback-start"
    case logIn = "log-in"
    /// The home screen and title pages.
    case browse
    case search
    /// The stages of a live event, fetched ahead.
    case prefetch
    /// What was fetched ahead, fetched again because its TTL has run out.
    case cacheRefresh = "cache-refresh"
    /// Playback reports and logs.
    case telemetry
    /// A production signal, or a question after the engine's health.
    case signal
    /// A device opens its connection, so that broadcasts can reach it.
    case connect
    /// A device's page, opened in a browser.
    case page
    /// Somebody's monitoring reads the figures.
    case metrics

    /// The bucket it is shed in where no rule says another.
    public var bucket: PriorityBucket {
        switch self {
        case .playbackStart, .logIn, .signal, .connect: .critical
        case .browse, .search, .page: .degraded
        case .prefetch, .cacheRefresh: .bestEffort
        case .telemetry, .metrics: .bulk
        }
    }
}

/// The four buckets of priority, most important first; a lower one is shed before a higher one.
///
/// The names are those of Netflix' service-level load shedding ("Enhancing Netflix Reliability with Service-Level
/// Prioritized Load Shedding", 2024): CRITICAL work fails what the member came for, DEGRADED makes it worse,
/// BEST_EFFORT is not noticed, BULK can be done later.
public enum PriorityBucket: String, Codable, Sendable, CaseIterable, Comparable {
    case critical = "CRITICAL"
    case degraded = "DEGRADED"
    case bestEffort = "BEST_EFFORT"
    case bulk = "BULK"

    /// 0 for the most important.
    public var rank: Int {
        switch self {
        case .critical: 0
        case .degraded: 1
        case .bestEffort: 2
        case .bulk: 3
        }
    }

    /// More important first.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// A number for every class of request, added up class by class.
public struct RequestCounts: Hashable, Codable, Sendable {
    /// In the order of `RequestClass.allCases`.
    private var counts: [Int]

    public init() { counts = Array(repeating: 0, count: RequestClass.allCases.count) }

    public subscript(requestClass: RequestClass) -> Int {
        get { counts[Self.index(of: requestClass)] }
        set { counts[Self.index(of: requestClass)] = newValue }
    }

    public var total: Int { counts.reduce(0, +) }

    public static func += (left: inout Self, right: Self) {
        for index in left.counts.indices { left.counts[index] += right.counts[index] }
    }

    public static func -= (left: inout Self, right: Self) {
        for index in left.counts.indices { left.counts[index] -= right.counts[index] }
    }

    private static func index(of requestClass: RequestClass) -> Int {
        switch requestClass {
        case .playbackStart: 0
        case .logIn: 1
        case .browse: 2
        case .search: 3
        case .prefetch: 4
        case .cacheRefresh: 5
        case .telemetry: 6
        case .signal: 7
        case .connect: 8
        case .page: 9
        case .metrics: 10
        }
    }
}
