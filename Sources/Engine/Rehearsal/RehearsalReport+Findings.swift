// How a report is made of what a rehearsal left behind, and what it makes of it.

extension RehearsalReport {
    public init(_ result: RehearsalResult) {
        let storms = result.struck.compactMap { fault -> RetryStorm? in
            guard case .retryStorm(_, _, let isGuided) = fault.fault.what, let at = fault.struckAt else { return nil }
            return RetryStorm(at: at, devices: fault.devices, isGuided: isGuided)
        }
        let traffic = RehearsalTraffic(runs: result.runs, storms: storms, seed: result.show.seed)
        seed = result.show.seed
        digest = result.record.digest
        frameCount = result.record.frameCount
        devices = result.runs.reduce(0) { $0 + $1.event.audience.devices }
        from = result.show.startsAt
        until = result.endedAt
        capacity = result.show.capacity
        events = result.runs.map { run in
            Event(
                id: run.id, code: run.event.code, title: run.event.title, devices: run.event.audience.devices,
                profile: (run.event.traffic ?? .standard(for: run.event)).profile, stages: StageStarts.expected(of: run)
            )
        }
        broadcasts = result.record.broadcasts.map { broadcast in
            Broadcast(broadcast, of: result.runs.first { $0.id == broadcast.record.event }?.event)
        }
        overlaps = Self.overlaps(of: broadcasts)
        let shedding = RehearsalShedding(traffic, rules: result.show.rules, capacity: capacity)
        self.traffic = traffic.report(shedding)
        refresh = traffic.refreshReport
        faults = result.struck.map {
            Fault(what: $0.fault.what.words, at: $0.struckAt ?? result.show.startsAt, lasts: $0.fault.lasts)
        }
        findings = []
        verdict = Verdict(isKept: true, sentence: "")
        findings = findings(in: result, traffic, shedding).sorted { left, right in
            (-left.severity.rawValue, left.at ?? until, left.what) < (
                -right.severity.rawValue, right.at ?? until, right.what
            )
        }
        verdict = judged(result)
    }

    private func judged(_ result: RehearsalResult) -> Verdict {
        let broken = findings.filter { $0.severity == .critical }
        guard let worst = broken.first else {
            let slowest = broadcasts.compactMap { broadcast in broadcast.t999.map { ($0, broadcast) } }.max {
                $0.0 < $1.0
            }
            let words =
                slowest.map {
                    ", the slowest (\($0.1.code) '\($0.1.stage)') with t99.9 after \(Words.duration($0.0)) of \(Words.duration($0.1.budget))"
                } ?? ""
            let fanOuts = broadcasts.count == 1 ? "1 fan-out reached" : "all \(broadcasts.count) fan-outs reached"
            return Verdict(
                isKept: true, sentence: "KEPT: \(fanOuts) \(Words.count(devices)) devices within budget\(words).")
        }
        let more = broken.count > 1 ? " (and \(broken.count - 1) more)" : ""
        return Verdict(isKept: false, sentence: "BROKEN: \(worst.what)\(more) \(worst.remedy)")
    }

    private static func overlaps(of broadcasts: [Broadcast]) -> [Overlap] {
        var found: [Overlap] = []
        for (index, first) in broadcasts.enumerated() {
            for second in broadcasts.dropFirst(index + 1) where second.event != first.event {
                let from = max(first.at, second.at), until = min(first.end, second.end)
                guard from < until else { continue }
                found.append(Overlap(
                    first: first.id, second: second.id, from: from, until: until,
                    names: "\(first.code) '\(first.stage)' and \(second.code) '\(second.stage)'"))
            }
        }
        return found
    }

    private func findings(in result: RehearsalResult, _ traffic: RehearsalTraffic, _ shedding: RehearsalShedding)
        -> [Finding]
    {
        stageFindings(result) + broadcasts.flatMap { $0.findings(result) } + overlapFindings + faultFindings(result)
            + HotspotFinder(
                traffic: traffic, shedding: shedding, capacity: capacity, ackRates: result.record.ackRates,
                codes: events.map { ($0.id, $0.code) }
            ).findings
    }

    private func stageFindings(_ result: RehearsalResult) -> [Finding] {
        var found: [Finding] = []
        if !result.hasEnded {
            let open = result.runs.filter { !$0.isOver }.map {
                "\($0.event.code) waits for '\($0.next?.rawValue ?? "")'"
            }
            found.append(Finding(
                kind: .unfinished, severity: .critical, at: result.endedAt, event: nil,
                what: "The show did not end within twelve hours of its plan: \(open.joined(separator: ", ")).",
                remedy: "Give the stage a time, or remove what it waits for."))
        }
        for entry in result.record.entries {
            switch entry.kind {
            case .held:
                found.append(Finding(
                        kind: .hold, severity: .warn, at: entry.at, event: entry.event,
                        what: "The clock held: \(entry.why ?? "by hand").",
                    remedy: "Open the gate earlier, or fetch ahead longer before the stage."))
            case .stageSkipped:
                found.append(Finding(
                    kind: .stage, severity: .critical, at: entry.at, event: entry.event,
                        what: "Stage '\(entry.after ?? "")' was skipped: \(entry.why ?? "").",
                        remedy: "Move it away from its successor."))
            case .nodeLost:
                found.append(Finding(
                        kind: .fault, severity: .info, at: entry.at, event: nil,
                        what: "Edge node \(entry.after ?? "") fell silent.",
                    remedy: "Its devices catch up when it is back."))
            default: break
            }
        }
        return folded(found)
    }

    /// Many nodes that fall silent at one moment are one finding.
    private func folded(_ found: [Finding]) -> [Finding] {
        let lost = found.filter { $0.kind == .fault }
        guard lost.count > 3, let first = lost.first else { return found }
        var one = first
        one.what = "\(lost.count) edge nodes fell silent, the first of them: \(first.what)"
        return found.filter { $0.kind != .fault } + [one]
    }

    private var overlapFindings: [Finding] {
        overlaps.map { overlap in
            Finding(
                kind: .overlap, severity: .warn, at: overlap.from, event: nil,
                what:
                    "\(overlap.names) fanned out at the same time for \(Words.duration(overlap.until.since(overlap.from))).",
                remedy:
                    "Move one of them by \(Words.duration(overlap.until.since(overlap.from) + 10_000)), if their edge nodes are the same."
            )
        }
    }

    private func faultFindings(_ result: RehearsalResult) -> [Finding] {
        result.struck.map { fault in
            Finding(
                kind: .fault, severity: .info, at: fault.struckAt, event: nil,
                what:
                    "Fault as planned: \(fault.fault.what.words)\(fault.fault.lasts > 0 ? " for \(Words.duration(fault.fault.lasts))" : "").",
                remedy: "Compare with the same rehearsal without it.")
        }
    }
}

extension RehearsalReport.Broadcast {
    init(_ broadcast: RehearsalRecord.Broadcast, of live: LiveEvent?) {
        let record = broadcast.record, total = record.figures.total, devices = live?.audience.devices ?? 0
        id = record.id
        event = record.event
        code = live?.code ?? ""
        stage = record.publication.stage
        at = record.publication.position.timestamp
        late = record.planned.map { record.publication.position.timestamp.since($0) }
        connected = total.connected
        acked = total.acked
        offline = total.offline
        caughtUp = total.caughtUp
        unheard = max(0, devices - total.known)
        t50 = record.figures.t50
        t99 = record.figures.t99
        t999 = record.figures.t999
        budget = broadcast.budget
        ackRatePeak = broadcast.ackRatePeak
        curve = broadcast.curve
        curveStep = broadcast.curveStep
        waves = record.publication.waves.count
        isBalanced = broadcast.isBalanced
        isStopped = record.state == .stopped
        isWithinBudget = unheard * 1000 <= devices
            && (total.connected == 0 || record.figures.t999.map { $0 <= broadcast.budget } ?? false)
    }

    /// When its fan-out is through: t99, or the budget where that is never reached.
    var end: WallTime { connected == 0 ? at : at + (t99 ?? budget) }

    func findings(_ result: RehearsalResult) -> [RehearsalReport.Finding] {
        var found: [RehearsalReport.Finding] = []
        let name = "\(code) '\(stage)' (\(id))"
        if !isBalanced {
            found.append(.init(
                    kind: .ledger, severity: .critical, at: at, event: event,
                    what: "The ledger of \(name) does not add up.",
                remedy: "Trust no figure of it; tell the engineers the seed \(result.show.seed)."))
        }
        if isStopped {
            found.append(.init(
                kind: .broadcast, severity: .critical, at: at, event: event,
                what: "\(name) stopped itself in its canary: devices do not know the stage.",
                    remedy:
                        "All others keep what they show: correct the stage, let the devices fetch it, and send it again (R)."
                ))
        } else if unheard * 1000 > unheard + connected + offline {
            found.append(.init(
                kind: .broadcast, severity: .critical, at: at, event: event,
                what: "\(name) was not confirmed by the edge nodes of \(Words.count(unheard)) devices.",
                remedy: "Give these devices other nodes to go to, or HOLD until theirs are back."))
        } else if !isWithinBudget {
            let reached =
                t999.map { "only after \(Words.duration($0))" }
                ?? "not at all: \(Words.percent(connected == 0 ? 1 : Double(acked) / Double(connected))) acked"
            found.append(.init(
                kind: .broadcast, severity: .critical, at: at, event: event,
                    what:
                        "\(name) reached 99.9% of \(Words.count(connected)) devices \(reached), budget \(Words.duration(budget)).",
                remedy: remedy(result)))
        }
        if let late, late > 1000, !result.record.entries.contains(where: { $0.kind == .held && $0.event == event }) {
            found.append(.init(
                kind: .stage, severity: late > 10_000 ? .warn : .info, at: at, event: event,
                what: "\(name) went on air \(Words.duration(late)) after its planned time.",
                remedy: "A MANUAL stage waits for people and their countdown: take it earlier, or make it AUTO."))
        }
        return found
    }

    /// What stands out at the nodes of a broadcast that was too slow.
    private func remedy(_ result: RehearsalResult) -> String {
        let nodes = result.record.broadcasts.first { $0.record.id == id }?.record.figures.nodes ?? []
        let plan = result.record.broadcasts.first { $0.record.id == id }?.record.publication.waves ?? .single
        let lastWave = Milliseconds(plan.count - 1) * plan.interval
        if lastWave * 2 > budget {
            return "Its last wave leaves after \(Words.duration(lastWave)): use fewer waves or a shorter interval."
        }
        let left = nodes.filter { $0.ledger.notSent + $0.ledger.unacked > 0 }
            .max { $0.ledger.notSent + $0.ledger.unacked < $1.ledger.notSent + $1.ledger.unacked }
        if let left, (left.ledger.notSent + left.ledger.unacked) * 2000 > connected {
            return "Most are left at node \(left.node): relieve or drain it."
        }
        if let slowest = nodes.filter({ $0.lag99 != nil }).max(by: { ($0.lag99 ?? 0) < ($1.lag99 ?? 0) }),
            (slowest.lag99 ?? 0) * 2 > budget
        {
            return
                "Node \(slowest.node) is the slowest (lag p99 \(Words.duration(slowest.lag99 ?? 0))): relieve or drain it."
        }
        return "Devices that lose their connection come back late: raise the budget, or accept the tail."
    }
}
