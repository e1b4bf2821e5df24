/// How many requests a lane works on at once, found by watching how long they take.
///
/// The method is Gradient2 of Netflix' concurrency-limits (https://github.com/Netflix/concurrency-limits): the ratio of
/// the long-term to the short-term latency says whether a queue is building; the limit follows it, with room for a
/// short queue. Pure: one `observe` for each window of samples.
struct ConcurrencyLimit: Hashable, Sendable {
    private let range: ClosedRange<Double>
    private var estimate: Double
    /// Exponential mean over some 60 windows, microseconds; 0 before the first sample.
    private var longLatency: Double = 0

    /// Latency may rise by half before the limit gives way.
    private static let tolerance = 1.5
    /// Requests that may stand in line, in each window.
    private static let headroom = 4.0
    private static let smoothing = 0.2
    private static let longWindows = 60.0

    init(start: Int, in range: ClosedRange<Int>) {
        self.range = Double(range.lowerBound)...Double(range.upperBound)
        estimate = min(max(Double(start), self.range.lowerBound), self.range.upperBound)
    }

    /// Requests at once.
    var limit: Int { Int(estimate) }

    /// Takes in one window.
    /// - Parameters:
    ///   - latency: mean of the window's finished requests, microseconds.
    ///   - inFlightMax: most requests at once in the window: a limit that nobody reached says nothing and does not
    ///     grow.
    mutating func observe(latency: Double, inFlightMax: Int) {
        guard latency > 0 else { return }
        longLatency += longLatency == 0 ? latency : (latency - longLatency) / Self.longWindows
        // After an overload the long mean is too high; it comes down faster than it went up.
        if longLatency / latency > 2 { longLatency *= 0.95 }
        let gradient = max(0.5, min(1, Self.tolerance * longLatency / latency))
        if gradient == 1, Double(inFlightMax) < estimate / 2 { return }
        let wanted = estimate * gradient + Self.headroom
        estimate = min(
            max(estimate * (1 - Self.smoothing) + wanted * Self.smoothing, range.lowerBound), range.upperBound)
    }
}
