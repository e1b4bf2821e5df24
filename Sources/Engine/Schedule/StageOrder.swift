/// The rules between the stages of one event: names, references, order, and whether it can still start.
///
/// Every time is worked out as far as the schedule alone tells it: as a moment, or as a distance from a stage on cue.
/// Two times are compared only if they hang on the same thing.
struct StageOrder {
    let stages: [StageDraft]
    /// Of the event.
    let place: TextPlace
    /// Whether every stage could be read; if not, what seems to be missing may only be misspelt.
    let isComplete: Bool

    /// What a planned time is counted from.
    private enum Base: Hashable {
        case wallClock
        case cue(StageKey)
    }

    private struct Planned {
        var base: Base
        /// Since 1970, or since the stage on cue.
        var offset: Milliseconds
        /// Whether it is a moment of the calendar and not counted from the engine's start.
        var isAbsolute: Bool
    }

    func check(now: WallTime, isRunning: Bool, log: inout ProblemLog) {
        checkNames(log: &log)
        checkReferences(log: &log)
        checkLast(log: &log)
        let planned = plannedTimes(now: now)
        checkOrder(planned, log: &log)
        checkPast(planned, now: now, isRunning: isRunning, log: &log)
    }

    private func checkNames(log: inout ProblemLog) {
        var seen: [StageKey: TextPlace] = [:]
        for stage in stages {
            if let first = seen[stage.key] {
                log.add(
                    stage.place, "stage \(quoted(stage.key.rawValue)) stands twice, first in line \(first.line)",
                    "give this one a key of its own, as key: \(stage.kind.rawValue)-2")
            }
            seen[stage.key] = seen[stage.key] ?? stage.place
        }
    }

    private func checkReferences(log: inout ProblemLog) {
        let keys = stages.map(\.key)
        for (index, stage) in stages.enumerated() {
            // A count from a stage above is always sound; so the first stage of every cycle gets past this line.
            guard case .after(let other, _) = stage.time, !keys[..<index].contains(other) else { continue }
            if let cycle = cycle(from: stage.key) {
                guard keys.first(where: cycle.contains) == stage.key else { continue }
                let chain = (cycle + [stage.key]).map(\.rawValue).joined(separator: " -> ")
                log.add(
                    stage.timePlace, "these stages wait for each other: \(chain)", "give one of them a time of its own")
            } else if keys.contains(other) {
                log.add(
                    stage.timePlace, "\(quoted(other.rawValue)) stands after this stage",
                    "count from a stage above this one")
            } else if isComplete {
                let guess = nearest(to: other.rawValue, in: keys.map(\.rawValue))
                log.add(
                    stage.timePlace, "there is no stage \(quoted(other.rawValue))",
                    guess.map { "write \($0)" } ?? "write the key of a stage above this one")
            }
        }
    }

    /// The stages that wait for each other, beginning with `key`; nil if `key` is not one of them.
    private func cycle(from key: StageKey) -> [StageKey]? {
        var chain = [key]
        while chain.count <= stages.count, let stage = stage(chain[chain.count - 1]),
            case .after(let next, _) = stage.time
        {
            if next == key { return chain }
            if chain.contains(next) { return nil }
            chain.append(next)
        }
        return nil
    }

    private func checkLast(log: inout ProblemLog) {
        guard isComplete else { return }
        guard let last = stages.last else {
            log.add(place, "the event has no stages", "write '- stage: live' and its time, and '- stage: ended'")
            return
        }
        if let ended = stages.dropLast().first(where: { $0.kind == .ended }) {
            log.add(ended.place, "'ended' is not the last stage", "move it to the end of stages, or remove it")
        } else if last.kind != .ended {
            log.add(
                last.place, "the last stage is \(quoted(last.key.rawValue)), so the event never ends",
                "write '- stage: ended' after it, with at: \(last.key) + 10s")
        }
    }

    private func checkOrder(_ planned: [Planned?], log: inout ProblemLog) {
        var latest: [Base: (offset: Milliseconds, key: StageKey)] = [:]
        for (stage, planned) in zip(stages, planned) {
            guard let planned else { continue }
            if let before = latest[planned.base], planned.offset < before.offset {
                let early = durationWords(before.offset - planned.offset)
                log.add(
                    stage.timePlace,
                    "\(quoted(stage.key.rawValue)) is planned \(early) before \(quoted(before.key.rawValue)), which stands above it",
                    "write a later time, or move the stage up")
            } else {
                latest[planned.base] = (planned.offset, stage.key)
            }
        }
    }

    private func checkPast(_ planned: [Planned?], now: WallTime, isRunning: Bool, log: inout ProblemLog) {
        let absolute = zip(stages, planned).filter { $1?.isAbsolute == true && $0.mode == .auto }
        let past = absolute.filter { $1.map { $0.offset < now.milliseconds } == true }
        guard let first = past.first else { return }
        if past.count < absolute.count {
            let next = absolute[past.count].0
            log.note(first.0.timePlace, "the event is under way: it joins before \(quoted(next.key.rawValue))")
        } else if isRunning {
            log.note(first.0.timePlace, "every planned time is past, the show goes on by hand")
        } else {
            log.add(
                first.0.timePlace, "every AUTO stage of the event lies in the past",
                "write dates to come, or times such as in 20s")
        }
    }

    /// For each stage what the schedule alone tells of its time; nil where that is nothing.
    private func plannedTimes(now: WallTime) -> [Planned?] {
        var known: [StageKey: Planned] = [:]
        return stages.map { stage in
            let planned: Planned? = switch stage.time {
            case .at(let moment): Planned(base: .wallClock, offset: moment.milliseconds, isAbsolute: true)
                case .afterStart(let delay):
                    Planned(base: .wallClock, offset: (now + delay).milliseconds, isAbsolute: false)
            case .onCue: Planned(base: .cue(stage.key), offset: 0, isAbsolute: false)
            case .after(let other, let delay):
                known[other].map { Planned(base: $0.base, offset: $0.offset + delay, isAbsolute: $0.isAbsolute) }
            case nil: nil
            }
            known[stage.key] = known[stage.key] ?? planned
            return planned
        }
    }

    private func stage(_ key: StageKey) -> StageDraft? { stages.first { $0.key == key } }
}
