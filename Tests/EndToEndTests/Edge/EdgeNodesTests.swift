@testable import ControlRoom
@testable import Engine
import Foundation
import TestSupport
import Testing

/// Several edge nodes on real sockets, a real engine, and nothing between them but a bad bus.
@Suite(.serialized) struct EdgeNodesTests {
    @Test(.timeLimit(.minutes(1)))
    func aNodeIsDrainedInMidShowOverABadBusAndNobodyMissesAStage() async throws {
        let bus = BadBus(), time = SystemTime()
        let engine = Engine(
            configuration: EngineConfiguration(),
            info: EngineInfo(process: 1, startedAt: time.now().wall, host: "test", database: "memory"),
            journal: MemoryJournal(), bus: bus, time: time) { _, _ in }
        bus.attachRouter { engine.receive($0, from: $1) }
        var edges: [EdgeServer] = []
        for id: NodeID in ["edge-1", "edge-2"] {
            let edge = EdgeServer(
                description: NodeDescription(id: id, kind: .real, region: "local", connectionsMax: 500),
                host: "127.0.0.1", port: 0,
                configuration: EngineConfiguration(), time: time, bus: bus)
            bus.attach(edge)
            try await edge.start()
            edges.append(edge)
        }
        var reading = ScheduleReading()
        reading.events = [show(from: time.now().wall + 500)]
        try await engine.start(reading: reading, files: ["test.yaml"], fresh: false)

        let endpoints = edges.map { Endpoint(host: "127.0.0.1", port: $0.boundAddress?.port ?? 0) }
        async let fleet = run(fleetAt: endpoints)
        try await Task.sleep(for: .seconds(2.5))
        let person = Actor.person(Operator(name: "kris", role: "SCO", terminal: "pts/1"))
        guard case .plan(let plan) = await engine.handle(.prepare(.drain("edge-1", over: 1000)), from: person) else {
            Issue.record("the drain was refused")
            return
        }
        guard case .done = await engine.handle(.apply(plan.id, .key), from: person) else { return #expect(Bool(false)) }
        let figures = try await fleet

        #expect(figures.brokenPromises == [] && figures.behind == 0)
        #expect(figures.connected == 100 && figures.broadcasts.count >= 10)
        #expect(figures.ended == [.init(code: 4503, count: 50)], "half of them were on the node that was drained")
        // The node says it is empty in its next heartbeat, which the bus may lose.
        let drained = { engine.snapshots.snapshot?.nodes.first { $0.id == "edge-1" } }
        for _ in 0..<100 where drained()?.state != .cordoned { try await Task.sleep(for: .milliseconds(50)) }
        #expect(drained()?.state == .cordoned && drained()?.connections == 0)
        #expect(bus.broken == [] && bus.lostCount > 5 && bus.doubledCount > 5)
        for edge in edges { try await edge.drainAndStop(within: .zero) }
        await engine.stop(.engineStopped, by: .engine)
    }

    /// On a thread of its own: a fleet waits for its sockets, which no task may.
    private func run(fleetAt endpoints: [Endpoint]) async throws -> FleetFigures {
        var options = FleetOptions(
            count: 100, name: "tv", topics: ["event/show"], edges: endpoints.map(\.defaultValueDescription),
            rampPerSecond: 1000)
        options.ackDelay = .milliseconds(5)
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { [options] in
                continuation.resume(with: Result {
                    var loop = try FleetLoop(options, try endpoints.map(SocketAddress.init), .init(after: .seconds(7)))
                    return loop.run { _ in }
                })
            }
        }
    }

    /// A stage every 400 ms.
    private func show(from start: WallTime) -> LiveEvent {
        let stages = (0..<15).map { number in
            StageDefinition(
                key: StageKey("s-\(number)"), kind: .live, mode: .auto, time: .at(start + Int64(number) * 400))
        }
        return LiveEvent(id: "show", title: "Show", code: "SHOW", tier: .low, stages: stages)
    }
}
