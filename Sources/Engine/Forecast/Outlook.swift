/// What the control plane expects: how fan-outs would run, where they collide, and how earlier forecasts came out.
///
/// Everything in it can be worked out again from the rest of the control plane; it is kept because that takes time.
/// Bounded by the events on the desk and their stages.
struct Outlook: Sendable {
    struct ShapeKey: Hashable {
        var event: EventID
        var waves: WavePlan
    }

    var record = TrackRecord()
    /// Who follows each event, as of the last refresh.
    var populations: [EventID: FanOutPopulation] = [:]
    private var shapes: [ShapeKey: FanOutShape] = [:]
    /// At most `lagsMax`; beyond it all are forgotten and made again.
    private var lags: [DeliveryLags.Key: DeliveryLags] = [:]
    private static let lagsMax = 512

    /// One for each event that should move: its earliest collision, and what would clear it.
    var collisions: [EventID: Airspace.Collision] = [:]
    var proposals: [EventID: ProposedMove] = [:]
    /// How the broadcasts of taken stages went that are not followed any more.
    var past: [BroadcastID: StageFigures] = [:]
    var refreshedAt: EngineInstant?

    /// How a fan-out to the event's devices would run; nil while none is connected.
    mutating func shape(of event: EventID, waves: WavePlan) -> FanOutShape? {
        guard let population = populations[event], population.connected > 0 else { return nil }
        let key = ShapeKey(event: event, waves: waves)
        if let known = shapes[key], known.population == population { return known }
        for group in population.groups where lags[group.lags] == nil {
            if lags.count >= Self.lagsMax { lags = [:] }
            lags[group.lags] = DeliveryLags(group.lags)
        }
        let shape = FanOutShape(of: population, waves: waves) { [lags] in lags[$0] ?? DeliveryLags($0) }
        shapes[key] = shape
        return shape
    }

    /// What is said of a broadcast that runs like this.
    func forecast(_ shape: FanOutShape, of event: EventID, tier: Tier) -> BroadcastForecast {
        let scale = record.scale(of: event), population = shape.population
        func scaled(_ time: Milliseconds?) -> Milliseconds? { time.map { $0 * Milliseconds(scale) / 1000 } }
        return BroadcastForecast(
            devices: population.connected, offline: population.offline, unreached: population.unreached,
            t50: scaled(shape.t50), t99: scaled(shape.t99), t999: scaled(shape.t999), peakRate: shape.peakRate,
            band: record.band(of: tier), scale: scale)
    }

    /// Forgets what belongs to events that have left the desk, and to broadcasts that no stage names any more.
    mutating func keep(events: Set<EventID>, broadcasts: Set<BroadcastID>) {
        shapes = shapes.filter { events.contains($0.key.event) }
        if past.count > broadcasts.count { past = past.filter { broadcasts.contains($0.key) } }
    }
}

/// How far ahead fetching will be, from how far it is: along the curve that the virtual audience fetches by.
enum PrefetchOutlook {
    /// - Parameters:
    ///   - share: of the known devices, 0...1, that hold the event's stages now.
    ///   - wait: from now until the stage, ms.
    static func share(_ share: Double, after wait: Milliseconds) -> Double {
        let seconds = AudienceDraws.prefetchSeconds
        let now = min(max(Int(share * Double(seconds.count)), 0), seconds.count - 1)
        guard wait > 0, seconds[now] != .max else { return share }
        let then = Int(min(Milliseconds(UInt16.max) - 1, Milliseconds(seconds[now]) + wait / 1000))
        let reached = seconds.firstIndex { Int($0) > then } ?? seconds.count
        return max(share, Double(reached) / Double(seconds.count))
    }
}
