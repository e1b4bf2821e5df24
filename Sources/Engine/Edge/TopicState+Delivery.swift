/// What a follower is given next, and when.
///
/// The rule is one: a live follower is given everything after its cursor up to its goal, in order, and the goal is the
/// newest publication whose wave has begun for it (or that it asked for in catch-up). Where that cannot be done
/// honestly, it is given a reset to its goal:
/// - an aborted publication lies between, which it must never be given;
/// - it is more than `catchUpMax` behind, or the log begins after its cursor.
extension TopicState {
    /// Begins the waves that are due and finds what is settled.
    mutating func advanceWaves(now: EngineInstant) {
        var sequence = log.head
        settled = 0
        isWaving = false
        while settled == 0, let entry = log[sequence] {
            if !entry.publication.isAborted {
                if !entry.areWavesDone {
                    let begun = max(entry.wavesBegun, entry.wavesDue(now: now))
                    if begun != entry.wavesBegun {
                        log.begin(waves: begun, of: sequence)
                        isDirty = true
                    }
                }
                if log[sequence]?.areWavesDone == true { settled = sequence } else { isWaving = true }
            }
            sequence -= 1
        }
        // What is older than a publication that everyone is due goes out with it: its waves have all begun.
        while let entry = log[sequence], !entry.areWavesDone {
            if !entry.publication.isAborted { log.begin(waves: entry.publication.waves.total, of: sequence) }
            sequence -= 1
        }
    }

    /// When the next wave begins; nil if none is to come.
    var nextWaveAt: EngineInstant? {
        guard isWaving else { return nil }
        var next: EngineInstant?
        var sequence = log.head
        while sequence > settled, let entry = log[sequence] {
            if !entry.publication.isAborted, let at = entry.nextWaveAt { next = min(next ?? at, at) }
            sequence -= 1
        }
        return next
    }

    /// The newest sequence that the follower may have now; 0 if there is none.
    func goal(of follower: Follower) -> Int64 {
        var goal = settled
        if isWaving {
            var sequence = log.head
            while sequence > settled, let entry = log[sequence] {
                let publication = entry.publication
                if !publication.isAborted, publication.waves.wave(ofDeviceHash: follower.hash) < entry.wavesBegun {
                    goal = sequence
                    break
                }
                sequence -= 1
            }
        }
        return follower.catchUpTo > goal ? max(goal, log.newest(upTo: follower.catchUpTo)) : goal
    }

    /// Gives `most` connected followers that can be written to what they are due; `fanOutLeft` says how many are left.
    ///
    /// - Parameter more: connections that are due more than one page; the shard goes on with them.
    mutating func fanOut(
        most: Int, _ connections: inout ConnectionTable, _ configuration: EngineConfiguration, now: EngineInstant,
        _ actions: inout [ShardAction], more: inout [Int32]
    ) {
        fanOutLeft = isDirty ? members.count : min(fanOutLeft, members.count)
        isDirty = false
        let end = max(0, fanOutLeft - most)
        while fanOutLeft > end {
            fanOutLeft -= 1
            let index = members[fanOutLeft], connection = followers[Int(index)].connection
            guard connections[connection].blockedSince == nil else { continue }
            var budget = configuration.pendingBytesSoft
            if !deliver(index, &connections, configuration, &budget, now: now, &actions) {
                more.append(connection)
            }
        }
    }

    /// Gives a connected follower one page of what it is due.
    ///
    /// - Parameter budget: bytes the connection may still be given before the shell has written them.
    /// - Returns: whether that was all.
    mutating func deliver(
        _ index: Int32, _ connections: inout ConnectionTable, _ configuration: EngineConfiguration, _ budget: inout Int,
        now: EngineInstant, _ actions: inout [ShardAction]
    ) -> Bool {
        let follower = followers[Int(index)]
        guard follower.stand == .live else { return true }
        let goal = goal(of: follower)
        guard goal > follower.cursor || follower.pendingReset != nil else { return true }
        guard budget > 0 else { return false }
        let frame: OutboundFrame
        var end = goal
        if let page = lastPage, page.after == follower.cursor, page.goal == goal, page.logVersion == log.version,
            follower.pendingReset == nil, page.frame.byteCount <= budget {
            (frame, end) = (page.frame, page.end)
            markSent(index, after: follower.cursor, upTo: end, now: now)
        } else if let reason = follower.pendingReset ?? obstacle(after: follower.cursor, goal, configuration.catchUpMax)
        {
            frame = log.reset(to: goal, of: name, reason)
            followers[Int(index)].pendingReset = nil
            supersede(index, after: follower.cursor, before: goal, now: now)
            markSent(index, goal, now: now)
        } else {
            end = pageEnd(after: follower.cursor, goal, budget)
            frame = log.frames(from: follower.cursor + 1, to: end)
            lastPage = Page(after: follower.cursor, goal: goal, end: end, frame: frame, logVersion: log.version)
            markSent(index, after: follower.cursor, upTo: end, now: now)
        }
        budget -= frame.byteCount
        actions.append(.send(connections.slot(at: follower.connection), frame))
        if follower.acked == follower.cursor { connections[follower.connection].awaitWriting() }
        followers[Int(index)].cursor = end
        followers[Int(index)].sentMax = max(follower.sentMax, end)
        noteSend(index, resends: 0, now: now, within: configuration.ackWithin)
        return end == goal
    }

    private mutating func markSent(_ index: Int32, after cursor: Int64, upTo end: Int64, now: EngineInstant) {
        // Only the newest broadcasts have a ledger.
        var sequence = max(cursor + 1, log.head - Int64(tallies.count) + 1)
        while sequence <= end {
            markSent(index, sequence, now: now)
            sequence += 1
        }
    }

    /// Why the follower cannot be given everything one by one; nil if it can.
    private func obstacle(after cursor: Int64, _ goal: Int64, _ catchUpMax: Int) -> ResetReason? {
        if goal - cursor > Int64(catchUpMax) || cursor + 1 < log.first { return .tooFarBehind }
        return log.hasAborted(after: cursor, upTo: goal) ? .aborted : nil
    }

    /// The last sequence that fits into `budget`, one at least.
    private func pageEnd(after cursor: Int64, _ goal: Int64, _ budget: Int) -> Int64 {
        var end = cursor + 1, bytes = log[end]?.frame.byteCount ?? 0
        while end < goal, let next = log[end + 1]?.frame.byteCount, bytes + next <= budget {
            bytes += next
            end += 1
        }
        return end
    }

    private mutating func noteSend(_ index: Int32, resends: UInt8, now: EngineInstant, within: Duration) {
        followers[Int(index)].lastSentAt = now
        followers[Int(index)].resends = resends
        let due = now + within
        sweepAt = min(sweepAt ?? due, due)
    }

    // MARK: Acks and re-sends

    /// Takes in what was said of the waves of `sequence`.
    /// - Returns: whether it was news.
    mutating func order(_ order: WaveOrder, of sequence: Int64, now: EngineInstant) -> Bool {
        guard log.order(order, of: sequence, now: now) else { return false }
        advanceWaves(now: now)
        return true
    }

    /// The device does not know the stage of `sequence`: it is not sent again.
    /// - Returns: false if the follower speaks of what it was never given.
    mutating func refuse(_ index: Int32, _ sequence: Int64) -> Bool {
        let follower = followers[Int(index)]
        guard sequence >= 0, sequence <= follower.sentMax else { return false }
        guard sequence > follower.acked else { return true }
        let place = Self.place(of: sequence)
        if let tally = tallies[place]?.facts, tally.sequence == sequence {
            switch follower.line(place) {
            case .waiting, .retrying, .dropped: set(index, place, .unknownStage)
            default: break
            }
        }
        if sequence == follower.cursor { followers[Int(index)].resends = Self.resendsMax }
        return true
    }

    /// - Returns: false if the follower acks what it was never given.
    mutating func ack(_ index: Int32, _ sequence: Int64, now: Moment) -> Bool {
        let follower = followers[Int(index)]
        guard sequence >= 0, sequence <= follower.sentMax else { return false }
        guard sequence > follower.acked else { return true }
        followers[Int(index)].acked = sequence
        followers[Int(index)].resends = 0
        settle(index, upTo: sequence, now: now)
        return true
    }

    /// How often an un-acked stage is sent again before the edge only waits.
    static let resendsMax: UInt8 = 3
    /// Sweeps lie at least this far apart, however the sends were spread.
    private static let sweepEvery = Duration.milliseconds(50)

    /// Sends once more to whoever has not acked in time. Only the newest stage it was given: an ack of it covers
    /// the older ones, and nobody sees an older stage after a newer one.
    mutating func sweep(
        _ connections: ConnectionTable, _ configuration: EngineConfiguration, now: EngineInstant,
        _ actions: inout [ShardAction]
    ) {
        sweepAt = nil
        var next: EngineInstant?
        for index in members {
            let follower = followers[Int(index)]
            guard follower.stand == .live, follower.cursor > follower.acked, follower.resends < Self.resendsMax else {
                continue
            }
            var due = follower.lastSentAt + configuration.ackWithin
            if due <= now {
                if connections[follower.connection].blockedSince == nil {
                    resend(index, to: connections.slot(at: follower.connection), configuration, now: now, &actions)
                }
                due = now + configuration.ackWithin
            }
            next = min(next ?? due, due)
        }
        sweepAt = next.map { max($0, now + Self.sweepEvery) }
    }

    /// The router asks to send `sequence` once more where it is un-acked.
    mutating func resend(
        _ sequence: Int64, _ connections: ConnectionTable, _ configuration: EngineConfiguration,
        now: EngineInstant, _ actions: inout [ShardAction]
    ) {
        for index in members {
            let follower = followers[Int(index)]
            guard follower.stand == .live, follower.acked < sequence, sequence <= follower.cursor,
                connections[follower.connection].blockedSince == nil
            else { continue }
            resend(index, to: connections.slot(at: follower.connection), configuration, now: now, &actions)
        }
    }

    private mutating func resend(
        _ index: Int32, to slot: ConnectionSlot, _ configuration: EngineConfiguration, now: EngineInstant,
        _ actions: inout [ShardAction]
    ) {
        let follower = followers[Int(index)]
        let sequence = follower.cursor
        guard sequence > follower.acked, let entry = log[sequence], !entry.publication.isAborted else {
            // It was given what has been aborted since: that is not said again, and nothing older after it.
            followers[Int(index)].resends = Self.resendsMax
            return
        }
        actions.append(.send(slot, entry.frame))
        for place in tallies.indices {
            guard let tally = tallies[place]?.facts, tally.sequence > follower.acked, tally.sequence <= sequence else {
                continue
            }
            if follower.line(place) == .waiting { set(index, place, .retrying) }
        }
        markSent(index, sequence, now: now)
        noteSend(index, resends: min(follower.resends, Self.resendsMax) + 1, now: now, within: configuration.ackWithin)
    }
}
