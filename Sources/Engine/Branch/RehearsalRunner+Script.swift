import OrderedCollections

// A showing played again: what people did is done again, in order, by the same names, with the one change of the
// branch.
//
// Up to the branch everything comes at its own time. After it each deed keeps its distance from the stage it followed,
// since that is what people go by: who ended the show 47 minutes into LIVE ends it 47 minutes into LIVE, also when LIVE
// comes later.

/// What is still to be done again.
struct RecordedDesk {
    let rerun: Rerun
    /// The deeds of the recording, oldest first, and the next of them.
    private let deeds: [ShowScript.Deed]
    private var next = 0
    /// Those of the change, in order of time.
    private(set) var changes: [ShowScript.Deed]
    /// When everything ends at the latest: the show's own end, and an hour for what comes later than it did.
    let until: WallTime

    private static let grace: Milliseconds = 3_600_000

    init(_ rerun: Rerun) {
        self.rerun = rerun
        let script = rerun.script, moment = rerun.moment, person = Actor.person(ScriptedDesk.first)
        var deeds = script.deeds, delay: Milliseconds = 0
        func deed(_ act: ShowScript.Act, at: WallTime = moment) -> ShowScript.Deed {
            .init(at: at, by: person, act: act)
        }
        changes = []
        switch rerun.change {
        case nil: break
        case .without, .shift:
            guard let place = deeds.firstIndex(where: { $0.at >= moment }) else { break }
            var moved = deeds.remove(at: place)
            if case .shift(let by) = rerun.change {
                moved.at = moved.at + by
                changes = [moved]
                delay = max(0, by)
            }
        case .hold(let length):
            changes = [deed(.hold), deed(.resume, at: moment + length)]
            delay = length
        case .take: changes = [deed(.take(Self.nextStage))]
        case .act(let act): changes = [deed(act)]
        case .move(let stage, let by):
            changes = [deed(.move([.init(stage: stage ?? Self.nextStage, move: .by(by))]))]
            delay = max(0, by)
        }
        self.deeds = deeds
        until = script.showing.until + delay + (script.isOver ? Self.grace : 0)
    }

    /// Stands for whatever stage is next when the deed is done.
    static let nextStage: StageKey = "(next)"

    var pending: ShowScript.Deed? { next < deeds.count ? deeds[next] : nil }

    /// When the next deed of the recording is due; nil while the stage it follows is not on air.
    func due(_ run: RunOfShow) -> WallTime? {
        guard let deed = pending else { return nil }
        guard rerun.change != nil, deed.at > rerun.moment, let anchor = deed.follows else { return deed.at }
        guard let index = run.index(of: anchor.stage) else { return deed.at }
        switch run.progress[index].outcome {
        case .taken(let at, _): return at + anchor.offset
        case .skipped: return deed.at
        case .upcoming: return nil
        }
    }

    mutating func takeChange(due time: WallTime) -> ShowScript.Deed? {
        guard let first = changes.first, first.at <= time else { return nil }
        return changes.removeFirst()
    }

    mutating func takePending() -> ShowScript.Deed? {
        defer { next += 1 }
        return pending
    }
}

extension RehearsalRunner {
    /// Schedule time of the next thing done again, or of the end.
    func nextDeedTime(_ recorded: RecordedDesk) -> WallTime? {
        guard let run = plane.runs.values.first else { return nil }
        let end = time < recorded.until ? recorded.until : nil
        return [recorded.changes.first?.at, recorded.due(run), end].compactMap { $0 }.min()
    }

    mutating func playDeeds() throws {
        let time = time
        while let change = recorded?.takeChange(due: time) { try play(change) }
        while let run = plane.runs.values.first, let due = recorded?.due(run), due <= time,
            let deed = recorded?.takePending()
        {
            try play(deed)
        }
    }

    private mutating func play(_ deed: ShowScript.Deed) throws {
        guard let run = plane.runs.values.first else { return }
        var who = deed.by
        if case .person = who {} else { who = .person(ScriptedDesk.first) }
        if case .set(let setting) = deed.act { offer(setting, run) }
        for intent in intents(of: deed.act, run) {
            let reply = try carryOut(intent, by: who, why: deed.why)
            if let sentence = reply.refusal, desk.refusals.count < ScriptedDesk.refusalsMax {
                desk.refusals.append("\(Words.time(time)) \(deed.act.words): \(sentence)")
            }
        }
    }

    private func intents(of act: ShowScript.Act, _ run: RunOfShow) -> [Intent] {
        let id = run.id
        func stage(_ key: StageKey) -> StageKey { key == RecordedDesk.nextStage ? run.next ?? key : key }
        switch act {
        case .take(let key): return [.take(id, stage(key))]
        case .trigger(let key): return [.trigger(id, key)]
        case .recycle(let key): return [.recycle(id, key)]
        case .hold: return [.hold(id)]
        case .resume: return [.resume(id)]
        case .move(let shifts): return shifts.map { .reschedule(id, stage($0.stage), $0.move) }
        case .vote(let gate, let go): return [.vote(id, gate: gate, go: go)]
        case .drill(let drill): return [.drill(drill.fault(from: now.wall))]
        case .endDrills: return [.endDrills]
        case .set: return [.adoptSchedule]
        case .abort, .pauseWaves, .promote, .resend:
            guard let broadcast = plane.newestBroadcast(of: id)?.record.id else { return [] }
            return switch act {
            case .abort: [.abort(id, broadcast)]
            case .pauseWaves: [.pauseWaves(id, broadcast)]
            case .promote: [.promote(id, broadcast)]
            default: [.resend(id, broadcast)]
            }
        }
    }

    /// The setting, as an edited schedule would bring it.
    private mutating func offer(_ setting: ShowScript.Setting, _ run: RunOfShow) {
        let taken = Set(zip(run.event.stages, run.progress).filter { $1.outcome != .upcoming }.map(\.0.key))
        var reading = ScheduleReading()
        reading.events = [setting.applied(to: run.event, taken: taken)]
        reading.capacity = show.capacity
        plane.offerSchedule(reading, files: ["what if"])
    }

    /// Prepares, applies, and has a second person approve where the guard asks for it; nothing counts down in a re-run.
    private mutating func carryOut(_ intent: Intent, by who: Actor, why: String?) throws -> EngineReply {
        switch intent {
        case .hold, .vote, .endDrills: return try step(.command(.perform(intent, why: why), who)) ?? .done(nil, "")
        default: break
        }
        let prepared = try step(.command(.prepare(intent), who)) ?? .done(nil, "")
        guard case .plan(let plan) = prepared else { return prepared }
        let reason = why ?? (plan.needsWhy ? "as it was" : nil)
        var reply = try step(.command(.apply(plan.id, plan.code.map(Confirmation.code) ?? .key, why: reason), who))
        if case .awaitingSecondOperator? = reply {
            reply = try step(.command(.approve(plan.id), .person(ScriptedDesk.second)))
        }
        // What is armed takes effect at this very moment, as it did.
        if case .armed? = reply { _ = try step(.tick) }
        return reply ?? .done(nil, "")
    }
}

extension EngineReply {
    /// Why it was not done; nil if it was.
    fileprivate var refusal: String? {
        switch self {
        case .refused(let sentence), .stale(let sentence): sentence
        default: nil
        }
    }
}
