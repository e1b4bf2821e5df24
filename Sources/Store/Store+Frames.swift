public import Engine
import Foundation
import GRDB
import Synchronization

/// Pictures of the room for replay, within `StoreLimits.frameBytesMax` and `framesFor`.
///
/// Every `StoreLimits.framesPerKey`th stands by itself, the others as differences from the one before; so does the
/// first of an engine, and the first after a failure.
extension Store {
    /// The newest frame written, which the next one is told from.
    struct FrameTail: Sendable {
        var number: Int64
        var text: FrameText
        /// Frames since the key frame, with it.
        var count: Int
    }

    /// Adds a frame, and removes the oldest ones that have grown too old or too many, a key frame's worth at a time.
    public func record(_ snapshot: EngineSnapshot) throws(JournalError) {
        // Whoever records beside us finds no tail and writes a key frame: no order of the two can break the chain.
        let tail = frameTail.withLock { tail in
            defer { tail = nil }
            return tail
        }
        let frame: (blob: [UInt8], form: FrameCodec.Form, text: FrameText)
        do { frame = try encode(snapshot, after: tail) } catch {
            throw StoreFailure.journalError(error, path: path, isWriting: true)
        }
        let total = frameBytes.withLock { $0 } + frame.blob.count
        let (number, freed) = try writing { db in
            let number = try insert(snapshot, blob: frame.blob, form: frame.form, after: tail?.number, db)
            return (number, try pruneFrames(total: total, newest: number, at: snapshot.at, db))
        }
        // Not `total - freed`: two recordings may have overlapped.
        frameBytes.withLock { $0 += frame.blob.count - freed }
        frameTail.withLock { $0 = FrameTail(number: number, text: frame.text, count: frame.form == .key ? 1 : (tail?.count ?? 0) + 1) }
    }

    private func encode(_ snapshot: EngineSnapshot, after tail: FrameTail?) throws -> (blob: [UInt8], form: FrameCodec.Form, text: FrameText) {
        let json = try FrameCodec.json(of: snapshot), text = FrameText(json: json)
        if let tail, tail.count < StoreLimits.framesPerKey {
            let blob = try FrameCodec.delta(from: tail.text, to: text, checksum: Deflate.checksum(json))
            return (blob, .delta, text)
        }
        return (try FrameCodec.key(json), .key, text)
    }

    private func insert(_ snapshot: EngineSnapshot, blob: [UInt8], form: FrameCodec.Form, after: Int64?, _ db: Database) throws -> Int64 {
        // A delta only ever follows the frame it was told from.
        let newest = try Int64.fetchOne(db.cachedStatement(sql: "SELECT MAX(number) FROM frame")) ?? 0
        guard form != .delta || newest == after else {
            throw JournalError.conflict(path: path, detail: "another program has written frames")
        }
        let number = newest + 1, sample = TimelineSample(snapshot, frame: number)
        try db.cachedStatement(sql: """
            INSERT INTO frame (number, at, form, bytes, mode, ackRate, unacked, warnCount, criticalCount)
            VALUES (\(Columns.marks(9)))
            """).execute(arguments: [
                number, snapshot.at.milliseconds, form.rawValue, blob.count, snapshot.mode.rawValue, sample.ackRate,
                sample.unacked, sample.warnCount, sample.criticalCount,
            ])
        try db.cachedStatement(sql: "INSERT INTO frameData (frame, data) VALUES (?, ?)").execute(arguments: [number, Data(blob)])
        try insertSamples(of: snapshot, frame: number, db)
        return number
    }

    /// One row for each event that a frame has anything to say of: calm events take no room.
    private func insertSamples(of snapshot: EngineSnapshot, frame: Int64, _ db: Database) throws {
        let sending = snapshot.broadcasts.filter { $0.record.state == .sending }.map(\.record.event)
        let alerted = snapshot.alerts.filter { $0.severity >= .warn }.compactMap(\.event)
        for event in Set(sending + alerted).sorted() {
            let sample = TimelineSample(snapshot, frame: frame, of: event)
            try db.cachedStatement(sql: """
                INSERT INTO frameEvent (frame, event, ackRate, unacked, warnCount, criticalCount) VALUES (\(Columns.marks(6)))
                """).execute(arguments: [frame, event.rawValue, sample.ackRate, sample.unacked, sample.warnCount, sample.criticalCount])
        }
    }

    /// Removes the oldest key frame with all that hang on it where they are too old or the whole is too large. The
    /// newest key frame's group always stays.
    /// - Returns: bytes freed.
    private func pruneFrames(total: Int, newest: Int64, at moment: WallTime, _ db: Database) throws -> Int {
        let tooOld = (moment - limits.framesFor).milliseconds
        var freed = 0
        for _ in 0..<StoreLimits.frameGroupsPrunedMax {
            guard
                let oldest = try Int64.fetchOne(db.cachedStatement(sql: "SELECT MIN(number) FROM frame")),
                let row = try Row.fetchOne(
                    db.cachedStatement(sql: "SELECT number, at FROM frame WHERE number > ? AND form <> 'delta' ORDER BY number LIMIT 1"),
                    arguments: [oldest]),
                total - freed > limits.frameBytesMax || (row["at"] as Int64) < tooOld
            else { break }
            let next: Int64 = row["number"]
            freed += try Int.fetchOne(db.cachedStatement(sql: "SELECT SUM(bytes) FROM frame WHERE number < ?"), arguments: [next]) ?? 0
            try db.cachedStatement(sql: "DELETE FROM frameData WHERE frame < ?").execute(arguments: [next])
            try db.cachedStatement(sql: "DELETE FROM frameEvent WHERE frame < ?").execute(arguments: [next])
            try db.cachedStatement(sql: "DELETE FROM frame WHERE number < ?").execute(arguments: [next])
        }
        return freed
    }

    /// The newest frame at or before `moment`, by the clock of the recording; nil if none is kept.
    public func frame(at moment: WallTime) throws(JournalError) -> EngineSnapshot? {
        try reading { db in
            guard let number = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT number FROM frame WHERE at <= ? ORDER BY at DESC, number DESC LIMIT 1"),
                arguments: [moment.milliseconds])
            else { return nil }
            return try Self.frame(number, db)
        }
    }

    /// The frame `number`: its key frame, and what came after it applied in turn.
    static func frame(_ number: Int64, _ db: Database) throws -> EngineSnapshot? {
        guard let key = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT number FROM frame WHERE number <= ? AND form <> 'delta' ORDER BY number DESC LIMIT 1"),
            arguments: [number])
        else { return nil }
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: """
                SELECT frame.number, form, data FROM frame LEFT JOIN frameData ON frameData.frame = frame.number
                 WHERE frame.number BETWEEN ? AND ? ORDER BY frame.number
                """), arguments: [key, number])
        var text: FrameText?, expected = key, last: (blob: [UInt8], form: FrameCodec.Form)?
        while let row = try rows.next() {
            let form: FrameCodec.Form = try Columns.word(row, "form")
            let blob = [UInt8](row["data"] as Data? ?? Data())
            guard row["number"] as Int64 == expected else { throw FrameCodec.Failure(description: "frame \(expected) is missing") }
            text = try FrameCodec.text(blob, form: form, after: text)
            last = (blob, form)
            expected += 1
        }
        guard let text, let last, expected == number + 1 else { return nil }
        return try FrameCodec.snapshot(text, of: last.blob, form: last.form)
    }
}
