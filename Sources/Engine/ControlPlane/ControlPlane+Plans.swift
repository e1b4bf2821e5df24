import OrderedCollections

// Prepare, look, apply: commands that act outside the room, worked out as values before they are true.

extension ControlPlane {
    func guardLevel(of intent: Intent, time: WallTime) -> GuardLevel {
        let run = intent.event.flatMap { runs[$0] }
        var isGo = !overridesGate(intent)
        if case .promote(_, let broadcast) = intent { isGo = broadcasts[broadcast]?.isProven ?? false }
        return guards.level(of: intent, run: run, isGo: isGo, isWorkDue: !workDue.isEmpty, now: time)
    }

    /// The gates that what the intent sends has to pass. A recycle has none: its stage passed them when it first aired,
    /// and a correction must not wait for a vote.
    private func gates(of intent: Intent) -> [GateSnapshot] {
        switch intent {
        case .take(let id, let stage), .trigger(let id, let stage): gates(before: stage, of: id)
        default: []
        }
    }

    /// AUTO stages that would be missed, and fan-outs under way: why ending the engine is an outage.
    var workDue: [PlanChange] {
        runs.values.compactMap { run in
            run.nextAutomatic.map {
                PlanChange(
                    mark: .removed, what: "\(run.event.code) '\($0.key)' AUTO", before: Words.time($0.at),
                    after: "would be missed")
            }
        } + broadcasts.values.filter { !$0.isFinal }.map {
                PlanChange(
                    mark: .removed, what: "\($0.record.id) '\($0.record.publication.stage)' fan-out",
                    before: "under way", after: "would be cut short")
        }
    }

    // MARK: Prepare

    mutating func prepare(_ intent: Intent, actor: Actor, in transaction: inout Transaction) -> EngineReply {
        if let id = intent.event, runs[id] == nil {
            return .refused(
                "There is no live event '\(id)' on the desk. It has \(runs.keys.map(\.rawValue).joined(separator: ", "))."
            )
        }
        if case .take(let id, let key) = intent, let run = runs[id], let next = run.next, next != key {
            guard let index = run.index(of: key) else {
                return .refused(RunOfShowError.unknownStage(key, known: run.event.stages.map(\.key)).sentence)
            }
            return run.progress[index].outcome == .upcoming
                ? .refused("'\(key)' is not next yet: '\(next)' is. T triggers a stage out of turn.")
                : .stale("'\(key)' is not next any more: '\(next)' is.")
        }
        outlook.populations = populations()
        if case .reschedule(let id, let key, _) = intent { plans.replace(id, key, by: actor) }
        // The trial run does it on a copy that is thrown away: what it would change is the difference.
        var trial = self
        var trialTransaction = Transaction(now: transaction.now, time: transaction.time)
        let reply = trial.execute(intent, actor: actor, why: nil, in: &trialTransaction)
        guard case .done = reply else { return reply }
        let level = guardLevel(of: intent, time: transaction.time)
        let event = intent.event.flatMap { runs[$0]?.event }
        var plan = CommandPlan(
            id: plans.nextID, intent: intent, event: intent.event, title: Words.title(of: intent, runs: runs),
            level: level,
            revision: intent.event.flatMap { runs[$0]?.revision }, by: actor)
        plan.changes = changes(of: intent, trial: trial)
        plan.facts = facts(of: intent, trial: trial, time: transaction.time)
        plan.forecast = planForecast(of: intent, trial: &trial, in: transaction)
        if level >= .g3 { plan.code = event?.code ?? intent.code }
        plan.needsWhy = overridesGate(intent) || intent.needsWhy
        plans.add(plan, now: transaction.now.instant)
        return .plan(plan)
    }

    private func overridesGate(_ intent: Intent) -> Bool {
        !gates(of: intent).allSatisfy { $0.isGo == true }
    }

    private func changes(of intent: Intent, trial: ControlPlane) -> [PlanChange] {
        switch intent {
        case .quit: workDue
        case .adoptSchedule: offered?.changes ?? []
        case .cordon(let node), .drain(let node, _), .uncordon(let node): dutyChanges(of: node, intent)
        case .traffic(let intent): changes(of: intent, trial: trial)
        default:
            if let id = intent.event, let before = runs[id], let after = trial.runs[id] {
                PlanDifference.changes(from: before, to: after)
            } else { [] }
        }
    }

    private func facts(of intent: Intent, trial: ControlPlane, time: WallTime) -> [PlanFact] {
        if case .drill(let fault) = intent { return drillFacts(fault, time: time) }
        if case .traffic(let intent) = intent { return facts(of: intent) }
        guard let id = intent.event, let run = runs[id] else { return dutyFacts(intent) }
        if case .resume = intent {
            return [PlanFact("the hold", "goes on until y: every second you wait moves these times by one more")]
        }
        if case .abort(_, let broadcast) = intent, let machine = broadcasts[broadcast] {
            let total = machine.total
            return [
                PlanFact(
                    "have it",
                    "\(Words.count(total.sent)) of \(Words.count(total.connected)) connected devices were sent to",
                    severity: .warn),
                PlanFact("after", "the others keep the stage they have; R recycles everyone with a newer timestamp"),
            ]
        }
        if let facts = waveFacts(of: intent) { return facts }
        guard let stage = intent.stageSent, let sent = trial.router.logs[run.event.topic]?.head else { return [] }
        return [
            PlanFact("to", audienceWords(of: run, waves: sent.waves)),
            PlanFact("payload", payloadWords(sent)),
            lastFigures(of: id),
            gateFact(gates(of: intent)),
            run.progress.indices.contains { run.event.stages[$0].key == stage && run.progress[$0].outcome == .upcoming }
                ? timingFact(stage, of: run, time: time) : nil,
            PlanFact("recall", "none: R recycles to an earlier stage with a newer timestamp"),
        ].compactMap { $0 }
    }

    private func waveFacts(of intent: Intent) -> [PlanFact]? {
        switch intent {
        case .pauseWaves(_, let broadcast):
            guard let total = broadcasts[broadcast]?.total else { return nil }
            return [
                PlanFact(
                    "have it",
                    "\(Words.count(total.sent)) of \(Words.count(total.connected)) connected devices were sent to"),
                PlanFact(
                    "after", "waves under way go out whole, no other begins; devices that return wait too; O promotes"),
            ]
        case .promote(_, let broadcast):
            guard let machine = broadcasts[broadcast] else { return nil }
            let total = machine.total
            let proof = machine.isProven ? PlanFact("canary", "proven") : PlanFact(
                    "canary",
                    "NOT proven: \(Words.count(total.acked)) acked, \(Words.count(total.unknownStage)) do not know the stage, "
                    + "of \(Words.count(total.sent)) sent to", severity: .critical)
            return [proof, PlanFact("to", "\(Words.count(total.notSent)) devices that were not sent to")]
        default: return nil
        }
    }

    private func audienceWords(of run: RunOfShow, waves: WavePlan) -> String {
        let audience = router.audience(of: run.event.topic), nodes = router.interested(in: run.event.topic).count
        let first = waves.canary.map {
            "after about \(Words.count(Int(Double($0.share) / 4_294_967_296 * Double(audience.all.known)))) canaries, "
        } ?? ""
        let spread =
            first
            + (waves.count == 1 ? "at once" : "in \(waves.count) waves, one every \(Words.duration(waves.interval))")
        return
            "\(Words.count(audience.real.connected)) real + \(Words.count(audience.modelled.connected)) modelled connected devices on \(nodes) edge nodes, \(spread)"
    }

    private func payloadWords(_ publication: Publication) -> String {
        let json = EdgeMessage.stage(publication.topic, publication.stage, publication.position).json
        return "\(json)  \(json.utf8.count) bytes"
    }

    private func lastFigures(of id: EventID) -> PlanFact? {
        guard let last = newestBroadcast(of: id), let t99 = last.figures.t99 else { return nil }
        let tail = last.figures.t999.map { ", t99.9 \(Words.duration($0))" } ?? ""
        return PlanFact(
            "last time", "\(last.record.id) '\(last.record.publication.stage)': t99 \(Words.duration(t99))\(tail)")
    }

    private func gateFact(_ gates: [GateSnapshot]) -> PlanFact? {
        guard !gates.isEmpty else { return nil }
        let closed = gates.filter { $0.isGo != true }
        if closed.isEmpty { return PlanFact("gate", "GO \(gates.count)/\(gates.count)") }
        let words = closed.map { "\($0.name) (\($0.detail))" }.joined(separator: ", ")
        return PlanFact(
            "gate",
            "NO-GO \(gates.count - closed.count)/\(gates.count): \(words). Overriding needs a reason and a second operator.",
            severity: .critical)
    }

    private func timingFact(_ stage: StageKey, of run: RunOfShow, time: WallTime) -> PlanFact {
        guard let planned = run.startTime(of: stage) else { return PlanFact("timing", "on cue") }
        let early = planned.since(run.hold?.since ?? time)
        let isOnPlan = guards.isOnPlan(stage, of: run, now: time)
        let words = abs(early) < 1000 ? "on time" : "\(early > 0 ? "EARLY" : "LATE") by \(Words.duration(abs(early)))"
        return PlanFact(
            "timing", isOnPlan ? words : "\(words): off plan, so the code is required",
            severity: isOnPlan ? .calm : .warn)
    }

    // MARK: Apply

    mutating func apply(
        _ id: PlanID, _ confirmation: Confirmation, actor: Actor, why: String?, in transaction: inout Transaction
    ) -> EngineReply {
        guard let prepared = plans[id] else { return .refused("Plan \(id) is not known (any more). Prepare it again.") }
        let plan = prepared.plan
        if let stale = staleness(of: plan, time: transaction.time) {
            plans.remove(id)
            return .stale(stale)
        }
        guard prepared.confirmed == nil else { return .refused("Plan \(id) has been confirmed already.") }
        if plan.needsWhy, why.flatMap(Words.trimmed) == nil {
            return .refused(
                overridesGate(plan.intent)
                    ? "Overriding NO-GO needs a reason: say why." : "This needs a reason: say why.")
        }
        if let code = plan.code {
            guard case .code(let typed) = confirmation, typed.uppercased() == code.uppercased() else {
                return .refused("This is \(plan.level.rawValue): type \(code) to arm it.")
            }
        }
        guard plan.level >= .g3 else {
            plans.remove(id)
            return execute(plan.intent, actor: actor, why: why, in: &transaction)
        }
        plans.update(id) { $0.confirmed = (actor, why) }
        if plan.level == .g3TwoOperators, plan.approvedBy == nil {
            journal(
                .planArmed, event: plan.event, actor: actor, after: "\(plan.title), waits for a second operator",
                why: why, in: &transaction)
            return .awaitingSecondOperator(id)
        }
        return arm(id, actor: actor, in: &transaction)
    }

    private mutating func arm(_ id: PlanID, actor: Actor, in transaction: inout Transaction) -> EngineReply {
        let fires = transaction.now.instant + configuration.armedFor
        plans.update(id) { $0.fires = fires }
        guard let plan = plans[id]?.plan else { return .refused("Plan \(id) is gone.") }
        journal(
            .planArmed, event: plan.event, actor: actor, after: plan.title, why: plans[id]?.confirmed?.why,
            in: &transaction)
        return .armed(id, at: transaction.now.wall(at: fires))
    }

    /// The second operator must be another person at another terminal than the one who prepared or confirmed it.
    mutating func approve(_ id: PlanID, actor: Actor, in transaction: inout Transaction) -> EngineReply {
        guard let prepared = plans[id] else { return .refused("Plan \(id) is not known (any more).") }
        guard prepared.plan.level == .g3TwoOperators else { return .refused("Plan \(id) needs no second operator.") }
        guard case .person(let second) = actor else { return .refused("Only a person can be the second operator.") }
        for first in [prepared.plan.by, prepared.confirmed?.by].compactMap({ $0 }) {
            if case .person(let first) = first, first.name == second.name || first.terminal == second.terminal {
                return .refused("The second operator must be another person at another terminal than \(first.name).")
            }
        }
        if let stale = staleness(of: prepared.plan, time: transaction.time) {
            plans.remove(id)
            return .stale(stale)
        }
        guard prepared.plan.approvedBy == nil else {
            return .refused("\(prepared.plan.approvedBy ?? "") has approved it already.")
        }
        plans.update(id) { $0.plan.approvedBy = second.name }
        let entry = journal(
            .planApproved, event: prepared.plan.event, actor: actor, after: prepared.plan.title, in: &transaction)
        if let confirmed = prepared.confirmed { return arm(id, actor: confirmed.by, in: &transaction) }
        return .done(entry, "Approved: \(prepared.plan.title).")
    }

    mutating func disarm(_ id: PlanID, actor: Actor, in transaction: inout Transaction) -> EngineReply {
        guard let prepared = plans[id], prepared.confirmed != nil else {
            return .refused("Plan \(id) is not armed: it was sent, or stopped before.")
        }
        plans.remove(id)
        let entry = journal(
            .planDisarmed, event: prepared.plan.event, actor: actor, before: prepared.plan.title, after: "nothing sent",
            in: &transaction)
        return .done(entry, "Stopped. Nothing was sent.")
    }

    mutating func discard(_ id: PlanID, actor: Actor, in transaction: inout Transaction) -> EngineReply {
        guard let prepared = plans[id], prepared.confirmed == nil else { return .done(nil, "Closed.") }
        plans.remove(id)
        let entry = journal(
            .planDiscarded, event: prepared.plan.event, actor: actor, before: prepared.plan.title, in: &transaction)
        return .done(entry, "Closed. Nothing was changed.")
    }

    /// Carries out the armed plans whose countdown has ended; one that has become stale meanwhile is dropped, and said
    /// so.
    mutating func fireArmedPlans(in transaction: inout Transaction) {
        for prepared in plans.due(now: transaction.now.instant) {
            plans.remove(prepared.plan.id)
            let actor = prepared.confirmed?.by ?? prepared.plan.by
            var refusal = staleness(of: prepared.plan, time: transaction.time)
            if refusal == nil,
                case .refused(let why) = execute(
                    prepared.plan.intent, actor: actor, why: prepared.confirmed?.why, in: &transaction)
            {
                refusal = why
            }
            if let refusal {
                journal(
                    .commandRefused, event: prepared.plan.event, actor: actor, before: prepared.plan.title,
                    after: refusal, in: &transaction)
            }
        }
    }

    /// Who changed what the plan was made against; nil while it still holds.
    private func staleness(of plan: CommandPlan, time: WallTime) -> String? {
        if case .adoptSchedule = plan.intent, offered?.changes != plan.changes {
            return "The files or the shows have changed since. Look at it again."
        }
        guard guardLevel(of: plan.intent, time: time) <= plan.level else {
            return
                "It needs more care now than when it was prepared: a gate, the time or the work that is due has changed. Look at it again."
        }
        guard let id = plan.event, let revision = plan.revision else { return nil }
        guard let run = runs[id] else { return "'\(id)' is not on the desk any more." }
        guard run.revision != revision else { return nil }
        return
            "\(run.changedBy) changed \(run.event.code) at \(run.changedAt.clock())Z (plan v\(run.planVersion)). Look at it again."
    }
}

extension Intent {
    /// The live event it concerns; nil for the whole room.
    var event: EventID? {
        switch self {
        case .take(let id, _), .hold(let id), .resume(let id), .reschedule(let id, _, _), .trigger(let id, _),
            .recycle(let id, _), .abort(let id, _), .pauseWaves(let id, _), .promote(let id, _), .resend(let id, _),
            .vote(let id, _, _), .undo(let id):
            id
        case .note(let id, _): id
        case .explain, .acknowledge, .adoptSchedule, .signHandover, .cordon, .drain, .uncordon, .drill, .endDrills,
            .quit, .traffic:
            nil
        }
    }

    /// What must be typed to arm it where no event has a code.
    fileprivate var code: String {
        if case .traffic(.override(let bucket, _)) = self { bucket.rawValue } else { "quit" }
    }

    /// Whether it needs a reason by what it is, whatever the gates say.
    fileprivate var needsWhy: Bool {
        if case .traffic(let intent) = self { intent.needsWhy } else { false }
    }

    /// The stage it would send; nil if it sends none.
    var stageSent: StageKey? {
        switch self {
        case .take(_, let key), .trigger(_, let key), .recycle(_, let key): key
        default: nil
        }
    }
}
