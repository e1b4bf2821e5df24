import OrderedCollections

// Stages that go on air: by the clock, by an operator, again after a crash; and how their fan-outs end.

extension ControlPlane {
    /// Sends the stage as a new broadcast.
    mutating func send(
        _ key: StageKey, of id: EventID, as kind: JournalEntry.Kind, actor: Actor, why: String?,
        planned: WallTime? = nil,
        in transaction: inout Transaction
    ) throws(RunOfShowError) -> EntryNumber {
        guard var run = runs[id] else { throw .over }
        let topic = run.event.topic
        let planned = planned ?? run.startTime(of: key)
        let before = run.current
        let broadcast = BroadcastID(lastBroadcast.number + 1)
        let position = (router.logs[topic] ?? TopicLog()).nextPosition(now: transaction.now.wall)
        if kind == .stageRecycled {
            try run.recycle(to: key, as: broadcast, position: position, now: transaction.time, actor: actor)
        } else {
            try run.take(key, as: broadcast, position: position, now: transaction.time, actor: actor)
        }
        runs[id] = run
        undos[id] = nil
        lastBroadcast = broadcast
        let publication = Publication(
            broadcast: broadcast, topic: topic, stage: key, position: position,
            waves: waves(of: run.definition(of: key), topic))
        let record = BroadcastRecord(
            publication: publication, event: id, eventTitle: run.event.title, tier: run.event.tier,
            actor: actor, planned: planned, forecast: forecast(of: run, waves: publication.waves))
        forgetFinished(of: id)
        broadcasts[broadcast] = machine(for: record, budget: run.event.audience.budget)
        transaction.broadcasts.append(record)
        transaction.actions += router.publish(publication, now: transaction.now.instant).map(Action.init)
        broadcasts[broadcast]!.expect(router.interested(in: topic))
        return journal(
            kind, event: id, actor: actor, before: before?.rawValue, after: key.rawValue, why: why,
            broadcast: broadcast, in: &transaction)
    }

    func machine(for record: BroadcastRecord, budget: Milliseconds) -> BroadcastMachine {
        BroadcastMachine(record: record, budget: budget, deadline: configuration.broadcastDeadline)
    }

    func broadcastID(_ topic: Topic, _ sequence: Int64) -> BroadcastID? {
        broadcasts.values.last {
            $0.record.publication.topic == topic && $0.record.publication.position.sequence == sequence
        }?.record.id
    }

    /// The event's newest broadcast that is still known here.
    func newestBroadcast(of id: EventID) -> BroadcastMachine? { broadcasts.values.last { $0.record.event == id } }

    /// Only the newest finished broadcast of an event is kept at hand; the others are in the store.
    private mutating func forgetFinished(of id: EventID) {
        broadcasts.removeAll { $0.value.record.event == id && $0.value.isFinal }
    }

    // MARK: By the clock

    /// What fires next by itself in a run of show: an AUTO stage, or, with nobody at the desk, a MANUAL one.
    func nextFiring(of run: RunOfShow) -> (key: StageKey, at: WallTime)? {
        if let automatic = run.nextAutomatic { return automatic }
        guard let patience = configuration.unattendedAfter, operators.isEmpty, run.hold == nil,
              let index = run.nextIndex, run.progress[index].mode == .manual
        else { return nil }
        let key = run.event.stages[index].key
        let cue = run.startTime(of: key) ?? run.current.flatMap(run.startTime(of:)) ?? run.startedAt
        return (key, max(cue, deskEmptySince) + patience.wholeMilliseconds)
    }

    /// Fires what is due, in order. After downtime a stage whose successor is due as well is skipped, and a stage
    /// that is later than `lateStartMax` holds the clock for a person to decide.
    mutating func fireDueStages(of id: EventID, in transaction: inout Transaction) {
        guard let run = runs[id] else { return }
        let due = run.due(at: transaction.time)
        guard let newest = due.last else { return takeUnattended(run, in: &transaction) }
        if let at = run.startTime(of: newest), transaction.time.since(at) > configuration.lateStartMax.wholeMilliseconds
        {
            hold(
                id, actor: .engine,
                why: "'\(newest)' was due at \(at.clock())Z while no engine ran: take it or move it", in: &transaction)
            return
        }
        for key in due {
            // The stage before it has just started late, and this one hangs on it: its time is yet to come.
            if let at = runs[id]?.startTime(of: key), at > transaction.time { return }
            let late = run.startTime(of: key).map { transaction.time.since($0) } ?? 0
            if key != newest, late > configuration.skipLateAfter.wholeMilliseconds {
                runs[id]?.skip(key, now: transaction.time)
                journal(.stageSkipped, event: id, actor: .engine, after: key.rawValue,
                    why: "due \(Words.duration(late)) ago while no engine ran, and '\(newest)' is due as well",
                    in: &transaction)
                continue
            }
            let closed = gates(before: key, of: id).filter { $0.isGo != true }
            // Just started: no edge node has had time to say what its devices have prefetched.
            let isTooEarly = closed.allSatisfy { $0.name == Gate.prefetchName && $0.isGo == nil }
            if !closed.isEmpty, isTooEarly, transaction.now.instant - .start < configuration.nodeLease { return }
            guard closed.isEmpty else {
                let names = closed.map(\.name).joined(separator: ", ")
                hold(id, actor: .engine, why: "gate \(names) is NO-GO before '\(key)'", in: &transaction)
                return
            }
            // A stage that `due` names is ahead, so taking it cannot fail.
            _ = try? send(
                key, of: id, as: .stageTaken, actor: .engine, why: nil, planned: run.startTime(of: key),
                in: &transaction)
        }
    }

    /// A MANUAL stage that nobody can take.
    private mutating func takeUnattended(_ run: RunOfShow, in transaction: inout Transaction) {
        guard let firing = nextFiring(of: run), firing.at <= transaction.time else { return }
        _ = try? send(
            firing.key, of: run.id, as: .stageTaken, actor: .engine, why: "nobody at the desk (unattended)",
            in: &transaction)
    }

    mutating func hold(_ id: EventID, actor: Actor, why: String, in transaction: inout Transaction) {
        guard (try? runs[id]?.holdClock(now: transaction.time, actor: actor, why: why)) != nil else { return }
        journal(.held, event: id, actor: actor, before: "running", after: "HOLD", why: why, in: &transaction)
    }

    // MARK: Gates

    /// The gates before a stage, and what they say now.
    func gates(before key: StageKey, of id: EventID) -> [GateSnapshot] {
        guard let run = runs[id], let stage = run.definition(of: key) else { return [] }
        return stage.gates.map { gate in
            switch gate {
            case .vote(let name):
                let vote = run.votes.first { $0.gate == name }
                let detail = vote.map { "\($0.by)\($0.why.map { ", \($0)" } ?? "")" } ?? "no vote yet"
                return GateSnapshot(name: name, isGo: vote?.go, detail: detail, at: vote?.at)
            case .prefetch(let wanted):
                return prefetchGate(run.event.topic, atLeast: wanted)
            }
        }
    }

    private func prefetchGate(_ topic: Topic, atLeast wanted: Double) -> GateSnapshot {
        let counts = router.nodes.flatMap { $0.report.topics.filter { $0.topic == topic && $0.prefetched != nil } }
        let known = counts.reduce(0) { $0 + $1.known }, fetched = counts.reduce(0) { $0 + ($1.prefetched ?? 0) }
        let need = Words.percent(wanted)
        guard known > 0 else {
            return GateSnapshot(name: Gate.prefetchName, isGo: nil, detail: "no figure yet, \(need) needed", at: nil)
        }
        let share = Double(fetched) / Double(known)
        return GateSnapshot(
            name: Gate.prefetchName, isGo: share >= wanted, detail: "\(Words.percent(share)) of \(need)", at: nil)
    }

    // MARK: How fan-outs end

    /// Broadcasts that became final are journalled with their figures, and on the way there each time another of t50 …
    /// t99.9 is known, so that History and a restart have them; a ledger that does not add up is journalled once.
    mutating func settleBroadcasts(in transaction: inout Transaction) {
        orderChecks = orderChecks.filter { broadcasts[$0.key] != nil }
        for id in broadcasts.keys {
            judgeCanary(of: id, in: &transaction)
            let isSuperseded = broadcasts[id]!.record.publication.position != runs[broadcasts[id]!.record.event]?.head
            let outcome = broadcasts[id]!.tick(now: transaction.now, isSuperseded: isSuperseded)
            let machine = broadcasts[id]!
            if !machine.isBalanced, brokenLedgers.insert(id).inserted {
                journal(.ledgerBroken, event: machine.record.event, actor: .engine, after: "\(machine.total)",
                        broadcast: id, in: &transaction)
            }
            guard outcome != nil else {
                noteMilestones(of: machine, in: &transaction)
                continue
            }
            milestones[id] = nil
            transaction.broadcasts.append(machine.record)
            outlook.past[id] = StageFigures(machine.record)
            if let forecast = machine.record.forecast {
                outlook.record.note(forecast, of: machine.record.event, tier: machine.record.tier)
            }
            let total = machine.total
            let words = "acked \(total.acked) of \(total.connected)"
                + (machine.figures.t999.map { ", t99.9 \(Words.duration($0))" } ?? "")
            journal(
                .broadcastCompleted, event: machine.record.event, actor: .engine,
                before: machine.record.publication.stage.rawValue,
                    after: words, broadcast: id, in: &transaction)
        }
    }

    private mutating func noteMilestones(of machine: BroadcastMachine, in transaction: inout Transaction) {
        // Before every node has spoken, a percentile is that of the few that have.
        guard machine.hasHeardFromAll else { return }
        let figures = machine.figures
        let known = [figures.t50, figures.t90, figures.t99, figures.t999].count { $0 != nil }
        guard known > milestones[machine.record.id, default: 0] else { return }
        milestones[machine.record.id] = known
        var record = machine.record
        record.figures = figures
        transaction.broadcasts.append(record)
    }

    var currentAckRate: Int {
        broadcasts.values.reduce(0) { $0 + ($1.isFinal ? 0 : $1.ackRate) }
    }
}
