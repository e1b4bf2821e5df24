import Engine

/// Gives the cues of a staging show to its engine, at their times, through the same commands and guards as a person.
struct CueDriver: Sendable {
    let show: StagingShow
    let engine: Engine
    /// Before the first cue.
    let lead: Duration

    private static let first = Operator(name: "redrive", role: "staging", terminal: "redrive/1")
    private static let second = Operator(name: "redrive-2", role: "staging", terminal: "redrive/2")
    /// The last fan-outs are waited for this long.
    private static let settle: Duration = .seconds(150)

    /// - Returns: `.showOver` once the last fan-out is final; nil if it was cancelled.
    func run() async -> RoomExit? {
        let clock = ContinuousClock(), start = clock.now + lead
        for cue in show.cues {
            guard (try? await clock.sleep(until: start + .milliseconds(cue.after))) != nil else { return nil }
            await give(cue)
        }
        let deadline = clock.now + Self.settle
        while clock.now < deadline {
            guard (try? await clock.sleep(for: .milliseconds(500))) != nil else { return nil }
            if engine.snapshots.snapshot?.broadcasts.allSatisfy({ $0.record.state != .sending }) ?? false { break }
        }
        return .showOver
    }

    private func give(_ cue: StagingShow.Cue) async {
        let newest = engine.snapshots.snapshot?.broadcasts.first { $0.record.event == show.event.id }?.record.id
        guard let intent = show.intent(of: cue.act, newest: newest) else { return }
        let person = Actor.person(Self.first)
        guard case .plan(let plan) = await engine.handle(.prepare(intent), from: person) else { return }
        let confirmation = plan.code.map(Confirmation.code) ?? .key
        if case .awaitingSecondOperator = await engine.handle(
            .apply(plan.id, confirmation, why: "re-drive"), from: person)
        {
            _ = await engine.handle(.approve(plan.id), from: .person(Self.second))
        }
    }
}
