import OrderedCollections

// What an operator should know without looking for it. Alerts are derived from the state each time; only their
// moment and acknowledgement are kept.

extension ControlPlane {
    static let clockAlert: AlertID = "clock/step"

    func causes(now: Moment) -> [Alert] {
        let time = clock.time(at: now)
        var found: [Alert] = []
        func alert(_ id: AlertID, _ severity: Severity, _ event: EventID? = nil, _ text: String) {
            found.append(Alert(id: id, severity: severity, since: now.wall, event: event, text: text))
        }
        if let journalFailure {
            alert(.journal, .critical, nil, "Nothing can be committed, so nothing is sent: \(journalFailure)")
        }
        if clock.step != 0 {
            alert(Self.clockAlert, .warn, nil,
                "The wall clock jumped by \(Words.signed(clock.step)); stages fire by the monotonic clock as planned. Acknowledge to follow the wall clock."
            )
        }
        let offered = offered
        if let problems = offered?.problems, !problems.isEmpty {
            alert("schedule/problems", .warn, nil, "The edited schedule is not adopted: \(Self.summary(of: problems))")
        } else if let offered {
            alert(
                "schedule/offered", .info, nil,
                "The schedule file was edited: \(offered.changes.count) changes wait as a plan (:adopt).")
        }
        found += traffic.causes(now: now.wall, labels: router.labels)
        for place in router.nodes.indices where router.nodes[place].isStale {
            let id = router.nodes[place].description.id,
                silence = (now.instant - router.nodes[place].lastHeard).wholeMilliseconds
            alert(
                AlertID("node/\(id)"), .warn, nil,
                "Edge node \(id) is silent for \(Words.duration(silence)): what it shows is old.")
        }
        for place in router.nodes.indices where !router.nodes[place].isStale && router.nodes[place].wanted.kind != .open
        {
            let id = router.nodes[place].description.id
            alert(AlertID("cordon/\(id)"), .info, nil, "Edge node \(id) takes no new devices: c opens it again.")
        }
        for pending in plans.pending where pending.fires == nil {
            alert(
                AlertID("plan/\(pending.plan.id)"), .warn, pending.plan.event,
                "\(pending.plan.title) waits for a second operator (:approve \(pending.plan.id)).")
        }
        for run in runs.values { found += causes(of: run, time: time, now: now) }
        for machine in broadcasts.values { found += causes(of: machine, now: now) }
        found += collisionCauses(now: now)
        return found
    }

    private func causes(of run: RunOfShow, time: WallTime, now: Moment) -> [Alert] {
        guard let next = run.next, let index = run.nextIndex else { return [] }
        func alert(_ kind: String, _ severity: Severity, _ text: String) -> Alert {
            Alert(id: AlertID("\(kind)/\(run.id)"), severity: severity, since: now.wall, event: run.id, text: text)
        }
        if let hold = run.hold {
            let byItself = hold.by == .engine
            return [alert("hold", byItself ? .critical : .warn,
                    "\(run.event.code) HOLD since \(hold.since.clock())Z by \(hold.by)\(hold.why.map { ": \($0)" } ?? "")"
                )
            ]
        }
        var found: [Alert] = []
        let countdown = run.countdown(at: time)
        let closed = gates(before: next, of: run.id).filter { $0.isGo != true }
        if let countdown, run.progress[index].mode == .auto, !closed.isEmpty, countdown < 10 * 60_000 {
            let names = closed.map { "\($0.name) (\($0.detail))" }.joined(separator: ", ")
            found.append(alert("gate", countdown < 2 * 60_000 ? .critical : .warn,
                               "\(run.event.code) '\(next)' gate is NO-GO: \(names). At T-0 the clock will HOLD."))
        }
        if let countdown, countdown < -run.event.audience.budget, run.progress[index].mode == .manual {
            found.append(
                alert(
                    "overdue", .warn,
                    "\(run.event.code) '\(next)' is manual and \(Words.duration(-countdown)) past its time: t takes it."
                ))
        }
        return found
    }

    private func causes(of machine: BroadcastMachine, now: Moment) -> [Alert] {
        let id = machine.record.id, event = machine.record.event, stage = machine.record.publication.stage
        func alert(_ kind: String, _ severity: Severity, _ text: String) -> Alert {
            Alert(id: AlertID("\(kind)/\(id.number)"), severity: severity, since: now.wall, event: event, text: text)
        }
        var found: [Alert] = []
        if !machine.isBalanced {
            found.append(
                alert(
                    "ledger", .critical,
                    "\(id) '\(stage)': the ledger does not add up; trust no figure of it. Look at Fan-out, then tell the engineers."
                ))
        }
        if machine.record.state == .stopped, newestBroadcast(of: event)?.record.id == id {
            found.append(alert("stopped", .critical,
                    "\(id) '\(stage)' stopped itself in the canary: \(Words.count(machine.total.unknownStage)) of \(Words.count(machine.total.sent)) devices do not know the stage. R goes back; the others never saw it."
                ))
        }
        guard !machine.isFinal else { return found }
        if machine.record.publication.order.isHeld, machine.record.state == .sending {
            if let reason = machine.reasonToDecide(now: now.instant) {
                found.append(alert("waves", .critical, "\(id) '\(stage)': \(reason) O promotes, ! aborts."))
            }
            return found
        }
        let snapshot = machine.snapshot(now: now), total = snapshot.record.figures.total
        if snapshot.elapsed > snapshot.budget, total.unacked + total.notSent > 0, total.ackedShare < 0.999 {
            found.append(alert("late", .critical,
                    "\(id) '\(stage)' is over its budget of \(Words.duration(snapshot.budget)) with \(Words.percent(total.ackedShare)) acked: \(Words.count(total.unacked)) un-acked."
                ))
        } else if let forecast = snapshot.forecast999, forecast > snapshot.budget {
            found.append(alert("forecast", .warn,
                    "\(id) '\(stage)' is forecast to reach 99.9% after \(Words.duration(forecast)), budget \(Words.duration(snapshot.budget))."
                ))
        }
        return found
    }
}
