public import Engine

/// Edge nodes of a room: one real one in this process, the others modelled, spread over regions.
public enum NodeFixture {
    private static let regions = ["ap-ne-1", "eu-west", "sa-east", "us-east", "us-west"]

    /// - Parameters:
    ///   - real: devices on sockets at `edge-1`; no such node if 0.
    ///   - modelled: number of modelled nodes.
    ///   - connections: devices at each of them, give or take 3 %.
    public static func nodes(real: Int, modelled: Int, connections: Int, offlineShare: Double = 0.04) -> [NodeSnapshot]
    {
        var nodes: [NodeSnapshot] = []
        if real > 0 { nodes.append(node("edge-1", .real, region: "local", connections: real, offline: real / 25)) }
        var random = SeededGenerator(seed: 12)
        for index in 0..<modelled {
            let region = regions[index * regions.count / max(1, modelled)]
            let number =
                String(index).count < 3
                ? String(repeating: "0", count: 3 - String(index).count) + String(index) : String(index)
            let count = connections + Int.random(in: -connections * 3 / 100...connections * 3 / 100, using: &random)
            nodes.append(node(
                NodeID("v-\(region)-\(number)"), .modelled, region: region, connections: count,
                offline: Int(Double(count) * offlineShare)
            ))
        }
        return nodes
    }

    private static func node(_ id: NodeID, _ kind: AudienceKind, region: String, connections: Int, offline: Int)
        -> NodeSnapshot
    {
        NodeSnapshot(
            description: NodeDescription(
                id: id, kind: kind, region: region, connectionsMax: kind == .real ? 18_000 : 400_000
            ),
            state: .up, connections: connections, offline: offline, queuedBytes: kind == .real ? 4096 : 0,
            topicCount: 2, silence: 180
        )
    }

    /// Real and modelled devices of `nodes`, summed.
    public static func counts(_ nodes: [NodeSnapshot], _ kind: AudienceKind) -> DeviceCounts {
        nodes.filter { $0.description.kind == kind }.reduce(into: DeviceCounts()) { sum, node in
            sum.connected += node.connections
            sum.known += node.connections + node.offline
        }
    }
}
