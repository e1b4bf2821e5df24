/// What the schedule says about an event's requests: the shape, and the high-watermarks where it gives them.
public struct TrafficProjection: Hashable, Codable, Sendable {
    public var profile: TrafficProfile
    /// Requests a second at the peak, by class; what is not here follows from the number of devices.
    public var peaks: [Peak]

    /// The most requests of one class that are expected in a second.
    public struct Peak: Hashable, Codable, Sendable {
        public var requestClass: RequestClass
        public var perSecond: Int

        public init(_ requestClass: RequestClass, perSecond: Int) {
            self.requestClass = requestClass
            self.perSecond = perSecond
        }
    }

    /// Most playback starts a second that a schedule may claim for one event.
    public static let startsPerSecondMax = 100_000
    /// Most requests a second of any other class.
    public static let requestsPerSecondMax = 100_000_000

    public init(profile: TrafficProfile, peaks: [Peak] = []) {
        self.profile = profile
        self.peaks = peaks
    }

    /// The peaks of an audience of `after` devices where these are those of `before`.
    func scaled(from before: Int, to after: Int) -> Self {
        guard before > 0 else { return self }
        var scaled = self
        for index in scaled.peaks.indices {
            scaled.peaks[index].perSecond = min(
                scaled.peaks[index].perSecond * after / before, Self.requestsPerSecondMax)
        }
        return scaled
    }

    /// Where the schedule says nothing: a Big Bet is expected to come like a match, anything else like a premiere, an
    /// event whose ending is AUTO like a channel.
    static func standard(for event: LiveEvent) -> Self {
        let isChannel = event.stages.contains { $0.kind == .ending && $0.mode == .auto }
        return Self(profile: isChannel ? .channel : event.tier == .low ? .premiere : .match)
    }
}

/// How many requests of which class a live event brings at a moment: synthetic traffic of one game day.
///
/// Pure: an event and the starts of its stages come in, numbers go out. The forecast asks it about plans, the rehearsal
/// about what happened in it. Means are exact integers; `drawn` adds the noise that a second of independent people has.
public struct EventTraffic: Sendable {
    /// A stage and when it starts (or is expected to).
    public struct StageStart: Hashable, Codable, Sendable {
        public var stage: StageKey
        public var kind: StageKind
        public var at: WallTime

        public init(stage: StageKey, kind: StageKind, at: WallTime) {
            self.stage = stage
            self.kind = kind
            self.at = at
        }
    }

    public let event: EventID
    private let topicKey: UInt64
    private let projection: TrafficProjection
    /// Peaks by class, requests a second, in the order of `RequestClass.allCases`.
    private let peaks: [Int]
    /// The lines of each class with the moments they hang on, in the order of `RequestClass.allCases`.
    private let lines: [[(line: TrafficLine, at: WallTime)]]

    /// - Parameter starts: in the order of the run of show; stages nobody can date are left out.
    public init(_ event: LiveEvent, starts: [StageStart]) {
        self.event = event.id
        topicKey = event.id.rawValue.utf8.reduce(0) { SeededGenerator.mix($0 ^ UInt64($1)) }
        let projection = event.traffic ?? .standard(for: event)
        self.projection = projection
        let devices = event.audience.devices
        peaks = RequestClass.allCases.map { requestClass in
            let given = projection.peaks.first { $0.requestClass == requestClass }?.perSecond
            return given ?? Self.derivedPeak(of: requestClass, devices: devices, projection.profile)
        }
        let first = starts.first { $0.kind == .live }?.stage
        lines = RequestClass.allCases.map { requestClass in
            projection.profile.lines(of: requestClass).flatMap { line in
                starts.filter { line.anchor.fits($0, firstLive: first) }.map { (line, $0.at) }
            }
        }
    }

    private static func derivedPeak(of requestClass: RequestClass, devices: Int, _ profile: TrafficProfile) -> Int {
        let peak = devices * profile.peakPerMillion(of: requestClass) / 1_000_000
        return requestClass == .playbackStart ? min(peak, TrafficProjection.startsPerSecondMax) : peak
    }

    /// Requests a second of a class at a moment, on average. Cache refreshes are not in it: see `CacheRefresh`.
    public func requestsPerSecond(of requestClass: RequestClass, at moment: WallTime) -> Int {
        requestsPerSecond(Self.index(requestClass), at: moment)
    }

    private func requestsPerSecond(_ index: Int, at moment: WallTime) -> Int {
        let height = lines[index].reduce(Int64(0)) { max($0, $1.line.millionths(at: moment.since($1.at))) }
        return Int(Int64(peaks[index]) * height / 1_000_000)
    }

    /// Requests a second of every class at a moment, on average.
    public func requestsPerSecond(at moment: WallTime) -> RequestCounts {
        var counts = RequestCounts()
        for (index, requestClass) in RequestClass.allCases.enumerated() where peaks[index] > 0 {
            counts[requestClass] = requestsPerSecond(index, at: moment)
        }
        return counts
    }

    /// The requests of one second as they might fall: the mean, and the scatter of independent people (its square root)
    /// drawn from seed, event, class and second. Never negative, and the same on any machine.
    public func drawn(at moment: WallTime, seed: UInt64) -> RequestCounts {
        var counts = requestsPerSecond(at: moment)
        let second = UInt64(bitPattern: moment.milliseconds / 1000)
        for (index, requestClass) in RequestClass.allCases.enumerated() {
            let mean = counts[requestClass]
            let hash = SeededGenerator.mix(seed ^ topicKey &+ SeededGenerator.mix(second &+ UInt64(index) << 56))
            // Four even draws of 0...255 have the mean 510 and the deviation 148: near enough to a normal draw.
            let even = (0..<4).reduce(0) { $0 + Int(hash >> UInt64($1 * 8) & 255) }
            counts[requestClass] = max(0, mean + Self.squareRoot(of: mean) * (even - 510) / 148)
        }
        return counts
    }

    private static func squareRoot(of number: Int) -> Int {
        guard number > 1 else { return max(0, number) }
        // Square roots of doubles are exact by IEEE 754, so this is the same everywhere.
        return Int(Double(number).squareRoot())
    }

    private static func index(_ requestClass: RequestClass) -> Int {
        RequestClass.allCases.firstIndex(of: requestClass) ?? 0
    }
}

extension TrafficLine.Anchor {
    fileprivate func fits(_ start: EventTraffic.StageStart, firstLive: StageKey?) -> Bool {
        switch self {
        case .preShow: start.kind == .preShow
        case .countdown: start.kind == .countdown
        case .live: start.stage == firstLive
        case .laterLive: start.kind == .live && start.stage != firstLive
        case .intermission: start.kind == .intermission
        case .ending: start.kind == .ending
        }
    }
}
