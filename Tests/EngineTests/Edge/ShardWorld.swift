@testable import Engine
import Testing

/// A shard on a virtual clock with a router and devices that are written out: what tests of the shard stand on.
struct ShardWorld {
    static let topic: Topic = "event/a"
    var shard: EdgeShard
    var now = Moment(instant: .start, wall: WallTime(milliseconds: 1_000_000))
    /// Frames each connection was sent since it was last asked.
    private var inbox: [ConnectionSlot: [EdgeMessage]] = [:]
    private(set) var closed: [ConnectionSlot: CloseReason] = [:]
    private(set) var pings = 0
    var told: [NodeMessage] = []
    /// Writes since the start, by connection.
    private(set) var writes: [ConnectionSlot: Int] = [:]

    init(
        connectionsMax: Int = 100, prefetches: PrefetchRegister? = nil,
        _ change: (inout EngineConfiguration) -> Void = { _ in }
    ) {
        var configuration = EngineConfiguration()
        change(&configuration)
        let description = NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: connectionsMax)
        shard = EdgeShard(description: description, configuration: configuration, prefetches: prefetches, now: now)
        // So small that the worlds of the tests, too, are fanned out in several steps.
        shard.fanOutStep = 3
        run()
    }

    /// Ends the turn.
    mutating func run() {
        shard.tick(now: now)
        repeat { step() } while shard.needsFlush
    }

    /// One flush, and what it decided.
    mutating func step() {
        var actions: [ShardAction] = []
        shard.flush(now: now)
        shard.takeActions(into: &actions)
        for action in actions {
            switch action {
            case .send(let slot, let frame):
                inbox[slot, default: []] += frame.messages
                writes[slot, default: 0] += 1
            case .ping: pings += 1
            case .close(let slot, let reason): closed[slot] = reason
            case .tell(let message): told.append(message)
            }
        }
    }

    mutating func advance(_ duration: Duration) {
        let end = now.instant + duration
        while shard.nextDeadline <= end {
            move(to: max(shard.nextDeadline, now.instant))
            run()
        }
        move(to: end)
        run()
    }

    private mutating func move(to instant: EngineInstant) {
        now = Moment(instant: instant, wall: WallTime(milliseconds: 1_000_000 + instant.nanoseconds / 1_000_000))
    }

    // MARK: The router

    static func publication(_ sequence: Int64, waves: WavePlan = .single, isAborted: Bool = false) -> Publication {
        Publication(
            broadcast: BroadcastID(sequence), topic: topic, stage: StageKey("s\(sequence)"),
            position: position(sequence), waves: waves, isAborted: isAborted)
    }

    static func position(_ sequence: Int64) -> BroadcastPosition {
        BroadcastPosition(sequence: sequence, timestamp: WallTime(milliseconds: 900_000 + sequence))
    }

    mutating func receive(_ message: RouterMessage) {
        shard.receive(message, now: now)
        run()
    }

    mutating func publish(_ sequence: Int64, waves: WavePlan = .single) {
        receive(.publish(Self.publication(sequence, waves: waves)))
    }

    mutating func log(_ sequences: ClosedRange<Int64>?, oldest: Int64 = 1) {
        receive(.topicLog(Self.topic, (sequences.map(Array.init) ?? []).map { Self.publication($0) }, oldest: oldest))
    }

    // MARK: Devices

    mutating func connect(_ device: String, at sequence: Int64? = nil) -> ConnectionSlot {
        connect(
            device,
            claim: sequence.map { ClaimedPosition(sequence: $0, timestamp: Self.position($0).timestamp.milliseconds) })
    }

    mutating func accept() -> ConnectionSlot {
        guard let slot = shard.accept(now: now) else { preconditionFailure("the node is full") }
        return slot
    }

    mutating func connect(_ device: String, claim: ClaimedPosition?) -> ConnectionSlot {
        let slot = accept()
        let request = TopicRequest(topic: Self.topic, position: claim)
        say(.hello(device: device, token: nil, topics: [request]), slot)
        return slot
    }

    mutating func say(_ message: DeviceMessage, _ slot: ConnectionSlot) {
        shard.received(message, from: slot, now: now)
        run()
    }

    mutating func ack(_ sequence: Int64, _ slot: ConnectionSlot) { say(.ack(Self.topic, sequence: sequence), slot) }

    mutating func leave(_ slot: ConnectionSlot) {
        shard.disconnected(slot, now: now)
        run()
    }

    /// What the connection got since last asked, shortly: `welcome 7 reset(too-old)7`.
    mutating func got(_ slot: ConnectionSlot) -> String {
        let messages = inbox[slot] ?? []
        inbox[slot] = []
        return messages.map { message in
            switch message {
            case .welcome: "welcome"
            case .stage(_, _, let position): "\(position.sequence)"
            case .reset(_, _, let position, let reason): "reset(\(reason.rawValue))\(position?.sequence ?? 0)"
            case .unsubscribed: "unsubscribed"
            }
        }.joined(separator: " ")
    }

    /// Expects just this since last asked.
    mutating func expect(_ slot: ConnectionSlot, _ words: String, at location: SourceLocation = #_sourceLocation) {
        let found = got(slot)
        #expect(found == words, sourceLocation: location)
    }

    func ledger(_ sequence: Int64) -> DeliveryLedger? { delivery(sequence)?.ledger }

    func delivery(_ sequence: Int64) -> NodeDelivery? {
        shard.report(now: now).broadcasts.first { $0.sequence == sequence }
    }
}
