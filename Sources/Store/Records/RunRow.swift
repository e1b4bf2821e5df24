import Engine
import GRDB

/// A run of show as a row of `liveEvent`: whole as JSON, with the columns people ask for beside it; and its plan
/// as a row of `plan` whenever the plan has a new version.
struct RunRow {
    private let run: RunOfShow
    private let json: String
    private let plan: String

    /// Does the encoding, outside of any transaction.
    init(_ run: RunOfShow) throws {
        self.run = run
        json = try Columns.json(run)
        plan = try Columns.json(zip(run.event.stages, run.progress).map { stage, progress in
            PlannedStage(key: stage.key, mode: progress.mode, time: progress.time)
        })
    }

    /// A stage in the column `plan.stages`.
    private struct PlannedStage: Encodable {
        let key: StageKey
        let mode: StageMode
        let time: StageTime
    }

    func write(_ db: Database) throws {
        let actor = Columns.text(run.changedBy.description)
        let values: [(any DatabaseValueConvertible)?] = [
            run.id.rawValue, Columns.text(run.event.title), run.event.tier.rawValue, Columns.text(run.current?.rawValue),
            run.edition, run.planVersion, run.revision, run.hold != nil, run.changedAt.milliseconds, actor,
            run.endedAt?.milliseconds, json,
        ]
        try db.cachedStatement(sql: """
            INSERT INTO liveEvent (id, title, tier, stage, edition, planVersion, revision, isHeld, changedAt, changedBy, endedAt, run)
            VALUES (\(Columns.marks(12)))
            ON CONFLICT (id) DO UPDATE SET
                title = excluded.title, tier = excluded.tier, stage = excluded.stage, edition = excluded.edition,
                planVersion = excluded.planVersion, revision = excluded.revision, isHeld = excluded.isHeld,
                changedAt = excluded.changedAt, changedBy = excluded.changedBy, endedAt = excluded.endedAt,
                removedAt = NULL, run = excluded.run
            """).execute(arguments: StatementArguments(values))
        try db.cachedStatement(sql: """
            INSERT INTO plan (event, edition, version, at, by, stages) VALUES (\(Columns.marks(6)))
            ON CONFLICT DO NOTHING
            """).execute(arguments: [run.id.rawValue, run.edition, run.planVersion, run.changedAt.milliseconds, actor, plan])
    }

    static func remove(_ event: EventID, at moment: WallTime, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE liveEvent SET removedAt = ? WHERE id = ?")
            .execute(arguments: [moment.milliseconds, event.rawValue])
    }
}

extension RunOfShow {
    /// When the event ended: its `ended` stage, or its last stage where it has none, was taken and is on air.
    /// Nil while it goes on, also after going back from there to an earlier stage.
    var endedAt: WallTime? {
        guard let current, let index = event.stages.firstIndex(where: { $0.key == current }) else { return nil }
        let isLast = event.stages[index].kind == .ended || index == event.stages.count - 1
        guard isLast, progress.indices.contains(index), case .taken(let moment, _) = progress[index].outcome else { return nil }
        return moment
    }
}
