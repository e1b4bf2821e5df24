/// What the shard counts, for the router and for the tests.
extension EdgeShard {
    mutating func sendReport(_ now: Moment) {
        deadlines.lastReportAt = now.instant
        deadlines.reportAt = nil
        countPrefetched()
        actions.append(.tell(.report(report(now: now))))
        // Lags so far grow by themselves while anyone is being waited for.
        let isWaiting = topics.contains { topic in
            topic.tallies.contains { tally in
                guard let tally, tally.ledger.waiting + tally.ledger.retrying > 0 else { return false }
                return now.instant - tally.facts.receivedAt < configuration.broadcastDeadline
            }
        }
        if isWaiting { noteChange(now) }
    }

    func report(now: Moment) -> NodeReport {
        let live = topicIndexes.values.map { topics[Int($0)] }.sorted { $0.name < $1.name }
        return NodeReport(
            node: description.id,
            connections: connections.count,
            offline: devices.offlineCount,
            topics: live.map { topic in
                TopicCount(
                    topic: topic.name, connections: topic.members.count, known: topic.followerCount,
                    prefetched: topic.coverage?.prefetched, families: topic.coverage?.families ?? [])
            },
            broadcasts: live.flatMap { deliveries(of: $0, now: now.instant) },
            closed: zip(CloseReason.allCases, closedCounts).filter { $0.1 > 0 }
                .map { CloseCount(code: $0.0.code, count: $0.1) },
            queuedBytes: connections.queuedBytes)
    }

    /// The topic's newest broadcasts, oldest first.
    private func deliveries(of topic: TopicState, now: EngineInstant) -> [NodeDelivery] {
        topic.tallies.indices.compactMap { place -> NodeDelivery? in
            guard let tally = topic.tallies[place] else { return nil }
            let entry = topic.log[tally.facts.sequence]
            var delivery = NodeDelivery(
                node: description.id, kind: description.kind, topic: topic.name, sequence: tally.facts.sequence,
                ledger: tally.ledger, wavesSent: entry?.wavesBegun ?? 0,
                ackTimes: tally.ackTimes, lags: lags(of: tally, at: place, in: topic, now: now))
            delivery.orderRevision = entry?.publication.order.revision ?? 0
            return delivery
        }
        .sorted { $0.sequence < $1.sequence }
    }

    /// Lags of acks, and so far those of the connected followers that have not acked.
    private func lags(of tally: BroadcastTally, at place: Int, in topic: TopicState, now: EngineInstant)
        -> LatencyCounts
    {
        var lags = tally.lags
        guard tally.ledger.waiting + tally.ledger.retrying > 0 else { return lags }
        let elapsed = Milliseconds(TopicState.milliseconds(from: tally.facts.receivedAt, to: now))
        for index in topic.members {
            switch topic.followers[Int(index)].line(place) {
            case .waiting, .retrying:
                lags.record(elapsed - Milliseconds(topic.followers[Int(index)].sentAfter[place]))
            default: break
            }
        }
        return lags
    }

    /// What is broken, in words; empty when every table agrees with every other and each ledger with the devices.
    func checkInvariants() -> [String] {
        var found: [String] = []
        func require(_ holds: Bool, _ sentence: @autoclosure () -> String) { if !holds { found.append(sentence()) } }
        require(connections.count == connections.taken.count, "connection count")
        require(
            connections.queuedBytes == connections.taken.reduce(0) { $0 + connections[$1].pendingBytes }, "queued bytes"
        )
        for index in connections.taken where connections[index].device >= 0 {
            require(
                devices[connections[index].device].connection == index, "connection \(index) and its device disagree")
        }
        let all = devices.all
        require(devices.offlineCount == all.filter { $0.device.connection < 0 }.count, "offline count")
        for (index, device) in all {
            for following in device.followings {
                let follower = topics[Int(following.topic)].followers[Int(following.follower)]
                require(follower.device == index, "follower of \(device.id) belongs to another device")
                require(follower.connection == device.connection, "follower of \(device.id) is on another connection")
            }
        }
        for index in topicIndexes.values { found += topics[Int(index)].problems() }
        return found
    }
}

extension TopicState {
    /// Counts everything again from the followers.
    fileprivate func problems() -> [String] {
        var found: [String] = []
        func require(_ holds: Bool, _ sentence: @autoclosure () -> String) {
            if !holds { found.append("\(name): \(sentence())") }
        }
        let live = followers.filter { $0.device >= 0 }
        require(live.count == followerCount, "follower count")
        require(live.filter { $0.connection >= 0 }.count == members.count, "member count")
        require((0...members.count).contains(fanOutLeft), "a fan-out has \(fanOutLeft) of \(members.count) left")
        for (place, index) in members.enumerated() {
            require(followers[Int(index)].member == Int32(place), "member \(place) is not where it thinks")
            require(followers[Int(index)].stand != .away, "member \(place) is away")
        }
        for follower in live {
            require(follower.acked <= max(follower.sentMax, follower.cursor), "acked beyond what was sent")
            require(follower.cursor <= log.head, "cursor beyond the log")
        }
        for (place, tally) in tallies.enumerated() {
            guard let tally else { continue }
            require(tally.ledger.isBalanced, "ledger of \(tally.facts.sequence) is not balanced: \(tally.ledger)")
            var counted = tally.forgotten
            for follower in live { counted.add(1, to: follower.line(place)) }
            counted.connected = counted.sent + counted.notSent
            counted.offline = counted.owed + counted.caughtUp + counted.expired
            counted.known = counted.connected + counted.offline
            counted.duplicates = tally.ledger.duplicates
            require(
                counted == tally.ledger, "ledger of \(tally.facts.sequence): \(tally.ledger), but counted \(counted)")
        }
        return found
    }
}
