/// How much friction an intent meets: in proportion to its surprise (PRODUCT.md B1).
///
/// Pure, and the only place where it is decided. Screens, scripts, signals and rehearsals all come through it.
struct Guard: Sendable {
    let configuration: EngineConfiguration

    /// - Parameters:
    ///   - run: the run of show the intent concerns; nil for intents of the whole room.
    ///   - isGo: whether every gate before the stage that would be sent is GO; of waves, whether their canary is
    ///     proven.
    ///   - isWorkDue: whether any stage is still to come by itself or a fan-out is under way.
    ///   - now: schedule time.
    func level(of intent: Intent, run: RunOfShow?, isGo: Bool, isWorkDue: Bool, now: WallTime) -> GuardLevel {
        switch intent {
        case .hold: .g0
        case .vote, .note, .explain, .acknowledge, .signHandover, .endDrills: .g1
        case .resume, .reschedule, .undo, .resend, .adoptSchedule, .cordon, .drain, .uncordon, .drill: .g2
        case .take(_, let stage): takeLevel(stage, run: run, isGo: isGo, now: now)
        case .pauseWaves: .g2
        case .promote: isGo ? .g2 : .g3
        case .trigger, .recycle, .abort: run?.event.tier == .bigBet ? .g3TwoOperators : isGo ? .g3 : .g3TwoOperators
        case .traffic(let intent): intent.refusesCritical ? .g3TwoOperators : .g2
        case .quit: isWorkDue ? .g3 : .g2
        }
    }

    private func takeLevel(_ stage: StageKey, run: RunOfShow?, isGo: Bool, now: WallTime) -> GuardLevel {
        guard let run, isGo, run.event.tier != .bigBet else { return .g3TwoOperators }
        return isOnPlan(stage, of: run, now: now) && !endsTheShow(stage, of: run) ? .g2 : .g3
    }

    /// Within a minute of its planned time, or on cue with nothing planned.
    func isOnPlan(_ stage: StageKey, of run: RunOfShow, now: WallTime) -> Bool {
        guard let planned = run.startTime(of: stage) else { return true }
        return abs(planned.since(run.hold?.since ?? now)) <= configuration.onPlanWithin.wholeMilliseconds
    }

    private func endsTheShow(_ stage: StageKey, of run: RunOfShow) -> Bool {
        switch run.definition(of: stage)?.kind {
        case .ending, .ended: true
        default: false
        }
    }
}
