/// The connections of one event loop and what each of them is due: tier 2 of the fan-out.
///
/// Pure: time comes in, messages come in as values, decisions go out as `ShardAction`s. One loop owns it (or a
/// simulator on a virtual clock) and treats it in turns:
///
///     accept / received / receive / tick …    any number of them
///     flush                                   publications leave: some of them, if many are due
///     takeActions                             perform them; then `flush` again while `needsFlush`
///
/// Nothing is queued for a connection: it has a cursor into the log of each topic. One that cannot be written to stays
/// where it is, and goes on in order when it can; one too far behind is given a reset to the newest.
///
/// Limits: `connectionsMax` connections, `topicsMax` topics, `knownDevicesMax` devices, the log of a topic, four
/// ledgers a topic.
struct EdgeShard {
    /// Topics this node knows at once; a hello beyond it is closed (4429). `eventsMax` of them can exist.
    static let topicsMax = 4096
    /// Topic requests of a connection after its hello in one `pingEvery`; more is a flood (4429).
    static let requestsMax = 64

    let description: NodeDescription
    let configuration: EngineConfiguration
    /// Who has fetched ahead; nil where nobody writes it down.
    let prefetches: PrefetchRegister?
    /// The register's revision at the last count.
    var registerRevision: UInt64 = 0
    /// What the router wants of the node.
    var duty = NodeDuty()
    /// Connections that are being sent away, spread over a while.
    var goodbyes: Goodbyes?

    var connections: ConnectionTable
    var devices: KnownDevices
    var topics: [TopicState] = []
    var topicIndexes: [Topic: Int32] = [:]
    var freeTopics: [Int32] = []
    var deadlines: ShardDeadlines
    /// Connections ended by the node, by place in `CloseReason.allCases`.
    var closedCounts = [Int](repeating: 0, count: CloseReason.allCases.count)

    var actions: [ShardAction] = []
    /// Whether the actions to be taken hold at most one frame for each connection, as in the fan-out of one topic.
    private(set) var givesEachOnePage = false
    /// Connections that are due something of their own: a catch-up, a further page.
    var pumpQueue: [ConnectionSlot] = []
    /// Those of them whose turn it is; empty between calls of `flush`.
    private var pumping: [ConnectionSlot] = []
    /// Topics whose interest may have changed, or that have publications to fan out.
    var dirtyTopics: [Int32] = []
    let welcome: OutboundFrame

    init(
        description: NodeDescription, configuration: EngineConfiguration, prefetches: PrefetchRegister? = nil,
        now: Moment
    ) {
        self.description = description
        self.configuration = configuration
        self.prefetches = prefetches
        connections = ConnectionTable(capacity: description.connectionsMax)
        devices = KnownDevices(capacity: configuration.knownDevicesMax)
        deadlines = ShardDeadlines(start: now.instant)
        welcome = OutboundFrame(
            .welcome(
                Welcome(
                    node: description.id,
                    ackWithin: configuration.ackWithin.wholeMilliseconds,
                    pingEvery: configuration.pingEvery.wholeMilliseconds,
                    retryMin: configuration.retryMin.wholeMilliseconds,
                    retryMax: configuration.retryMax.wholeMilliseconds)))
    }

    // MARK: The life of a connection

    /// A connection arrived; it has `helloWithin` for handshake and hello.
    ///
    /// - Returns: nil if the node is full, cordoned or being emptied.
    mutating func accept(now: Moment) -> ConnectionSlot? {
        guard takesNewcomers, let slot = connections.insert(now: now.instant) else { return nil }
        connections[slot.index].requestsLeft = Self.requestsMax
        deadlines.hello.append(slot, at: now.instant + configuration.helloWithin)
        deadlines.ping.append(slot, at: now.instant + configuration.pingEvery)
        noteChange(now)
        return slot
    }

    /// Whether devices are let in at all: not while the node is cordoned or being emptied.
    var takesNewcomers: Bool { duty.kind == .open && goodbyes == nil }

    /// Whether it has not said hello yet.
    func isUngreeted(_ slot: ConnectionSlot) -> Bool {
        connections.contains(slot) && connections[slot.index].device < 0
    }

    /// The handshake is done, and the hello is due sooner than `helloWithin`; `time` is the same for all who are told
    /// so.
    mutating func expectHello(_ slot: ConnectionSlot, within time: Duration, now: Moment) {
        deadlines.initialisation.append(slot, at: now.instant + time)
    }

    /// The device has no name that it could come back by: at the end of its connection nothing of it is kept.
    mutating func forgetAtEnd(_ slot: ConnectionSlot) {
        guard connections.contains(slot) else { return }
        connections[slot.index].isPassing = true
    }

    /// Something came from the device, be it only a pong.
    mutating func heard(_ slot: ConnectionSlot, now: Moment) {
        guard connections.contains(slot) else { return }
        connections[slot.index].lastHeard = now.instant
    }

    /// The answer to the ping under way, or to none: what a device says unasked measures nothing.
    mutating func ponged(_ slot: ConnectionSlot, now: Moment) {
        guard connections.contains(slot) else { return }
        connections[slot.index].lastHeard = now.instant
        connections[slot.index].noteRoundTrip(now: now.instant)
    }

    /// Everything given to the connection is with the kernel.
    mutating func wrote(_ slot: ConnectionSlot, now: EngineInstant) {
        guard connections.contains(slot) else { return }
        connections[slot.index].noteWritten(now: now)
    }

    /// `bytes` wait in the connection's outbound buffer; told whenever that changes.
    mutating func pendingChanged(_ slot: ConnectionSlot, bytes: Int, now: Moment) {
        guard connections.contains(slot) else { return }
        connections.setPending(bytes, of: slot)
        noteChange(now)
        let since = connections[slot.index].blockedSince
        if bytes > configuration.pendingBytesMax {
            end(slot, .slow, now: now)
        } else if bytes > configuration.pendingBytesSoft, since == nil {
            connections[slot.index].blockedSince = now.instant
            deadlines.soft.append(slot, at: now.instant + configuration.pendingSoftFor)
        } else if bytes <= configuration.pendingBytesSoft / 2, since != nil {
            connections[slot.index].blockedSince = nil
            queue(slot)
        }
    }

    /// Ends a connection for a reason that the shell or the shard found.
    mutating func end(_ slot: ConnectionSlot, _ reason: CloseReason, now: Moment) {
        guard connections.contains(slot) else { return }
        disconnected(slot, now: now)
        if let place = CloseReason.allCases.firstIndex(of: reason) { closedCounts[place] += 1 }
        actions.append(.close(slot, reason))
    }

    /// The connection is gone. What it had not acked is dropped, until the device returns.
    mutating func disconnected(_ slot: ConnectionSlot, now: Moment) {
        guard connections.contains(slot) else { return }
        let device = connections[slot.index].device, isPassing = connections[slot.index].isPassing
        if isPassing, device >= 0 {
            for following in devices[device].followings { unfollow(device, following) }
        }
        connections.remove(slot)
        noteChange(now)
        guard device >= 0 else { return }
        for following in devices[device].followings {
            topics[Int(following.topic)].detach(following.follower)
            markDirty(following.topic)
        }
        devices.disconnect(device)
        if devices[device].followings.isEmpty { devices.remove(device) }
    }

    // MARK: What is due

    /// Whether `flush` has something to do.
    var needsFlush: Bool { !dirtyTopics.isEmpty || !pumpQueue.isEmpty }

    /// So many connections of a topic are given their page in one flush, and the shell writes to them before the next:
    /// what was decided of a connection is still at hand when it is written to, and the first one does not wait for the
    /// last.
    var fanOutStep = 256

    /// Sends what the turn has made due, and tells the router of changed interest. Call it until `needsFlush` is false.
    mutating func flush(now: Moment) {
        var unfinished: [Int32] = []
        // What is due of several topics leaves in one write a connection, so all of it is decided first.
        for index in dirtyTopics { topics[Int(index)].advanceWaves(now: now.instant) }
        let isOne = dirtyTopics.count { topics[Int($0)].isFanningOut } <= 1
        let most = isOne ? fanOutStep : .max
        givesEachOnePage = isOne && pumpQueue.isEmpty && !actions.contains { $0.isForConnection }
        for index in dirtyTopics {
            announceInterest(of: index)
            if topics[Int(index)].isFanningOut {
                topics[Int(index)].fanOut(
                    most: most, &connections, configuration, now: now.instant, &actions, more: &unfinished)
                noteChange(now)
            }
            activate(index)
        }
        dirtyTopics.removeAll { topics[Int($0)].fanOutLeft == 0 }

        swap(&pumpQueue, &pumping)
        if !unfinished.isEmpty { givesEachOnePage = false }
        for connection in unfinished { queue(connections.slot(at: connection)) }
        for slot in pumping where connections.contains(slot) {
            connections[slot.index].isQueued = false
            pump(slot, now: now)
        }
        pumping.removeAll(keepingCapacity: true)
    }

    /// Hands over the actions since the last call, in the order to perform them in. `scratch` is emptied and reused.
    mutating func takeActions(into scratch: inout [ShardAction]) {
        scratch.removeAll(keepingCapacity: true)
        swap(&actions, &scratch)
        givesEachOnePage = false
    }

    /// One page for a connection, over all its topics.
    private mutating func pump(_ slot: ConnectionSlot, now: Moment) {
        let device = connections[slot.index].device
        guard device >= 0, connections[slot.index].blockedSince == nil else { return }
        var budget = configuration.pendingBytesSoft
        var isDone = true
        for following in devices[device].followings {
            let wasAll = topics[Int(following.topic)].deliver(
                following.follower, &connections, configuration, &budget, now: now.instant, &actions)
            activate(following.topic)
            if !wasAll { isDone = false }
        }
        noteChange(now)
        if !isDone { queue(slot) }
    }

    mutating func queue(_ slot: ConnectionSlot) {
        guard !connections[slot.index].isQueued else { return }
        connections[slot.index].isQueued = true
        pumpQueue.append(slot)
    }

    mutating func markDirty(_ index: Int32) {
        if !dirtyTopics.contains(index) { dirtyTopics.append(index) }
    }

    /// Puts a topic on the list of those with deadlines.
    mutating func activate(_ index: Int32) {
        guard !topics[Int(index)].isActive, topics[Int(index)].isWaving || topics[Int(index)].sweepAt != nil else {
            return
        }
        topics[Int(index)].isActive = true
        deadlines.activeTopics.append(index)
    }

    private mutating func announceInterest(of index: Int32) {
        let isInterested = !topics[Int(index)].members.isEmpty
        guard isInterested != topics[Int(index)].isAnnounced else { return }
        topics[Int(index)].isAnnounced = isInterested
        if !isInterested { topics[Int(index)].isCurrent = false }
        actions.append(.tell(.interest(topics[Int(index)].name, isInterested: isInterested)))
    }
}

@available(*, unavailable, message: "a shard never leaves its loop")
extension EdgeShard: Sendable {}
