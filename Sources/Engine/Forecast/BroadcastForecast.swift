/// What was foretold of one broadcast, how sure, and how far that was from what then happened.
public struct BroadcastForecast: Hashable, Codable, Sendable {
    /// Version of the model; only forecasts of the same one are compared.
    public var model: Int
    /// Devices connected when it was made.
    public var devices: Int
    /// Known devices that were offline then: they catch up when they return.
    public var offline: Int
    /// Known devices behind edge nodes that were silent then.
    public var unreached: Int
    /// From the timestamp until so many of the connected devices have acked, ms; nil when it cannot be told.
    public var t50: Milliseconds?
    public var t99: Milliseconds?
    public var t999: Milliseconds?
    /// Most devices that ack within one second.
    public var peakRate: Int
    /// The true t99 and t99.9 are expected within this much of the foretold ones, in thousandths of them.
    public var band: Int
    /// What the model's figures were multiplied by, in thousandths, for what this event's last broadcasts really took.
    public var scale: Int
    /// How far the worse of t99 and t99.9 was off, in thousandths of the foretold one: positive when it took
    /// longer. Nil until it is known.
    public var error: Int?

    /// The version of the model in `FanOutShape` and `DeliveryLags`.
    public static let modelNow = 1

    public init(
        model: Int = modelNow, devices: Int, offline: Int = 0, unreached: Int = 0, t50: Milliseconds?,
        t99: Milliseconds?,
        t999: Milliseconds?, peakRate: Int, band: Int, scale: Int = 1000, error: Int? = nil
    ) {
        self.model = model
        self.devices = devices
        self.offline = offline
        self.unreached = unreached
        self.t50 = t50
        self.t99 = t99
        self.t999 = t999
        self.peakRate = peakRate
        self.band = band
        self.scale = scale
        self.error = error
    }

    /// Whether both figures came out within the band; nil until it is known.
    public var isWithinBand: Bool? { error.map { abs($0) <= band } }

    /// Holds it against what happened.
    /// - Parameter until: how long the broadcast was followed, or until a newer one took its place, ms. What was not
    ///   reached by then took at least that long; whether that is a miss is only known where more was foretold.
    mutating func score(against figures: BroadcastFigures, until: Milliseconds) {
        let misses = [(t99, figures.t99), (t999, figures.t999)].compactMap { foretold, reached -> Int? in
            guard let foretold, foretold > 0 else { return nil }
            if let reached, reached <= until { return Self.thousandths(reached - foretold, of: foretold) }
            return until > foretold ? Self.thousandths(until - foretold, of: foretold) : nil
        }
        error = misses.max { abs($0) < abs($1) }
    }

    /// Rounded away from nought, and at most tenfold.
    private static func thousandths(_ difference: Milliseconds, of whole: Milliseconds) -> Int {
        let size = (abs(difference) * 1000 + whole - 1) / whole
        return Int(min(size, 10_000)) * (difference < 0 ? -1 : 1)
    }
}
