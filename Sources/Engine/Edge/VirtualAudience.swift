import Foundation
import Synchronization

/// The shell around the modelled nodes: queues, timers, and the way to the bus.
///
/// Nodes are divided over a few lanes; a lane is a serial queue that alone touches its nodes, and one timer
/// for the earliest thing any of them has to do. What comes in is queued and handled in order, a
/// node's sweep of some milliseconds at a time; what goes out is handed to the bus from the lane.
public final class VirtualAudience: Sendable {
    private let seed: UInt64
    private let configuration: EngineConfiguration
    private let time: any TimeSource
    private let lanes: [AudienceLane]
    private let layout: Mutex<AudienceLayout>

    /// - Parameter lanes: threads that sweep, 1...8.
    public init(
        seed: UInt64, bus: any Bus, time: any TimeSource,
        configuration: EngineConfiguration = EngineConfiguration(), lanes: Int = 2
    ) {
        self.seed = seed
        self.configuration = configuration
        self.time = time
        self.lanes = (0..<min(max(lanes, 1), 8)).map { AudienceLane(number: $0, bus: bus, time: time) }
        layout = Mutex(AudienceLayout(seed: seed))
    }

    /// Gives a topic its devices, in place of those it had.
    /// - Returns: how many it got: fewer than the profile's when all nodes are full, and the nodes that are new
    ///   and must be made known to the bus.
    @discardableResult
    public func follow(topic: Topic, profile: AudienceProfile) -> (devices: Int, newNodes: [any EdgeNode]) {
        layout.withLock { layout in
            let before = layout.nodes.count, old = layout.shares(of: topic)
            let shares = layout.place(topic, devices: profile.devices)
            for share in old where !shares.contains(where: { $0.node == share.node }) {
                lane(share.node).change(slot(share.node)) { node, _ in node.unfollow(topic) }
            }
            for index in before..<layout.nodes.count {
                let (description, pace) = layout.nodes[index]
                lane(index).add(
                    ModelledNode(description: description, seed: seed, pace: pace, configuration: configuration))
            }
            for share in shares {
                lane(share.node).change(slot(share.node)) { node, now in
                    node.follow(topic, profile: profile, devices: share.devices, now: now)
                }
            }
            let new = (before..<layout.nodes.count).map { node($0, in: layout) }
            return (shares.last?.devices.upperBound ?? 0, new)
        }
    }

    public func unfollow(_ topic: Topic) {
        layout.withLock { layout in
            for share in layout.shares(of: topic) {
                lane(share.node).change(slot(share.node)) { node, _ in node.unfollow(topic) }
            }
            layout.remove(topic)
        }
    }

    /// Begins with heartbeats and reports. What was received before is kept.
    public func start() { for lane in lanes { lane.start() } }

    /// Ends all sending; returns once no lane sends any more. Not to be called from the bus.
    public func stop() { for lane in lanes { lane.stop() } }

    private func lane(_ node: Int) -> AudienceLane { lanes[node % lanes.count] }
    private func slot(_ node: Int) -> Int { node / lanes.count }
    private func node(_ index: Int, in layout: borrowing AudienceLayout) -> any EdgeNode {
        AudienceNode(description: layout.nodes[index].description, lane: lane(index), slot: slot(index))
    }
}

/// A modelled node as the bus holds it.
private struct AudienceNode: EdgeNode {
    let description: NodeDescription
    let lane: AudienceLane
    let slot: Int

    func receive(_ message: RouterMessage) {
        lane.change(slot) { node, now in node.receive(message, now: now) }
    }
}

/// `@unchecked Sendable`: `nodes`, `timer`, `armedFor` and `isRunning` are touched on `queue` only.
private final class AudienceLane: @unchecked Sendable {
    private let queue: DispatchQueue
    private let bus: any Bus
    private let time: any TimeSource
    private var nodes: [ModelledNode] = []
    private var timer: (any DispatchSourceTimer)?
    private var armedFor: EngineInstant?
    private var isRunning = false

    init(number: Int, bus: any Bus, time: any TimeSource) {
        queue = DispatchQueue(label: "virtual-audience-\(number)")
        self.bus = bus
        self.time = time
    }

    func add(_ node: ModelledNode) { queue.async { self.nodes.append(node) } }

    func change(_ slot: Int, _ body: @escaping @Sendable (inout ModelledNode, Moment) -> [NodeMessage]) {
        queue.async {
            let messages = body(&self.nodes[slot], self.time.now())
            self.send(messages, from: slot)
            self.arm()
        }
    }

    func start() {
        queue.async {
            guard !self.isRunning else { return }
            self.isRunning = true
            let timer = DispatchSource.makeTimerSource(queue: self.queue)
            timer.setEventHandler { [weak self] in self?.tick() }
            self.timer = timer
            for slot in self.nodes.indices { self.send(self.nodes[slot].announcement(), from: slot) }
            self.tick()
            timer.activate()
        }
    }

    func stop() {
        queue.sync {
            isRunning = false
            timer?.cancel()
            timer = nil
            armedFor = nil
        }
    }

    private func tick() {
        guard isRunning else { return }
        armedFor = nil
        for slot in nodes.indices {
            let messages = nodes[slot].tick(now: time.now())
            send(messages, from: slot)
        }
        arm()
    }

    private func send(_ messages: [NodeMessage], from slot: Int) {
        guard isRunning else { return }
        for message in messages { bus.send(message, from: nodes[slot].description.id) }
    }

    /// Nodes are looked at together: what is due within 20 ms is done at once.
    private func arm() {
        guard isRunning, let timer else { return }
        let now = time.now().instant
        guard let next = nodes.lazy.map({ $0.nextDeadline(after: now) }).min() else { return }
        let at = max(next, now + .milliseconds(20))
        if let armedFor, armedFor <= at, armedFor > now { return }
        armedFor = at
        timer.schedule(deadline: .now() + .nanoseconds(Int((at - now).wholeNanoseconds)), leeway: .milliseconds(5))
    }
}
