@testable import Engine
import HTTPTypes
import Foundation
import Synchronization

/// A room with one fight night between countdown and live, and an engine that plays a script.
enum RoomFixture {
    static let now = WallTime(milliseconds: 1_789_246_800_000)

    static func snapshot(number: Int64 = 7, title: String = "Fight Night 12", at: WallTime = now) -> EngineSnapshot {
        func stage(
            _ key: StageKey, _ kind: StageKind, _ outcome: StageProgress.Outcome, _ planned: WallTime?, _ badge: String
        ) -> StageSnapshot {
            StageSnapshot(
                key: key, kind: kind, mode: .auto, outcome: outcome, planned: planned,
                timing: planned?.clock() ?? "on cue",
                waves: .single,
                experience: StageExperience(
                    badge: badge, row: "Live now", position: 1, artwork: "art/\(key).jpg", autoplay: kind == .live))
        }
        let event = EventSnapshot(
            id: "fight-night", code: "FN12", title: title, tier: .high, zone: "UTC", edition: 1, planVersion: 1,
            revision: 4,
            current: "countdown", next: "live", nextAt: at + 30_000, countdown: 30_000, hold: nil,
            stages: [
                stage("countdown", .countdown, .taken(at - 60_000, BroadcastID(1)), at - 60_000, "SOON"),
                stage("live", .live, .upcoming, at + 30_000, "LIVE"),
                stage("ending", .ending, .upcoming, nil, ""),
            ],
            gates: [GateSnapshot(name: "ingest", isGo: true, detail: "ana", at: at)], attention: Attention(),
            lastBroadcast: BroadcastID(1), undo: nil, real: DeviceCounts(connected: 3, known: 4),
            modelled: DeviceCounts())
        var figures = BroadcastFigures()
        figures.real.known = 4
        figures.real.connected = 3
        figures.real.offline = 1
        figures.real.owed = 1
        figures.real.acked = 3
        figures.t50 = 120
        let publication = Publication(
            broadcast: BroadcastID(1), topic: Topic(event: "fight-night"), stage: "countdown",
            position: BroadcastPosition(sequence: 2, timestamp: at - 60_000))
        let broadcast = BroadcastSnapshot(
            record: BroadcastRecord(
                publication: publication, event: "fight-night", eventTitle: title, tier: .high, actor: .engine,
                figures: figures),
            elapsed: 60_000, budget: 60_000, wavesSent: 1, ackRate: 0, ackRatePeak: 3, curve: [0, 3], curveStep: 100,
            lagBuckets: [3], lag50: 20, lag95: 30, lag99: 30, lagMax: 31, forecast999: nil, isBalanced: true)
        let node = NodeSnapshot(
            description: NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: 18_000),
            state: .up, connections: 3, offline: 1, queuedBytes: 0, topicCount: 1, silence: 200)
        return EngineSnapshot(
            number: number, at: at,
            engine: EngineInfo(
                process: 4711, startedAt: at - 3_600_000, host: "desk", database: "/tmp/x.db",
                edgeAddress: "127.0.0.1:8081"),
            events: [event], broadcasts: [broadcast], nodes: [node],
            journal: [JournalEntry(number: 41, at: at, kind: .stageTaken, actor: .engine)])
    }

    static func box(_ snapshot: EngineSnapshot? = snapshot()) -> SnapshotBox {
        let box = SnapshotBox()
        if let snapshot { box.put(snapshot) }
        return box
    }

    static func plan(_ intent: Intent, _ level: GuardLevel, needsWhy: Bool = false) -> CommandPlan {
        CommandPlan(
            id: 3, intent: intent, event: "fight-night", title: "TAKE countdown -> live", level: level, revision: 4,
            code: level >= .g3 ? "FN12" : nil, needsWhy: needsWhy, by: .signal("truck"))
    }
}

/// Answers commands as told and keeps what it was asked.
final class ScriptedEngine: Sendable {
    private let asked = Mutex<[EngineCommand]>([])
    private let actors = Mutex<[Actor]>([])
    private let script: @Sendable (EngineCommand) -> EngineReply

    init(_ script: @escaping @Sendable (EngineCommand) -> EngineReply) { self.script = script }

    var commands: [EngineCommand] { asked.withLock { $0 } }
    var askers: [Actor] { actors.withLock { $0 } }

    func handle(_ command: EngineCommand, _ actor: Actor) async -> EngineReply {
        asked.withLock { $0.append(command) }
        actors.withLock { $0.append(actor) }
        return script(command)
    }
}

/// A folder of one test's own, gone with it.
final class ScratchFolder {
    let path: String
    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("cr-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}

extension HTTPQuestion {
    /// With the headers that a signal has.
    init(
        _ method: String, _ path: String, host: String? = nil, authorization: String? = nil, contentType: String? = nil,
        accept: String? = nil, query: String? = nil, body: [UInt8]? = []
    ) {
        var headers = HTTPFields()
        headers[.authorization] = authorization
        headers[.contentType] = contentType
        headers[.accept] = accept
        self.init(method, path, query: query, host: host, headers: headers, body: body)
    }
}
