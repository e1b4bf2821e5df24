/// What devices say.
extension EdgeShard {
    /// A message of a device, in the order of its connection.
    mutating func received(_ message: DeviceMessage, from slot: ConnectionSlot, now: Moment) {
        guard connections.contains(slot) else { return }
        connections[slot.index].lastHeard = now.instant
        let device = connections[slot.index].device
        switch message {
        case .hello(let id, _, let make, let requests):
            guard device < 0 else { return end(slot, .badMessage, now: now) }
            hello(id, make, requests, slot, now)
        case _ where device < 0:
            end(slot, .badMessage, now: now)
        case .subscribe(let requests):
            subscribe(device, requests, slot, now)
        case .unsubscribe(let names):
            for name in names { unsubscribe(device, name, slot, now) }
        case .ack(let name, let sequence):
            guard let following = following(of: device, name),
                topics[Int(following.topic)].ack(following.follower, sequence, now: now)
            else { return end(slot, .badMessage, now: now) }
            noteChange(now)
        case .unknownStage(let name, let sequence):
            guard let following = following(of: device, name),
                topics[Int(following.topic)].refuse(following.follower, sequence)
            else { return end(slot, .badMessage, now: now) }
            noteChange(now)
        }
    }

    private mutating func hello(
        _ id: String, _ make: DeviceMake, _ requests: [TopicRequest], _ slot: ConnectionSlot, _ now: Moment
    ) {
        let names = Set(requests.map(\.topic))
        guard names.count == requests.count, requests.count <= configuration.topicsPerConnectionMax else {
            return end(slot, .badMessage, now: now)
        }
        if let known = devices.index(of: id), devices[known].connection >= 0 {
            end(connections.slot(at: devices[known].connection), .superseded, now: now)
        }
        let known = devices.index(of: id)
        let device = known ?? devices.insert(id)
        devices.connect(device, to: slot.index, isNew: known == nil)
        devices.note(make, of: device)
        connections[slot.index].device = device
        while let oldest = devices.nextToForget() { forget(oldest) }
        actions.append(.send(slot, welcome))
        // Whoever comes back follows what it now names, and nothing else.
        for following in devices[device].followings where !names.contains(topics[Int(following.topic)].name) {
            unfollow(device, following)
        }
        for request in requests {
            guard follow(device, request, slot, now) else { return end(slot, .tooMany, now: now) }
        }
        queue(slot)
        noteChange(now)
    }

    private mutating func subscribe(_ device: Int32, _ requests: [TopicRequest], _ slot: ConnectionSlot, _ now: Moment)
    {
        connections[slot.index].requestsLeft -= requests.count
        guard connections[slot.index].requestsLeft >= 0 else { return end(slot, .tooMany, now: now) }
        for request in requests {
            guard follow(device, request, slot, now) else { return end(slot, .tooMany, now: now) }
        }
        guard devices[device].followings.count <= configuration.topicsPerConnectionMax else {
            return end(slot, .tooMany, now: now)
        }
        queue(slot)
        noteChange(now)
    }

    private mutating func unsubscribe(_ device: Int32, _ name: Topic, _ slot: ConnectionSlot, _ now: Moment) {
        guard connections.contains(slot) else { return }
        connections[slot.index].requestsLeft -= 1
        guard connections[slot.index].requestsLeft >= 0 else { return end(slot, .tooMany, now: now) }
        if let following = following(of: device, name) { unfollow(device, following) }
        actions.append(.send(slot, OutboundFrame(.unsubscribed(name))))
        noteChange(now)
    }

    func following(of device: Int32, _ name: Topic) -> KnownDevices.Following? {
        guard let topic = topicIndexes[name] else { return nil }
        return devices[device].followings.first { $0.topic == topic }
    }

    /// - Returns: false if the node can take no more topics.
    private mutating func follow(_ device: Int32, _ request: TopicRequest, _ slot: ConnectionSlot, _ now: Moment)
        -> Bool
    {
        guard let topic = topicIndexes[request.topic] ?? insertTopic(request.topic) else { return false }
        let follower: Int32
        if let known = devices[device].followings.first(where: { $0.topic == topic }) {
            follower = known.follower
        } else {
            follower = topics[Int(topic)].follow(device: device, hash: devices[device].hash)
            devices[device].followings.append(KnownDevices.Following(topic: topic, follower: follower))
        }
        if topics[Int(topic)].followers[Int(follower)].connection < 0 {
            topics[Int(topic)].attach(follower, to: slot.index)
            topics[Int(topic)].followers[Int(follower)].sentMax = 0
        }
        topics[Int(topic)].awaiting.removeAll { $0.follower == follower }
        if topics[Int(topic)].isCurrent {
            place(follower, in: topic, request.position, slot, hasAsked: false, now)
        } else {
            topics[Int(topic)].followers[Int(follower)].stand = .awaiting
            topics[Int(topic)].awaiting.append(
                TopicState.Awaiting(
                    follower: follower, connection: slot, claim: request.position, hasAskedHistory: false))
        }
        markDirty(topic)
        return true
    }

    mutating func place(
        _ follower: Int32, in topic: Int32, _ claim: ClaimedPosition?, _ slot: ConnectionSlot, hasAsked: Bool,
        _ now: Moment
    ) {
        let wanted = topics[Int(topic)].place(
            follower, claim: claim, hasAskedHistory: hasAsked, connection: slot, configuration, now: now)
        if let wanted { askHistory(of: topic, after: wanted) }
    }

    private mutating func insertTopic(_ name: Topic) -> Int32? {
        let index: Int32
        if let reused = freeTopics.popLast() {
            index = reused
            topics[Int(index)] = TopicState(name: name)
        } else {
            guard topics.count < Self.topicsMax else { return nil }
            index = Int32(topics.count)
            topics.append(TopicState(name: name))
        }
        topicIndexes[name] = index
        return index
    }

    mutating func unfollow(_ device: Int32, _ following: KnownDevices.Following) {
        topics[Int(following.topic)].unfollow(following.follower)
        topics[Int(following.topic)].awaiting.removeAll { $0.follower == following.follower }
        devices[device].followings.removeAll { $0 == following }
        markDirty(following.topic)
    }

    /// A device that is away is remembered no more; what is owed to it expires.
    mutating func forget(_ device: Int32) {
        for following in devices[device].followings { unfollow(device, following) }
        devices.remove(device)
    }

    /// The topic is gone, and with it everyone who follows it.
    mutating func removeTopic(_ index: Int32, now: Moment) {
        for member in topics[Int(index)].members {
            end(connections.slot(at: topics[Int(index)].followers[Int(member)].connection), .unknownTopic, now: now)
        }
        for (device, known) in devices.all {
            guard let following = known.followings.first(where: { $0.topic == index }) else { continue }
            unfollow(device, following)
            if devices[device].followings.isEmpty, devices[device].connection < 0 { devices.remove(device) }
        }
        if topics[Int(index)].isAnnounced {
            actions.append(.tell(.interest(topics[Int(index)].name, isInterested: false)))
        }
        topicIndexes[topics[Int(index)].name] = nil
        topics[Int(index)] = TopicState(name: "")
        dirtyTopics.removeAll { $0 == index }
        deadlines.activeTopics.removeAll { $0 == index }
        freeTopics.append(index)
    }
}
