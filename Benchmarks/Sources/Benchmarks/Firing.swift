import Engine
import Foundation
import Store
import Synchronization
import TestSupport

/// How late AUTO stages are in the real `Engine` on the clocks of this machine: 200 of them, one every 50 ms, in eight
/// events. Fired: its step has decided and goes to the journal. Sent: committed, and handed to an edge node.
func measureFiring(_ report: inout Report) async throws {
    let onDisk = try await withStore { try await fire(into: $0) }
    report.add("firing, store on disk: fired − planned", onDisk.fired, unit: "ms", budget: 5)
    report.add("firing, store on disk: sent − planned", onDisk.sent, unit: "ms")
    let inMemory = try await fire(into: MemoryJournal())
    report.add("firing, journal in memory: fired − planned", inMemory.fired, unit: "ms", budget: 5)
    report.add("firing, journal in memory: sent − planned", inMemory.sent, unit: "ms")
}

private let eventCount = 8, stagesEach = 25, apart: Milliseconds = 50

private func fire(into journal: any Journal) async throws -> (fired: [Double], sent: [Double]) {
    let time = SystemTime(), bus = InProcessBus()
    let first = time.now().wall + 1500
    var planned: [String: WallTime] = [:]
    let events = (0..<eventCount).map { event in
        let stages = (0..<stagesEach).map { number in
            let at = first + Milliseconds(number * eventCount + event) * apart
            planned["event-\(event)/s\(number)"] = at
            return StageDefinition(key: StageKey("s\(number)"), kind: .live, mode: .auto, time: .at(at))
        }
        return LiveEvent(
            id: EventID("event-\(event)"), title: "Event \(event)", code: "EV\(event)", tier: .high, stages: stages)
    }
    let probe = Probe(bus: bus)
    let info = EngineInfo(process: getpid(), startedAt: time.now().wall, host: "bench", database: "scratch")
    let engine = Engine(
        configuration: EngineConfiguration(), info: info, journal: WatchedJournal(journal, probe), bus: bus, time: time
    ) { _, _ in }
    bus.attach(probe)
    bus.attachRouter { engine.receive($0, from: $1) }
    var reading = ScheduleReading()
    reading.events = events
    try await engine.start(reading: reading, files: ["bench.yaml"], fresh: false)
    bus.send(.heartbeat(probe.description, topics: events.map(\.topic)), from: probe.description.id)
    let length = Milliseconds(eventCount * stagesEach) * apart + 3000
    let end = first + length
    while time.now().wall < end {
        try await Task.sleep(for: .milliseconds(500))
        // An edge node that is silent is stale.
        bus.send(.heartbeat(probe.description, topics: events.map(\.topic)), from: probe.description.id)
    }
    await engine.stop(.engineStopped, by: .engine)
    func lateness(_ seen: [String: Double]) -> [Double] {
        precondition(seen.count == planned.count, "\(seen.count) of \(planned.count) stages were seen")
        return seen.map { $0.value - Double(planned[$0.key]!.milliseconds) }
    }
    return (lateness(probe.fired), lateness(probe.sent))
}

/// Milliseconds of wall time with their fraction; `WallTime` has whole ones.
private func wallNow() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) * 1000 + Double(now.tv_nsec) / 1e6
}

/// An edge node without devices that writes down when it hears of a stage.
private final class Probe: EdgeNode {
    let description = NodeDescription(id: "probe", kind: .real, region: "local", connectionsMax: 1)
    private let bus: any Bus
    private let times = Mutex<(fired: [String: Double], sent: [String: Double])>(([:], [:]))

    init(bus: any Bus) { self.bus = bus }

    var fired: [String: Double] { times.withLock { $0.fired } }
    var sent: [String: Double] { times.withLock { $0.sent } }

    func noteFired(_ record: BroadcastRecord, at moment: Double) {
        let name = "\(record.event)/\(record.publication.stage)"
        times.withLock { if $0.fired[name] == nil { $0.fired[name] = moment } }
    }

    func receive(_ message: RouterMessage) {
        guard case .publish(let publication) = message, let event = publication.topic.event else { return }
        let moment = wallNow(), name = "\(event)/\(publication.stage)"
        times.withLock { if $0.sent[name] == nil { $0.sent[name] = moment } }
        bus.send(.confirmed(publication.topic, publication.position), from: description.id)
    }
}

/// A journal that notes when a broadcast comes to it.
private struct WatchedJournal: Journal {
    let journal: any Journal
    let probe: Probe

    init(_ journal: any Journal, _ probe: Probe) {
        self.journal = journal
        self.probe = probe
    }

    func commit(_ batch: JournalBatch) throws {
        let moment = wallNow()
        for record in batch.broadcasts { probe.noteFired(record, at: moment) }
        try journal.commit(batch)
    }

    func recover() throws -> RecoveredState { try journal.recover() }
    func record(_ snapshot: EngineSnapshot) throws { try journal.record(snapshot) }
    func publications(of topic: Topic, after sequence: Int64, limit: Int) throws -> [Publication] {
        try journal.publications(of: topic, after: sequence, limit: limit)
    }
    func broadcasts(matching query: HistoryQuery) throws -> [BroadcastRecord] {
        try journal.broadcasts(matching: query)
    }
    func recording(_ query: RecordingQuery) throws -> RecordingAnswer { try journal.recording(query) }
    func entries(before: EntryNumber?, limit: Int) throws -> [JournalEntry] {
        try journal.entries(before: before, limit: limit)
    }
}
