/// The devices that a broadcast would go to, as far as a forecast has to tell them apart: edge nodes that send at the
/// same pace over the same distance to about as many devices count as one group.
struct FanOutPopulation: Hashable, Sendable {
    struct Group: Hashable, Sendable {
        var lags: DeliveryLags.Key
        var sendsPerSecond: Double
        var nodeCount = 0
        /// Known devices, which set how long a node sends.
        var known = 0
        var connected = 0
    }

    /// One edge node's part.
    struct Share: Hashable, Sendable {
        var node: NodeID
        var known: Int
        var group: Int
    }

    private(set) var groups: [Group] = []
    /// By node id; those that are reached and have devices.
    private(set) var shares: [Share] = []
    /// Connected devices of nodes that answer.
    private(set) var connected = 0
    /// Known devices of those nodes that are away: they catch up when they return.
    private(set) var offline = 0
    /// Known devices behind nodes that do not answer now.
    private(set) var unreached = 0

    /// Adds one edge node's devices.
    /// - Parameter pace: how it sends; a node that does not say, as a real one, is taken to be an average one.
    mutating func add(
        _ node: NodeID, known: Int, connected: Int, pace: NodePace?, profile: AudienceProfile, ackWithin: Milliseconds
    ) {
        guard known > 0 else { return }
        let pace = pace ?? NodePace()
        let key = DeliveryLags.Key(
            median16: Int((Double(max(1, profile.latencyMedian)) * pace.latencyFactor * 16).rounded()),
            lossParts: AudienceDraws.parts(profile.lossShare), ackWithin: ackWithin)
        let sends = max(1, pace.sendsPerSecond)
        let place = groups.firstIndex {
            $0.lags == key && $0.sendsPerSecond == sends && Self.isAlike(known, $0.known / $0.nodeCount)
        } ?? groups.count
        if place == groups.count { groups.append(Group(lags: key, sendsPerSecond: sends)) }
        groups[place].nodeCount += 1
        groups[place].known += known
        groups[place].connected += min(known, connected)
        shares.append(Share(node: node, known: known, group: place))
        self.connected += min(known, connected)
        offline += max(0, known - connected)
    }

    mutating func addUnreached(_ known: Int) { unreached += known }

    /// Within a sixteenth of each other.
    private static func isAlike(_ count: Int, _ mean: Int) -> Bool { abs(count - mean) * 16 <= max(count, mean) }
}
