@testable import Engine
import Foundation
import GRDB
@testable import Store
import Synchronization
import TestSupport

/// What a recording costs, and how fast a moment of a year is found again.
func measureHistory(_ report: inout Report) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "control-room-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "year.db").path
    var limits = StoreLimits()
    limits.frameBytesMax = 4 << 30
    limits.framesFor = 1000 * 86_400_000
    let store = try Store(path: path, limits: limits)
    try recordAnEvening(store, &report)
    let showings = try fillAYear(store)
    let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    report.add("history: database of a year, \(showings) showings", Double(bytes) / 1e9, unit: "GB")
    try seek(path, &report)
    try store.close()
}

/// 512 edge nodes on a virtual clock: four minutes with nothing on, then two broadcasts of two minutes. Six hours with
/// eight broadcasts are worked out from the two.
private func recordAnEvening(_ store: Store, _ report: inout Report) throws {
    var evening = Evening()
    func record(_ seconds: Int) throws -> (bytes: Double, took: [Double]) {
        let before = store.frameBytes.withLock { $0 }
        var took: [Double] = []
        for _ in 0..<seconds {
            let snapshot = evening.nextSecond()
            var failure: (any Error)?
            took.append(measure { do { try store.record(snapshot) } catch { failure = error } }.nanoseconds / 1e6)
            if let failure { throw failure }
        }
        return (Double(store.frameBytes.withLock { $0 } - before) / Double(seconds), took)
    }
    evening.broadcast()
    _ = try record(120)
    let calm = try record(240)
    var busy: [(bytes: Double, took: [Double])] = []
    for _ in 0..<2 {
        evening.broadcast()
        busy.append(try record(120))
    }
    let perBusyFrame = busy.map(\.bytes).reduce(0, +) / Double(busy.count), busySeconds = 8.0 * 120
    report.add("history: a frame, 512 nodes, nothing on", calm.bytes, unit: "bytes")
    report.add("history: a frame, 512 nodes, a broadcast", perBusyFrame, unit: "bytes")
    report.add(
        "history: six hours with eight broadcasts",
        (calm.bytes * (21_600 - busySeconds) + perBusyFrame * busySeconds) / 1e6, unit: "MB", budget: 50)
    report.add("history: recording a frame, beside the engine", calm.took + busy.flatMap(\.took), unit: "ms")
}

/// The room of a big night, moved on by hand.
private struct Evening {
    var plane: ControlPlane
    var nodes: [ModelledNode] = []
    var now = Moment(instant: .start, wall: JournalFixture.start)
    let topic: Topic = "event/fight-night"
    private let stages: [StageKey] = ["countdown", "live", "intermission", "live-2", "ending"]
    private var sent = 0

    init() {
        let event = LiveEvent(
            id: "fight-night", title: "Fight Night", code: "FN12", tier: .high, zone: "UTC",
            stages: ["countdown", "live", "intermission", "live-2", "ending"].map {
                StageDefinition(key: StageKey($0), kind: .live, mode: .manual, time: .onCue)
            },
            audience: AudienceProfile(devices: 10_000_000))
        let info = EngineInfo(process: 1, startedAt: now.wall, host: "bench", database: "year.db")
        plane = ControlPlane(configuration: EngineConfiguration(), info: info, now: now)
        var reading = ScheduleReading()
        reading.events = [event]
        _ = plane.start(from: RecoveredState(), reading: reading, files: ["x"], fresh: false, now: now)
        var layout = AudienceLayout(seed: 12)
        for share in layout.place(topic, devices: 512 * AudienceLayout.devicesPerNodeMax).prefix(512) {
            let (description, pace) = layout.nodes[share.node]
            var node = ModelledNode(description: description, seed: 12, pace: pace)
            let devices = share.devices.lowerBound..<share.devices.lowerBound + 20_000
            Self.deliver(
                node.follow(topic, profile: event.audience, devices: devices, now: now), plane: &plane, node: &node,
                now: now)
            nodes.append(node)
        }
    }

    /// The node's words to the plane, and the plane's answers to the node, until neither has more to say.
    private static func deliver(
        _ messages: [NodeMessage], plane: inout ControlPlane, node: inout ModelledNode, now: Moment
    ) {
        var waiting = messages
        while !waiting.isEmpty {
            let message = waiting.removeFirst()
            for case .send(let answer, _) in plane.receive(message, from: node.description.id, now: now) {
                waiting += node.receive(answer, now: now)
            }
        }
    }

    /// Sends the next stage.
    mutating func broadcast() {
        let intent = Intent.trigger("fight-night", stages[sent % stages.count])
        sent += 1
        var transaction = Transaction(now: now, time: now.wall)
        let reply = plane.execute(intent, actor: Desk.kris, why: "bench", in: &transaction)
        guard case .done = reply else { preconditionFailure("\(reply)") }
        let outgoing = transaction.actions
        for index in nodes.indices {
            for case .send(let message, let node) in outgoing where node == nodes[index].description.id {
                let words = nodes[index].receive(message, now: now)
                Self.deliver(words, plane: &plane, node: &nodes[index], now: now)
            }
        }
    }

    mutating func nextSecond() -> EngineSnapshot {
        for _ in 0..<5 {
            now = Moment(instant: now.instant + .milliseconds(200), wall: now.wall + 200)
            for index in nodes.indices {
                let words = nodes[index].tick(now: now)
                Self.deliver(words, plane: &plane, node: &nodes[index], now: now)
            }
            _ = plane.apply(.tick, now: now)
        }
        return plane.snapshot(now: now)
    }
}

/// Ten showings a day for a year, and the pictures of the evening over and over until the file has a gigabyte.
/// - Returns: how many showings.
private func fillAYear(_ store: Store) throws -> Int {
    let showings = 3650, perShowing: Int64 = 8, between: Milliseconds = 8_640_000
    var number: Int64 = 0, entry: Int64 = 0
    for showing in 0..<Int64(showings) {
        var batch = JournalBatch(runs: [JournalFixture.run()])
        let start = JournalFixture.start + showing * between
        entry += 1
        var scheduled = JournalFixture.entry(entry, .eventScheduled)
        scheduled.at = start
        batch.entries.append(scheduled)
        for place in 0..<perShowing {
            number += 1
            entry += 1
            var record = JournalFixture.broadcast(number, sequence: number)
            record.publication.position = BroadcastPosition(sequence: number, timestamp: start + 1000 + place * 600_000)
            batch.broadcasts.append(record)
            var taken = JournalFixture.entry(entry, .stageTaken)
            taken.at = record.publication.position.timestamp
            batch.entries.append(taken)
        }
        try store.commit(batch)
    }
    let frames = try store.pool.read { try Int64.fetchOne($0, sql: "SELECT MAX(number) FROM frame") ?? 0 }
    let bytes = try store.pool.read { try Int64.fetchOne($0, sql: "SELECT SUM(bytes) FROM frame") ?? 1 }
    for copy in 1...max(1, 1_000_000_000 / bytes) {
        try store.pool.write { db in
            try db.execute(sql: """
                INSERT INTO frame SELECT number + ?, at + ?, form, bytes, mode, ackRate, unacked, warnCount, criticalCount
                  FROM frame WHERE number <= ?
                """, arguments: [copy * frames, copy * between, frames])
            try db.execute(
                sql: "INSERT INTO frameData SELECT frame + ?, data FROM frameData WHERE frame <= ?",
                arguments: [copy * frames, frames])
        }
    }
    return showings
}

/// Opening the file to the first list, and moments anywhere in it.
private func seek(_ path: String, _ report: inout Report) throws {
    var random = SeededGenerator(seed: 20)
    var opened: [Double] = [], timelines: [Double] = [], seeks: [Double] = []
    for _ in 0..<20 {
        var file: RecordedFile?, list: [Showing] = []
        opened.append(measure {
            file = try? RecordedFile(path: path)
            if case .showings(let found)? = try? file?.recording(.showings(before: nil, limit: 500)) { list = found }
        }.nanoseconds / 1e6)
        guard let file, let last = list.last else { preconditionFailure("nothing was found") }
        var oldest = last
        // The recordings stand at the beginning of the year.
        while !oldest.hasFrames,
            case .showings(let found) = try file.recording(.showings(before: oldest.last, limit: 500)),
            let last = found.last
        {
            oldest = found.first { $0.hasFrames } ?? last
        }
        var timeline: Timeline?
        timelines.append(
            measure { if case .timeline(let found)? = try? file.recording(.timeline(oldest)) { timeline = found } }
                .nanoseconds / 1e6)
        guard let pieces = timeline?.pieces, let piece = pieces.first else { preconditionFailure("no pictures") }
        for _ in 0..<10 {
            let moment = piece.from + Milliseconds.random(in: 0...piece.until.since(piece.from), using: &random)
            var frame: EngineSnapshot?
            seeks.append(
                measure {
                    if case .frame(let found)? = try? file.recording(.frame(piece, at: moment)) { frame = found }
                }.nanoseconds / 1e6)
            precondition(frame != nil, "no frame at \(moment)")
        }
    }
    report.add("history: open 1 GB and list 500 showings", opened, unit: "ms", budget: 300)
    report.add("history: lay out a showing", timelines, unit: "ms")
    report.add("history: seek to any picture, 512 nodes", seeks, unit: "ms", budget: 200)
}
