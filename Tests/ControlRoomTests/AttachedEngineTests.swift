@testable import ControlRoom
import Engine
import Foundation
import Testing

@Suite struct AttachedEngineTests {
    private let folder: String
    private var path: String { folder + "/engine.sock" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("cr-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func snapshot(_ number: Int64) -> EngineSnapshot {
        EngineSnapshot(
            number: number, at: WallTime(milliseconds: 1000),
            engine: EngineInfo(process: 1, startedAt: WallTime(milliseconds: 0), host: "desk", database: "x"))
    }

    private func engine(
        _ box: SnapshotBox, _ handle: @escaping @Sendable (EngineCommand, Actor) async -> EngineReply
    ) -> OperatorSocket {
        OperatorSocket(path: path, snapshots: box, handle: handle, operatorArrived: { _ in }, operatorLeft: { _ in })
    }

    private func eventually(_ holds: () -> Bool) async throws {
        for _ in 0..<300 where !holds() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(holds())
    }

    private let ana = Operator(name: "ana", role: "SCO", terminal: "pts/3@desk")

    @Test func looksLikeTheEngineItself() async throws {
        let box = SnapshotBox()
        let socket = engine(box) { command, actor in command == .discard(1) ? .refused("\(actor)") : .done(5, "other") }
        try await socket.start()
        let link = AttachedEngine(path: path, person: ana)
        try await link.start()
        #expect(link.outage == nil)
        async let first = link.perform(.discard(1))
        async let second = link.perform(.discard(2))
        #expect(await first == .refused("ana"))
        #expect(await second == .done(5, "other"))
        box.put(snapshot(3))
        try await eventually { link.newestSnapshot()?.number == 3 }
        await link.stop()
        await socket.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test func comesBackAfterTheEngineDid() async throws {
        let box = SnapshotBox()
        box.put(snapshot(1))
        let socket = engine(box) { _, _ in
            try? await Task.sleep(for: .seconds(2))
            return .done(nil, "too late")
        }
        try await socket.start()
        let link = AttachedEngine(path: path, person: ana)
        try await link.start()
        try await eventually { link.newestSnapshot() != nil }
        async let lost = link.perform(.perform(.hold("fight-night")))
        try await Task.sleep(for: .milliseconds(50))
        await socket.stop()
        #expect(await lost == .refused(AttachedEngine.wentAway))
        #expect(link.outage != nil)
        #expect(link.newestSnapshot()?.number == 1)
        guard case .refused(let sentence) = await link.perform(.discard(1)) else { return #expect(Bool(false)) }
        #expect(sentence.hasPrefix("Nothing was sent"))
        let next = engine(box) { _, _ in .done(nil, "back") }
        try await next.start()
        try await eventually { link.outage == nil }
        #expect(await link.perform(.discard(1)) == .done(nil, "back"))
        await link.stop()
        await next.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test func firstAttachFailsInWords() async throws {
        let nobody = AttachedEngine(path: path, person: ana)
        let missing = await #expect(throws: AttachError.self) { try await nobody.start() }
        #expect(missing?.sentence.contains("No engine runs behind \(path)") == true)
        await nobody.stop()
        let socket = engine(SnapshotBox()) { _, _ in .refused("") }
        try await socket.start()
        let spoof = AttachedEngine(path: path, person: Operator(name: "engine", role: "", terminal: "t"))
        let refused = await #expect(throws: AttachError.self) { try await spoof.start() }
        #expect(refused?.sentence.contains("choose another name") == true)
        await spoof.stop()
        await socket.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
