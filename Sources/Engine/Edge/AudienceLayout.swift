/// Which devices of which topic stand behind which modelled node.
///
/// Pure, and in order of requests: a topic is spread evenly over at least one node a region, over as many as its
/// size needs, filling nodes that have room before new ones are opened. Nodes are never removed;
/// a topic that is given up leaves its room.
public struct AudienceLayout: Sendable {
    /// A topic's devices at one node.
    public struct Share: Hashable, Sendable {
        /// Index of the node in `nodes`.
        public var node: Int
        /// Indices among the topic's devices.
        public var devices: Range<Int>
    }

    /// Devices behind one node at most.
    public static let devicesPerNodeMax = 200_000
    /// Nodes at most, 205 million devices: two full audiences. What a topic asks for beyond that it is not given.
    public static let nodesMax = 1024
    /// Neighbours in one rack.
    static let nodesPerRack = 18
    /// Regions with the factor of their latency.
    static let regions: [(name: String, latency: Double)] = [
        ("us-east", 0.8), ("eu-west", 0.85), ("us-west", 0.9), ("eu-central", 0.85), ("sa-east", 1.6),
        ("ap-northeast", 1.1), ("us-central", 0.9), ("ap-south", 1.7), ("eu-north", 1.0), ("ca-central", 0.9),
        ("ap-southeast", 1.4), ("af-south", 2.0),
    ]

    public private(set) var nodes: [(description: NodeDescription, pace: NodePace)] = []
    private var room: [Int] = []
    private var shares: [Topic: [Share]] = [:]
    private let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// Places a topic's devices (again); the sum of the shares may be less than `devices` when all nodes are full.
    public mutating func place(_ topic: Topic, devices: Int) -> [Share] {
        remove(topic)
        let wanted = min(max(0, devices), AudienceProfile.devicesMax)
        let breadth = min(Self.regions.count, wanted)
        var open = room.indices.filter { room[$0] > 0 }
        var space = open.reduce(0) { $0 + room[$1] }
        while space < wanted || open.count < breadth, nodes.count < Self.nodesMax {
            addNode()
            open.append(nodes.count - 1)
            space += Self.devicesPerNodeMax
        }
        // The fullest first, so that what they cannot take is spread over the others.
        var taken = [Int](repeating: 0, count: nodes.count)
        var left = min(wanted, space)
        for (position, node) in open.sorted(by: { (room[$0], $0) < (room[$1], $1) }).enumerated() {
            let nodesLeft = open.count - position
            taken[node] = min(room[node], (left + nodesLeft - 1) / nodesLeft)
            left -= taken[node]
        }
        var next = 0, placed: [Share] = []
        for node in taken.indices where taken[node] > 0 {
            placed.append(Share(node: node, devices: next..<next + taken[node]))
            next += taken[node]
            room[node] -= taken[node]
        }
        shares[topic] = placed
        return placed
    }

    public mutating func remove(_ topic: Topic) {
        for share in shares.removeValue(forKey: topic) ?? [] { room[share.node] += share.devices.count }
    }

    /// The topic's shares, in order of device.
    public func shares(of topic: Topic) -> [Share] { shares[topic] ?? [] }

    /// One node in fifty is saturated, another two are slow and far: what an operator has to find.
    private mutating func addNode() {
        let index = nodes.count, region = Self.regions[index % Self.regions.count]
        let number = index / Self.regions.count + 1
        var pace = NodePace(latencyFactor: region.latency)
        switch (index + Int(SeededGenerator.mix(seed) % 50)) % 50 {
        case 7: pace.sendsPerSecond /= 24
        case 19, 38:
            pace.sendsPerSecond /= 8
            pace.latencyFactor *= 2.5
        default: break
        }
        let name = "v-\(region.name)-\(number < 10 ? "0" : "")\(number)"
        let description = NodeDescription(
            id: NodeID(name), kind: .modelled, region: region.name,
            rack: "\(region.name)/r\((number - 1) / Self.nodesPerRack + 1)", connectionsMax: Self.devicesPerNodeMax,
            pace: pace)
        nodes.append((description, pace))
        room.append(Self.devicesPerNodeMax)
    }
}
