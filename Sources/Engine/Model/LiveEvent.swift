/// How much is at stake, which decides how much friction an operator meets (PRODUCT.md B1).
public enum Tier: String, Codable, Sendable, CaseIterable {
    case low
    case high
    case bigBet = "big-bet"
}

/// The modelled devices that follow a live event, as the schedule describes them.
public struct AudienceProfile: Hashable, Codable, Sendable {
    /// Modelled devices, 0...100 000 000.
    public var devices: Int
    /// Share of them (0...1) that is offline when a broadcast begins.
    public var offlineShare: Double
    /// Share of deliveries (0...1) that are lost on the way and repeated.
    public var lossShare: Double
    /// Median time of one delivery from edge node to device, ms.
    public var latencyMedian: Milliseconds
    /// Broadcast budget: the fan-out is on track while t99.9 is forecast within it, ms.
    public var budget: Milliseconds

    public init(
        devices: Int = 0, offlineShare: Double = 0.04, lossShare: Double = 0.01,
        latencyMedian: Milliseconds = 120, budget: Milliseconds = 60_000
    ) {
        self.devices = devices
        self.offlineShare = offlineShare
        self.lossShare = lossShare
        self.latencyMedian = latencyMedian
        self.budget = budget
    }

    /// The largest audience an event may have.
    public static let devicesMax = 100_000_000
}

/// A live event: the show the audience came for, as its schedule file describes it.
public struct LiveEvent: Hashable, Codable, Sendable, Identifiable {
    public var id: EventID
    public var title: String
    /// What an operator types to confirm what cannot be undone: `FN12`. 2...8 letters and digits.
    public var code: String
    public var tier: Tier
    /// Name of the zone its times are written in: `Europe/Berlin`, `UTC`.
    public var zone: String
    public var stages: [StageDefinition]
    public var audience: AudienceProfile
    /// What requests its audience makes; nil where the schedule says nothing, then `TrafficProjection.standard` holds.
    public var traffic: TrafficProjection?
    /// What its title page says; nil where the schedule says nothing.
    public var metadata: TitleMetadata?

    public init(
        id: EventID, title: String, code: String, tier: Tier, zone: String = "UTC",
        stages: [StageDefinition], audience: AudienceProfile = AudienceProfile(), traffic: TrafficProjection? = nil,
        metadata: TitleMetadata? = nil
    ) {
        self.id = id
        self.title = title
        self.code = code
        self.tier = tier
        self.zone = zone
        self.stages = stages
        self.audience = audience
        self.traffic = traffic
        self.metadata = metadata
    }

    public var topic: Topic { Topic(event: id) }

    /// Whether any stage's time is counted from the start of the engine, as in `tonight.yaml`.
    public var startsWithEngine: Bool {
        stages.contains { if case .afterStart = $0.time { true } else { false } }
    }
}
