/// Who is behind on the newest broadcast of a topic, added up over all edge nodes: what the Lagging screen shows.
public struct LagReport: Hashable, Codable, Sendable {
    /// The devices behind that have one thing in common.
    public struct Row: Hashable, Codable, Sendable {
        /// A cause, region, node, family or build.
        public var name: String
        public var devices: Int
        public var oldest: Milliseconds
        /// Where the time sits, 0...100 % of it; nil where nobody can tell.
        public var queue: Int?
        public var network: Int?
        public var client: Int?
        /// Devices behind in this row at the last looks, oldest first, at most `trendMax`.
        public var trend: [Int]
        /// Until it is empty at the pace of the trend, ms; nil if it does not get shorter.
        public var drainsIn: Milliseconds?
    }

    public var query: LagQuery
    public var broadcast: BroadcastID?
    public var stage: StageKey?
    public var at: WallTime
    /// Nodes asked, and those that have answered.
    public var nodesAsked: Int
    public var nodesHeard: Int
    /// Devices behind that the query admits.
    public var devices: Int
    /// Un-acked devices that are not behind yet.
    public var freshCount: Int
    /// Most devices first, at most `rowsMax`.
    public var rows: [Row]
    /// The same by family.
    public var families: [Row]
    /// Longest behind first, at most the query's `sampleMax`.
    public var sample: [LaggingDevice]
    /// The one device asked for, where it was found.
    public var device: LaggingDevice?
    /// Its broadcast's ledger as last reported, real and modelled devices together.
    public var ledger: DeliveryLedger

    public static let rowsMax = 64
    public static let trendMax = 30
}

/// The answers to the queries of late, and how they went. At most `queriesMax`; the one asked longest ago gives way.
struct LagTable: Sendable {
    struct Watch: Sendable {
        var askedAt: EngineInstant
        var asked: Set<NodeID>
        var answers: [NodeID: NodeLag] = [:]
        /// Totals by name of row, a look each.
        var looks: [(at: EngineInstant, rows: [String: Int])] = []
    }

    private var watches: [LagQuery: Watch] = [:]
    static let queriesMax = 32
    /// Nodes are asked at most this often, whoever looks.
    static let every: Duration = .seconds(2)

    /// Whether the nodes should be asked (again).
    func isDue(_ query: LagQuery, now: EngineInstant) -> Bool {
        watches[query].map { now - $0.askedAt >= Self.every } ?? true
    }

    mutating func ask(_ query: LagQuery, of nodes: [NodeID], now: EngineInstant) {
        if var watch = watches[query] {
            watch.looks.append((watch.askedAt, Self.totals(watch, query.grouping)))
            if watch.looks.count > LagReport.trendMax { watch.looks.removeFirst() }
            watch.askedAt = now
            watch.asked = Set(nodes)
            watch.answers = watch.answers.filter { watch.asked.contains($0.key) }
            watches[query] = watch
            return
        }
        if watches.count >= Self.queriesMax, let oldest = watches.min(by: { $0.value.askedAt < $1.value.askedAt }) {
            watches[oldest.key] = nil
        }
        watches[query] = Watch(askedAt: now, asked: Set(nodes))
    }

    mutating func receive(_ answer: NodeLag) {
        guard watches[answer.query]?.asked.contains(answer.node) ?? false else { return }
        watches[answer.query]?.answers[answer.node] = answer
    }

    /// What is known so far.
    func report(_ query: LagQuery, _ broadcast: BroadcastRecord?, at: WallTime) -> LagReport {
        let watch = watches[query]
        let answers = (watch?.answers.values.sorted { $0.node < $1.node } ?? []).filter {
            broadcast == nil || $0.sequence == broadcast?.publication.position.sequence
        }
        var report = LagReport(
            query: query, broadcast: broadcast?.id, stage: broadcast?.publication.stage, at: at,
            nodesAsked: watch?.asked.count ?? 0, nodesHeard: answers.count, devices: 0, freshCount: 0, rows: [],
            families: [],
            sample: [], device: nil, ledger: broadcast?.figures.total ?? DeliveryLedger())
        report.rows = Self.rows(answers, query.grouping, watch?.looks ?? [])
        report.families = Self.rows(answers, .family, [])
        report.devices = answers.reduce(0) { $0 + $1.counts.reduce(0) { $0 + $1.devices } }
        report.freshCount = answers.reduce(0) { $0 + $1.freshCount }
        report.sample = Array(
            answers.flatMap(\.sample).sorted { (-($0.lag ?? 0), $0.id) < (-($1.lag ?? 0), $1.id) }.prefix(
                query.sampleMax))
        report.device = answers.lazy.compactMap(\.device).first
        return report
    }

    private static func totals(_ watch: Watch, _ grouping: LagGrouping) -> [String: Int] {
        var totals: [String: Int] = [:]
        for answer in watch.answers.values {
            for count in answer.counts { totals[name(count, answer, grouping), default: 0] += count.devices }
        }
        return totals
    }

    private static func name(_ count: LagCount, _ answer: NodeLag, _ grouping: LagGrouping) -> String {
        switch grouping {
        case .cause: count.cause.rawValue
        case .region: answer.region
        case .node: answer.node.rawValue
        case .family: count.make.family.rawValue
        case .build: "\(count.make.family) \(count.make.build)"
        }
    }

    private static func rows(
        _ answers: [NodeLag], _ grouping: LagGrouping, _ looks: [(at: EngineInstant, rows: [String: Int])]
    ) -> [LagReport.Row] {
        var sums: [String: LagCount] = [:]
        for answer in answers {
            for count in answer.counts {
                let name = name(count, answer, grouping)
                var sum = sums[name] ?? LagCount(
                    cause: count.cause, make: count.make, devices: 0, oldest: 0, queue: 0, network: 0, client: 0)
                sum.devices += count.devices
                sum.oldest = max(sum.oldest, count.oldest)
                sum.queue += count.queue
                sum.network += count.network
                sum.client += count.client
                sums[name] = sum
            }
        }
        return sums.sorted { (-$0.value.devices, $0.key) < (-$1.value.devices, $1.key) }.prefix(LagReport.rowsMax).map {
            name, sum in
            row(name, sum, trend: looks.map { ($0.at, $0.rows[name] ?? 0) })
        }
    }

    private static func row(_ name: String, _ sum: LagCount, trend: [(at: EngineInstant, devices: Int)])
        -> LagReport.Row
    {
        let time = sum.queue + sum.network + sum.client
        func percent(_ part: Int64) -> Int? { time == 0 ? nil : Int(part * 100 / time) }
        var drainsIn: Milliseconds?
        // At the pace of the last ten looks.
        if let last = trend.last, let first = trend.suffix(10).first, first.devices > sum.devices, last.at > first.at {
            let passed = (last.at - first.at).wholeMilliseconds
            drainsIn = passed * Milliseconds(sum.devices) / Milliseconds(first.devices - sum.devices)
        }
        return LagReport.Row(
            name: name, devices: sum.devices, oldest: sum.oldest, queue: percent(sum.queue),
            network: percent(sum.network),
            client: percent(sum.client), trend: trend.map(\.devices) + [sum.devices], drainsIn: drainsIn)
    }
}
