import Engine
import Foundation
import Store
import TestSupport
import Testing

@testable import ControlRoom

/// What the room showed when a frame was recorded is what it shows when the frame is read back: every screen, every
/// character and style, through the database.
@Suite struct RecordedScreensTests {
    @Test func everyScreenIsTheSameAfterTheDatabase() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/screens-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store(path: folder + "/room.db")
        let nights: [EngineSnapshot] = [
            .calm, .alarming, .calm, .overflowing, .bigBet, .empty, .armed, .offered(problems: ["x"]), .alarming,
        ]
        var shown: [[String]] = []
        for (index, night) in nights.enumerated() {
            var snapshot = night
            snapshot.number = Int64(index + 1)
            snapshot.at = Tonight.at(20, 0, Int64(index))
            shown.append(Self.screens(snapshot))
            try store.record(snapshot)
        }
        for index in nights.indices {
            let frame = try #require(try store.frame(at: Tonight.at(20, 0, Int64(index))))
            #expect(Self.screens(frame) == shown[index], "picture \(index)")
        }
    }

    /// Characters and styles of every screen, as a replay draws them.
    private static func screens(_ snapshot: EngineSnapshot) -> [String] {
        var snapshot = snapshot
        snapshot.mode = .replay
        return [80, 120].flatMap { width in
            Screen.allCases.map { screen in
                let canvas = draw(screen, snapshot, width: width)
                return canvas.text + canvas.styles
            }
        }
    }
}
