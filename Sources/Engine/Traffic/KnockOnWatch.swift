/// What may spike where something else is shed.
public enum KnockOnSignal: Hashable, Codable, Sendable {
    /// Requests that say they repeat a refused one.
    case retries
    /// Requests of a class that no active rule sheds.
    case requests(RequestClass)
    /// Devices that open a connection.
    case reconnects
    /// Bytes of telemetry and log lines.
    case logBytes
    /// Prefetch answers that had to be materialised.
    case prefetchMisses

    public var name: String {
        switch self {
        case .retries: "retries of refused requests"
        case .requests(let requestClass): requestClass.rawValue
        case .reconnects: "reconnects"
        case .logBytes: "log bytes"
        case .prefetchMisses: "prefetch misses"
        }
    }
}

/// From which ratio on a signal counts as knocked on.
public struct KnockOnThresholds: Hashable, Codable, Sendable {
    /// Per cent of the base, 110...1000.
    public var ratio = 200
    /// How long it has to stand, ms.
    public var sustained: Milliseconds = 5000
    /// Rates below this, a second, are never knocked on: twice nothing is nothing.
    public var floor = 20

    public init() {}
}

/// Compares signals with what they were before a rule switched on: shedding here must not spike there unseen.
///
/// Fed one rate for each signal a second. While no rule is active the base follows (mean over about a minute); while
/// one is, it stands still, so the ratio speaks of the rule.
struct KnockOnWatch: Sendable {
    struct Line: Hashable, Sendable {
        var signal: KnockOnSignal
        /// Mean a second before the rule; 0 if nothing had been seen.
        var base: Double
        /// Mean a second over some five seconds.
        var now: Double
        /// Since when it has been over its threshold; nil while it is not.
        var since: EngineInstant?
        var isKnockedOn: Bool

        /// `now` in per cent of `base`; nil without a base.
        var ratio: Int? { base > 0 ? Int(now / base * 100) : nil }
    }

    private let thresholds: KnockOnThresholds
    private(set) var lines: [Line] = []
    /// Seconds in which the base has followed, and how many there have to be.
    private var learned = 0
    private static let learnedMin = 10

    init(_ thresholds: KnockOnThresholds) { self.thresholds = thresholds }

    /// - Parameter rates: of this second, the same signals each time, in the order to show them.
    mutating func observe(_ rates: [(signal: KnockOnSignal, perSecond: Double)], isRuleActive: Bool, now: EngineInstant)
    {
        if lines.isEmpty {
            lines = rates.map {
                Line(signal: $0.signal, base: $0.perSecond, now: $0.perSecond, since: nil, isKnockedOn: false)
            }
        }
        // A base is needed before anything can be said: a rule that is on from the start does not keep it from being
        // learned.
        let isLearning = !isRuleActive || learned < Self.learnedMin
        if isLearning { learned += 1 }
        // The first minute is a plain mean, so that a young base is right and not merely slow.
        let share = 1 / Double(min(max(learned, 1), 60))
        for index in lines.indices {
            let rate = rates[index].perSecond
            lines[index].now += (rate - lines[index].now) / 5
            if isLearning { lines[index].base += (rate - lines[index].base) * share }
            let line = lines[index]
            let isOver =
                !isLearning && line.now >= Double(thresholds.floor)
                && line.now * 100 >= line.base * Double(thresholds.ratio)
            lines[index].since = isOver ? line.since ?? now : nil
            lines[index].isKnockedOn =
                lines[index].since.map { now - $0 >= .milliseconds(thresholds.sustained) } ?? false
        }
    }
}

/// Notices congestive failure: more is asked, and less gets done (Netflix, "Service-Level Prioritized Load Shedding").
///
/// Compares the last five seconds with the five before them. Shedding that works keeps `admitted` level while `offered`
/// rises. Below `floor` nothing is said: a handful of requests rises and falls by itself.
struct CongestionWatch: Sendable {
    private var offered: [Int] = []
    private var admitted: [Int] = []
    private(set) var isCongested = false

    private static let half = 5
    /// Offered a second.
    private static let floor = 20

    mutating func observe(offered: Int, admitted: Int) {
        self.offered.append(offered)
        self.admitted.append(admitted)
        guard self.offered.count >= 2 * Self.half else { return }
        let offeredRose = Self.recent(self.offered) * 100 > Self.earlier(self.offered) * 110
        let admittedFell = Self.recent(self.admitted) * 100 < Self.earlier(self.admitted) * 85
        // It lasts until more gets done again or less is asked.
        isCongested =
            admittedFell && (offeredRose || isCongested) && Self.recent(self.offered) >= Self.floor * Self.half
        self.offered.removeFirst()
        self.admitted.removeFirst()
    }

    private static func earlier(_ values: [Int]) -> Int { values.prefix(half).reduce(0, +) }
    private static func recent(_ values: [Int]) -> Int { values.suffix(half).reduce(0, +) }
}
