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
    private var partitions: [ModelledPartition] = []
    private var nextHeartbeat = EngineInstant.start
    private var nextReport = EngineInstant.start
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

    /// Known devices of all topics.
    public var known: Int { partitions.reduce(0) { $0 + $1.known } }
    public var topics: [Topic] { partitions.map(\.topic) }

    /// Gives the node devices of a topic: those with these indices among the topic's. Replaces what it had of the topic.
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

    /// The exact state of one device of a topic, by its index among the topic's devices; nil if it is not here.
    public func device(_ device: Int, of topic: Topic, now: EngineInstant) -> ModelledDevice? {
        guard let index = index(of: topic) else { return nil }
        let place = partitions[index].place, local = device - place.first
        guard (0..<place.count).contains(local) else { return nil }
        let state = partitions[index].device(local, now: TickAxis.tick(at: now))
        return ModelledDevice(index: device, node: description.id, region: description.region, state: state)
    }

    /// The lines of one device in the reported broadcasts of its topic, oldest first: what the ledgers are sums of.
    func lines(of device: Int, topic: Topic, now: EngineInstant) -> [DeliveryLine] {
        guard let index = index(of: topic) else { return [] }
        return partitions[index].lines(device - partitions[index].place.first, now: TickAxis.tick(at: now))
    }

    // MARK: - Messages

    public mutating func receive(_ message: RouterMessage, now: Moment) -> [NodeMessage] {
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
        case .unknownTopic(let topic):
            return unfollow(topic)
        case .duty:
            // Modelled devices have no connection that could move; the control plane refuses to ask.
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
            } else if publication.isAborted {
                note(partitions[index].abort(sequence, now: tick))
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
            let lastWave = Int64(head.waves.count - 1) * head.waves.interval
            let age = now.wall.since(head.position.timestamp)
            let isUnfinished = !head.isAborted && age < lastWave + Self.redeliverWithin
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
        partitions[index].begin(publication, now: TickAxis.tick(at: now.instant), delay: delay)
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
        if nextHeartbeat <= now.instant {
            nextHeartbeat = now.instant + configuration.heartbeat
            messages.append(.heartbeat(description, topics: topics))
        }
        if nextReport <= now.instant, hasNews || hasChange(before: tick) {
            for index in partitions.indices { _ = partitions[index].advance(to: tick) }
            messages.append(.report(report(tick)))
            reportedAt = tick
            hasNews = false
            nextReport = now.instant + configuration.reportInterval
        }
        return messages
    }

    /// When `tick` has something to do next.
    public func nextDeadline(after now: EngineInstant) -> EngineInstant {
        if hasNews { return min(nextHeartbeat, nextReport) }
        var next = nextHeartbeat
        for partition in partitions {
            if let change = partition.nextChange(after: reportedAt) {
                next = min(next, max(nextReport, TickAxis.instant(of: change)))
            }
        }
        return next
    }

    private var reportedAt: Tick = 0

    private func hasChange(before tick: Tick) -> Bool {
        partitions.contains { partition in partition.nextChange(after: reportedAt).map { $0 <= tick } ?? false }
    }

    private mutating func note(_ changed: Bool) { if changed { hasNews = true } }

    private func report(_ tick: Tick) -> NodeReport {
        var report = NodeReport(node: description.id)
        for partition in partitions {
            report.connections += partition.connections
            report.offline += partition.known - partition.connections
            report.topics.append(TopicCount(
                topic: partition.topic, connections: partition.connections, known: partition.known,
                prefetched: partition.prefetched(at: tick), families: partition.families(at: tick)))
            for index in partition.reported {
                report.broadcasts.append(partition.delivery(index, node: description.id, now: tick))
            }
        }
        return report
    }

    private func index(of topic: Topic) -> Int? { partitions.firstIndex { $0.topic == topic } }
}

/// One device of the virtual audience, exactly as it stands.
public struct ModelledDevice: Hashable, Codable, Sendable {
    /// Its place among the topic's devices, from 0; with the topic, its name.
    public var index: Int
    public var node: NodeID
    public var region: String
    /// Sequence of the newest broadcast it has applied; 0 if none.
    public var applied: Int64
    /// The stage it shows; nil if it has not been given one.
    public var stage: StageKey?
    public var isConnected: Bool
    public var hasPrefetched: Bool
    /// Where it stands in the newest broadcast, which is also why it lags; nil before the first.
    public var line: DeliveryLine?
    /// Its wave of the newest broadcast, from 0.
    public var wave: Int?
    /// From its send to its ack, so far if there is none, ms; nil while it is not sent.
    public var lag: Milliseconds?

    init(index: Int, node: NodeID, region: String, state: ModelledDeviceState) {
        self.index = index
        self.node = node
        self.region = region
        applied = state.sequence
        stage = state.stage
        isConnected = state.isConnected
        hasPrefetched = state.hasPrefetched
        line = state.line
        wave = state.wave
        lag = state.lag
    }
}
