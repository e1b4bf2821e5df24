import OrderedCollections

// What operators, scripts and signals ask for, and what is done at once: guard levels G0 and G1, and every
// intent once its guard has been passed.

extension ControlPlane {
    mutating func answer(_ command: EngineCommand, _ actor: Actor, in transaction: inout Transaction) -> EngineReply {
        switch command {
        case .perform(let intent, let why):
            let level = guardLevel(of: intent, time: transaction.time)
            guard level <= .g1 else {
                return .refused("This needs a plan first (\(level.rawValue)): prepare it, look at it, then apply it.")
            }
            return execute(intent, actor: actor, why: why, in: &transaction)
        case .prepare(let intent):
            return prepare(intent, actor: actor, in: &transaction)
        case .apply(let plan, let confirmation, let why):
            return apply(plan, confirmation, actor: actor, why: why, in: &transaction)
        case .approve(let plan):
            return approve(plan, actor: actor, in: &transaction)
        case .disarm(let plan):
            return disarm(plan, actor: actor, in: &transaction)
        case .discard(let plan):
            return discard(plan, actor: actor, in: &transaction)
        case .history(let query):
            transaction.actions.append(.readHistory(query))
            return .history([])
        case .lag(let query):
            return lag(query, in: &transaction)
        case .audit(let before, let limit):
            transaction.actions.append(.readAudit(before: before, limit: limit))
            return .audit([])
        case .recording(let query):
            transaction.actions.append(.readRecording(query))
            return .recording(.frame(nil))
        case .surge(let surge):
            return answer(surge, now: transaction.now)
        case .schedule:
            return .schedule(runs.values.map(\.planned), capacity, traffic.rules)
        }
    }

    /// Does what the intent says. Its guard has been passed.
    mutating func execute(_ intent: Intent, actor: Actor, why: String?, in transaction: inout Transaction)
        -> EngineReply
    {
        do {
            return try perform(intent, actor: actor, why: why.flatMap(Words.trimmed), in: &transaction)
        } catch {
            return .refused(error.sentence)
        }
    }

    private mutating func perform(_ intent: Intent, actor: Actor, why: String?, in transaction: inout Transaction)
        throws(RunOfShowError) -> EngineReply
    {
        switch intent {
        case .take(let id, let key):
            return try sent(key, of: id, as: .stageTaken, verb: "TAKE", actor, why, in: &transaction)
        case .trigger(let id, let key):
            return try sent(key, of: id, as: .stageTriggered, verb: "TRIGGER", actor, why, in: &transaction)
        case .recycle(let id, let key):
            return try sent(key, of: id, as: .stageRecycled, verb: "RECYCLE", actor, why, in: &transaction)
        case .hold(let id):
            try changeRun(id) { run throws(RunOfShowError) in
                try run.holdClock(now: transaction.time, actor: actor, why: why)
            }
            let entry = journal(
                .held, event: id, actor: actor, before: "running", after: "HOLD", why: why, in: &transaction)
            return .done(entry, "HOLD: the clock of \(id) stands still.")
        case .resume(let id):
            let since = runs[id]?.hold?.since
            try changeRun(id) { run throws(RunOfShowError) in
                try run.resumeClock(now: transaction.time, actor: actor)
            }
            let length = Words.duration(since.map { transaction.time.since($0) } ?? 0)
            let entry = journal(
                .resumed, event: id, actor: actor, before: "HOLD", after: "running, times moved by \(length)", why: why,
                in: &transaction)
            return .done(entry, "RESUME: the clock of \(id) runs again after \(length).")
        case .reschedule(let id, let key, let move):
            return try rescheduled(id, key, move, actor, why, in: &transaction)
        case .undo(let id):
            return try undone(id, actor, why, in: &transaction)
        case .abort(let id, let broadcast):
            return aborted(id, broadcast, actor, why, in: &transaction)
        case .pauseWaves(let id, let broadcast):
            return paused(id, broadcast, actor, why, in: &transaction)
        case .promote(let id, let broadcast):
            return promoted(id, broadcast, actor, why, in: &transaction)
        case .resend(let id, let broadcast):
            return resent(id, broadcast, actor, why, in: &transaction)
        case .vote(let id, let gate, let go):
            try changeRun(id) { run throws(RunOfShowError) in
                try run.vote(GateVote(gate: gate, go: go, by: actor, at: transaction.time, why: why))
            }
            let entry = journal(
                .voted, event: id, actor: actor, after: "\(gate) \(go ? "GO" : "NO-GO")", why: why, in: &transaction)
            return .done(entry, "\(gate) is \(go ? "GO" : "NO-GO").")
        case .note(let id, let text):
            return noted(id, text, actor, in: &transaction)
        case .explain(let number, let text):
            guard let reason = Words.trimmed(text) else { return .refused("A reason needs words.") }
            guard number >= 1, number <= lastEntry else {
                return .refused("There is no journal entry \(number): the newest is \(lastEntry).")
            }
            let entry = journal(.explained, actor: actor, before: "entry \(number)", why: reason, in: &transaction)
            return .done(entry, "The reason stands beside entry \(number).")
        case .acknowledge(let alert):
            return acknowledged(alert, actor, in: &transaction)
        case .signHandover(let text):
            return signed(text, actor, in: &transaction)
        case .adoptSchedule:
            return adoptOffer(actor: actor, why: why, in: &transaction)
        case .cordon(let node), .drain(let node, _), .uncordon(let node):
            return changedDuty(of: node, intent, actor, why, in: &transaction)
        case .drill(let fault):
            return drilled(fault, actor, why, in: &transaction)
        case .endDrills:
            return endedDrills(actor, why, in: &transaction)
        case .traffic(let intent):
            return steer(intent, actor: actor, why: why, in: &transaction)
        case .quit:
            let entry = journal(.engineQuit, actor: actor, why: why, in: &transaction)
            transaction.actions.append(.stop)
            return .done(entry, "The engine ends.")
        }
    }

    private mutating func changeRun(_ id: EventID, _ change: (inout RunOfShow) throws(RunOfShowError) -> Void)
        throws(RunOfShowError)
    {
        guard var run = runs[id] else { throw .over }
        try change(&run)
        runs[id] = run
    }

    private mutating func sent(
        _ key: StageKey, of id: EventID, as kind: JournalEntry.Kind, verb: String, _ actor: Actor, _ why: String?,
        in transaction: inout Transaction
    ) throws(RunOfShowError) -> EngineReply {
        let entry = try send(key, of: id, as: kind, actor: actor, why: why, in: &transaction)
        return .done(entry, "\(verb): '\(key)' of \(id) is on its way as \(lastBroadcast).")
    }

    private mutating func rescheduled(
        _ id: EventID, _ key: StageKey, _ move: Move, _ actor: Actor, _ why: String?, in transaction: inout Transaction
    ) throws(RunOfShowError) -> EngineReply {
        let before = runs[id]
        try changeRun(id) { run throws(RunOfShowError) in
            try run.move(key, move, now: transaction.time, actor: actor)
        }
        guard let before, let after = runs[id] else { return .refused(RunOfShowError.over.sentence) }
        let from = Words.time(before.startTime(of: key)), to = Words.time(after.startTime(of: key))
        undos[id] = UndoPoint(
            progress: before.progress, planVersion: after.planVersion,
            what: "the move of '\(key)' from \(from) to \(to)")
        let entry = journal(
            .rescheduled, event: id, actor: actor, before: "\(key) \(from), plan v\(before.planVersion)",
            after: "\(key) \(to), plan v\(after.planVersion)", why: why, in: &transaction)
        return .done(entry, "Plan v\(after.planVersion): '\(key)' moves from \(from) to \(to). u undoes.")
    }

    private mutating func undone(_ id: EventID, _ actor: Actor, _ why: String?, in transaction: inout Transaction)
        throws(RunOfShowError) -> EngineReply
    {
        guard let offer = undoOffer(of: id), let point = undos[id] else {
            return .refused("There is nothing to undo: no move of \(id) is still ahead.")
        }
        try changeRun(id) { run throws(RunOfShowError) in
            try run.restore(point.progress, now: transaction.time, actor: actor)
        }
        undos[id] = nil
        let entry = journal(
            .undone, event: id, actor: actor, before: offer.what,
            after: "times as before, plan v\(runs[id]?.planVersion ?? 0)",
                            why: why, in: &transaction)
        return .done(entry, "Undone: \(offer.what).")
    }

    /// Offered until any stage goes on air or the plan changes again.
    func undoOffer(of id: EventID) -> UndoOffer? {
        guard let run = runs[id], let point = undos[id], point.planVersion == run.planVersion else { return nil }
        return UndoOffer(what: point.what, until: run.nextAutomatic?.at)
    }

    private mutating func aborted(
        _ id: EventID, _ broadcast: BroadcastID, _ actor: Actor, _ why: String?, in transaction: inout Transaction
    ) -> EngineReply {
        guard var machine = broadcasts[broadcast], machine.record.event == id, machine.record.state == .sending else {
            return .refused("\(broadcast) is not being sent: nothing is left to stop. R recycles instead.")
        }
        machine.abort()
        broadcasts[broadcast] = machine
        transaction.broadcasts.append(machine.record)
        let publication = machine.record.publication
        transaction.actions += router.abort(
            publication.topic, sequence: publication.position.sequence, now: transaction.now.instant
        )
            .map(Action.init)
        let total = machine.total
        let entry = journal(.broadcastAborted, event: id, actor: actor, before: publication.stage.rawValue,
            after: "\(total.sent) of \(total.connected) had been sent to", why: why, broadcast: broadcast,
            in: &transaction)
        return .done(entry, "ABORT: the waves of \(broadcast) that were left are not sent. Correct it with R.")
    }

    private mutating func resent(
        _ id: EventID, _ broadcast: BroadcastID, _ actor: Actor, _ why: String?, in transaction: inout Transaction
    ) -> EngineReply {
        guard let machine = broadcasts[broadcast], machine.record.event == id, !machine.record.publication.isAborted,
              machine.record.publication.position == runs[id]?.head
        else {
            return .refused(
                "\(broadcast) cannot be sent again: only the newest broadcast of \(id) can, while this engine follows it."
            )
        }
        let publication = machine.record.publication
        transaction.actions += router.resend(publication.topic, sequence: publication.position.sequence).map(
            Action.init)
        let entry = journal(
            .broadcastResent, event: id, actor: actor, after: "\(machine.total.unacked) un-acked devices",
                            why: why, broadcast: broadcast, in: &transaction)
        return .done(entry, "\(broadcast) is sent again to \(machine.total.unacked) un-acked devices.")
    }

    private mutating func noted(_ id: EventID?, _ text: String, _ actor: Actor, in transaction: inout Transaction)
        -> EngineReply
    {
        guard let note = Words.trimmed(text) else { return .refused("A note needs words.") }
        guard note.count <= 500 else {
            return .refused("A note has at most 500 characters; this one has \(note.count).")
        }
        if let id, runs[id] == nil { return .refused("There is no live event \(id) on the desk.") }
        let entry = journal(.noted, event: id, actor: actor, after: note, in: &transaction)
        return .done(entry, "Noted.")
    }

    /// Two people sign, each at their own terminal.
    private mutating func signed(_ text: String, _ actor: Actor, in transaction: inout Transaction) -> EngineReply {
        guard case .person(let person) = actor else { return .refused("People hand over the desk: this is not one.") }
        guard let what = Words.trimmed(text), what.count <= 500 else {
            return .refused("A handover says in 1 to 500 characters what is handed over.")
        }
        guard let first = handover else {
            let entry = journal(
                .handoverSigned, actor: actor, before: JournalEntry.firstSignature, after: what, in: &transaction)
            handover = transaction.entries.last
            return .done(
                entry, "Signed by \(person.name). Whoever takes over signs with :handover at their own terminal.")
        }
        if case .person(let giver) = first.actor, giver.name == person.name {
            return .refused(
                "\(giver.name) has signed: the second signature is another person's, at their own terminal.")
        }
        let entry = journal(
            .handoverSigned, actor: actor, before: "2 of 2, after \(first.actor)", after: what, in: &transaction)
        handover = nil
        return .done(entry, "The desk is \(person.name)'s.")
    }

    private mutating func acknowledged(_ id: AlertID, _ actor: Actor, in transaction: inout Transaction) -> EngineReply
    {
        guard let alert = alerts.acknowledge(id, by: "\(actor)") else { return .refused("That alert is gone.") }
        if id == Self.clockAlert { clock.adopt(transaction.now) }
        let entry = journal(.acknowledged, event: alert.event, actor: actor, after: alert.text, in: &transaction)
        return .done(entry, "Acknowledged.")
    }
}

extension JournalEntry {
    static let firstSignature = "1 of 2"

    /// Whether it is a signature that waits for the second one.
    var opensHandover: Bool { kind == .handoverSigned && before == Self.firstSignature }
}
