import OrderedCollections

// The picture of the room.

extension ControlPlane {
    /// Everything the room can show, now.
    public mutating func snapshot(now: Moment) -> EngineSnapshot {
        snapshotNumber += 1
        let standing = alerts.sorted
        var info = info
        info.clockDrift = clock.step
        let followed = broadcasts.values.reversed().map { $0.snapshot(now: now) }
        var figures = outlook.past
        for broadcast in followed { figures[broadcast.id] = StageFigures(broadcast.record) }
        let audiences = router.audiences
        var events: [EventSnapshot] = []
        for run in runs.values {
            let audience = audiences[run.event.topic] ?? TopicAudience()
            var event = eventSnapshot(of: run, audience, alerts: standing, now: now)
            addFigures(figures, to: &event.stages, of: run, now: now)
            events.append(event)
        }
        var snapshot = EngineSnapshot(
            number: snapshotNumber, at: now.wall, mode: configuration.mode, engine: info, events: events,
            broadcasts: followed,
            nodes: router.nodes.indices.map { nodeSnapshot(of: $0, now: now) },
            alerts: standing, journal: recent.reversed(), operators: operators,
            pending: plans.pending.map { PendingPlan(plan: $0.plan, firesAt: $0.fires.map(now.wall(at:))) },
            offered: offered, load: load(now: now), prefetch: prefetchSnapshot(now: now),
            handover: handover.map { Handover(by: "\($0.actor)", since: $0.at) })
        let under = drills.filter { $0.until > now.wall }
        snapshot.drills = under.isEmpty ? nil : under
        snapshot.traffic = traffic.report
        snapshot.trafficForecast = trafficForecast(now: now)
        return snapshot
    }

    private func eventSnapshot(of run: RunOfShow, _ audience: TopicAudience, alerts: [Alert], now: Moment)
        -> EventSnapshot
    {
        let time = clock.time(at: now), next = run.next
        return EventSnapshot(
            id: run.id, code: run.event.code, title: run.event.title, tier: run.event.tier, zone: run.event.zone,
            edition: run.edition, planVersion: run.planVersion, revision: run.revision, current: run.current,
            next: next,
            nextAt: next.flatMap(run.startTime(of:)), countdown: run.countdown(at: time), hold: run.hold,
            stages: stages(of: run), budget: run.event.audience.budget,
            gates: next.map { gates(before: $0, of: run.id) } ?? [],
            attention: attention(of: run.id, alerts: alerts), lastBroadcast: newestBroadcast(of: run.id)?.record.id,
            undo: undoOffer(of: run.id), proposal: outlook.proposals[run.id],
            real: audience.real, modelled: audience.modelled,
            position: router.logs[run.event.topic]?.head?.position, metadata: run.event.metadata)
    }

    private func stages(of run: RunOfShow) -> [StageSnapshot] {
        zip(run.event.stages, run.progress).map { stage, progress in
            StageSnapshot(
                key: stage.key, kind: stage.kind, mode: progress.mode, outcome: progress.outcome,
                planned: run.plannedTime(of: stage.key), timing: progress.time.words, waves: stage.waves,
                experience: stage.experience)
        }
    }

    /// How sent stages went, and what is foretold of the next one and of those in the half hour ahead.
    private mutating func addFigures(
        _ figures: [BroadcastID: StageFigures], to stages: inout [StageSnapshot], of run: RunOfShow, now: Moment
    ) {
        let soon = clock.time(at: now) + configuration.airspaceAhead.wholeMilliseconds
        for index in stages.indices {
            switch stages[index].outcome {
            case .taken(_, let id): stages[index].figures = figures[id]
            case .skipped: break
            case .upcoming:
                let isNear = index == run.nextIndex || run.startTime(of: stages[index].key).map { $0 < soon } ?? false
                if isNear { stages[index].forecast = forecast(of: run, waves: stages[index].waves) }
            }
        }
    }

    /// The worst alert of the event is why somebody should look there.
    private func attention(of id: EventID, alerts: [Alert]) -> Attention {
        guard let worst = alerts.first(where: { $0.event == id && $0.severity >= .warn }) else { return Attention() }
        return Attention(severity: worst.severity, reason: worst.text)
    }

    /// Of the node at a place of the router's; read in place, without a copy of all that is known of it.
    private func nodeSnapshot(of place: Int, now: Moment) -> NodeSnapshot {
        var description = router.nodes[place].description
        // For forecasts only; no screen shows it, and pictures of 512 nodes are kept every second.
        description.pace = nil
        return NodeSnapshot(
            description: description, state: state(of: place), connections: router.nodes[place].report.connections,
            offline: router.nodes[place].report.offline, queuedBytes: router.nodes[place].report.queuedBytes,
            topicCount: router.nodes[place].interest.count,
            silence: (now.instant - router.nodes[place].lastHeard).wholeMilliseconds)
    }

    private func state(of place: Int) -> NodeSnapshot.State {
        if router.nodes[place].isStale { return .stale }
        return switch router.nodes[place].duty.kind {
        case .open: .up
        case .cordoned: .cordoned
        case .draining: router.nodes[place].report.connections > 0 ? .draining : .cordoned
        }
    }

    private func load(now: Moment) -> LoadSnapshot {
        var load = LoadSnapshot()
        for place in router.nodes.indices {
            let connected = router.nodes[place].report.connections
            let counts = DeviceCounts(connected: connected, known: connected + router.nodes[place].report.offline)
            if router.nodes[place].description.kind == .real { load.real += counts } else { load.modelled += counts }
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
