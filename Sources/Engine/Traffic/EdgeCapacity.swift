/// The ceilings of the installation that carries a show: what a rehearsal, a forecast and the shedding of load measure against.
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

    /// How a second's requests fare: what is above the soft share is refused from the lowest bucket up, critical ones only above the
    /// hard share.
    /// - Returns: refused requests by bucket, in the order of `PriorityBucket.allCases`.
    public func shed(_ offered: RequestCounts) -> [(bucket: PriorityBucket, refused: Int)] {
        let soft = gatewayPerSecond * softShare / 100, hard = gatewayPerSecond * hardShare / 100
        var excess = max(0, offered.total - soft)
        var refused: [PriorityBucket: Int] = [:]
        for bucket in PriorityBucket.allCases.reversed() where bucket != .critical {
            refused[bucket] = min(excess, offered[bucket])
            excess -= refused[bucket] ?? 0
        }
        refused[.critical] = max(0, offered[PriorityBucket.critical] - hard)
        return PriorityBucket.allCases.map { ($0, refused[$0] ?? 0) }
    }
}
