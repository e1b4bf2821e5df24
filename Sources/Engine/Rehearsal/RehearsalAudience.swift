import Foundation

/// The modelled nodes of a rehearsal: what `VirtualAudience` is to a real show, without queues and timers.
///
/// Nodes share nothing, so what several of them are told at one moment is worked out on `threadCount` threads; the
/// answers come back in the order of the nodes, whichever thread was first.
struct RehearsalAudience {
    private(set) var nodes: [ModelledNode] = []
    private var places: [NodeID: Int] = [:]
    private var layout: AudienceLayout
    private let seed: UInt64
    private let configuration: EngineConfiguration
    private let threadCount: Int
    private let stopwatch: (@Sendable () -> UInt64)?
    /// Nanoseconds spent on devices so far, if there is a stopwatch.
    private(set) var spent: UInt64 = 0

    init(_ show: RehearsalShow) {
        seed = show.seed
        configuration = show.configuration
        threadCount = min(max(show.threadCount, 1), 8)
        stopwatch = show.stopwatch
        layout = AudienceLayout(seed: show.seed)
    }

    /// Gives a topic its devices, in place of those it had.
    mutating func follow(_ topic: Topic, _ profile: AudienceProfile, now: Moment) -> [Said] {
        let before = layout.shares(of: topic)
        let shares = layout.place(topic, devices: profile.devices)
        for index in nodes.count..<layout.nodes.count {
            let (description, pace) = layout.nodes[index]
            places[description.id] = index
            nodes.append(ModelledNode(description: description, seed: seed, pace: pace, configuration: configuration))
        }
        let left = before.map(\.node).filter { node in !shares.contains { $0.node == node } }
        let farewells = onNodes(left) { node, _ in node.unfollow(topic) }
        return farewells + onNodes(shares.map(\.node)) { node, position in
            node.follow(topic, profile: profile, devices: shares[position].devices, now: now)
        }
    }

    mutating func unfollow(_ topic: Topic) -> [Said] {
        let shares = layout.shares(of: topic)
        layout.remove(topic)
        return onNodes(shares.map(\.node)) { node, _ in node.unfollow(topic) }
    }

    /// Hands each node what it is sent, in order.
    mutating func receive(_ messages: [(message: RouterMessage, node: NodeID)], now: Moment) -> [Said] {
        var waiting: [Int: [RouterMessage]] = [:]
        for (message, node) in messages {
            if let place = places[node] { waiting[place, default: []].append(message) }
        }
        let order = waiting.keys.sorted()
        let batches = order.map { waiting[$0] ?? [] }
        return onNodes(order) { node, position in batches[position].flatMap { node.receive($0, now: now) } }
    }

    /// Heartbeats and reports that are due by now. Both are totals, so of many that nobody would have looked at between
    /// two looks of the engine only the newest is made.
    mutating func tick(now: Moment) -> [Said] {
        onNodes(Array(nodes.indices)) { node, _ in node.tick(now: now) }
    }

    /// Something goes wrong at the nodes it concerns.
    mutating func inject(_ fault: AudienceFault, now: Moment) {
        _ = onNodes(nodes.indices.filter { fault.concerns(nodes[$0].description) }) { node, _ in
            node.inject(fault, now: now)
            return []
        }
    }

    /// What a node says, and which.
    typealias Said = (message: NodeMessage, node: NodeID)

    private mutating func onNodes(_ indices: [Int], _ body: @Sendable (inout ModelledNode, Int) -> [NodeMessage])
        -> [Said]
    {
        var answers = [[NodeMessage]](repeating: [], count: indices.count)
        let lanes = min(threadCount, indices.count)
        guard lanes > 0 else { return [] }
        let begun = stopwatch?() ?? 0
        defer { spent += (stopwatch?() ?? 0) - begun }
        nodes.withUnsafeMutableBufferPointer { nodes in
            answers.withUnsafeMutableBufferPointer { answers in
                // Safe: every lane touches the nodes and answers of its own positions, and all end before this does.
                nonisolated(unsafe) let nodes = nodes, answers = answers
                DispatchQueue.concurrentPerform(iterations: lanes) { lane in
                    for position in stride(from: lane, to: indices.count, by: lanes) {
                        answers[position] = body(&nodes[indices[position]], position)
                    }
                }
            }
        }
        return zip(indices, answers).flatMap { index, said in
            let id = nodes[index].description.id
            return said.map { ($0, id) }
        }
    }
}
