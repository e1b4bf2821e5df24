import Engine
import GRDB

/// Which frames and entries belong to a showing: a minute more than from its first broadcast to the end of its last.
///
/// By their numbers, since the clock may step back while a show is on: then what was recorded later carries earlier
/// times, and the end is looked for where the clock of then put it.
struct ShowingExtent {
    var frames: ClosedRange<Int64>?
    var entries: ClosedRange<Int64>?

    /// How far before and after, ms.
    static let margin: Milliseconds = 60_000

    init(of showing: Showing, _ db: Database) throws {
        let from = showing.from - Self.margin, until = showing.until + Self.margin
        let ended = try Int64.fetchOne(
            db, sql: "SELECT at FROM journalEntry WHERE broadcast = ? ORDER BY number DESC LIMIT 1",
            arguments: [showing.last.number])
        let end = ended.map { WallTime(milliseconds: $0) } ?? showing.until
        // What lies within the margin is found anyway.
        let isSteppedBack = end < from
        func range(_ table: String) throws -> ClosedRange<Int64>? {
            guard let first = try Int64.fetchOne(
                    db, sql: "SELECT MIN(number) FROM \(table) WHERE at BETWEEN ? AND ?",
                    arguments: [from.milliseconds, until.milliseconds])
            else { return nil }
            let (earliest, latest) = isSteppedBack ? (end - Self.margin, end + Self.margin) : (from, until)
            let last = try Int64.fetchOne(
                db, sql: "SELECT MAX(number) FROM \(table) WHERE number >= ? AND at BETWEEN ? AND ?",
                arguments: [first, earliest.milliseconds, latest.milliseconds])
            return first...max(first, last ?? first)
        }
        frames = try range("frame")
        entries = try range("journalEntry")
    }
}
