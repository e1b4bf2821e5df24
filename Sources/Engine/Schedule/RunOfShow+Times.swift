// Times of a run of show: what is planned, what is next, what is due.

extension RunOfShow {
    /// Place of the stage in the run of show.
    public func index(of key: StageKey) -> Int? { event.stages.firstIndex { $0.key == key } }

    /// The stage as the schedule describes it.
    public func definition(of key: StageKey) -> StageDefinition? { index(of: key).map { event.stages[$0] } }

    /// Index of the stage a TAKE would send; nil once the run of show is over.
    public var nextIndex: Int? {
        let first = current.flatMap(index(of:)).map { $0 + 1 } ?? 0
        return progress.indices.dropFirst(first).first { progress[$0].outcome == .upcoming }
    }

    /// The broadcasts of the stages that were taken, in order of stage.
    public var broadcasts: [BroadcastID] {
        progress.compactMap { if case .taken(_, let id) = $0.outcome { id } else { nil } }
    }

    /// The stage a TAKE would send; nil once the run of show is over.
    public var next: StageKey? { nextIndex.map { event.stages[$0].key } }

    /// Nothing is left to send.
    public var isOver: Bool { nextIndex == nil }

    /// On air: a stage was sent and the last one was not.
    public var isUnderWay: Bool { current != nil && !isOver }

    /// When the stage started, or else is planned to start on the T-clock; nil if that hangs on a cue.
    ///
    /// During a hold the T-clock stands still, so planned times are those of an immediate RESUME at the hold's
    /// beginning.
    public func startTime(of key: StageKey) -> WallTime? { startTime(of: key, depth: 0) }

    /// The depth bound only guards against a cycle, which the schedule reader refuses.
    private func startTime(of key: StageKey, depth: Int) -> WallTime? {
        guard depth <= event.stages.count, let index = index(of: key) else { return nil }
        switch progress[index].outcome {
        case .taken(let at, _): return at
        case .skipped(let at): return at
        case .upcoming: return resolve(progress[index].time, depth: depth)
        }
    }

    /// When the stage is (or was) planned to start, whatever happened; nil if that hangs on a cue.
    public func plannedTime(of key: StageKey) -> WallTime? {
        index(of: key).flatMap { resolve(progress[$0].time, depth: 0) }
    }

    private func resolve(_ time: StageTime, depth: Int) -> WallTime? {
        switch time {
        case .at(let wall): wall
        case .afterStart(let milliseconds): startedAt + milliseconds
        case .after(let key, let milliseconds): startTime(of: key, depth: depth + 1).map { $0 + milliseconds }
        case .onCue: nil
        }
    }

    /// The event with its stages as they are planned now, operators' moves and all; times after the start are moments.
    public var planned: LiveEvent {
        var event = event
        for index in event.stages.indices {
            event.stages[index].mode = progress[index].mode
            event.stages[index].time = progress[index].time
            if case .afterStart(let delay) = progress[index].time { event.stages[index].time = .at(startedAt + delay) }
        }
        return event
    }

    /// Milliseconds to the next stage on the T-clock: frozen during a hold, negative when overdue, nil if on cue.
    public func countdown(at now: WallTime) -> Milliseconds? {
        next.flatMap(startTime(of:)).map { $0.since(hold?.since ?? now) }
    }

    /// The AUTO stage that fires next by itself, and when; nil while the clock is held or the next stage is manual.
    public var nextAutomatic: (key: StageKey, at: WallTime)? {
        guard hold == nil, let index = nextIndex, progress[index].mode == .auto,
              let at = startTime(of: event.stages[index].key)
        else { return nil }
        return (event.stages[index].key, at)
    }

    /// The stages that are due, in order. More than one only after the engine was down or when they share a moment.
    public func due(at now: WallTime) -> [StageKey] {
        guard hold == nil, let first = nextIndex else { return [] }
        var keys: [StageKey] = []
        for index in first..<progress.count where progress[index].outcome == .upcoming {
            let key = event.stages[index].key
            guard progress[index].mode == .auto, let at = startTime(of: key), at <= now else { break }
            keys.append(key)
        }
        return keys
    }
}
