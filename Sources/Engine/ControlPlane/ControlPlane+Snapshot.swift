import OrderedCollections

// The picture of the room.

extension ControlPlane {
    /// Everything the room can show, now.
    public mutating func snapshot(now: Moment) -> EngineSnapshot {
        snapshotNumber += 1
        let standing = alerts.sorted
        var info = info
        info.clockDrift = clock.step
        return EngineSnapshot(
            number: snapshotNumber, at: now.wall, engine: info,
            events: runs.values.map { eventSnapshot(of: $0, alerts: standing, now: now) },
            broadcasts: broadcasts.values.reversed().map { $0.snapshot(now: now) },
            nodes: router.nodes.values.map { nodeSnapshot(of: $0, now: now) },
            alerts: standing, journal: recent.reversed(), operators: operators,
            pending: plans.pending.map { PendingPlan(plan: $0.plan, firesAt: $0.fires.map(now.wall(at:))) },
            offered: offered, load: load(now: now), traffic: traffic.report)
    }

    private func eventSnapshot(of run: RunOfShow, alerts: [Alert], now: Moment) -> EventSnapshot {
        let time = clock.time(at: now), next = run.next
        return EventSnapshot(
            id: run.id, code: run.event.code, title: run.event.title, tier: run.event.tier, zone: run.event.zone,
            edition: run.edition, planVersion: run.planVersion, revision: run.revision, current: run.current, next: next,
            nextAt: next.flatMap(run.startTime(of:)), countdown: run.countdown(at: time), hold: run.hold,
            stages: stages(of: run), gates: next.map { gates(before: $0, of: run.id) } ?? [],
            attention: attention(of: run.id, alerts: alerts), lastBroadcast: newestBroadcast(of: run.id)?.record.id,
            undo: undoOffer(of: run.id), real: deviceCounts(of: run.event.topic, kind: .real),
            modelled: deviceCounts(of: run.event.topic, kind: .modelled))
    }

    private func stages(of run: RunOfShow) -> [StageSnapshot] {
        zip(run.event.stages, run.progress).map { stage, progress in
            StageSnapshot(
                key: stage.key, kind: stage.kind, mode: progress.mode, outcome: progress.outcome,
                planned: run.plannedTime(of: stage.key), timing: progress.time.words, waves: stage.waves,
                experience: stage.experience)
        }
    }

    /// The worst alert of the event is why somebody should look there.
    private func attention(of id: EventID, alerts: [Alert]) -> Attention {
        guard let worst = alerts.first(where: { $0.event == id && $0.severity >= .warn }) else { return Attention() }
        return Attention(severity: worst.severity, reason: worst.text)
    }

    func deviceCounts(of topic: Topic, kind: AudienceKind) -> DeviceCounts {
        var counts = DeviceCounts()
        for node in router.nodes.values where node.description.kind == kind {
            for count in node.report.topics where count.topic == topic {
                counts += DeviceCounts(connected: count.connections, known: count.known, prefetched: count.prefetched)
            }
        }
        return counts
    }

    private func nodeSnapshot(of node: MessageRouter.Node, now: Moment) -> NodeSnapshot {
        NodeSnapshot(
            description: node.description, state: node.isStale ? .stale : .up, connections: node.report.connections,
            offline: node.report.offline, queuedBytes: node.report.queuedBytes, topicCount: node.interest.count,
            silence: (now.instant - node.lastHeard).wholeMilliseconds)
    }

    private func load(now: Moment) -> LoadSnapshot {
        var load = LoadSnapshot()
        for node in router.nodes.values {
            let known = node.report.connections + node.report.offline
            let counts = DeviceCounts(connected: node.report.connections, known: known)
            if node.description.kind == .real { load.real += counts } else { load.modelled += counts }
        }
        load.ackRate = currentAckRate
        load.ackRateHistory = Array(ackRates)
        return load
    }
}

extension DeviceCounts {
    static func += (left: inout Self, right: Self) {
        left.connected += right.connected
        left.known += right.known
        if let prefetched = right.prefetched { left.prefetched = (left.prefetched ?? 0) + prefetched }
    }
}
