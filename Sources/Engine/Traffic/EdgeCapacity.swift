/// The ceilings of the installation that carries a show: what a rehearsal, a forecast and the shedding of load measure
/// against.
///
/// A schedule says them in `capacity:`; these are the defaults. At a ceiling the rehearsal reports a hotspot; above
/// `softShare` lower buckets would be shed, above `hardShare` critical requests too.
public struct EdgeCapacity: Hashable, Codable, Sendable {
    /// Requests a second that the gateways answer, all classes together.
    public var gatewayPerSecond = 3_000_000
    /// Playback starts a second.
    public var startsPerSecond = 100_000
    /// Acks a second that the edge nodes take in, all nodes together.
    public var acksPerSecond = 5_000_000
    /// Per cent of `gatewayPerSecond` above which requests that are not critical begin to be shed.
    public var softShare = 60
    /// Per cent of `gatewayPerSecond` above which critical requests are shed as well.
    public var hardShare = 80

    public init() {}

    /// How a second's requests fare, by where the shedder comes to rest.
    /// - Parameter offered: by rank of the bucket.
    /// - Returns: refused requests, in the same order.
    public func refused(_ offered: [Int]) -> [Int] {
        Shedder.settled(offered, soft: gatewayPerSecond * softShare / 100, hard: gatewayPerSecond * hardShare / 100)
    }
}
