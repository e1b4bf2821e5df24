/// What an interruption does: everybody who was watching comes again, several times over.
///
/// After an interruption of 30 s streams restart at up to ten times the usual rate (Netflix, "Behind the Streams: Three
/// Years of Live", 2025). Unguided, clients retry at once and halve their rate every `halving`; guided by the server
/// they spread the same restarts evenly over `spread`.
public struct RetryStorm: Hashable, Codable, Sendable {
    public var at: WallTime
    /// Devices that lost their stream.
    public var devices: Int
    /// Whether servers tell clients when to come back.
    public var isGuided: Bool

    /// Tries each unguided device makes before it is served.
    public static let triesPerDevice = 10
    public static let halving: Milliseconds = 15_000
    /// The window that guided devices are spread over.
    public static let spread: Milliseconds = 28_000

    public init(at: WallTime, devices: Int, isGuided: Bool = false) {
        self.at = at
        self.devices = devices
        self.isGuided = isGuided
    }

    /// Extra playback starts a second at a moment.
    public func requestsPerSecond(at moment: WallTime) -> Int {
        let passed = moment.since(at)
        guard passed >= 0 else { return 0 }
        if isGuided { return passed < Self.spread ? devices * 1000 / Int(Self.spread) : 0 }
        // The areas of the halves add up to all tries: rate · halving · (1 + 1/2 + …) ≈ 2 · rate · halving, less the
        // slope.
        let first = devices * Self.triesPerDevice * 1000 / Int(Self.halving) * 2 / 3
        let halves = passed / Self.halving
        guard halves < 20 else { return 0 }
        let high = first >> Int(halves), within = Int(passed % Self.halving)
        return high - high / 2 * within / Int(Self.halving)
    }
}
