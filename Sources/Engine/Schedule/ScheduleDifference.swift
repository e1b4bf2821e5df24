/// What an edited schedule would change in the shows that run: lines to look at before anything is done.
///
/// Compares three things: the schedule as it was adopted (`run.event`), the plan as operators have since moved it
/// (`run.progress`), and the schedule as it reads now. Where the file has not changed, an operator's move stays; where
/// it has, the file's new word replaces it, and the line says so.
public struct ScheduleDifference: Hashable, Sendable {
    /// Every moved, added, removed and otherwise changed line, in the order of the new schedule, removed events last.
    public let changes: [PlanChange]
    /// Why it cannot be adopted, one sentence each with what to do instead; empty when it can.
    public let problems: [String]
    private let running: [RunOfShow]
    private let proposed: [LiveEvent]

    /// - Parameters:
    ///   - running: every run of show the engine keeps. Those that are over and in no file any more are left alone.
    ///   - proposed: the events of a valid reading.
    public init(running: [RunOfShow], proposed: [LiveEvent]) {
        var lines = DifferenceLines()
        let runs = Dictionary(running.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for event in proposed {
            if let run = runs[event.id] {
                lines.compare(run, with: event)
            } else {
                lines.added(event)
            }
        }
        let named = Set(proposed.map(\.id))
        for run in running where !named.contains(run.id) && !run.isOver { lines.removed(run) }
        changes = lines.changes
        problems = lines.problems
        self.running = running
        self.proposed = proposed
    }

    public var isEmpty: Bool { changes.isEmpty && problems.isEmpty }

    /// The runs after the difference is made true: progress, votes, hold and head are kept, the plan is the new one.
    /// - Returns: nil while there are problems; a schedule is adopted whole or not at all.
    public func adopt(now: WallTime, actor: Actor) -> ScheduleAdoption? {
        guard problems.isEmpty else { return nil }
        let runs = Dictionary(running.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var adoption = ScheduleAdoption()
        for event in proposed {
            guard let run = runs[event.id] else {
                adoption.runs.append(RunOfShow(event: event, startedAt: now, actor: actor))
                adoption.added.append(event.id)
                continue
            }
            if run.event == event {
                adoption.runs.append(run)
            } else {
                adoption.runs.append(run.adopting(event, now: now, actor: actor))
                adoption.changed.append(event.id)
            }
        }
        let named = Set(proposed.map(\.id))
        for run in running where !named.contains(run.id) {
            if run.isOver { adoption.runs.append(run) } else { adoption.removed.append(run.id) }
        }
        return adoption
    }
}

/// The runs of show after a schedule was adopted, and which of them are not as before.
public struct ScheduleAdoption: Hashable, Sendable {
    /// All that remain: in the order of the schedule, then those that are over and in no file any more.
    public var runs: [RunOfShow] = []
    public var added: [EventID] = []
    public var changed: [EventID] = []
    public var removed: [EventID] = []
}

extension RunOfShow {
    /// This run with another version of its event. Stages keep by key what has happened to them. A run that is over
    /// begins anew as the next edition; its topic goes on from the head it has.
    fileprivate func adopting(_ event: LiveEvent, now: WallTime, actor: Actor) -> RunOfShow {
        var run = self
        run.event = event
        run.revision += 1
        run.changedBy = actor
        run.changedAt = now
        if isOver {
            let fresh = RunOfShow(event: event, startedAt: now, actor: actor)
            (run.startedAt, run.progress, run.current, run.hold, run.votes) = (now, fresh.progress, nil, nil, [])
            run.edition += 1
            run.planVersion += 1
            return run
        }
        let old = Dictionary(
            zip(self.event.stages, progress).map { ($0.key, ($0, $1)) }, uniquingKeysWith: { first, _ in first })
        run.progress = event.stages.map { stage in
            old[stage.key].map { $1.adopting(stage, over: $0) } ?? StageProgress(mode: stage.mode, time: stage.time)
        }
        let gates = Set(event.stages.flatMap(\.gates).map(\.name))
        run.votes = votes.filter { gates.contains($0.gate) }
        let isReplanned = self.event.stages.map(\.key) != event.stages.map(\.key)
            || progress.map(\.time) != run.progress.map(\.time) || progress.map(\.mode) != run.progress.map(\.mode)
        run.planVersion += isReplanned ? 1 : 0
        return run
    }
}

extension StageProgress {
    /// Where a stage stands once its definition is exchanged: what the file has not changed stays as operators have set
    /// it.
    func adopting(_ new: StageDefinition, over old: StageDefinition) -> StageProgress {
        StageProgress(
            mode: new.mode == old.mode ? mode : new.mode, time: new.time == old.time ? time : new.time, outcome: outcome
        )
    }
}
