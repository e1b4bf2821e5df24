import Foundation
import Store

/// A store in a folder of its own, which is gone afterwards.
func withStore<Answer>(_ body: (Store) async throws -> Answer) async throws -> Answer {
    let folder = FileManager.default.temporaryDirectory.appending(path: "control-room-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try Store(path: folder.appending(path: "room.db").path)
    let answer = try await body(store)
    try store.close()
    return answer
}
