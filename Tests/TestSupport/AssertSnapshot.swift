import Foundation
public import Testing

/// Compares a drawn frame with the one kept in `Tests/ControlRoomTests/Snapshots/<name>.txt`: its characters,
/// then one letter a cell for its styles.
///
/// With `RECORD_SNAPSHOTS=1` the file is written and the test fails all the same, so that a recording never
/// passes for a test.
public func assertSnapshot(
    text: String, styles: String, named name: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    let file = repositoryRoot.appending(path: "Tests/ControlRoomTests/Snapshots/\(name).txt")
    let drawn = text + "\n" + stylesHeading + "\n" + styles + "\n"
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
        do {
            try Data(drawn.utf8).write(to: file)
            Issue.record(
                "recorded \(name); look at it, then run without RECORD_SNAPSHOTS", sourceLocation: sourceLocation)
        } catch {
            Issue.record("could not write \(file.path): \(error)", sourceLocation: sourceLocation)
        }
        return
    }
    guard let data = try? Data(contentsOf: file) else {
        Issue.record("there is no snapshot \(name): record it with RECORD_SNAPSHOTS=1", sourceLocation: sourceLocation)
        return
    }
    let kept = String(decoding: data, as: UTF8.self)
    guard kept != drawn else { return }
    Issue.record("\(name) is drawn differently:\n\(difference(kept, drawn))", sourceLocation: sourceLocation)
}

private let stylesHeading = "--- styles ---"

/// The lines that differ, as they were kept (-) and as they are (+), and the frame as it is now.
private func difference(_ kept: String, _ drawn: String) -> String {
    let old = kept.split(separator: "\n", omittingEmptySubsequences: false)
    let new = drawn.split(separator: "\n", omittingEmptySubsequences: false)
    var lines: [String] = []
    for index in 0..<max(old.count, new.count) {
        let before = index < old.count ? old[index] : nil, after = index < new.count ? new[index] : nil
        guard before != after, lines.count < 40 else { continue }
        lines.append("line \(index + 1)")
        if let before { lines.append("- \(before)") }
        if let after { lines.append("+ \(after)") }
    }
    return lines.joined(separator: "\n")
}
