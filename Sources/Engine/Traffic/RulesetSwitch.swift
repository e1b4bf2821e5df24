/// Switches one ruleset on and off by what it observes, with hysteresis: a signal has to stand for a while before it
/// counts, and to have gone well below the mark for longer before it no longer does.
struct RulesetSwitch: Sendable {
    let ruleset: Ruleset
    /// Since when it is active, and why; nil while it is not.
    private(set) var active: (since: EngineInstant, why: String)?

    /// By trigger: since when requests have been above its upper mark, and below its lower one.
    private var aboveSince: [EngineInstant?]
    private var belowSince: [EngineInstant?]

    init(_ ruleset: Ruleset) {
        self.ruleset = ruleset
        aboveSince = ruleset.triggers.map { _ in nil }
        belowSince = aboveSince
    }

    /// - Parameters:
    ///   - requests: offered a second, over the last second.
    ///   - stages: of the live events on the desk, the next and the current ones, with their starts.
    ///   - isRelaxed: an operator has relaxed the ruleset: it stays off.
    mutating func observe(requests: Int, stages: [StageSignal], isRelaxed: Bool, at moment: Moment) {
        guard !isRelaxed else {
            active = nil
            return
        }
        // Each trigger is asked, so that each keeps its own time.
        var reasons: [String] = []
        for index in ruleset.triggers.indices {
            if let reason = reason(for: index, requests: requests, stages: stages, at: moment) {
                reasons.append(reason)
            }
        }
        if let why = reasons.first {
            if active == nil { active = (moment.instant, why) }
        } else {
            active = nil
        }
    }

    /// Why a trigger stands; nil if it does not.
    private mutating func reason(
        for index: Int, requests: Int, stages: [StageSignal], at moment: Moment
    ) -> String? {
        switch ruleset.triggers[index] {
        case .stage(let kinds, let before, let after):
            let near = stages.first {
                kinds.contains($0.kind) && $0.at + (-before) <= moment.wall && moment.wall < $0.at + after
            }
            return near.map { "\($0.event) \($0.kind.rawValue)" }
        case .requests(let above, let span, let below, let until):
            aboveSince[index] = requests > above ? aboveSince[index] ?? moment.instant : nil
            belowSince[index] = requests < below ? belowSince[index] ?? moment.instant : nil
            if active != nil {
                let isOver = belowSince[index].map { moment.instant - $0 >= .milliseconds(until) } ?? false
                return isOver ? nil : active?.why
            }
            guard let since = aboveSince[index], moment.instant - since >= .milliseconds(span) else { return nil }
            return "\(requests) requests/s, above \(above)"
        }
    }
}

/// What a live event says to the rules: one of its stages, and when it starts or started.
struct StageSignal: Hashable, Sendable {
    var event: EventID
    var kind: StageKind
    var at: WallTime
}

extension TrafficRules {
    /// The rulesets that are on once so many requests a second have stood for as long as their signals ask: where the
    /// switches come to rest.
    func settled(requests: Int, stages: [StageSignal], relaxed: Set<String>, at wall: WallTime) -> Set<String> {
        Set(rulesets.filter { ruleset in
            var each = RulesetSwitch(ruleset)
                let longest: Milliseconds =
                    ruleset.triggers.map { if case .requests(_, let span, _, _) = $0 { span } else { 0 } }.max() ?? 0
            for instant in [EngineInstant.start, .start + .milliseconds(longest)] {
                each.observe(
                        requests: requests, stages: stages, isRelaxed: relaxed.contains(ruleset.name),
                        at: Moment(instant: instant, wall: wall))
            }
            return each.active != nil
        }.map(\.name))
    }
}
