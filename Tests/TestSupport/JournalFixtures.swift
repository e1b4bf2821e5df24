public import Engine

/// Batches as an engine writes them, for tests of journals.
public enum JournalFixture {
    public static let start = WallTime(milliseconds: 1_763_690_400_000)
    public static let kris = Operator(name: "kris", role: "SCO", terminal: "pts/3@toc:4711")

    public static func run(_ id: EventID = "fight-night") -> RunOfShow {
        let event = LiveEvent(
            id: id, title: "Fight Night 12 — “Ünïcode” 🥊", code: "FN12", tier: .bigBet, zone: "Europe/Berlin",
            stages: [
                StageDefinition(key: "countdown", kind: .countdown, mode: .auto, time: .at(start)),
                StageDefinition(
                    key: "live", kind: .live, mode: .auto, time: .after("countdown", 60_000),
                    gates: [.vote("ingest"), .prefetch(atLeast: 0.95)], waves: WavePlan(count: 8, interval: 250)),
                StageDefinition(key: "ended", kind: .ended, mode: .manual, time: .onCue),
            ],
            audience: AudienceProfile(devices: 10_000_000, offlineShare: 0.1, lossShare: 0.003))
        return RunOfShow(event: event, startedAt: start)
    }

    public static func entry(_ number: EntryNumber, _ kind: JournalEntry.Kind = .noted, event: EventID? = "fight-night")
        -> JournalEntry
    {
        JournalEntry(
            number: number, at: start + number, kind: kind, event: event, actor: .person(kris),
            before: "countdown", after: nil, why: "it's \"time\"; DROP TABLE x --", broadcast: BroadcastID(number))
    }

    /// Broadcast `number` of the database, `sequence` of the event's topic.
    public static func broadcast(
        _ number: Int64, sequence: Int64, of event: EventID = "fight-night", stage: StageKey = "live"
    ) -> BroadcastRecord {
        var figures = BroadcastFigures()
        figures.real.connected = 10
        figures.real.acked = 9
        figures.real.dropped = 1
        figures.real.known = 10
        figures.modelled.connected = 9_000_000
        figures.modelled.acked = 9_000_000
        figures.t99 = 812
        figures.nodes = [
            NodeFigures(node: "v-eu-west-03", kind: .modelled, region: "eu-west", ledger: figures.modelled, lag99: 640),
            NodeFigures(node: "edge-1", kind: .real, region: "local", ledger: figures.real, lag99: nil),
        ]
        return BroadcastRecord(
            publication: Publication(
                broadcast: BroadcastID(number), topic: Topic(event: event), stage: stage,
                position: BroadcastPosition(sequence: sequence, timestamp: start + sequence * 1000),
                waves: WavePlan(count: 8, interval: 250)),
            event: event, eventTitle: "Fight Night 12", tier: .bigBet, actor: .signal("truck"), planned: start,
            figures: figures)
    }

    /// What one TAKE writes: the entry, the run of show after it, the broadcast. Number `number` of each.
    public static func take(_ number: Int64) -> JournalBatch {
        var run = run()
        run.revision = number
        let record = broadcast(number, sequence: number)
        run.head = record.publication.position
        run.current = record.publication.stage
        return JournalBatch(entries: [entry(number, .stageTaken)], runs: [run], broadcasts: [record])
    }

    public static func snapshot(_ number: Int64, padding: Int = 0) -> EngineSnapshot {
        let info = EngineInfo(
            process: 42, startedAt: start, host: String(repeating: "h", count: padding), database: "x.db")
        return EngineSnapshot(number: number, at: start + number * 1000, engine: info, journal: [entry(number)])
    }
}
