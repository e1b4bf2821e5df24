/// One device of `control-room.v1`, as `Documentation/WireProtocol.md` asks it to be: it applies what comes in order,
/// asks when it sees a gap, acks what it has applied, and comes back with its last position after a drawn delay.
///
/// Pure: what the edge said and what became of the connection come in; what to answer comes out. The far end of the
/// fleet's sockets, and of tests without any.
struct DeviceMachine: Sendable {
    /// What the device has of a topic.
    struct Holding: Equatable, Sendable {
        let topic: Topic
        /// Nil until the first stage.
        var position: BroadcastPosition?
        var stage: StageKey?
        /// The newest sequence that came over this connection, applied or not.
        fileprivate var newestSeen: Int64 = 0
        /// When the device last said that it sees a gap; nil: it sees none.
        fileprivate(set) var gapSaidAt: EngineInstant?

        init(topic: Topic) { self.topic = topic }
    }

    /// What a message of the edge led to.
    enum Taken: Equatable, Sendable {
        case welcomed
        /// Applied; ack it. `wasGap`: it had been missed, or it comes behind one that was.
        case applied(holding: Int, wasGap: Bool)
        /// The device took the edge's word in place of what it had; ack it. A reset to nothing is not acked.
        case reset(holding: Int, ResetReason)
        /// It has this or a newer one; ack what it has. `isOutOfOrder`: it came behind a newer one on one connection.
        case copy(holding: Int, isOutOfOrder: Bool)
        /// Something lies between what it has and this: ask, or (`ask` false) wait for the answer to an earlier
        /// question.
        case gap(holding: Int, ask: Bool)
        /// The edge said what the protocol does not allow here.
        case nonsense(String)
    }

    /// What becomes of the device once its connection has ended.
    enum Ending: Equatable, Sendable {
        /// Connect again after this; to another edge node, if there is one, where `elsewhere`.
        case retry(after: Duration, elsewhere: Bool)
        /// It would only be refused again.
        case over
    }

    /// A question about a gap is not asked again before this.
    private static let gapPatience = Duration.seconds(2)

    let id: String
    private let make: DeviceMake
    private(set) var holdings: [Holding]
    /// The last welcome; its delays are used until the next one.
    private(set) var welcome: Welcome?
    private(set) var isWelcomed = false
    /// Connections that ended since the last welcome.
    private var attempts = 0

    init(id: String, make: DeviceMake = .unknown, topics: [Topic]) {
        self.id = id
        self.make = make
        holdings = topics.map(Holding.init(topic:))
    }

    /// The first message of a connection: what is wanted, and from where.
    mutating func hello() -> DeviceMessage {
        isWelcomed = false
        for index in holdings.indices {
            holdings[index].newestSeen = 0
            holdings[index].gapSaidAt = nil
        }
        return .hello(device: id, token: nil, make: make, topics: holdings.map(Self.request))
    }

    private static func request(_ holding: Holding) -> TopicRequest {
        let claim = holding.position.map {
            ClaimedPosition(sequence: $0.sequence, timestamp: $0.timestamp.milliseconds)
        }
        return TopicRequest(topic: holding.topic, position: claim)
    }

    // MARK: What the edge says

    mutating func take(_ message: EdgeMessage, now: EngineInstant) -> Taken {
        if case .welcome(let welcome) = message {
            guard !isWelcomed else { return .nonsense("a second welcome") }
            self.welcome = welcome
            isWelcomed = true
            attempts = 0
            return .welcomed
        }
        guard isWelcomed else { return .nonsense("a message before the welcome") }
        switch message {
        case .welcome: return .nonsense("a second welcome")
        case .unsubscribed(let topic): return .nonsense("unsubscribed from \(topic), which nobody asked for")
        case .stage(let topic, let stage, let position):
            guard let index = index(of: topic) else {
                return .nonsense("a stage of \(topic), which it does not follow")
            }
            return takeStage(index, stage, position, now)
        case .reset(let topic, let stage, let position, let reason):
            guard let index = index(of: topic) else {
                return .nonsense("a reset of \(topic), which it does not follow")
            }
            apply(index, stage, position)
            return .reset(holding: index, reason)
        }
    }

    private mutating func takeStage(
        _ index: Int, _ stage: StageKey, _ position: BroadcastPosition, _ now: EngineInstant
    ) -> Taken {
        let isOutOfOrder = position.sequence < holdings[index].newestSeen && holdings[index].gapSaidAt == nil
        holdings[index].newestSeen = max(holdings[index].newestSeen, position.sequence)
        guard let held = holdings[index].position else {
            apply(index, stage, position)
            return .applied(holding: index, wasGap: false)
        }
        if position.sequence <= held.sequence {
            if position.sequence == held.sequence, position != held {
                return .nonsense("\(position) of \(holdings[index].topic), which was \(held) before")
            }
            return .copy(holding: index, isOutOfOrder: isOutOfOrder)
        }
        guard position.sequence == held.sequence + 1 else {
            let mayAsk = holdings[index].gapSaidAt.map { now - $0 >= Self.gapPatience } ?? true
            if mayAsk { holdings[index].gapSaidAt = now }
            return .gap(holding: index, ask: mayAsk)
        }
        let wasGap = holdings[index].gapSaidAt != nil
        apply(index, stage, position)
        return .applied(holding: index, wasGap: wasGap)
    }

    private mutating func apply(_ index: Int, _ stage: StageKey?, _ position: BroadcastPosition?) {
        holdings[index].stage = stage
        holdings[index].position = position
        let isClosed = holdings[index].newestSeen <= position?.sequence ?? 0
        if isClosed || position == nil { holdings[index].gapSaidAt = nil }
        holdings[index].newestSeen = max(holdings[index].newestSeen, position?.sequence ?? 0)
    }

    func position(of topic: Topic) -> BroadcastPosition? { index(of: topic).flatMap { holdings[$0].position } }

    private func index(of topic: Topic) -> Int? { holdings.firstIndex { $0.topic == topic } }

    // MARK: What the device says

    /// Everything of the topic up to what it has is applied; nil while it has nothing.
    func ack(_ holding: Int) -> DeviceMessage? {
        holdings[holding].position.map { .ack(holdings[holding].topic, sequence: $0.sequence) }
    }

    /// I see a gap: catch me up from what I have.
    func catchUpRequest(_ holding: Int) -> DeviceMessage { .subscribe([Self.request(holdings[holding])]) }

    // MARK: The end of a connection

    /// The connection ended: with the edge's close code, or nil where the network or the edge just stopped.
    mutating func ended(code: UInt16?, using random: inout SeededGenerator) -> Ending {
        isWelcomed = false
        let reason = code.flatMap(CloseReason.init(rawValue:))
        guard reason?.shouldReconnect ?? (code == nil) else { return .over }
        switch reason {
        case nil, .goingAway, .restarting, .draining, .tooMany:
            return .retry(after: drawDelay(&random), elsewhere: true)
        default: return .retry(after: drawDelay(&random), elsewhere: false)
        }
    }

    /// The handshake was answered with another status than 101. Full nodes say how long to stay away.
    mutating func refused(status: Int, retryAfter: Int?, using random: inout SeededGenerator) -> Ending {
        guard status >= 500 || status == 429 || status == 0 else { return .over }
        let own = drawDelay(&random)
        return .retry(after: max(own, .seconds(retryAfter ?? 0)), elsewhere: true)
    }

    /// Between nothing and a bound that starts at the welcome's least delay and doubles up to its most.
    private mutating func drawDelay(_ random: inout SeededGenerator) -> Duration {
        let least = welcome?.retryMin ?? 500, most = welcome?.retryMax ?? 30_000
        let bound = min(most, least << Int64(min(attempts, 20)))
        attempts += 1
        return .microseconds(Int64(Double(bound) * 1000 * random.drawShare()))
    }
}
