/// When the stages of a run of show will have started, also those that hang on a cue: what a projection, a forecast and
/// the scripted operator of a rehearsal go by.
///
/// A stage with a time starts at it. One that is on cue starts so long after the stage before it as stages of that kind
/// typically last: pre-show 45 min, countdown 15 min, live 90 min, intermission 15 min, ending 10 min. Where the
/// schedule says when a rehearsal takes a stage that waits for an operator, it starts then, whatever its plan.
public enum StageStarts {
    /// How long a stage typically lasts before the next is called.
    public static func typicalLength(of kind: StageKind) -> Milliseconds {
        let minutes: Milliseconds = switch kind {
        case .preShow: 45
        case .countdown: 15
        case .live: 90
        case .intermission: 15
        case .ending: 10
        case .ended: 0
        }
        return minutes * 60_000
    }

    /// Every stage of the run of show with its actual, planned or expected start, in order; skipped ones are left out.
    public static func expected(of run: RunOfShow) -> [EventTraffic.StageStart] {
        var starts: [EventTraffic.StageStart] = []
        var known: [StageKey: WallTime] = [:]
        for (stage, progress) in zip(run.event.stages, run.progress) {
            if case .skipped = progress.outcome { continue }
            let before = starts.last
            let cue = before.map { $0.at + typicalLength(of: $0.kind) } ?? run.startedAt
            let hint = progress.mode == .manual && run.isUpcoming(stage.key) ? stage.rehearsedAfter : nil
            let expected =
                hint.map { (before?.at ?? run.startedAt) + $0 } ?? time(of: stage, progress, known, run) ?? cue
            let at = max(expected, before?.at ?? .distantPast)
            known[stage.key] = at
            starts.append(EventTraffic.StageStart(stage: stage.key, kind: stage.kind, at: at))
        }
        return starts
    }

    /// A time that hangs on a stage which is itself on cue follows that one's expected start.
    private static func time(
        of stage: StageDefinition, _ progress: StageProgress, _ known: [StageKey: WallTime], _ run: RunOfShow
    ) -> WallTime? {
        if let at = run.startTime(of: stage.key) { return at }
        if case .after(let base, let delay) = progress.time { return known[base].map { $0 + delay } }
        return nil
    }
}

extension WallTime {
    /// Before any moment a schedule can name.
    static let distantPast = WallTime(milliseconds: -62_135_596_800_000)
}
