public import Engine

/// 2026-09-12T20:00:00Z, when the evenings of the tests begin.
public let evening = WallTime(milliseconds: 1_789_243_200_000)

extension LiveEvent {
    /// pre-show 20:00:10, countdown 20:01, LIVE 20:02, intermission live + 60 s, ending on cue, ended ending + 10 s.
    public static func fightNight(
        id: EventID = "fight-night", tier: Tier = .high, liveGates: [Gate] = [], waves: WavePlan = .single
    ) -> LiveEvent {
        func stage(_ kind: StageKind, _ mode: StageMode, _ time: StageTime, gates: [Gate] = []) -> StageDefinition {
            StageDefinition(
                key: StageKey(kind.rawValue), kind: kind, mode: mode, time: time, gates: gates, waves: waves,
                            experience: StageExperience(badge: kind.rawValue, row: "Tonight"))
        }
        return LiveEvent(
            id: id, title: "Fight Night 12", code: "FN12", tier: tier,
            stages: [
                stage(.preShow, .auto, .at(evening + 10_000)),
                stage(.countdown, .auto, .at(evening + 60_000)),
                stage(.live, .auto, .at(evening + 120_000), gates: liveGates),
                stage(.intermission, .auto, .after("live", 60_000)),
                stage(.ending, .manual, .onCue),
                stage(.ended, .auto, .after("ending", 10_000)),
            ])
    }
}
