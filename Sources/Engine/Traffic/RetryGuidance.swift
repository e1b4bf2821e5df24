/// What refused clients are told: when to come back, so that they come back spread out, and later the more there are of
/// them.
///
/// The server guides: `Retry-After` grows with the share of retries among the requests (a retry budget as in the Google
/// SRE book, "Handling Overload": retries beyond a tenth of the requests are themselves the load) and is drawn from an
/// even range ("full jitter": Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
struct RetryGuidance: Hashable, Sendable {
    /// Shortest and longest time anybody is told to stay away, ms.
    static let range: ClosedRange<Milliseconds> = 2000...30_000
    /// Share of retries that is borne without further spreading.
    static let budget = 0.1

    /// Exponential means over some ten steps.
    private var requests = 0.0
    private var retries = 0.0

    init() {}

    /// Share of retries among the requests of the last seconds, 0...1.
    var retryShare: Double { requests < 1 ? 0 : min(1, retries / requests) }
    var isBudgetSpent: Bool { retryShare > Self.budget }

    mutating func observe(requests: Int, retries: Int) {
        self.requests += (Double(requests) - self.requests) / 10
        self.retries += (Double(retries) - self.retries) / 10
    }

    /// The longest time now: a step of 2 s for each tenth that the retries are over their budget.
    var spreadMax: Milliseconds {
        let over = max(0, retryShare - Self.budget) / Self.budget
        return min(Self.range.upperBound, Self.range.lowerBound * 2 + Milliseconds(over * 4000))
    }

    /// How long one refused client is to stay away, ms.
    func retryAfter(using generator: inout SeededGenerator) -> Milliseconds {
        Self.range.lowerBound + Milliseconds(generator.drawShare() * Double(spreadMax - Self.range.lowerBound))
    }
}
