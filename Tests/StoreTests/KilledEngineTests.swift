import Engine
import Foundation
@testable import Store
import TestSupport
import Testing

/// Engines that die without closing (INV-9; RELIABILITY.md 7, rows 40 and 42).
@Suite(.serialized) struct KilledEngineTests {
    let scratch = Scratch()

    /// Everything the dead engine was told is committed is there, at most one batch more, and each batch whole.
    private func checkSurvivors(of told: Int64, sourceLocation: SourceLocation = #_sourceLocation) throws -> Int64 {
        let store = try Store(path: scratch.database)
        defer { try? store.close() }
        let state = try store.recover()
        #expect(state.lastEntry >= told && state.lastEntry <= told + 1, sourceLocation: sourceLocation)
        #expect(state.lastBroadcast.number == state.lastEntry, sourceLocation: sourceLocation)
        #expect(state.unfinished.map(\.id.number) == Array(1..<(state.lastEntry + 1)), sourceLocation: sourceLocation)
        if state.lastEntry > 0 {
            #expect(state.runs == JournalFixture.take(state.lastEntry).runs, sourceLocation: sourceLocation)
            #expect(
                state.unfinished.last == JournalFixture.broadcast(state.lastEntry, sequence: state.lastEntry),
                sourceLocation: sourceLocation)
        }
        return state.lastEntry
    }

    @Test func killedAtManyMomentsNothingAcknowledgedIsLostAndNothingIsHalf() throws {
        var survivors: Int64 = 0
        for round in 0..<12 {
            let writer = try WriterProcess(scratch.database)
            if round % 4 > 0 { writer.wait(for: "committed \(survivors + Int64(round % 4))") }
            // Somewhere inside the next commit, or in the opening of the file.
            usleep(UInt32(round * 1_700 % 9_000))
            let told = writer.die()
            survivors = try checkSurvivors(of: max(told, survivors))
        }
        #expect(survivors > 0)
    }

    private static let strace = "/usr/bin/strace"

    /// The n-th sync fails. The first few are those of opening, some of which SQLite may ignore (of a folder, of
    /// writing the log back: it does it again); every later one is a commit's. The engine is told so and accepts
    /// nothing more, even though later syncs would succeed; the file then holds the batch whole or not at all.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: strace), "strace is not installed"),
        arguments: [1, 2, 3, 5, 9, 30])
    func afterAFailedSyncNothingIsAcknowledged(_ nth: Int) throws {
        try Store(path: scratch.database).close()
        let writer = try WriterProcess(scratch.database, commits: 40, wrapper: [
            Self.strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
            "-e", "inject=fsync,fdatasync:error=EIO:when=\(nth)",
        ])
        let end = writer.wait(for: "waiting")
        // strace's death would leave the writer alive.
        if let holder = Store.holder(of: scratch.database) { kill(holder.process, SIGKILL) }
        let told = writer.die()
        let refused = writer.lines.filter { $0.hasPrefix("refused") }
        if end == nil {
            #expect(writer.lines.contains { $0.hasPrefix("not opened") }, "\(writer.lines)")
        } else if nth < 9, refused.isEmpty {
            #expect(told == 40)
        } else {
            #expect(refused.count == 1 && refused[0].contains("Nobody can tell"), "\(writer.lines)")
        }
        _ = try checkSurvivors(of: told)
    }
}
