/// Whether a device that has connected is let in.
enum ConnectDecision: Hashable, Sendable {
    case admit
    /// It is told 503 and to come again in so many seconds.
    case refuse(retryAfter: Int)
}

/// How many devices are let in a second, and when the others should come again.
///
/// A bucket that holds a second's worth: a storm of that size is let in at once, and after it `perSecondMax` a second.
/// Who is held back is told to come when those held back before it have been let in, and not all in the same second.
struct ConnectPace {
    let perSecondMax: Int
    private var left: Double
    /// Devices told to come again that have not had the time to.
    private var expected = 0.0
    private var at: EngineInstant

    init(perSecondMax: Int, now: EngineInstant) {
        self.perSecondMax = perSecondMax
        left = Double(perSecondMax)
        at = now
    }

    /// Whether one more could come in now.
    mutating func hasRoom(now: EngineInstant) -> Bool {
        runOn(to: now)
        return left >= 1
    }

    /// Whether one more may come in now; then it is counted.
    mutating func admit(now: EngineInstant) -> Bool {
        guard hasRoom(now: now) else { return false }
        left -= 1
        return true
    }

    /// Whole seconds for Retry-After, 1...`retryMax`: drawn evenly from the time it takes to let in whoever is expected
    /// already.
    mutating func retryAfter(now: EngineInstant, using random: inout SeededGenerator) -> Int {
        runOn(to: now)
        expected += 1
        let seconds = Int((expected / Double(perSecondMax)).rounded(.up))
        return 1 + Int(random.next() % UInt64(min(seconds + 1, Self.retryMax)))
    }

    /// Longest Retry-After, seconds.
    static let retryMax = 60

    private mutating func runOn(to now: EngineInstant) {
        let seconds = Double(now.nanoseconds - at.nanoseconds) / 1e9
        guard seconds > 0 else { return }
        at = now
        left = min(left + seconds * Double(perSecondMax), Double(perSecondMax))
        expected = max(0, expected - seconds * Double(perSecondMax))
    }
}
