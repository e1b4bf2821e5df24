/// How far a connected device is behind in a topic, and where that time went. All in ms; the three parts add up to `behind`.
struct DeviceLag: Hashable, Sendable {
    var device: String
    /// Since the oldest stage that it has not acked was due to it.
    var behind: Milliseconds
    /// From due to handed to the kernel, all of it while something still waits here.
    var queue: Milliseconds
    /// As long as a ping takes, at most.
    var network: Milliseconds
    /// The rest: the device has it, and has not said so.
    var client: Milliseconds
}

extension EdgeShard {
    /// The lag of every connected device that has not acked everything it was due, in no particular order.
    func lags(in name: Topic, now: EngineInstant) -> [DeviceLag] {
        guard let topic = topicIndexes[name].map({ topics[Int($0)] }) else { return [] }
        return topic.members.compactMap { lag(of: topic.followers[Int($0)], in: topic, now: now) }
    }

    private func lag(of follower: TopicState.Follower, in topic: TopicState, now: EngineInstant) -> DeviceLag? {
        guard follower.stand == .live, max(topic.goal(of: follower), follower.cursor) > follower.acked,
            let due = topic.dueAt(follower)
        else { return nil }
        let connection = connections[follower.connection]
        let behind = max(0, (now - due).wholeMilliseconds)
        var queue = behind
        if connection.pendingBytes == 0, let writtenAt = connection.writtenAt {
            queue = min(max(0, (writtenAt - due).wholeMilliseconds), behind)
        }
        let network = min(behind - queue, Milliseconds(connection.roundTrip ?? 0))
        return DeviceLag(
            device: devices[follower.device].id, behind: behind, queue: queue, network: network,
            client: behind - queue - network)
    }
}

extension TopicState {
    /// When the oldest publication that the follower has not acked was due to it: with its wave.
    fileprivate func dueAt(_ follower: Follower) -> EngineInstant? {
        guard let entry = log[max(follower.acked + 1, log.first)] else { return nil }
        let waves = entry.publication.waves
        let wave = waves.wave(ofDeviceHash: follower.hash)
        return entry.receivedAt + .milliseconds(waves.interval * Milliseconds(wave))
    }
}
