import Engine
import GRDB

/// A broadcast as rows: one of `broadcast`, two of `audienceFigures`, one of `nodeFigures` for each edge node.
enum BroadcastRow {
    private static let columns = [
        "topic", "sequence", "timestamp", "stage", "waveCount", "waveInterval", "isAborted", "event", "eventTitle",
        "tier",
        "actor", "name", "role", "terminal", "state", "planned", "completed", "t50", "t90", "t99", "t999",
        "canaryDevices", "canaryCheck", "canaryShare", "waveRevision", "isHeld", "isStopped",
    ]
    private static let ledgerColumns =
        "connected, offline, known, acked, waiting, retrying, dropped, notSent, owed, caughtUp, expired, duplicates, joined, unknownStage"

    /// Adds it, or brings it up to date. The schema refuses one that says something else was sent.
    static func write(_ record: BroadcastRecord, _ db: Database) throws {
        let topic = record.publication.topic.rawValue, number = record.id.number
        try db.cachedStatement(sql: "INSERT INTO topic (name, event) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .execute(arguments: [topic, record.event.rawValue])
        let values = values(of: record)
        // Not an UPSERT: its insert triggers would judge an old broadcast as if it were new.
        try db.cachedStatement(
            sql: "UPDATE broadcast SET \(columns.map { "\($0) = ?" }.joined(separator: ", ")) WHERE number = ?"
        )
            .execute(arguments: StatementArguments(values + [number]))
        if db.changesCount == 0 {
            try db.cachedStatement(sql: """
                INSERT INTO broadcast (number, \(columns.joined(separator: ", "))) VALUES (\(Columns.marks(columns.count + 1)))
                """).execute(arguments: StatementArguments([number] + values))
        }
        try writeFigures(record.figures, of: number, db)
        if let forecast = record.forecast { try ForecastRow.write(forecast, of: number, db) }
    }

    private static func values(of record: BroadcastRecord) -> [(any DatabaseValueConvertible)?] {
        let publication = record.publication, figures = record.figures
        let sent: [(any DatabaseValueConvertible)?] = [
            publication.topic.rawValue, publication.position.sequence, publication.position.timestamp.milliseconds,
            publication.stage.rawValue, publication.waves.count, publication.waves.interval, publication.isAborted,
            record.event.rawValue, Columns.text(record.eventTitle), record.tier.rawValue,
        ]
        let outcome: [(any DatabaseValueConvertible)?] = [
            (record.state == .stopped ? .aborted : record.state).rawValue, record.planned?.milliseconds,
            record.completed?.milliseconds,
            figures.t50, figures.t90, figures.t99, figures.t999,
        ]
        let canary = publication.waves.canary
        let waves: [(any DatabaseValueConvertible)?] = [
            canary?.devices, canary?.check, canary.map { Int64($0.share) }, publication.order.revision,
            publication.order.isHeld,
            record.state == .stopped,
        ]
        return sent + Columns.who(record.actor) + outcome + waves
    }

    private static func writeFigures(_ figures: BroadcastFigures, of number: Int64, _ db: Database) throws {
        for (kind, ledger) in [(AudienceKind.real, figures.real), (.modelled, figures.modelled)] {
            try db.cachedStatement(sql: """
                INSERT OR REPLACE INTO audienceFigures (broadcast, kind, \(ledgerColumns)) VALUES (\(Columns.marks(16)))
                """).execute(arguments: StatementArguments([number, kind.rawValue] + Columns.ledger(ledger)))
        }
        try db.cachedStatement(sql: "DELETE FROM nodeFigures WHERE broadcast = ?").execute(arguments: [number])
        let insert = try db.cachedStatement(sql: """
            INSERT INTO nodeFigures (broadcast, ordinal, node, kind, region, \(ledgerColumns), lag99)
            VALUES (\(Columns.marks(20)))
            """)
        for (ordinal, node) in figures.nodes.enumerated() {
            let values: [(any DatabaseValueConvertible)?] =
                [number, ordinal, node.node.rawValue, node.kind.rawValue, Columns.text(node.region)]
                + Columns.ledger(node.ledger) + [node.lag99]
            try insert.execute(arguments: StatementArguments(values))
        }
    }

    static func record(_ row: Row, _ db: Database) throws -> BroadcastRecord {
        let publication = publication(row)
        return BroadcastRecord(
            publication: publication, event: EventID(row["event"] as String), eventTitle: row["eventTitle"],
            tier: try Columns.word(row, "tier"), actor: try Columns.who(row),
            state: row["isStopped"] ? .stopped : try Columns.word(row, "state"),
            planned: Columns.timeIfAny(row, "planned"), completed: Columns.timeIfAny(row, "completed"),
            figures: try figures(of: row, number: publication.broadcast.number, db),
            forecast: try ForecastRow.forecast(of: publication.broadcast.number, db)
        )
    }

    static func publication(_ row: Row) -> Publication {
        var publication = Publication(
            broadcast: BroadcastID(row["number"]), topic: Topic(row["topic"] as String),
            stage: StageKey(row["stage"] as String),
            position: BroadcastPosition(sequence: row["sequence"], timestamp: Columns.time(row, "timestamp")),
            waves: WavePlan(count: row["waveCount"], interval: row["waveInterval"], canary: canary(row)),
            isAborted: row["isAborted"]
        )
        publication.order = WaveOrder(revision: row["waveRevision"], isHeld: row["isHeld"])
        return publication
    }

    private static func canary(_ row: Row) -> CanaryPlan? {
        guard let devices: Int = row["canaryDevices"] else { return nil }
        return CanaryPlan(
            devices: devices, check: row["canaryCheck"] ?? CanaryPlan.checkUsual,
            share: UInt32(row["canaryShare"] ?? Int64(0)))
    }

    /// How a broadcast went, without its nodes; nil if it is not known.
    static func stageFigures(of broadcast: BroadcastID, _ db: Database) throws -> StageFigures? {
        try Row.fetchOne(db.cachedStatement(sql: """
            SELECT t50, t99, t999, SUM(figures.connected) AS connected, SUM(figures.acked) AS acked
              FROM broadcast JOIN audienceFigures AS figures ON figures.broadcast = broadcast.number
             WHERE number = ? GROUP BY number
            """), arguments: [broadcast.number]
        ).map { row in
            StageFigures(
                connected: row["connected"], acked: row["acked"], t50: row["t50"], t99: row["t99"], t999: row["t999"],
                forecast: try ForecastRow.forecast(of: broadcast.number, db))
        }
    }

    private static func figures(of broadcast: Row, number: Int64, _ db: Database) throws -> BroadcastFigures {
        var figures = BroadcastFigures()
        figures.t50 = broadcast["t50"]
        figures.t90 = broadcast["t90"]
        figures.t99 = broadcast["t99"]
        figures.t999 = broadcast["t999"]
        let kinds = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM audienceFigures WHERE broadcast = ?"), arguments: [number])
        for row in kinds {
            let kind: AudienceKind = try Columns.word(row, "kind")
            switch kind {
            case .real: figures.real = Columns.ledger(row)
            case .modelled: figures.modelled = Columns.ledger(row)
            }
        }
        figures.nodes = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM nodeFigures WHERE broadcast = ? ORDER BY ordinal"),
            arguments: [number]
        ).map { row in
            NodeFigures(
                node: NodeID(row["node"] as String), kind: try Columns.word(row, "kind"), region: row["region"],
                ledger: Columns.ledger(row), lag99: row["lag99"])
        }
        return figures
    }
}
