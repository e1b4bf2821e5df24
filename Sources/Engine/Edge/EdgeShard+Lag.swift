// Who is behind on the newest broadcast, from the followers' lines of its ledger.

extension EdgeShard {
    func lag(_ query: LagQuery, now: EngineInstant) -> NodeLag? {
        guard let index = topicIndexes[query.topic] else { return nil }
        let topic = topics[Int(index)]
        var answer = NodeLag(query: query, node: description, sequence: topic.log.head)
        if let name = query.device {
            let follower = devices.index(of: name).flatMap { device in
                devices[device].followings.first { $0.topic == index }
            }
            answer.device = follower.map { laggingDevice(Int($0.follower), in: topic, now) }
            return answer
        }
        let place = TopicState.place(of: topic.log.head)
        guard query.admits(description), topic.tallies[place]?.facts.sequence == topic.log.head else { return answer }
        var tally = LagTally(sampleMax: query.sampleMax)
        for (number, follower) in topic.followers.enumerated() where follower.device >= 0 {
            let line = follower.line(place)
            guard [.notSent, .waiting, .retrying, .dropped, .unknownStage].contains(line) else { continue }
            guard let entry = entry(follower, line, in: topic, now) else {
                answer.freshCount += 1
                continue
            }
            if query.admits(entry.make, entry.cause) { tally.add(entry, place: number) }
        }
        tally.fill(&answer) { laggingDevice($0, in: topic, now) }
        return answer
    }

    /// Nil: it is not behind yet.
    private func entry(_ follower: TopicState.Follower, _ line: LedgerLine, in topic: TopicState, _ now: EngineInstant)
        -> LagTally.Entry?
    {
        let place = TopicState.place(of: topic.log.head)
        guard let tally = topic.tallies[place], let held = topic.log[topic.log.head] else { return nil }
        let wave = held.publication.waves.wave(ofDeviceHash: follower.hash)
        if line == .notSent, wave >= held.wavesBegun || held.publication.isAborted { return nil }
        let since = Milliseconds(TopicState.milliseconds(from: tally.facts.receivedAt, to: now))
        let due = Milliseconds(wave) * held.publication.waves.interval
        let wasSent = follower.sentAfter[place] != TopicState.Follower.unsent
        let sent = wasSent ? Milliseconds(follower.sentAfter[place]) : since
        let lag = max(0, since - min(due, sent))
        guard line == .dropped || line == .unknownStage || lag >= configuration.ackWithin.wholeMilliseconds else {
            return nil
        }
        var entry = LagTally.Entry(cause: .unknown, make: devices.make(of: follower.device), lag: lag)
        switch line {
        case .dropped: entry.cause = .dropped
        case .unknownStage: entry.cause = .unknownStage
        default: split(&entry, follower, from: now + .milliseconds(-lag), now)
        }
        return entry
    }

    /// Where the time went since `due`: in the queue until everything it was given was with the kernel; on the network
    /// as long as a ping takes; the rest with the device, which has it and has not said so. Most of it names the cause,
    /// and while a ping goes unanswered it is the network, whatever the device may have.
    private func split(
        _ entry: inout LagTally.Entry, _ follower: TopicState.Follower, from due: EngineInstant, _ now: EngineInstant
    ) {
        guard follower.connection >= 0 else { return }
        let connection = connections[follower.connection]
        entry.queue = entry.lag
        if connection.pendingBytes == 0, connection.blockedSince == nil, let writtenAt = connection.writtenAt {
            entry.queue = min(max(0, (writtenAt - due).wholeMilliseconds), entry.lag)
        }
        let roundTrip = Milliseconds(connection.roundTrip ?? 0), rest = entry.lag - entry.queue
        let isUnanswered = connection.pingedAt.map { (now - $0).wholeMilliseconds > max(1000, 4 * roundTrip) } ?? false
        entry.network = isUnanswered ? rest : min(rest, roundTrip)
        entry.client = rest - entry.network
        if entry.queue >= max(entry.network, entry.client) {
            entry.cause = .queue
        } else {
            entry.cause = entry.network >= entry.client ? .network : .client
        }
    }

    private func laggingDevice(_ number: Int, in topic: TopicState, _ now: EngineInstant) -> LaggingDevice {
        let follower = topic.followers[number], place = TopicState.place(of: topic.log.head)
        let line = follower.line(place)
        let entry = [.notSent, .waiting, .retrying, .dropped, .unknownStage].contains(line)
            ? entry(follower, line, in: topic, now) : nil
        return LaggingDevice(
            id: devices[follower.device].id, make: devices.make(of: follower.device), kind: .real, node: description.id,
            region: description.region, line: "\(line)", cause: entry?.cause, isConnected: follower.connection >= 0,
            applied: follower.acked, lag: entry?.lag,
            tries: follower.cursor == topic.log.head ? Int(follower.resends) + 1 : 0)
    }
}
