// What can happen to a run of show. Each verb changes the value and bumps its revision, or throws
// and changes nothing. Whether an operator may do it is decided before, by the guards.

extension RunOfShow {
    /// The stage goes on air. Stages between the one on air and this one are skipped; a hold ends, and the
    /// times behind it move by its length.
    public mutating func take(
        _ key: StageKey, as broadcast: BroadcastID, position: BroadcastPosition, now: WallTime, actor: Actor
    )
        throws(RunOfShowError)
    {
        guard let index = index(of: key) else { throw .unknownStage(key, known: event.stages.map(\.key)) }
        guard progress[index].outcome == .upcoming else { throw .alreadyTaken(key) }
        endHold(at: now)
        let first = current.flatMap(self.index(of:)).map { $0 + 1 } ?? 0
        for skipped in first..<max(first, index) where progress[skipped].outcome == .upcoming {
            progress[skipped].outcome = .skipped(now)
        }
        goOnAir(index, broadcast, position, now)
        touch(now, actor)
    }

    /// Back to an earlier stage (or the one on air once more) by a new broadcast. What came after it is ahead again
    /// and waits for its TAKE: a time that has passed must not fire.
    public mutating func recycle(
        to key: StageKey, as broadcast: BroadcastID, position: BroadcastPosition, now: WallTime, actor: Actor
    )
        throws(RunOfShowError)
    {
        guard let index = index(of: key) else { throw .unknownStage(key, known: event.stages.map(\.key)) }
        guard let onAir = current.flatMap(self.index(of:)), index <= onAir else { throw .notEarlier(key) }
        endHold(at: now)
        for later in progress.indices.dropFirst(index + 1) where progress[later].outcome != .upcoming {
            progress[later] = StageProgress(mode: .manual, time: .onCue)
        }
        goOnAir(index, broadcast, position, now)
        planVersion += 1
        touch(now, actor)
    }

    /// Passes over a stage that was due while the engine was down and whose successor is due as well. It counts as
    /// skipped at its planned time, so what hangs on it keeps its own.
    public mutating func skip(_ key: StageKey, now: WallTime) {
        guard let index = index(of: key), progress[index].outcome == .upcoming else { return }
        progress[index].outcome = .skipped(startTime(of: key) ?? now)
        touch(now, .engine)
    }

    /// Stops the T-clock.
    public mutating func holdClock(now: WallTime, actor: Actor, why: String?) throws(RunOfShowError) {
        if let hold { throw .alreadyHeld(by: hold.by) }
        guard let key = next, let index = nextIndex else { throw .over }
        guard progress[index].mode == .auto else { throw .nothingToHold(key) }
        hold = Hold(since: now, by: actor, why: why)
        touch(now, actor)
    }

    /// Lets the T-clock run on; what is ahead moves by the length of the hold.
    public mutating func resumeClock(now: WallTime, actor: Actor) throws(RunOfShowError) {
        guard hold != nil else { throw .notHeld }
        endHold(at: now)
        touch(now, actor)
    }

    /// Moves a stage that is ahead, and with it every stage that hangs on it.
    public mutating func move(_ key: StageKey, _ move: Move, now: WallTime, actor: Actor) throws(RunOfShowError) {
        guard let index = index(of: key) else { throw .unknownStage(key, known: event.stages.map(\.key)) }
        guard progress[index].outcome == .upcoming else { throw .alreadyTaken(key) }
        guard Self.isWithinReach(move, now: now) else { throw .tooFar(key) }
        var moved = self
        switch move {
        case .by(let milliseconds):
            guard let time = progress[index].time.moved(by: milliseconds) else { throw .onCue(key) }
            moved.progress[index].time = time
        case .to(let wall):
            guard hold == nil else { throw .heldNeedsRelativeMove(key) }
            moved.progress[index].time = .at(wall)
        }
        try moved.checkOrder(around: index, now: now)
        moved.planVersion += 1
        moved.touch(now, actor)
        self = moved
    }

    /// The stages' times and modes as they were, under a new plan version; refused where that would put a stage on air
    /// at once.
    public mutating func restore(_ earlier: [StageProgress], now: WallTime, actor: Actor) throws(RunOfShowError) {
        var restored = self
        for index in restored.progress.indices where restored.progress[index].outcome == .upcoming {
            restored.progress[index].mode = earlier[index].mode
            restored.progress[index].time = earlier[index].time
        }
        if let key = restored.due(at: now).first, let at = restored.startTime(of: key) {
            throw .inThePast(key, at, earliest: now)
        }
        restored.planVersion += 1
        restored.touch(now, actor)
        self = restored
    }

    /// A slip of the finger, or a client that means harm, moves no stage by years.
    private static func isWithinReach(_ move: Move, now: WallTime) -> Bool {
        let day: Milliseconds = 86_400_000
        return switch move {
        case .by(let milliseconds): (-7 * day...7 * day).contains(milliseconds)
        case .to(let wall): (now - 366 * day...now + 366 * day).contains(wall)
        }
    }

    /// Keeps the newest vote of a gate.
    public mutating func vote(_ vote: GateVote) throws(RunOfShowError) {
        let names = event.stages.flatMap(\.gates).compactMap { if case .vote(let name) = $0 { name } else { nil } }
        guard names.contains(vote.gate) else { throw .unknownGate(vote.gate, known: names) }
        votes.removeAll { $0.gate == vote.gate }
        votes.append(vote)
        touch(vote.at, vote.by)
    }

    private mutating func goOnAir(
        _ index: Int, _ broadcast: BroadcastID, _ position: BroadcastPosition, _ now: WallTime
    ) {
        progress[index].outcome = .taken(now, broadcast)
        // A GO was given for this stage, not for the next one with a gate of the same name.
        let used = event.stages[index].gates.map(\.name)
        votes.removeAll { used.contains($0.gate) }
        current = event.stages[index].key
        head = position
    }

    private mutating func touch(_ now: WallTime, _ actor: Actor) {
        revision += 1
        changedBy = actor
        changedAt = now
    }

    /// Moves what is ahead by the length of the hold. A time that hangs on a stage which is itself ahead
    /// moves with that one, so only the others are written anew.
    private mutating func endHold(at now: WallTime) {
        guard let held = hold else { return }
        hold = nil
        let length = max(0, now.since(held.since))
        for index in progress.indices where progress[index].outcome == .upcoming {
            if case .after(let base, _) = progress[index].time, let base = self.index(of: base),
               progress[base].outcome == .upcoming { continue }
            if let moved = progress[index].time.moved(by: length) { progress[index].time = moved }
        }
        planVersion += 1
    }

    /// A moved stage stays ahead of now, behind its predecessors and before its successors.
    private func checkOrder(around index: Int, now: WallTime) throws(RunOfShowError) {
        let clock = hold?.since ?? now
        for ahead in progress.indices.dropFirst(index) where progress[ahead].outcome == .upcoming {
            guard let at = startTime(of: event.stages[ahead].key) else { continue }
            if ahead == index, at < clock { throw .inThePast(event.stages[ahead].key, at, earliest: clock) }
            let before = progress.indices.prefix(ahead).last { startTime(of: event.stages[$0].key) != nil }
            if let before, let previous = startTime(of: event.stages[before].key), at < previous {
                throw .outOfOrder(event.stages[before].key, previous, event.stages[ahead].key, at)
            }
        }
    }
}

extension StageTime {
    /// The same kind of time, later by so much; nil for a cue, which has none.
    func moved(by milliseconds: Milliseconds) -> StageTime? {
        switch self {
        case .at(let wall): .at(wall + milliseconds)
        case .after(let key, let delay): .after(key, delay + milliseconds)
        case .afterStart(let delay): .afterStart(delay + milliseconds)
        case .onCue: nil
        }
    }
}

/// Why a verb cannot be done to a run of show.
public enum RunOfShowError: Error, Hashable, Sendable {
    case unknownStage(StageKey, known: [StageKey])
    case alreadyTaken(StageKey)
    case notEarlier(StageKey)
    case alreadyHeld(by: Actor)
    case notHeld
    case nothingToHold(StageKey)
    case over
    case onCue(StageKey)
    case heldNeedsRelativeMove(StageKey)
    /// A move by more than 7 days, or to a time more than 366 days away.
    case tooFar(StageKey)
    case inThePast(StageKey, WallTime, earliest: WallTime)
    case outOfOrder(StageKey, WallTime, StageKey, WallTime)
    case unknownGate(String, known: [String])

    /// In words for an operator: what is wrong, and what to do instead.
    public var sentence: String {
        switch self {
        case .unknownStage(let key, let known):
            "There is no stage '\(key)'. The stages are \(known.map(\.rawValue).joined(separator: ", "))."
        case .alreadyTaken(let key): "'\(key)' has been sent already. R recycles to it."
        case .notEarlier(let key): "'\(key)' has not been on air yet. T triggers it."
        case .alreadyHeld(let actor): "The clock is held already, by \(actor)."
        case .notHeld: "The clock is running: there is nothing to resume."
        case .nothingToHold(let key): "Nothing to hold: '\(key)' is manual and waits for a TAKE anyway."
        case .over: "The run of show is over."
        case .onCue(let key): "'\(key)' is on cue and has no time to move. Give it a time, 21:05:00Z."
        case .heldNeedsRelativeMove(let key):
            "The clock is held, so '\(key)' cannot be set to a time of day. Move it by +30s, or resume first."
        case .tooFar(let key):
            "'\(key)' can be moved by at most 7 days, or to a time within a year. Edit the schedule for more."
        case .inThePast(let key, let at, let earliest):
            "'\(key)' cannot start at \(at.clock())Z, which has passed. The earliest is \(earliest.clock())Z; or take it now."
        case .outOfOrder(let first, let firstAt, let second, let secondAt):
            "'\(second)' at \(secondAt.clock())Z would come before '\(first)' at \(firstAt.clock())Z. Move the other of the two first."
        case .unknownGate(let name, let known):
            known.isEmpty
                ? "There is no gate '\(name)': this live event has none to vote at."
                : "There is no gate '\(name)' to vote at. The gates are \(known.joined(separator: ", "))."
        }
    }
}
