import OrderedCollections

/// The people of a rehearsal: what they wait for.
struct ScriptedDesk {
    static let first = Operator(name: "rehearsal-1", role: "SCO", terminal: "rehearsal/1")
    static let second = Operator(name: "rehearsal-2", role: "lead", terminal: "rehearsal/2")

    /// Votes are cast so long before their stage.
    static let voteAhead: Milliseconds = 2 * 60_000
    /// A step of the clock is acknowledged after this.
    static let readsClockWithin: Milliseconds = 20_000
    /// A clock that the engine holds at a gate is overridden after this, with a reason.
    static let patience: Milliseconds = 5 * 60_000
    /// Between two tries of what was refused or dropped.
    static let again: Milliseconds = 10_000

    /// Not to be tried before, by event.
    var notBefore: [EventID: WallTime] = [:]
    var clockSteppedAt: WallTime?
    var refusals: [String] = []
    static let refusalsMax = 100
}

// The scripted operator: two people who do what the run of show asks for, at its time, through the same commands and
// guards as everybody. They
// 1. vote GO at every gate two minutes before its stage;
// 2. take each MANUAL stage at its planned time, or, on cue, when the stage before it has lasted as long as stages of
//    its kind typically do (`StageStarts.typicalLength`); the second person approves what needs two;
// 3. resume a clock the engine holds as soon as the gates are GO, and override them with a reason after five minutes;
// 4. acknowledge a step of the wall clock after twenty seconds.

extension RehearsalRunner {
    private static let one = Actor.person(ScriptedDesk.first)
    private static let two = Actor.person(ScriptedDesk.second)

    /// Schedule time of what the people do next; nil while there is nothing.
    var nextDeskTime: WallTime? {
        if let recorded { return nextDeedTime(recorded) }
        let shows = plane.runs.values.compactMap { run in
            duty(of: run).map { max($0.at, desk.notBefore[run.id] ?? $0.at) }
        }
        let clock = desk.clockSteppedAt.map { $0 + ScriptedDesk.readsClockWithin }
        return (shows + [clock].compactMap { $0 }).min()
    }

    mutating func actAtTheDesk() throws {
        if recorded != nil { return try playDeeds() }
        let time = time
        if plane.clock.step != 0, desk.clockSteppedAt == nil { desk.clockSteppedAt = time }
        if let stepped = desk.clockSteppedAt, time >= stepped + ScriptedDesk.readsClockWithin {
            desk.clockSteppedAt = nil
            _ = try step(.command(.perform(.acknowledge(ControlPlane.clockAlert)), Self.one))
        }
        for id in plane.runs.keys {
            guard let run = plane.runs[id], let duty = duty(of: run), duty.at <= self.time,
                (desk.notBefore[id] ?? .distantPast) <= self.time
            else { continue }
            try perform(duty.what, of: run)
        }
    }

    private enum Duty {
        case vote([String])
        case take(StageKey)
        case resume
    }

    /// What the next stage of a show asks of the people, and when.
    private func duty(of run: RunOfShow) -> (at: WallTime, what: Duty)? {
        guard let index = run.nextIndex else { return nil }
        let stage = run.event.stages[index]
        let gates = plane.gates(before: stage.key, of: run.id)
        if let hold = run.hold {
            let isGo = gates.allSatisfy { $0.isGo == true }
            return isGo ? (hold.since + 1000, .resume) : (hold.since + ScriptedDesk.patience, .take(stage.key))
        }
        let cue = StageStarts.expected(of: run).first { $0.stage == stage.key }?.at ?? run.startedAt
        let votes = gates.filter { $0.isGo != true && $0.name != Gate.prefetchName }.map(\.name)
        if !votes.isEmpty { return (cue - ScriptedDesk.voteAhead, .vote(votes)) }
        guard run.progress[index].mode == .manual else { return nil }
        // Armed plans count down: begun early enough to go on air at the time.
        return (cue - plane.configuration.armedFor.wholeMilliseconds, .take(stage.key))
    }

    private mutating func perform(_ duty: Duty, of run: RunOfShow) throws {
        desk.notBefore[run.id] = time + ScriptedDesk.again
        switch duty {
        case .vote(let gates):
            for gate in gates { _ = try step(.command(.perform(.vote(run.id, gate: gate, go: true)), Self.one)) }
            desk.notBefore[run.id] = nil
        case .resume: try carryOut(.resume(run.id))
        case .take(let key): try carryOut(.take(run.id, key))
        }
    }

    /// Prepares, looks, applies, and has the second person approve where the guard asks for it.
    private mutating func carryOut(_ intent: Intent) throws {
        guard case .plan(let plan)? = try noted(step(.command(.prepare(intent), Self.one))) else { return }
        let why = plan.needsWhy ? "rehearsal: nobody voted, the show goes on" : nil
        let confirmation = plan.code.map(Confirmation.code) ?? .key
        if case .awaitingSecondOperator? = try noted(step(.command(.apply(plan.id, confirmation, why: why), Self.one)))
        {
            _ = try noted(step(.command(.approve(plan.id), Self.two)))
        }
    }

    private mutating func noted(_ reply: EngineReply?) -> EngineReply? {
        if case .refused(let sentence)? = reply, desk.refusals.count < ScriptedDesk.refusalsMax {
            desk.refusals.append(sentence)
        }
        return reply
    }
}
