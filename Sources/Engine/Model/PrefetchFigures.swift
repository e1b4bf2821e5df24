/// How many known devices of one family hold a live event's stages ahead of time.
public struct FamilyCoverage: Hashable, Codable, Sendable {
    public var family: DeviceFamily
    public var known: Int
    public var prefetched: Int

    /// Families of one topic at one edge node at most; the rest count as `.unknown`.
    public static let max = 32

    public init(family: DeviceFamily, known: Int, prefetched: Int) {
        self.family = family
        self.known = known
        self.prefetched = prefetched
    }
}

/// Everything the Prefetch screen shows, as a part of the picture of the room.
public struct PrefetchSnapshot: Hashable, Codable, Sendable {
    /// In the order of the picture's events; at most `eventsMax`, those under way or next first to come.
    public var events: [EventPrefetch]
    /// What the HTTP port has done; nil where it is off.
    public var server: PrefetchServerFigures?

    public static let eventsMax = 16

    public init(events: [EventPrefetch] = [], server: PrefetchServerFigures? = nil) {
        self.events = events
        self.server = server
    }
}

/// One live event's prefetch: who holds it, and how its load is spread.
public struct EventPrefetch: Hashable, Codable, Sendable {
    public var event: EventID
    /// Largest first.
    public var families: [PrefetchCoverage]
    /// By name.
    public var regions: [PrefetchCoverage]
    /// The first stage of kind live, started or planned; nil if it is on cue.
    public var liveAt: WallTime?
    /// Requests of prefetch expected in each `loadStep` from `loadBegins` before `liveAt` on; empty if nobody can date
    /// it.
    public var load: [Int]
    /// Coverage expected when the next stage starts, 0...1; nil if it is on cue, or nobody knows any.
    public var forecast: Double?

    /// From six hours before to two hours after, in steps of five minutes.
    public static let loadBegins: Milliseconds = 6 * 3_600_000
    public static let loadEnds: Milliseconds = 2 * 3_600_000
    public static let loadStep: Milliseconds = 300_000

    public init(
        event: EventID, families: [PrefetchCoverage] = [], regions: [PrefetchCoverage] = [], liveAt: WallTime? = nil,
        load: [Int] = [],
        forecast: Double? = nil
    ) {
        self.event = event
        self.families = families
        self.regions = regions
        self.liveAt = liveAt
        self.load = load
        self.forecast = forecast
    }
}

/// Known devices of one family or region, real and modelled apart.
public struct PrefetchCoverage: Hashable, Codable, Sendable {
    public var name: String
    public var real: DeviceCounts
    public var modelled: DeviceCounts

    public init(name: String, real: DeviceCounts = DeviceCounts(), modelled: DeviceCounts = DeviceCounts()) {
        self.name = name
        self.real = real
        self.modelled = modelled
    }

    public var known: Int { real.known + modelled.known }
    public var prefetched: Int { (real.prefetched ?? 0) + (modelled.prefetched ?? 0) }
}

/// What the HTTP port's side of prefetch has done since the engine's start.
public struct PrefetchServerFigures: Hashable, Codable, Sendable {
    /// Stage maps of cohorts.
    public var maps = CacheCounts()
    /// Whole answers.
    public var answers = CacheCounts()
    /// How long devices keep what they fetched: in the middle, and per cent to both sides.
    public var deviceTTL: Milliseconds = CacheRefresh.standardTTL
    public var jitterPercent = CacheRefresh.standardJitter
    /// What people call the source of recommendations; nil: there is none.
    public var recommendations: String?
    public var rowCount = 0
    public var titleCount = 0
    /// When it last delivered.
    public var deliveredAt: WallTime?
    /// Why its newest delivery was not taken; nil when it was.
    public var fault: String?

    public init() {}
}
