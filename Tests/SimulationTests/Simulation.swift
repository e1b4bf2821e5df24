@testable import Engine
import OrderedCollections
import TestSupport

/// The whole system in one process, on one thread and a virtual clock: the real control plane, real edge shards, a
/// journal in memory, devices that speak typed messages, and a bus that misbehaves. One seed draws everything.
///
/// Forty seconds of faults, then a calm phase in which everything must converge; `Checker` watches all along.
///
/// This file is the clock and the agenda. `+Engine` drives the control plane as `Engine.swift` does, `+Edge` drives the
/// shards as `EdgeLoop` does, `+Devices` the far ends, `+Faults` what goes wrong.
final class Simulation {
    enum Task {
        case engineTimer(number: Int)
        case engineStart
        case history(Topic, after: Int64, node: NodeID, life: Int)
        case toNode(RouterMessage, Int)
        case toRouter(NodeMessage, NodeID)
        case nodeTimer(Int, number: Int)
        case nodeStart(Int)
        case connect(Int)
        case fromDevice(DeviceMessage, device: Int, link: SimulatedDevice.Link)
        case toDevice(OutboundFrame, device: Int, link: Int)
        case heard(SimulatedDevice.Link)
        case closed(CloseReason, device: Int, link: Int)
        case hangUp(node: Int, incarnation: Int, ConnectionSlot)
        case fault(Fault)
        case calm
        case openNodes
        case settled
    }

    static let chaos: Int64 = 40_000_000_000
    static let millisecond: Int64 = 1_000_000

    let seed: UInt64
    let bug: PlantedBug?
    let mix: FaultMix
    let configuration: EngineConfiguration
    let events: [LiveEvent]
    var random: SeededGenerator
    var agenda = Agenda<Task>()
    var trace = Trace()
    var checker = Checker()

    /// Nanoseconds of the monotonic clock, and how far the wall clock has been stepped, ms.
    var nanoseconds: Int64 = 0
    var wallStep: Milliseconds = 0
    var isCalm = false
    var isSettled = false

    var host: EngineHost
    var nodes: [SimulatedNode] = []
    var devices: [SimulatedDevice] = []
    var lastLink = 0

    init(seed: UInt64, bug: PlantedBug? = nil) {
        self.seed = seed
        self.bug = bug
        random = SeededGenerator(seed: seed)
        mix = FaultMix(&random)
        configuration = Self.configuration(&random)
        events = (0..<2).map { [random] index in
            var random = SeededGenerator(seed: random.peek &+ UInt64(index))
            return Self.event(index, &random)
        }
        host = EngineHost(journal: MemoryJournal())
        let nodeCount = Int.random(in: 2...3, using: &random)
        nodes = (0..<nodeCount).map { SimulatedNode(id: NodeID("edge-\($0 + 1)")) }
        devices = (0..<Int.random(in: 30...40, using: &random)).map { number in
            let both = Int.random(in: 0..<3, using: &random) == 0
            let topics = both ? events.map(\.topic) : [events[number % 2].topic]
            return SimulatedDevice(id: "tv-\(number)", topics: topics)
        }
    }

    var now: Moment {
        Moment(instant: EngineInstant(nanoseconds: nanoseconds), wall: evening + nanoseconds / 1_000_000 + wallStep)
    }

    /// Runs to the end or to the first broken promise, which it returns.
    func run() -> String? {
        begin()
        var taskCount = 0
        while checker.violation == nil, !isSettled, let (at, task) = agenda.next() {
            nanoseconds = max(nanoseconds, at)
            taskCount += 1
            if taskCount > 400_000 { checker.fail("INV-27", "the world does not come to rest") }
            perform(task)
        }
        return checker.violation
    }

    private func begin() {
        later(0, .engineStart)
        for node in nodes.indices { later(draw(0...50), .nodeStart(node)) }
        for device in devices.indices { later(draw(10...3000), .connect(device)) }
        beginFaults()
        agenda.add(.calm, at: Self.chaos)
    }

    private func perform(_ task: Task) {
        switch task {
        case .engineTimer(let number): engineTimer(number)
        case .engineStart: startEngine()
        case .history(let topic, let after, let node, let life): answerHistory(topic, after, node, life)
        case .toNode(let message, let node): arrived(message, at: node)
        case .toRouter(let message, let node): arrived(message, from: node)
        case .nodeTimer(let node, let number): nodeTimer(node, number)
        case .nodeStart(let node): startNode(node)
        case .connect(let device): connect(device)
        case .fromDevice(let message, let device, let link): arrived(message, from: device, link)
        case .toDevice(let frame, let device, let link): arrived(frame, at: device, link)
        case .heard(let link): heard(link)
        case .closed(let reason, let device, let link): closed(reason, device, link)
        case .hangUp(let node, let incarnation, let slot): hangUp(node, incarnation, slot)
        case .fault(let fault): strike(fault)
        case .calm: beginCalm()
        case .openNodes: openNodes()
        case .settled: settle()
        }
    }

    // MARK: Time and chance

    /// After so many microseconds.
    func later(_ microseconds: Int64, _ task: Task) { agenda.add(task, at: nanoseconds + microseconds * 1000) }

    /// A time in milliseconds, drawn to the microsecond.
    func draw(_ milliseconds: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: milliseconds.lowerBound * 1000...milliseconds.upperBound * 1000, using: &random)
    }

    func happens(_ share: Double) -> Bool { share > 0 && Double.random(in: 0..<1, using: &random) < share }

    func note(_ what: Trace.What, _ first: Int = 0, _ second: Int64 = 0, _ third: Int64 = 0) {
        trace.note(what, at: nanoseconds, Int64(first), second, third)
    }

    // MARK: The end

    private func beginCalm() {
        isCalm = true
        note(.calm)
        for node in nodes.indices { nodes[node].linkDownUntil = (0, 0) }
        for device in devices.indices { devices[device].stalledUntil = 0 }
        host.journal.failNextCommits(0, with: .diskFull(path: ""))
        // Doubt ends with a restart, as it does for an operator.
        if host.isInDoubt { dieAndRestart(after: 100) }
        later(200_000, .openNodes)
        later(25_000_000, .settled)
    }

    /// Nothing has gone wrong for long enough: everybody has what is newest.
    private func settle() {
        if nanoseconds - checker.lastBroadcastAt < 20_000 * Self.millisecond,
            nanoseconds < Self.chaos + 150_000 * Self.millisecond
        {
            return later(1_000_000, .settled)
        }
        if promoteWhatWaits() { return later(10_000_000, .settled) }
        isSettled = true
        guard let plane = host.plane else { return checker.fail("INV-27", "no engine runs") }
        for device in devices {
            guard device.link != nil else { checker.fail("INV-1", "\(device.id) is not connected"); continue }
            for topic in device.topics {
                guard let newest = checker.newest(of: topic) else { continue }
                let held = device.held[topic]
                checker.require((held?.position.sequence ?? 0) >= newest.position.sequence, "INV-1",
                    "\(device.id) has \(held.map { "\($0)" } ?? "nothing") of \(topic), which is at \(newest.position) '\(newest.stage)'"
                )
            }
        }
        for node in nodes {
            for sentence in node.shard?.checkInvariants() ?? [] { checker.fail("shard", "\(node.id): \(sentence)") }
        }
        checker.settled(
            Checker.RunsAtEnd(runs: Array(plane.runs.values), isPromiseBroken: plane.isPromiseBroken),
            scheduleTime: scheduleTime)
        for event in events {
            let kept = (try? host.journal.publications(of: event.topic, after: 0, limit: 1000)) ?? []
            checker.require(
                kept.map(\.position) == (checker.committed[event.topic] ?? []).map(\.position), "INV-7",
                "the journal of \(event.id) is not what was written")
        }
    }

    // MARK: What is played

    private static func configuration(_ random: inout SeededGenerator) -> EngineConfiguration {
        var configuration = EngineConfiguration()
        configuration.ackWithin = .seconds(2)
        configuration.pingEvery = .seconds(3)
        configuration.helloWithin = .seconds(2)
        configuration.pendingSoftFor = .seconds(2)
        configuration.broadcastDeadline = .seconds(15)
        configuration.busDelayMax = .seconds(4)
        configuration.armedFor = .milliseconds(300)
        configuration.pendingBytesSoft = Int.random(in: 250...2000, using: &random)
        configuration.pendingBytesMax = 4000
        configuration.catchUpMax = [2, 4, 64].randomElement(using: &random)!
        configuration.knownDevicesMax = [5, 200].randomElement(using: &random)!
        return configuration
    }

    private static func event(_ number: Int, _ random: inout SeededGenerator) -> LiveEvent {
        var at = evening + Int64.random(in: 500...4000, using: &random)
        var stages: [StageDefinition] = []
        for index in 0..<Int.random(in: 6...14, using: &random) {
            let isManual = index > 0 && Int.random(in: 0..<6, using: &random) == 0
            let isRelative = index > 0 && Int.random(in: 0..<4, using: &random) == 0
            let gap = Int64.random(in: 300...6000, using: &random)
            at = at + gap
            let time: StageTime = isRelative ? .after(stages[index - 1].key, gap) : .at(at)
            let isWaved = Int.random(in: 0..<3, using: &random) == 0
            stages.append(StageDefinition(
                    key: StageKey("stage-\(index)"), kind: .live, mode: isManual ? .manual : .auto,
                    time: isManual ? .onCue : time,
                gates: Int.random(in: 0..<10, using: &random) == 0 ? [.vote("ingest")] : [],
                    waves: isWaved
                        ? WavePlan(
                            count: Int.random(in: 2...6, using: &random),
                            interval: Int64.random(in: 100...800, using: &random)) : .single))
        }
        return LiveEvent(
            id: EventID("show-\(number)"), title: "Show \(number)", code: "SH\(number)",
            tier: number == 0 ? .high : .low, stages: stages)
    }
}

extension SeededGenerator {
    /// The next number, without taking it.
    var peek: UInt64 {
        var copy = self
        return copy.next()
    }
}
