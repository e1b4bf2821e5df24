/// The shards of one edge node speak with one voice: what each tells the router becomes what the node tells it.
///
/// Interest is the node's while any shard has it; a position is confirmed when every interested shard holds it;
/// counters are summed. Each shard's devices are its own (a device always comes to the same one), so sums count nobody
/// twice. Bounds: those of the shards.
struct ShardUnion {
    /// Bit k: shard k. At most 64 shards.
    private var interest: [Topic: UInt64] = [:]
    private var confirmed: [Topic: [BroadcastPosition?]] = [:]
    private var reports: [NodeReport?]
    private var duties: [NodeDuty]
    /// Answers to the queries of late; at most `LagTable.queriesMax`, the oldest query gives way.
    private var lags: [(query: LagQuery, answers: [NodeLag?])] = []

    init(count: Int) {
        reports = Array(repeating: nil, count: count)
        duties = Array(repeating: NodeDuty(), count: count)
    }

    /// - Returns: what the node says now; nil: nothing new.
    mutating func merge(_ message: NodeMessage, from shard: Int) -> NodeMessage? {
        switch message {
        case .heartbeat(let description, let topics):
            let followed = Set(topics)
            for topic in interest.keys where !followed.contains(topic) { set(topic, false, shard) }
            for topic in topics { set(topic, true, shard) }
            return shard == 0 ? .heartbeat(description, topics: interest.keys.sorted()) : nil
        case .interest(let topic, let isInterested):
            set(topic, isInterested, shard)
            // Said again even if another shard said it: the answer is the topic's log, and this shard lacks it.
            return isInterested || interest[topic] == nil ? message : nil
        case .confirmed(let topic, let position):
            confirmed[topic, default: Array(repeating: nil, count: reports.count)][shard] = position
            return heldByAll(topic).map { .confirmed(topic, $0) }
        case .historyWanted:
            return message
        case .duty(let duty):
            duties[shard] = duty
            // The node obeys a wish when every shard does.
            return duties.min { $0.revision < $1.revision }.map(NodeMessage.duty)
        case .lag(let answer):
            return .lag(heard(answer, from: shard))
        case .report(let report):
            reports[shard] = report
            return .report(summed(report.node))
        }
    }

    private mutating func set(_ topic: Topic, _ isInterested: Bool, _ shard: Int) {
        let bit: UInt64 = 1 << UInt64(shard)
        if isInterested {
            interest[topic, default: 0] |= bit
        } else {
            confirmed[topic]?[shard] = nil
            if let left = interest[topic].map({ $0 & ~bit }) { interest[topic] = left == 0 ? nil : left }
            if interest[topic] == nil { confirmed[topic] = nil }
        }
    }

    /// The lowest position of the interested shards; nil while one of them has confirmed none.
    private func heldByAll(_ topic: Topic) -> BroadcastPosition? {
        guard let shards = interest[topic], let positions = confirmed[topic] else { return nil }
        var lowest: BroadcastPosition?
        for (shard, position) in positions.enumerated() where shards & (1 << UInt64(shard)) != 0 {
            guard let position else { return nil }
            if lowest.map({ position.sequence < $0.sequence }) ?? true { lowest = position }
        }
        return lowest
    }

    /// What the shards have answered to the same query so far. Whoever asked takes the newest answer of a node.
    private mutating func heard(_ answer: NodeLag, from shard: Int) -> NodeLag {
        let place = lags.firstIndex { $0.query == answer.query } ?? lags.count
        if place == lags.count { lags.append((answer.query, Array(repeating: nil, count: reports.count))) }
        lags[place].answers[shard] = answer
        let answers = lags[place].answers.compactMap(\.self)
        if lags.count > LagTable.queriesMax { lags.removeFirst() }
        return answers.dropFirst().reduce(answers[0]) { $0 + $1 }
    }

    private func summed(_ node: NodeID) -> NodeReport {
        var sum = NodeReport(node: node)
        var topics: [Topic: TopicCount] = [:]
        var closed: [UInt16: Int] = [:]
        var deliveries: [Topic: [Int64: NodeDelivery]] = [:]
        for case let report? in reports {
            sum.connections += report.connections
            sum.offline += report.offline
            sum.queuedBytes += report.queuedBytes
            for count in report.closed { closed[count.code, default: 0] += count.count }
            for count in report.topics { topics[count.topic] = topics[count.topic].map { $0 + count } ?? count }
            for delivery in report.broadcasts {
                let known = deliveries[delivery.topic]?[delivery.sequence]
                deliveries[delivery.topic, default: [:]][delivery.sequence] = known.map { $0 + delivery } ?? delivery
            }
        }
        sum.topics = topics.values.sorted { $0.topic < $1.topic }
        sum.closed = closed.sorted { $0.key < $1.key }.map { CloseCount(code: $0.key, count: $0.value) }
        sum.broadcasts = deliveries.sorted { $0.key < $1.key }.flatMap { _, bySequence in
            bySequence.values.sorted { $0.sequence < $1.sequence }.suffix(NodeReport.broadcastsMax)
        }
        return sum
    }
}

extension TopicCount {
    fileprivate static func + (left: Self, right: Self) -> Self {
        TopicCount(
            topic: left.topic, connections: left.connections + right.connections, known: left.known + right.known,
            prefetched: left.prefetched.flatMap { count in right.prefetched.map { count + $0 } },
            families: merged(left.families, right.families))
    }

    private static func merged(_ left: [FamilyCoverage], _ right: [FamilyCoverage]) -> [FamilyCoverage] {
        var sums = left
        for coverage in right {
            if let place = sums.firstIndex(where: { $0.family == coverage.family }) {
                sums[place].known += coverage.known
                sums[place].prefetched += coverage.prefetched
            } else {
                sums.append(coverage)
            }
        }
        return sums.sorted { ($1.known, $0.family) < ($0.known, $1.family) }
    }
}

extension NodeDelivery {
    /// Of the same broadcast on two shards: a wave has begun when it has on both.
    fileprivate static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.ledger += right.ledger
        sum.wavesSent = min(left.wavesSent, right.wavesSent)
        sum.orderRevision = min(left.orderRevision, right.orderRevision)
        sum.ackTimes.merge(right.ackTimes)
        sum.lags.merge(right.lags)
        return sum
    }
}

extension NodeLag {
    /// Of the same query; a shard that has not heard of the newest broadcast yet has nothing to say of it.
    fileprivate static func + (left: Self, right: Self) -> Self {
        guard left.sequence == right.sequence else { return left.sequence > right.sequence ? left : right }
        var sum = left
        for count in right.counts {
            guard let place = sum.counts.firstIndex(where: { $0.cause == count.cause && $0.make == count.make }) else {
                sum.counts.append(count)
                continue
            }
            sum.counts[place].devices += count.devices
            sum.counts[place].oldest = max(sum.counts[place].oldest, count.oldest)
            sum.counts[place].queue += count.queue
            sum.counts[place].network += count.network
            sum.counts[place].client += count.client
        }
        sum.counts.sort { ($0.cause.rawValue, $0.make) < ($1.cause.rawValue, $1.make) }
        sum.freshCount += right.freshCount
        sum.sample = Array(
            (left.sample + right.sample).sorted { (-($0.lag ?? 0), $0.id) < (-($1.lag ?? 0), $1.id) }.prefix(
                left.query.sampleMax))
        sum.device = left.device ?? right.device
        return sum
    }
}
