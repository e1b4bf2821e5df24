/// One broadcast as the engine follows it: the reports of all edge nodes merged into its figures.
///
/// Pure. Reports come in as they arrive, `tick` moves the time on and says once how it ended, `snapshot` is
/// what Fan-out shows. A report changes the sums by its difference to the node's last one; the merged
/// percentiles are made anew at most once a tick.
///
/// It ends
/// 1. complete, when every expected node has reported and every connected device has acked;
/// 2. complete, when `deadline` has passed after the last wave;
/// 3. aborted or stopped, when after an abort nothing is in flight any more, or at the deadline.
public struct BroadcastMachine: Sendable {
    /// How it ended.
    public enum Outcome: String, Codable, Sendable {
        case complete
        case aborted
    }

    /// Its figures, state and time of completion are brought up to date by `tick`.
    public private(set) var record: BroadcastRecord
    public let budget: Milliseconds
    public let deadline: Duration

    private struct NodeState: Sendable {
        var delivery: NodeDelivery
        var region: String
        var heardAt: EngineInstant
        /// Made when the report comes, not for every picture.
        var lag99: Milliseconds?
    }
    /// By node id.
    private var nodes: [NodeState] = []
    private var expected: Set<NodeID> = []
    private var missing: Set<NodeID> = []
    private var real = DeliveryLedger()
    private var modelled = DeliveryLedger()
    private var unbalancedCount = 0

    private var ackTimes = LatencyCounts()
    private var lags = LatencyCounts()
    private var isStale = false

    /// The moment of the timestamp on the monotonic clock, and when this engine began with it.
    private var origin: EngineInstant?
    private var beganAt = EngineInstant.start
    private var endedAt: EngineInstant?
    /// When a newer broadcast took its place, from the timestamp: later acks are the newer one's merit.
    private var overtakenAfter: Milliseconds?
    /// Since when the waves may go on; nil if they always might.
    private var promotedAt: EngineInstant?
    /// Whether its canary has shown that the stage is good, or it has none.
    public private(set) var isProven: Bool
    private var curve = DeliveryCurvePoints()
    private var rate = AckRateMeter()

    /// A node that seems to have gone back is believed after this: it began anew. Before, it is a late copy.
    private static let lateWithin: Duration = .seconds(2)
    /// Time for nodes nobody expected to make themselves heard before "everyone" is believed.
    private static let grace: Duration = .seconds(1)
    /// The same while not a single node has made itself heard.
    private static let silentGrace: Duration = .seconds(10)

    /// - Parameters:
    ///   - budget: t99.9 the event asks for, ms.
    ///   - deadline: time after the last wave at which the figures become final.
    public init(record: BroadcastRecord, budget: Milliseconds, deadline: Duration) {
        self.record = record
        self.budget = budget
        self.deadline = deadline
        isProven = record.publication.waves.canary == nil
    }

    /// Whether its figures no longer change.
    public var isFinal: Bool { endedAt != nil }

    /// Names the nodes it was routed to; it is not complete before each of them has reported.
    public mutating func expect(_ nodes: [NodeID]) {
        for node in nodes where expected.insert(node).inserted && index(of: node) == nil { missing.insert(node) }
    }

    /// An operator stopped the waves, or (`.stopped`) they stopped themselves.
    public mutating func abort(as state: BroadcastRecord.State = .aborted) {
        guard !isFinal else { return }
        record.state = state
        record.publication.isAborted = true
    }

    /// Takes in a report. Another broadcast's, a late one, and any one once the figures are final change nothing.
    public mutating func receive(_ delivery: NodeDelivery, region: String, now: EngineInstant) {
        guard !isFinal, delivery.topic == record.publication.topic,
            delivery.sequence == record.publication.position.sequence
        else { return }
        missing.remove(delivery.node)
        let state = NodeState(delivery: delivery, region: region, heardAt: now, lag99: delivery.lags.percentile(0.99))
        if let index = index(of: delivery.node) {
            let last = nodes[index]
            if progress(delivery) < progress(last.delivery), now - last.heardAt < Self.lateWithin { return }
            if delivery == last.delivery {
                nodes[index].heardAt = now
                return
            }
            count(last.delivery, sign: -1)
            nodes[index] = state
        } else {
            nodes.insert(state, at: nodes.firstIndex { delivery.node < $0.delivery.node } ?? nodes.count)
        }
        count(delivery, sign: 1)
        isStale = true
    }

    // MARK: - Waves (`BroadcastMachine+Waves`)

    /// When the machine began to look at it; nil before its first tick.
    var heardAt: EngineInstant? { origin == nil ? nil : beganAt }
    private(set) var judgedAt: EngineInstant?

    mutating func noteJudgement(_ now: EngineInstant) { judgedAt = now }

    mutating func prove() { isProven = true }

    mutating func noteOrder(_ order: WaveOrder, now: EngineInstant) {
        record.publication.order = order
        if !order.isHeld { promotedAt = now }
    }

    func nodes(belowRevision revision: Int) -> [NodeID] {
        nodes.filter { $0.delivery.orderRevision < revision }.map(\.delivery.node)
    }

    /// Whether every node it was routed to has reported.
    public var hasHeardFromAll: Bool { !nodes.isEmpty && missing.isEmpty }

    /// Whether nearly all have: a node that is gone must not keep a good stage from everybody else.
    var hasHeardFromMost: Bool { !nodes.isEmpty && missing.count * 10 <= expected.count }

    /// Moves on. Returns how the broadcast ended, once.
    /// - Parameter isSuperseded: a newer broadcast of the topic is out, so that nothing more is to be waited for
    ///   than what is in flight.
    public mutating func tick(now: Moment, isSuperseded: Bool = false) -> Outcome? {
        guard !isFinal else { return nil }
        if origin == nil {
            beganAt = now.instant
            origin = now.instant + .milliseconds(min(0, record.publication.position.timestamp.since(now.wall)))
        }
        if isSuperseded, overtakenAfter == nil { overtakenAfter = elapsed(now) }
        merge()
        let acked = real.acked + modelled.acked
        rate.note(acked, at: now.instant)
        curve.note(acked, elapsed: elapsed(now))
        guard let outcome = outcome(now.instant, isSuperseded: isSuperseded) else { return nil }
        endedAt = now.instant
        record = cutShort(at: now)
        if outcome == .complete {
            let figures = record.figures, until = min(overtakenAfter ?? .max, elapsed(now))
            record.forecast?.score(against: figures, until: until)
        }
        return outcome
    }

    /// Brings the figures up to date without deciding anything: while the journal cannot take a decision.
    public mutating func refresh(now: Moment) {
        var copy = self
        if copy.tick(now: now) == nil { self = copy }
    }

    /// The record as it would stand if the broadcast ended now. Where no node has said anything, as after a
    /// restart that nobody came back from, the figures journalled before stay.
    public func cutShort(at now: Moment) -> BroadcastRecord {
        var final = record
        if record.state == .sending { final.state = .complete }
        final.completed = now.wall
        if !nodes.isEmpty { final.figures = figures }
        return final
    }

    private func outcome(_ now: EngineInstant, isSuperseded: Bool) -> Outcome? {
        let total = total
        let isOver = now - (promotedAt ?? beganAt) >= .milliseconds(lastWave) + deadline
        if record.publication.isAborted {
            let isSettled = missing.isEmpty && total.waiting == 0 && total.retrying == 0
            return isOver || (isSettled && now - beganAt >= Self.grace) ? .aborted : nil
        }
        // Waves that wait for somebody's word are not late.
        if record.publication.order.isHeld { return isSuperseded && isOver ? .complete : nil }
        // With no node heard of yet, nobody can tell who "everyone" is: after a restart they take a while to return.
        let grace = nodes.isEmpty ? Self.silentGrace : Self.grace
        let isEveryone =
            missing.isEmpty && total.acked + total.unknownStage == total.connected && now - beganAt >= grace
        let isSettled = isSuperseded && hasHeardFromAll && total.waiting + total.retrying + total.notSent == 0
        return isOver || isEveryone || isSettled ? .complete : nil
    }

    // MARK: - Figures

    /// Real and modelled devices together.
    public var total: DeliveryLedger {
        var sum = real
        sum += modelled
        return sum
    }

    /// The figures as of the last `tick`; the ledgers as of the last report.
    public var figures: BroadcastFigures {
        var figures = BroadcastFigures()
        figures.real = real
        figures.modelled = modelled
        figures.t50 = time(0.5)
        figures.t90 = time(0.9)
        figures.t99 = time(0.99)
        figures.t999 = time(0.999)
        figures.nodes = nodes.map {
            NodeFigures(
                node: $0.delivery.node, kind: $0.delivery.kind, region: $0.region, ledger: $0.delivery.ledger,
                lag99: $0.lag99)
        }
        return figures
    }

    /// What Fan-out shows.
    public func snapshot(now: Moment) -> BroadcastSnapshot {
        var record = record
        // A finished one's are in its record, and stay the very same array in every later picture.
        if !isFinal { record.figures = figures }
        return BroadcastSnapshot(
            record: record, elapsed: elapsed(now), budget: budget,
            wavesSent: nodes.map(\.delivery.wavesSent).min() ?? 0,
            ackRate: ackRate, ackRatePeak: rate.peak,
            curve: curve.points, curveStep: curve.step, lagBuckets: lags.doublingBuckets(),
            lag50: lags.percentile(0.5), lag95: lags.percentile(0.95), lag99: lags.percentile(0.99),
            lagMax: lags.total == 0 ? nil : lags.maximum,
            forecast999: record.figures.t999 ?? forecast(elapsed(now)),
            isBalanced: isBalanced)
    }

    /// Whether the ledger's identities hold, at every node and in the sums.
    public var isBalanced: Bool { unbalancedCount == 0 && real.isBalanced && modelled.isBalanced }

    /// Acks per second over the last second; 0 once final.
    public var ackRate: Int { isFinal ? 0 : rate.perSecond }

    /// Milliseconds from the timestamp until this share of the devices connected at t0 had acked.
    private func time(_ share: Double) -> Milliseconds? {
        let connected = real.connected + modelled.connected
        return connected == 0 ? nil : ackTimes.duration(atRank: LatencyCounts.rank(of: share, in: connected))
    }

    /// When 99.9 % are expected to have acked: the moment by which the nodes, each sending on as fast as it has so
    /// far and none before its last wave, will have sent to that share, and then the lag that 99.9 % of the sends keep
    /// within so far. Optimistic until the first repeats are due. Nil until a twentieth has acked, after an abort, and
    /// when the devices that are gone are more than a thousandth.
    private func forecast(_ elapsed: Milliseconds) -> Milliseconds? {
        let total = total
        guard record.state == .sending, total.acked * 20 >= total.connected, total.connected > 0,
            total.dropped * 1000 <= total.connected, let lag = lags.percentile(0.999)
        else { return nil }
        var finishes: [(at: Double, devices: Int)] = []
        for node in nodes where node.delivery.ledger.notSent > 0 {
            let ledger = node.delivery.ledger
            guard ledger.sent > 0 else { return nil }
            let rest = Double(elapsed) * Double(ledger.notSent) / Double(ledger.sent)
            finishes.append((Double(elapsed) + rest, ledger.notSent))
        }
        finishes.sort { $0.at > $1.at }
        var mayMiss = total.connected / 1000, sentBy = 0.0
        for finish in finishes {
            sentBy = finish.at
            guard finish.devices <= mayMiss else { break }
            mayMiss -= finish.devices
            sentBy = 0
        }
        let isSending = !finishes.isEmpty
        return max(elapsed, (isSending ? max(Milliseconds(sentBy), lastWave) : lastWave) + lag)
    }

    private var lastWave: Milliseconds {
        Milliseconds(max(0, record.publication.waves.total - 1)) * record.publication.waves.interval
    }

    private func elapsed(_ now: Moment) -> Milliseconds {
        guard let origin else { return max(0, now.wall.since(record.publication.position.timestamp)) }
        return max(0, ((endedAt ?? now.instant) - origin).wholeMilliseconds)
    }

    // MARK: - Sums

    private mutating func count(_ delivery: NodeDelivery, sign: Int) {
        switch (delivery.kind, sign > 0) {
        case (.real, true): real += delivery.ledger
        case (.real, false): real -= delivery.ledger
        case (.modelled, true): modelled += delivery.ledger
        case (.modelled, false): modelled -= delivery.ledger
        }
        if !delivery.ledger.isBalanced { unbalancedCount += sign }
    }

    private mutating func merge() {
        guard isStale else { return }
        isStale = false
        ackTimes = LatencyCounts()
        lags = LatencyCounts()
        for node in nodes {
            ackTimes.merge(node.delivery.ackTimes)
            lags.merge(node.delivery.lags)
        }
    }

    /// Only ever rises at a node that lives on.
    private func progress(_ delivery: NodeDelivery) -> Int {
        let ledger = delivery.ledger
        return ledger.acked + ledger.caughtUp + ledger.sent + ledger.duplicates + ledger.joined + delivery.orderRevision
    }

    private func index(of node: NodeID) -> Int? {
        var low = 0, high = nodes.count
        while low < high {
            let middle = (low + high) / 2
            if nodes[middle].delivery.node < node { low = middle + 1 } else { high = middle }
        }
        return low < nodes.count && nodes[low].delivery.node == node ? low : nil
    }
}

/// Devices acked at equal steps of time, at most `pointsMax`; when it is full every second point goes and the
/// step doubles.
struct DeliveryCurvePoints: Sendable {
    private(set) var points: [Int] = []
    private(set) var step: Milliseconds = 100
    static let pointsMax = 240

    /// `acked` devices, `elapsed` ms after the timestamp. Steps that no call fell into take the value of the next.
    mutating func note(_ acked: Int, elapsed: Milliseconds) {
        while elapsed / step >= Milliseconds(Self.pointsMax) { halve() }
        let value = max(acked, points.last ?? 0)
        while Milliseconds(points.count) * step <= elapsed { points.append(points.isEmpty ? 0 : value) }
    }

    private mutating func halve() {
        points = stride(from: 0, to: points.count, by: 2).map { points[$0] }
        step *= 2
    }
}

/// Acks per second over the last second, from totals at successive moments.
struct AckRateMeter: Sendable {
    private var samples: [(at: EngineInstant, acked: Int)] = []
    private(set) var perSecond = 0
    private(set) var peak = 0
    private static let samplesMax = 64

    /// Calls closer together than 20 ms are taken as one.
    mutating func note(_ acked: Int, at now: EngineInstant) {
        if let last = samples.last, now - last.at < .milliseconds(20) { return }
        samples.append((now, acked))
        // The oldest sample that is a second old is the one to measure from.
        while samples.count > 2, now - samples[1].at >= .seconds(1) || samples.count > Self.samplesMax {
            samples.removeFirst()
        }
        let passed = max((now - samples[0].at).wholeMilliseconds, 200)
        perSecond = max(0, acked - samples[0].acked) * 1000 / Int(passed)
        peak = max(peak, perSecond)
    }
}
