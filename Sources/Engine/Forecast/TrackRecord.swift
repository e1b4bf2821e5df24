import OrderedCollections

/// How forecasts came out: the band printed with the next one, and how an event's own broadcasts differ from the model.
///
/// The band is a split-conformal one (Lei et al., Distribution-free predictive inference for regression, 2018): of the
/// n errors of a tier's past forecasts the one of rank ⌈0.92 (n + 1)⌉ by size. That covers the next error in 92 of 100
/// cases, whatever their distribution, if they come from the same one. Until there are enough, an error of `prior` is
/// taken to have happened once: with fewer than 12 the band is the worst so far, and never below the prior.
struct TrackRecord: Hashable, Sendable {
    /// A miss by this much, in thousandths, stands for the history that is not there yet: the model is meant to be
    /// within the width of a latency bucket (1/16), and a loaded machine adds to short fan-outs.
    static let prior = 150
    /// Forecasts remembered of each tier and each event; the oldest go.
    static let tierMax = 200
    static let eventMax = 5
    /// Events remembered: an event that comes every week is on the desk for some hours of it. The one not scored for
    /// longest goes, and is foretold like one that is new.
    static let eventsMax = 1000

    private var errors: [Tier: [Int]] = [:]
    /// In the order of their last score, oldest first.
    private var ratios: OrderedDictionary<EventID, [Int]> = [:]

    init() {}

    /// - Parameter past: oldest first.
    init(_ past: [(event: EventID, tier: Tier, forecast: BroadcastForecast)]) {
        for (event, tier, forecast) in past { note(forecast, of: event, tier: tier) }
    }

    /// Takes in a forecast that has been scored.
    mutating func note(_ forecast: BroadcastForecast, of event: EventID, tier: Tier) {
        guard forecast.model == BroadcastForecast.modelNow, let error = forecast.error else { return }
        errors[tier, default: []].append(abs(error))
        if errors[tier]!.count > Self.tierMax { errors[tier]!.removeFirst() }
        // What the model itself, before its scale, would have had to be multiplied by.
        let ratio = forecast.scale * (1000 + error) / 1000
        ratios[event] = Array(((ratios.removeValue(forKey: event) ?? []) + [ratio]).suffix(Self.eventMax))
        if ratios.count > Self.eventsMax { ratios.removeFirst() }
    }

    /// Forecasts of the tier that the band rests on.
    func count(of tier: Tier) -> Int { errors[tier]?.count ?? 0 }

    /// In thousandths of the foretold time.
    func band(of tier: Tier) -> Int {
        let known = ((errors[tier] ?? []) + [Self.prior]).sorted()
        let rank = (known.count * 92 + 99) / 100
        return known.count <= 12 ? max(Self.prior, known[known.count - 1]) : max(1, known[min(rank, known.count) - 1])
    }

    /// What to multiply the model by for this event, in thousandths: the mean of its last broadcasts, drawn towards 1
    /// as if two more had come out exactly.
    func scale(of event: EventID) -> Int {
        let known = ratios[event] ?? []
        return (known.reduce(0, +) + 2000) / (known.count + 2)
    }
}
