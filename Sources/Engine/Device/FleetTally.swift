/// Counts what a fleet sees, so that each message costs a few additions.
struct FleetTally {
    /// One stage that a device applied.
    struct Arrival {
        var holding: Int
        var stage: StageKey
        var position: BroadcastPosition
        /// The device was connected when it was broadcast.
        var isLive: Bool
        /// Milliseconds from its timestamp; nil where the fleet itself delayed it.
        var delay: Milliseconds?
    }

    private var sums: FleetFigures
    private let topics: [Topic]
    private(set) var connected = 0
    private(set) var overCount = 0
    private(set) var broadcastCount = 0
    private(set) var stormCount = 0
    var greetedCount: Int { sums.greeted }
    /// Devices times topics that are connected and do not have the newest stage seen of the topic.
    private(set) var lacking = 0
    /// The newest position seen of each topic, and how many connected devices have it.
    private var newest: [(position: BroadcastPosition?, havers: Int)]
    private var ended: [Int: Int] = [:]
    private var refused: [Int: Int] = [:]
    private var over: [Int: Int] = [:]
    private var resets = [Int](repeating: 0, count: ResetReason.allCases.count)

    init(devices: Int, topics: [Topic]) {
        sums = FleetFigures(devices: devices)
        self.topics = topics
        newest = topics.map { _ in (nil, 0) }
    }

    // MARK: Connections

    mutating func noteGreeted(_ holdings: [DeviceMachine.Holding]) {
        sums.greeted += 1
        connected += 1
        for index in holdings.indices where hasNewest(holdings[index], index) { newest[index].havers += 1 }
        count()
    }

    mutating func noteAway(_ holdings: [DeviceMachine.Holding]) {
        connected -= 1
        for index in holdings.indices where hasNewest(holdings[index], index) { newest[index].havers -= 1 }
        count()
    }

    mutating func noteEnded(_ code: UInt16?) { ended[Int(code ?? 0), default: 0] += 1 }
    mutating func noteRefused(_ status: Int) { refused[status, default: 0] += 1 }

    /// - Parameter wasTold: the edge said so; false: the fleet never comes back by its own choice.
    mutating func noteOver(_ code: Int, wasTold: Bool) {
        overCount += 1
        if wasTold { over[code, default: 0] += 1 }
    }

    private func hasNewest(_ holding: DeviceMachine.Holding, _ index: Int) -> Bool {
        newest[index].position != nil && holding.position == newest[index].position
    }

    private mutating func count() {
        lacking = newest.reduce(0) { $0 + ($1.position == nil ? 0 : connected - $1.havers) }
    }

    // MARK: Stages

    mutating func noteApplied(_ arrival: Arrival, closesGap: Bool) {
        if arrival.isLive { sums.live += 1 } else { sums.caughtUp += 1 }
        if closesGap { sums.gapsHealed += 1 }
        meet(arrival.position, arrival.holding)
        guard let place = place(arrival.holding, arrival.stage, arrival.position) else { return }
        if arrival.isLive { sums.broadcasts[place].live += 1 } else { sums.broadcasts[place].later += 1 }
        guard arrival.isLive, let delay = arrival.delay else { return }
        sums.latency.record(delay)
        sums.broadcasts[place].latency.record(delay)
    }

    mutating func noteReset(
        _ reason: ResetReason, _ index: Int, before: BroadcastPosition?, _ holding: DeviceMachine.Holding
    ) {
        if let place = ResetReason.allCases.firstIndex(of: reason) { resets[place] += 1 }
        guard holding.position != before else { return }
        if let before, before == newest[index].position { newest[index].havers -= 1 }
        guard let position = holding.position, let stage = holding.stage else { return count() }
        meet(position, index)
        if let place = place(index, stage, position) { sums.broadcasts[place].later += 1 }
    }

    mutating func noteCopy(isOutOfOrder: Bool) {
        sums.duplicated += 1
        if isOutOfOrder { sums.outOfOrder += 1 }
    }

    mutating func noteGap() { sums.gapsSeen += 1 }
    mutating func noteLostOnPurpose() { sums.lostOnPurpose += 1 }

    mutating func noteNonsense(_ words: String) {
        sums.nonsense += 1
        if sums.firstNonsense == nil { sums.firstNonsense = words }
    }

    /// A connected device has this position now.
    private mutating func meet(_ position: BroadcastPosition, _ index: Int) {
        // A reset may go back to another history; then the fleet's newest is that one as soon as it is the later.
        if newest[index].position.map({ $0.timestamp < position.timestamp }) ?? true {
            newest[index] = (position, 0)
        }
        if newest[index].position == position { newest[index].havers += 1 }
        count()
    }

    /// Where the broadcast stands in the list; nil if it is older than all that are kept.
    private mutating func place(_ index: Int, _ stage: StageKey, _ position: BroadcastPosition) -> Int? {
        if let place = sums.broadcasts.lastIndex(where: { $0.position == position && $0.topic == topics[index] }) {
            return place
        }
        let isOld = sums.broadcasts.count == FleetFigures.broadcastsMax
            && position.timestamp < sums.broadcasts[0].position.timestamp
        guard !isOld else { return nil }
        broadcastCount += 1
        sums.broadcasts.append(FleetBroadcast(topic: topics[index], stage: stage, position: position))
        sums.broadcasts.sort { ($0.position.timestamp, $0.topic) < ($1.position.timestamp, $1.topic) }
        if sums.broadcasts.count > FleetFigures.broadcastsMax { sums.broadcasts.removeFirst() }
        return sums.broadcasts.lastIndex { $0.position == position && $0.topic == topics[index] }
    }

    // MARK: Storms

    mutating func noteStormOver(after duration: Duration) {
        stormCount += 1
        sums.storms.append(duration.wholeMilliseconds)
        if sums.storms.count > FleetFigures.broadcastsMax { sums.storms.removeFirst() }
    }

    // MARK: The figures

    /// - Parameter holdings: what each device has, and whether it is connected.
    func figures(holdings: [(holdings: [DeviceMachine.Holding], isConnected: Bool)]) -> FleetFigures {
        var figures = sums
        figures.connected = connected
        figures.ended = Self.list(ended)
        figures.refused = Self.list(refused)
        figures.over = Self.list(over)
        figures.resets = zip(ResetReason.allCases, resets).filter { $0.1 > 0 }
            .map { FleetFigures.ReasonCount(reason: $0.rawValue, count: $1) }
        for device in holdings {
            for (index, holding) in device.holdings.enumerated() {
                guard let head = newest[index].position, holding.position != head else { continue }
                figures.behind += 1
                if device.isConnected { figures.behindConnected += 1 }
                figures.missing += Int(max(1, head.sequence - (holding.position?.sequence ?? head.sequence - 1)))
            }
        }
        return figures
    }

    private static func list(_ counts: [Int: Int]) -> [FleetFigures.CodeCount] {
        counts.sorted { $0.key < $1.key }.map { FleetFigures.CodeCount(code: $0.key, count: $0.value) }
    }
}
