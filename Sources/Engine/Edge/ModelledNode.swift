/// A modelled edge node: the same messages as a real one, with modelled devices behind it.
///
/// Pure: time comes in, messages go out. It holds one partition for every topic it was given devices of.
///
/// What it makes of publications:
/// 1. The next sequence, or any one while it knows none: a broadcast to its devices.
/// 2. A known one: nothing but a second confirmation (and the abort, if the copy carries it).
/// 3. One further ahead: the gap is asked for with `historyWanted`; the log that comes closes it.
/// 4. A log while it knows nothing (the engine was started again): its devices hold all of it, except that
///    a newest publication younger than `redeliverWithin` after its last wave counts as unfinished, and
///    is delivered. An older unfinished one is delivered when the router publishes it again.
/// 5. A known sequence with another timestamp: another history; the partition begins anew with it.
public struct ModelledNode: Sendable {
    public let description: NodeDescription
    private let seed: UInt64
    private let pace: NodePace
    private let configuration: EngineConfiguration
    /// By topic.
    private(set) var partitions: [ModelledPartition] = []
    /// What goes wrong with the node; pruned when something is added.
    private var faults = NodeFaults()
    private var nextHeartbeat = EngineInstant.start
    /// Nil: it has not reported, or been gone since.
    private var lastReport: EngineInstant?
    private var hasNews = false

    /// How long after its last wave a broadcast counts as unfinished in a log, ms.
    public static let redeliverWithin: Milliseconds = 120_000

    public init(
        description: NodeDescription, seed: UInt64, pace: NodePace = NodePace(),
        configuration: EngineConfiguration = EngineConfiguration()
    ) {
        self.description = description
        self.seed = seed
        self.pace = pace
        self.configuration = configuration
    }

    // MARK: - Devices

    public var topics: [Topic] { partitions.map(\.topic) }

    /// Gives the node devices of a topic: those with these indices among the topic's. Replaces what it had of the
    /// topic.
    public mutating func follow(
        _ topic: Topic, profile: AudienceProfile, devices: Range<Int>, now: Moment
    ) -> [NodeMessage] {
        let place = DevicePlace(
            seed: seed, topic: topic, devices: devices, profile: profile, pace: pace,
            ackWithin: configuration.ackWithin.wholeMilliseconds)
        let partition = ModelledPartition(
            topic: topic, profile: profile, place: place, now: TickAxis.tick(at: now.instant))
        partitions.removeAll { $0.topic == topic }
        partitions.insert(partition, at: partitions.firstIndex { topic < $0.topic } ?? partitions.count)
        hasNews = true
        return [.interest(topic, isInterested: true)]
    }

    public mutating func unfollow(_ topic: Topic) -> [NodeMessage] {
        guard index(of: topic) != nil else { return [] }
        partitions.removeAll { $0.topic == topic }
        hasNews = true
        return [.interest(topic, isInterested: false)]
    }

    /// What a node says when it begins to be heard.
    public func announcement() -> [NodeMessage] { partitions.map { .interest($0.topic, isInterested: true) } }

    /// Something goes wrong, from its beginning to its end, with no further word needed. A known fault with an earlier
    /// end is over with the next tick. What does not concern this node, or is over, changes nothing.
    public mutating func inject(_ fault: AudienceFault, now: Moment) {
        let tick = TickAxis.tick(at: now.instant)
        if faults.end(fault, at: tick + 1) {
            for index in partitions.indices { partitions[index].mend(fault, now: tick) }
            nextHeartbeat = min(nextHeartbeat, TickAxis.instant(of: tick + 1))
            hasNews = true
            return
        }
        guard fault.concerns(description), let local = NodeFault(fault, now: now) else { return }
        faults = faults.remembered(at: tick)
        faults.append(local)
        for index in partitions.indices { partitions[index].bend(by: local, now: tick) }
        hasNews = true
    }

    // MARK: - Messages

    /// A node that is gone hears nothing and says nothing; the router repeats what it missed.
    public mutating func receive(_ message: RouterMessage, now: Moment) -> [NodeMessage] {
        if case .drill(let fault) = message {
            inject(fault, now: now)
            return []
        }
        if faults.deadUntil(TickAxis.tick(at: now.instant)) != nil { return [] }
        switch message {
        case .publish(let publication):
            guard let index = index(of: publication.topic) else { return noInterest(publication.topic) }
            return publish(publication, to: index, now)
        case .topicLog(let topic, let publications, _):
            guard let index = index(of: topic) else { return noInterest(topic) }
            return read(publications, to: index, now)
        case .abort(let topic, let sequence):
            guard let index = index(of: topic) else { return [] }
            note(partitions[index].abort(sequence, now: TickAxis.tick(at: now.instant)))
            return []
        case .resend(let topic, let sequence):
            guard let index = index(of: topic) else { return [] }
            note(partitions[index].resend(sequence, now: TickAxis.tick(at: now.instant)))
            return []
        case .order(let topic, let sequence, let order):
            guard let index = index(of: topic) else { return [] }
            _ = partitions[index].order(order, of: sequence, now: TickAxis.tick(at: now.instant))
            // Told again because it did not show: it shows in the next report.
            hasNews = true
            return []
        case .lagWanted(let query):
            guard let index = index(of: query.topic) else { return [] }
            return [.lag(partitions[index].lag(query, at: description, now: TickAxis.tick(at: now.instant)))]
        case .unknownTopic(let topic):
            return unfollow(topic)
        case .duty:
            // Modelled devices have no connection that could move; the control plane refuses to ask.
            return []
        case .drill:
            return []
        }
    }

    private func noInterest(_ topic: Topic) -> [NodeMessage] { [.interest(topic, isInterested: false)] }

    private mutating func publish(_ publication: Publication, to index: Int, _ now: Moment) -> [NodeMessage] {
        let sequence = publication.position.sequence, tick = TickAxis.tick(at: now.instant)
        if let known = partitions[index].flights.first(where: { $0.sequence == sequence }) {
            if known.publication.position.timestamp != publication.position.timestamp {
                partitions[index].forget(now: tick)
                begin(publication, index, now)
            } else {
                note(partitions[index].order(publication.order, of: sequence, now: tick))
                if publication.isAborted { note(partitions[index].abort(sequence, now: tick)) }
            }
        } else if partitions[index].flights.isEmpty || sequence == partitions[index].newest + 1 {
            if partitions[index].flights.isEmpty, sequence < partitions[index].held {
                return confirmation(index)
            }
            begin(publication, index, now)
        } else if sequence > partitions[index].newest {
            return [.historyWanted(publication.topic, after: partitions[index].newest)]
        }
        return confirmation(index)
    }

    private mutating func read(_ publications: [Publication], to index: Int, _ now: Moment) -> [NodeMessage] {
        guard let head = publications.last else { return [] }
        if partitions[index].flights.isEmpty, partitions[index].held == 0 {
            let lastWave = Int64(head.waves.total - 1) * head.waves.interval
            let age = now.wall.since(head.position.timestamp)
            let isUnfinished = !head.isAborted && (head.order.isHeld || age < lastWave + Self.redeliverWithin)
            for publication in isUnfinished ? publications.dropLast() : publications[...] {
                partitions[index].hold(publication)
            }
            if isUnfinished { begin(head, index, now) }
            hasNews = true
            return confirmation(index)
        }
        for publication in publications {
            let isKnown = partitions[index].flights.contains { $0.sequence == publication.position.sequence }
            if isKnown || publication.position.sequence > partitions[index].newest {
                // A log has no gaps inside; one before it is a gap that nobody can close any more.
                if isKnown { _ = publish(publication, to: index, now) } else { begin(publication, index, now) }
            }
        }
        return confirmation(index)
    }

    private mutating func begin(_ publication: Publication, _ index: Int, _ now: Moment) {
        let delay = max(0, now.wall.since(publication.position.timestamp))
        partitions[index].begin(publication, now: TickAxis.tick(at: now.instant), delay: delay, faults: faults)
        hasNews = true
    }

    private func confirmation(_ index: Int) -> [NodeMessage] {
        partitions[index].position.map { [.confirmed(partitions[index].topic, $0)] } ?? []
    }

    // MARK: - Time

    /// Heartbeat and report, when they are due and there is something to say.
    public mutating func tick(now: Moment) -> [NodeMessage] {
        var messages: [NodeMessage] = []
        let tick = TickAxis.tick(at: now.instant)
        if let end = faults.deadUntil(tick) {
            nextHeartbeat = TickAxis.instant(of: end)
            lastReport = nil
            return []
        }
        if nextHeartbeat <= now.instant {
            nextHeartbeat = now.instant + configuration.heartbeat
            messages.append(.heartbeat(description, topics: topics))
        }
        if nextReport(isUrgent: hasNews) <= now.instant, hasNews || hasChange(before: tick) {
            for index in partitions.indices { _ = partitions[index].advance(to: tick) }
            messages.append(.report(report(tick)))
            reportedAt = tick
            hasNews = false
            lastReport = now.instant
        }
        return messages
    }

    /// When `tick` has something to do next.
    public func nextDeadline(after now: EngineInstant) -> EngineInstant {
        if let end = faults.deadUntil(TickAxis.tick(at: now)) { return TickAxis.instant(of: end) }
        if hasNews { return min(nextHeartbeat, nextReport(isUrgent: true)) }
        var next = nextHeartbeat
        for index in partitions.indices {
            if let change = partitions[index].nextChange(after: reportedAt) {
                next = min(next, max(nextReport(isUrgent: false), TickAxis.instant(of: change)))
            }
        }
        return next
    }

    private var reportedAt: Tick = 0

    private func hasChange(before tick: Tick) -> Bool {
        // By index, as below: a partition is large, and the closure would be handed a copy.
        partitions.indices.contains { index in
            partitions[index].nextChange(after: reportedAt).map { $0 <= tick } ?? false
        }
    }

    private mutating func note(_ changed: Bool) { if changed { hasNews = true } }

    /// The earliest moment of a report: a fan-out is followed at the configured pace; who comes and goes afterwards is
    /// told four times less often.
    private func nextReport(isUrgent: Bool) -> EngineInstant {
        guard let lastReport else { return .start }
        let isFollowed = isUrgent || partitions.indices.contains { partitions[$0].isInFlight }
        return lastReport + (isFollowed ? configuration.reportInterval : configuration.reportInterval * Self.calmFactor)
    }

    private static let calmFactor = 4

    private mutating func report(_ tick: Tick) -> NodeReport {
        var report = NodeReport(node: description.id)
        for place in partitions.indices {
            let connections = partitions[place].connections, known = partitions[place].known
            let families = partitions[place].families(at: tick)
            report.connections += connections
            report.offline += known - connections
            report.topics.append(TopicCount(
                topic: partitions[place].topic, connections: connections, known: known,
                prefetched: families.reduce(0) { $0 + $1.prefetched }, families: families))
            for index in partitions[place].reported {
                report.broadcasts.append(partitions[place].delivery(index, node: description.id, now: tick))
            }
        }
        return report
    }

    func index(of topic: Topic) -> Int? { partitions.firstIndex { $0.topic == topic } }
}
