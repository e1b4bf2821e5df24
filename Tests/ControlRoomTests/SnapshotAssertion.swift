@testable import ControlRoom
import Foundation
import TestSupport
import Testing

/// Compares what was drawn with the file that was looked at and approved. The file holds the characters,
/// then one letter for the style of each cell. `RECORD_SNAPSHOTS=1` writes it anew and fails, so that
/// nobody approves without looking.
func assertSnapshot(_ canvas: Canvas, named name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let drawn = canvas.text + "\n--- styles\n" + canvas.styles + "\n"
    let file = repositoryRoot.appending(path: "Tests/ControlRoomTests/Snapshots/\(name).txt")
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
        do {
            try drawn.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded \(name): look at it, then run without RECORD_SNAPSHOTS", sourceLocation: sourceLocation)
        } catch {
            Issue.record("cannot record \(name): \(error)", sourceLocation: sourceLocation)
        }
        return
    }
    guard let approved = try? String(contentsOf: file, encoding: .utf8) else {
        Issue.record("no snapshot \(name): run with RECORD_SNAPSHOTS=1, look at it, commit it", sourceLocation: sourceLocation)
        return
    }
    guard drawn != approved else { return }
    Issue.record("\(name) differs:\n\(difference(from: approved, to: drawn))", sourceLocation: sourceLocation)
}

/// The lines that differ, approved before drawn.
private func difference(from approved: String, to drawn: String) -> String {
    let before = approved.split(separator: "\n", omittingEmptySubsequences: false)
    let after = drawn.split(separator: "\n", omittingEmptySubsequences: false)
    return (0..<max(before.count, after.count)).compactMap { index -> String? in
        let old = index < before.count ? before[index] : "(none)", new = index < after.count ? after[index] : "(none)"
        return old == new ? nil : "line \(index + 1)\n- \(old)\n+ \(new)"
    }.joined(separator: "\n")
}
