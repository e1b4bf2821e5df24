public import Engine
import GRDB

/// What was recorded, laid out for the History screen. Figures come from the broadcasts, which are kept for ever;
/// pictures only as far back as frames are.
extension Store {
    public func recording(_ query: RecordingQuery) throws(JournalError) -> RecordingAnswer {
        try reading { db in try Recording.answer(query, db) }
    }
}

/// Reads a recording from any database of ours that is open.
enum Recording {
    /// Most broadcasts looked at for one page of showings.
    private static let broadcastsMax = 5000

    static func answer(_ query: RecordingQuery, _ db: Database) throws -> RecordingAnswer {
        switch query {
        case .showings(let before, let limit):
            .showings(try showings(before: before, limit: min(max(limit, 1), Store.pageMax), db))
        case .timeline(let showing): .timeline(try timeline(of: showing, db))
        case .frame(let piece, let moment): .frame(try frame(in: piece, at: moment, db))
        case .script(let showing): .script(try ScriptRows.script(of: showing, db))
        }
    }

    // MARK: Showings

    /// Broadcasts of one event belong to one showing until the event is scheduled anew.
    private static func showings(before: BroadcastID?, limit: Int, _ db: Database) throws -> [Showing] {
        let rows = try Row.fetchCursor(db, sql: """
            SELECT broadcast.number, broadcast.event, eventTitle, tier, timestamp, completed, planned, t999, state,
                   (SELECT SUM(connected) FROM audienceFigures WHERE broadcast = broadcast.number) AS connected,
                   (SELECT SUM(acked) FROM audienceFigures WHERE broadcast = broadcast.number) AS acked,
                   \(scheduledAt) AS showing
              FROM broadcast WHERE broadcast.number < ? ORDER BY broadcast.number DESC LIMIT \(broadcastsMax)
            """, arguments: [before?.number ?? Int64.max])
        var found: [Showing] = [], places: [String: Int] = [:], rowCount = 0
        while let row = try rows.next() {
            rowCount += 1
            let event: String = row["event"], key = "\(event)/\(row["showing"] as Int64? ?? 0)"
            if let place = places[key] {
                if found.indices.contains(place) { found[place].take(row) }
            } else if try isListed(row, db) {
                places[key] = -1
            } else {
                places[key] = found.count
                var showing = Showing(
                    event: EventID(event), title: row["eventTitle"], tier: try Columns.word(row, "tier"),
                    first: BroadcastID(row["number"]), from: Columns.time(row, "timestamp"))
                showing.take(row)
                found.append(showing)
            }
        }
        // The last one met may begin before the page does; it comes whole with the next one.
        if rowCount == broadcastsMax, found.count > 1 { found.removeLast() }
        return try found.prefix(limit).map { showing in
            var showing = showing
            showing.hasFrames = try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM frame WHERE at BETWEEN ? AND ?)"),
                arguments: [showing.from.milliseconds, (showing.until + ShowingExtent.margin).milliseconds]) ?? false
            return showing
        }
    }

    /// When the event of a broadcast was scheduled last before it.
    private static let scheduledAt = """
        (SELECT MAX(entry.at) FROM journalEntry AS entry
          WHERE kind = 'eventScheduled' AND entry.event = broadcast.event AND entry.at <= broadcast.timestamp)
        """

    /// Whether `row`, the newest of its event on this page, is a part of a showing that the page before ended with.
    private static func isListed(_ row: Row, _ db: Database) throws -> Bool {
        let next = try Row.fetchOne(
            db.cachedStatement(
                sql:
                    "SELECT \(scheduledAt) AS showing FROM broadcast WHERE event = ? AND number > ? ORDER BY number LIMIT 1"
            ),
            arguments: [row["event"] as String, row["number"] as Int64])
        guard let next else { return false }
        return next["showing"] as Int64? == row["showing"] as Int64?
    }

    // MARK: Timeline

    private static func timeline(of showing: Showing, _ db: Database) throws -> Timeline {
        var timeline = Timeline(showing: showing)
        let extent = try ShowingExtent(of: showing, db)
        if let first = extent.frames?.lowerBound, let last = extent.frames?.upperBound {
            timeline.pieces = try pieces(first...last, db)
            let room = try samples(first...last, db)
            // A file from before events were kept apart has the room's only.
            let isKeptApart = try db.tableExists("frameEvent") && Bool.fetchOne(
                    db, sql: "SELECT EXISTS (SELECT 1 FROM frameEvent WHERE frame BETWEEN ? AND ?)",
                    arguments: [first, last]) ?? false
            timeline.samples = isKeptApart ? try samples(first...last, of: showing.event, db) : room
            timeline.roomSamples = isKeptApart ? room : []
        }
        timeline.stages = try Row.fetchAll(
            db,
            sql:
                "SELECT number, stage, timestamp FROM broadcast WHERE event = ? AND number BETWEEN ? AND ? ORDER BY number LIMIT 500",
            arguments: [showing.event.rawValue, showing.first.number, showing.last.number]
        ).map {
            TimelineStage(
                stage: StageKey($0["stage"] as String), at: Columns.time($0, "timestamp"),
                broadcast: BroadcastID($0["number"]))
        }
        if let entries = extent.entries {
            timeline.entries = try Row.fetchAll(
                db, sql: """
                    SELECT * FROM journalEntry WHERE number BETWEEN ? AND ? AND (event IS NULL OR event = ?)
                     ORDER BY number LIMIT \(Timeline.entriesMax)
                    """, arguments: [entries.lowerBound, entries.upperBound, showing.event.rawValue]
            ).map(EntryRow.entry)
        }
        // A timestamp never goes back, a clock does: the entry says when a stage was sent by the clock of then.
        let sentAt = Dictionary(timeline.entries.compactMap { entry in
            entry.kind == .broadcastCompleted ? nil : entry.broadcast.map { ($0, entry.at) }
        }, uniquingKeysWith: { first, _ in first })
        for index in timeline.stages.indices {
            timeline.stages[index].at = sentAt[timeline.stages[index].broadcast] ?? timeline.stages[index].at
        }
        return timeline
    }

    private static func pieces(_ frames: ClosedRange<Int64>, _ db: Database) throws -> [RecordingPiece] {
        let starts = try Row.fetchAll(db, sql: """
            SELECT number, at, previous FROM (
                SELECT number, at, LAG(at) OVER (ORDER BY number) AS previous FROM frame WHERE number BETWEEN ? AND ?)
             WHERE previous IS NULL OR at - previous > \(RecordingPiece.gap) OR at < previous ORDER BY number
            """, arguments: [frames.lowerBound, frames.upperBound])
        let end =
            try Int64.fetchOne(db, sql: "SELECT at FROM frame WHERE number = ?", arguments: [frames.upperBound]) ?? 0
        return starts.indices.map { index in
            let isLast = index + 1 == starts.count
            return RecordingPiece(
                first: starts[index]["number"],
                last: isLast ? frames.upperBound : (starts[index + 1]["number"] as Int64) - 1,
                from: Columns.time(starts[index], "at"),
                until: WallTime(milliseconds: isLast ? end : starts[index + 1]["previous"]))
        }
    }

    private static func samples(_ frames: ClosedRange<Int64>, _ db: Database) throws -> [TimelineSample] {
        let step = max(1, (Int64(frames.count) + Int64(Timeline.samplesMax) - 1) / Int64(Timeline.samplesMax))
        return try Row.fetchAll(db, sql: """
            SELECT MIN(number) AS number, MIN(at) AS at, MAX(ackRate) AS ackRate, MAX(unacked) AS unacked,
                   MAX(warnCount) AS warnCount, MAX(criticalCount) AS criticalCount
              FROM frame WHERE number BETWEEN ? AND ? GROUP BY (number - ?) / ? ORDER BY 1
            """, arguments: [frames.lowerBound, frames.upperBound, frames.lowerBound, step]
        ).map {
            TimelineSample(
                frame: $0["number"], at: Columns.time($0, "at"), ackRate: $0["ackRate"], unacked: $0["unacked"],
                warnCount: $0["warnCount"], criticalCount: $0["criticalCount"])
        }
    }

    /// One event's. A frame without a row of it had nothing to say of it.
    private static func samples(_ frames: ClosedRange<Int64>, of event: EventID, _ db: Database) throws
        -> [TimelineSample]
    {
        let step = max(1, (Int64(frames.count) + Int64(Timeline.samplesMax) - 1) / Int64(Timeline.samplesMax))
        return try Row.fetchAll(db, sql: """
            SELECT MIN(frame.number) AS number, MIN(at) AS at, COALESCE(MAX(own.ackRate), 0) AS ackRate,
                   COALESCE(MAX(own.unacked), 0) AS unacked, COALESCE(MAX(own.warnCount), 0) AS warnCount,
                   COALESCE(MAX(own.criticalCount), 0) AS criticalCount
              FROM frame LEFT JOIN frameEvent AS own ON own.frame = frame.number AND own.event = ?
             WHERE frame.number BETWEEN ? AND ? GROUP BY (frame.number - ?) / ? ORDER BY 1
            """, arguments: [event.rawValue, frames.lowerBound, frames.upperBound, frames.lowerBound, step]
        ).map {
            TimelineSample(
                frame: $0["number"], at: Columns.time($0, "at"), ackRate: $0["ackRate"], unacked: $0["unacked"],
                warnCount: $0["warnCount"], criticalCount: $0["criticalCount"])
        }
    }

    private static func frame(in piece: RecordingPiece, at moment: WallTime, _ db: Database) throws -> EngineSnapshot? {
        guard let number = try Int64.fetchOne(
            db.cachedStatement(sql: """
                SELECT number FROM frame WHERE at <= ? AND at >= ? AND number BETWEEN ? AND ? ORDER BY at DESC, number DESC LIMIT 1
                """), arguments: [moment.milliseconds, piece.from.milliseconds, piece.first, piece.last])
        else { return nil }
        return try Store.frame(number, db)
    }
}

extension Showing {
    /// Adds the broadcast of `row`; they come newest first.
    fileprivate mutating func take(_ row: Row) {
        let timestamp = Columns.time(row, "timestamp")
        first = BroadcastID(row["number"])
        from = min(from, timestamp)
        until = max(until, Columns.timeIfAny(row, "completed") ?? timestamp)
        broadcastCount += 1
        if let planned = Columns.timeIfAny(row, "planned") {
            let late = timestamp.since(planned)
            if late.magnitude >= (lateMax ?? 0).magnitude { lateMax = late }
        }
        if let t999 = row["t999"] as Milliseconds? { t999Max = max(t999Max ?? 0, t999) }
        connected += row["connected"] as Int? ?? 0
        acked += row["acked"] as Int? ?? 0
        if row["state"] as String == "aborted" { abortedCount += 1 }
    }
}
