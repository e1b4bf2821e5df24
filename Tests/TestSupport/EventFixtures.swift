public import Engine

/// Builds event snapshots the way a schedule reads: a title, then its stages line by line.
public enum EventFixture {
    /// One stage: planned time (nil: on cue), and when and by which broadcast it was taken.
    public struct Line {
        var kind: StageKind
        var key: StageKey
        var mode: StageMode
        var planned: WallTime?
        var taken: (at: WallTime, broadcast: Int64)?
        var waves: WavePlan
        var figures: StageFigures?
        var forecast: BroadcastForecast?

        public init(
            _ kind: StageKind, key: StageKey? = nil, _ mode: StageMode, _ planned: WallTime?,
            taken: (at: WallTime, broadcast: Int64)? = nil, waves: WavePlan = .single, figures: StageFigures? = nil,
            forecast: BroadcastForecast? = nil
        ) {
            self.kind = kind
            self.key = key ?? StageKey(kind.rawValue)
            self.mode = mode
            self.planned = planned
            self.taken = taken
            self.waves = waves
            self.figures = figures
            self.forecast = forecast
        }
    }

    /// An event whose current stage is the last taken line and whose next one is the first untaken.
    public static func event(
        _ id: EventID, _ title: String, code: String, tier: Tier, now: WallTime, planVersion: Int = 1,
        lines: [Line], gates: [GateSnapshot] = [], hold: Hold? = nil, attention: Attention = Attention(),
        undo: UndoOffer? = nil, proposal: ProposedMove? = nil, real: DeviceCounts = DeviceCounts(),
        modelled: DeviceCounts = DeviceCounts()
    ) -> EventSnapshot {
        let current = lines.last { $0.taken != nil }
        let next = lines.first { $0.taken == nil }
        let clock = hold?.since ?? now
        return EventSnapshot(
            id: id, code: code, title: title, tier: tier, zone: "UTC", edition: 1, planVersion: planVersion,
            revision: 12, current: current?.key, next: next?.key, nextAt: next?.planned,
            countdown: next?.planned.map { $0.since(clock) }, hold: hold,
            stages: lines.map(stage), budget: 60_000, gates: gates, attention: attention,
            lastBroadcast: current?.taken.map { BroadcastID($0.broadcast) }, undo: undo, proposal: proposal,
            real: real, modelled: modelled
        )
    }

    private static func stage(_ line: Line) -> StageSnapshot {
        StageSnapshot(
            key: line.key, kind: line.kind, mode: line.mode,
            outcome: line.taken.map { .taken($0.at, BroadcastID($0.broadcast)) } ?? .upcoming,
            planned: line.planned, timing: line.planned.map { $0.clock() + "Z" } ?? "on cue",
            waves: line.waves, experience: experience(of: line.kind), figures: line.figures, forecast: line.forecast
        )
    }

    private static func experience(of kind: StageKind) -> StageExperience {
        switch kind {
        case .preShow: StageExperience(badge: "Tonight", row: "Coming up", position: 8, artwork: "pre.jpg")
        case .countdown: StageExperience(badge: "Starts soon", row: "Live now", position: 3, artwork: "countdown.jpg")
        case .live:
            StageExperience(badge: "LIVE", row: "Live now", position: 1, artwork: "live-hero.jpg", autoplay: true)
        case .intermission: StageExperience(badge: "Back soon", row: "Live now", position: 1, artwork: "break.jpg")
        case .ending: StageExperience(badge: "Ending", row: "Live now", position: 2, artwork: "live-hero.jpg")
        case .ended: StageExperience(row: "Just finished", position: 5, artwork: "replay.jpg")
        }
    }

    /// Gates with votes: true GO, false NO-GO, nil not voted.
    public static func gate(_ name: String, _ isGo: Bool?, _ detail: String, at: WallTime? = nil) -> GateSnapshot {
        GateSnapshot(name: name, isGo: isGo, detail: detail, at: at)
    }
}
