/// What the router says. Every message may come late, twice or never; positions decide.
extension EdgeShard {
    mutating func receive(_ message: RouterMessage, now: Moment) {
        switch message {
        case .publish(let publication):
            guard let topic = known(publication.topic) else { return }
            publish(publication, in: topic, now)
        case .topicLog(let name, let publications, let oldest):
            guard let topic = known(name) else { return }
            adopt(publications, oldest: oldest, in: topic, now)
        case .abort(let name, let sequence):
            guard let topic = topicIndexes[name] else { return }
            abort(sequence, in: topic, now)
        case .resend(let name, let sequence):
            guard let topic = topicIndexes[name] else { return }
            topics[Int(topic)].resend(sequence, connections, configuration, now: now.instant, &actions)
            activate(topic)
            noteChange(now)
        case .order(let name, let sequence, let order):
            guard let topic = topicIndexes[name] else { return }
            self.order(order, of: sequence, in: topic, now)
            // Told again because it did not show: it shows in the next report.
            noteChange(now)
        case .lagWanted(let query):
            if let answer = lag(query, now: now.instant) { actions.append(.tell(.lag(answer))) }
        case .drill:
            break
        case .unknownTopic(let name):
            if let topic = topicIndexes[name] { removeTopic(topic, now: now) }
        case .duty(let wish):
            obey(wish, now)
        }
    }

    /// The topic's place; a router that sends what nobody here follows is told so.
    private mutating func known(_ name: Topic) -> Int32? {
        if let topic = topicIndexes[name] { return topic }
        actions.append(.tell(.interest(name, isInterested: false)))
        return nil
    }

    private mutating func publish(_ publication: Publication, in topic: Int32, _ now: Moment) {
        let sequence = publication.position.sequence
        let head = topics[Int(topic)].log.head
        // Until the log has come, nobody can be placed, and the log will bring this one.
        guard topics[Int(topic)].isCurrent else { return }
        guard sequence > head else { return publishAgain(publication, in: topic, now) }
        guard sequence == head + 1 else { return askHistory(of: topic, after: head) }
        append(publication, in: topic, isLive: true, now)
        placeAwaiting(in: topic, now) { state, waiting in
            state.followers[Int(waiting.follower)].aheadSince != nil
                && state.log.place(waiting.claim, catchUpMax: .max, hasAsked: true) != .ahead
        }
        confirm(topic)
        noteChange(now)
    }

    /// A copy of what is known: nothing changes but the confirmation, which may have been lost.
    private mutating func publishAgain(_ publication: Publication, in topic: Int32, _ now: Moment) {
        let sequence = publication.position.sequence
        if let held = topics[Int(topic)].log[sequence], held.publication.position != publication.position {
            // The router tells another history. Whose it is, only its whole log can say.
            actions.append(.tell(.interest(publication.topic, isInterested: true)))
            return
        }
        order(publication.order, of: sequence, in: topic, now)
        if publication.isAborted { abort(sequence, in: topic, now) }
        confirm(topic)
    }

    private mutating func order(_ order: WaveOrder, of sequence: Int64, in topic: Int32, _ now: Moment) {
        guard topics[Int(topic)].order(order, of: sequence, now: now.instant) else { return }
        topics[Int(topic)].isDirty = true
        markDirty(topic)
        activate(topic)
        noteChange(now)
    }

    private mutating func append(_ publication: Publication, in topic: Int32, isLive: Bool, _ now: Moment) {
        var publication = publication
        if topics[Int(topic)].abortedAhead.contains(publication.position.sequence) { publication.isAborted = true }
        let wavesBegun = isLive || publication.isAborted || publication.order.isHeld ? 0 : publication.waves.total
        topics[Int(topic)].log.append(publication, receivedAt: now.instant, wavesBegun: wavesBegun)
        topics[Int(topic)].begin(publication, now: now.instant, isLive: isLive)
        topics[Int(topic)].isDirty = true
        markDirty(topic)
    }

    /// Merges the router's log into ours: older ones in front, newer ones as if they were published now.
    private mutating func adopt(_ publications: [Publication], oldest: Int64, in topic: Int32, _ now: Moment) {
        let list = contiguousTail(of: publications, topics[Int(topic)].name)
        let isOtherHistory = list.contains {
            guard let held = topics[Int(topic)].log[$0.position.sequence] else { return false }
            return held.publication.position != $0.position
        }
        if isOtherHistory { forgetHistory(of: topic) }
        let head = topics[Int(topic)].log.head
        if let first = list.first, head > 0, first.position.sequence > head + 1 {
            // More was missed than the router still sends: what is held joins on to nothing.
            topics[Int(topic)].log.removeAll()
        }
        let wasCurrent = topics[Int(topic)].isCurrent
        topics[Int(topic)].isCurrent = topics[Int(topic)].isAnnounced
        topics[Int(topic)].log.prepend(
            list.filter { $0.position.sequence < topics[Int(topic)].log.first }, receivedAt: now.instant)
        topics[Int(topic)].log.oldest = max(1, oldest)
        for publication in list {
            let sequence = publication.position.sequence
            if sequence > topics[Int(topic)].log.head {
                append(publication, in: topic, isLive: wasCurrent && !isOtherHistory, now)
            } else {
                order(publication.order, of: sequence, in: topic, now)
                if publication.isAborted { abort(sequence, in: topic, now) }
            }
        }
        topics[Int(topic)].advanceWaves(now: now.instant)
        if isOtherHistory { resetEveryone(in: topic) }
        placeAwaiting(in: topic, now)
        confirm(topic)
        markDirty(topic)
        noteChange(now)
    }

    /// The publications of `topic` in order, from the last gap on.
    private func contiguousTail(of publications: [Publication], _ topic: Topic) -> [Publication] {
        let sorted = publications.filter { $0.topic == topic && $0.position.sequence > 0 }
            .sorted { $0.position.sequence < $1.position.sequence }
        let gap = sorted.indices.dropFirst().last {
            sorted[$0].position.sequence != sorted[$0 - 1].position.sequence + 1
        }
        return Array(sorted[(gap ?? 0)...])
    }

    /// Places those who wait and of whom the log can tell by now.
    private mutating func placeAwaiting(
        in topic: Int32, _ now: Moment, where canBePlaced: (TopicState, TopicState.Awaiting) -> Bool = { _, _ in true }
    ) {
        var awaiting: [TopicState.Awaiting] = [], left: [TopicState.Awaiting] = []
        for waiting in topics[Int(topic)].awaiting {
            if canBePlaced(topics[Int(topic)], waiting) { awaiting.append(waiting) } else { left.append(waiting) }
        }
        topics[Int(topic)].awaiting = left
        for waiting in awaiting where connections.contains(waiting.connection) {
            place(
                waiting.follower, in: topic, waiting.claim, waiting.connection, hasAsked: waiting.hasAskedHistory, now)
            queue(waiting.connection)
        }
    }

    private mutating func forgetHistory(of topic: Int32) {
        topics[Int(topic)].log.removeAll()
        topics[Int(topic)].abortedAhead = []
        for place in topics[Int(topic)].tallies.indices { topics[Int(topic)].tallies[place] = nil }
        for index in topics[Int(topic)].followers.indices {
            topics[Int(topic)].followers[index].lines = SIMD4(repeating: 0)
        }
    }

    /// What devices hold is of a history that is no longer the topic's.
    private mutating func resetEveryone(in topic: Int32) {
        let newest = topics[Int(topic)].log.newest
        for index in topics[Int(topic)].members where topics[Int(topic)].followers[Int(index)].stand == .live {
            topics[Int(topic)].followers[Int(index)].pendingReset = .otherHistory
            topics[Int(topic)].followers[Int(index)].cursor = 0
            topics[Int(topic)].followers[Int(index)].acked = 0
            topics[Int(topic)].followers[Int(index)].catchUpTo = newest
        }
        topics[Int(topic)].isDirty = true
    }

    /// Aborts that overtake their publication and are remembered, a topic.
    private static let abortedAheadMax = 16

    private mutating func abort(_ sequence: Int64, in topic: Int32, _ now: Moment) {
        if sequence > topics[Int(topic)].log.head {
            topics[Int(topic)].abortedAhead.append(sequence)
            if topics[Int(topic)].abortedAhead.count > Self.abortedAheadMax {
                topics[Int(topic)].abortedAhead.removeFirst()
            }
        } else {
            topics[Int(topic)].abort(sequence)
            topics[Int(topic)].advanceWaves(now: now.instant)
            noteChange(now)
        }
    }

    private mutating func confirm(_ topic: Int32) {
        guard let newest = topics[Int(topic)].log.entries.last?.publication else { return }
        actions.append(.tell(.confirmed(newest.topic, newest.position)))
    }

    /// Asks for older (or missing) publications; `tick` asks again while somebody waits.
    mutating func askHistory(of topic: Int32, after sequence: Int64) {
        actions.append(.tell(.historyWanted(topics[Int(topic)].name, after: sequence)))
    }
}
