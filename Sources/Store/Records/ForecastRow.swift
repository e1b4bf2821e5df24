import Engine
import GRDB

/// What was foretold of a broadcast as a row of `forecast`. Only its score is ever added.
enum ForecastRow {
    static func write(_ forecast: BroadcastForecast, of broadcast: Int64, _ db: Database) throws {
        let values: [(any DatabaseValueConvertible)?] = [
            broadcast, forecast.model, forecast.devices, forecast.offline, forecast.unreached, forecast.t50,
            forecast.t99,
            forecast.t999, forecast.peakRate, forecast.band, forecast.scale, forecast.error,
        ]
        try db.cachedStatement(sql: """
            INSERT INTO forecast
                (broadcast, model, devices, offline, unreached, t50, t99, t999, peakRate, band, scale, error)
            VALUES (\(Columns.marks(12)))
            ON CONFLICT (broadcast) DO UPDATE SET error = excluded.error
            """).execute(arguments: StatementArguments(values))
    }

    static func forecast(of broadcast: Int64, _ db: Database) throws -> BroadcastForecast? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM forecast WHERE broadcast = ?"), arguments: [broadcast]
        ).map(forecast)
    }

    /// The newest scored ones, oldest first.
    static func scored(limit: Int, _ db: Database) throws -> [ScoredForecast] {
        try Row.fetchAll(db, sql: """
            SELECT forecast.*, broadcast.event, broadcast.tier FROM forecast JOIN broadcast ON broadcast.number = forecast.broadcast
             WHERE forecast.error IS NOT NULL ORDER BY forecast.broadcast DESC LIMIT ?
            """, arguments: [limit]
        ).reversed().map { row in
            ScoredForecast(
                event: EventID(row["event"] as String), tier: try Columns.word(row, "tier"), forecast: forecast(row))
        }
    }

    private static func forecast(_ row: Row) -> BroadcastForecast {
        BroadcastForecast(
            model: row["model"], devices: row["devices"], offline: row["offline"], unreached: row["unreached"],
            t50: row["t50"], t99: row["t99"], t999: row["t999"], peakRate: row["peakRate"], band: row["band"],
            scale: row["scale"], error: row["error"])
    }
}
