/// Everything in a shard that waits for a time, in one place: one timer of the loop serves them all.
struct ShardDeadlines {
    var hello = DeadlineLine()
    var initialisation = DeadlineLine()
    var ping = DeadlineLine()
    var soft = DeadlineLine()
    /// Topics with waves to come or acks to wait for.
    var activeTopics: [Int32] = []
    var heartbeatAt: EngineInstant
    /// When to report; nil while nothing has changed since the last report.
    var reportAt: EngineInstant?
    var lastReportAt: EngineInstant

    init(start: EngineInstant) {
        heartbeatAt = start
        lastReportAt = start
    }
}

extension EdgeShard {
    /// The earliest moment at which `tick` has something to do.
    var nextDeadline: EngineInstant {
        var next = deadlines.heartbeatAt
        // Asked once a turn: without a list to allocate.
        if let deadline = deadlines.hello.next { next = min(next, deadline) }
        if let deadline = deadlines.initialisation.next { next = min(next, deadline) }
        if let deadline = deadlines.ping.next { next = min(next, deadline) }
        if let deadline = deadlines.soft.next { next = min(next, deadline) }
        if let deadline = deadlines.reportAt { next = min(next, deadline) }
        if let deadline = goodbyes?.next { next = min(next, deadline) }
        for topic in deadlines.activeTopics {
            if let wave = topics[Int(topic)].nextWaveAt { next = min(next, wave) }
            if let sweep = topics[Int(topic)].sweepAt { next = min(next, sweep) }
        }
        return next
    }

    /// Does what has fallen due. Early and repeated calls do no harm.
    mutating func tick(now: Moment) {
        endLateHellos(now)
        pingOrEndSilent(now)
        endSlow(now)
        sayDueGoodbyes(now)
        beginWavesAndSweep(now)
        if deadlines.heartbeatAt <= now.instant { heartbeat(now) }
        if let due = deadlines.reportAt, due <= now.instant { sendReport(now) }
    }

    /// Counters have changed: a report is due, at most one every `reportInterval`.
    mutating func noteChange(_ now: Moment) {
        guard deadlines.reportAt == nil else { return }
        deadlines.reportAt = max(deadlines.lastReportAt + configuration.reportInterval, now.instant)
    }

    private mutating func endLateHellos(_ now: Moment) {
        while let slot = deadlines.hello.popDue(now: now.instant) ?? deadlines.initialisation.popDue(now: now.instant) {
            if connections.contains(slot), connections[slot.index].device < 0 { end(slot, .helloTimeout, now: now) }
        }
    }

    private mutating func pingOrEndSilent(_ now: Moment) {
        while let slot = deadlines.ping.popDue(now: now.instant) {
            guard connections.contains(slot) else { continue }
            let silence = now.instant - connections[slot.index].lastHeard
            if silence >= configuration.pingEvery * 2 {
                end(slot, .silent, now: now)
                continue
            }
            if connections[slot.index].device >= 0 {
                connections[slot.index].pingedAt = now.instant
                actions.append(.ping(slot))
            }
            connections[slot.index].requestsLeft = Self.requestsMax
            deadlines.ping.append(slot, at: now.instant + configuration.pingEvery)
        }
    }

    private mutating func endSlow(_ now: Moment) {
        while let slot = deadlines.soft.popDue(now: now.instant) {
            guard connections.contains(slot), let since = connections[slot.index].blockedSince else { continue }
            // A connection that was free in between has a later entry of its own.
            if since + configuration.pendingSoftFor <= now.instant { end(slot, .slow, now: now) }
        }
    }

    private mutating func beginWavesAndSweep(_ now: Moment) {
        var stillActive: [Int32] = []
        for topic in deadlines.activeTopics {
            topics[Int(topic)].advanceWaves(now: now.instant)
            if topics[Int(topic)].isDirty { markDirty(topic) }
            if let due = topics[Int(topic)].sweepAt, due <= now.instant {
                topics[Int(topic)].sweep(connections, configuration, now: now.instant, &actions)
                noteChange(now)
            }
            topics[Int(topic)].isActive = topics[Int(topic)].isWaving || topics[Int(topic)].sweepAt != nil
            if topics[Int(topic)].isActive { stillActive.append(topic) }
        }
        deadlines.activeTopics = stillActive
    }

    /// The node lives. What the router may not have heard is said again.
    private mutating func heartbeat(_ now: Moment) {
        deadlines.heartbeatAt = now.instant + configuration.heartbeat
        if hasFreshPrefetches { noteChange(now) }
        let followed = topics.filter { !$0.members.isEmpty }.map(\.name).sorted()
        actions.append(.tell(.heartbeat(description, topics: followed)))
        actions.append(.tell(.duty(duty)))
        for index in topics.indices where !topics[index].members.isEmpty && topics[index].isAnnounced {
            if !topics[index].isCurrent {
                actions.append(.tell(.interest(topics[index].name, isInterested: true)))
            } else if !topics[index].awaiting.isEmpty {
                let log = topics[index].log
                askHistory(of: Int32(index), after: max(log.oldest, log.head - Int64(configuration.catchUpMax)) - 1)
            }
        }
    }
}
