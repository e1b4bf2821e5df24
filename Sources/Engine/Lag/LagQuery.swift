/// Which devices of a topic are behind on its newest broadcast, and why: a question to every edge node with interest.
///
/// Crosses the bus. Real and modelled nodes answer alike, each for its own devices, with exact counts; the control
/// plane adds the answers up (`LagReport`).
public struct LagQuery: Hashable, Codable, Sendable {
    public var topic: Topic
    /// Only devices of this cause, region, node, family, build; nil: all.
    public var cause: LagCause?
    public var region: String?
    public var node: NodeID?
    public var family: DeviceFamily?
    public var build: DeviceBuild?
    /// This one device, behind or not: a real device's id, `d-17` for modelled device 17.
    public var device: String?
    /// What the report's rows are.
    public var grouping: LagGrouping
    /// Most devices named, those behind longest first, 0...`sampleMost`.
    public var sampleMax: Int

    public static let sampleMost = 1000

    public init(
        topic: Topic, cause: LagCause? = nil, grouping: LagGrouping = .cause, device: String? = nil,
        sampleMax: Int = 100
    ) {
        self.topic = topic
        self.cause = cause
        self.grouping = grouping
        self.device = device
        self.sampleMax = min(max(sampleMax, 0), Self.sampleMost)
    }

    /// Whether a device may be meant. The node's region and name are asked once, not for every device.
    func admits(_ make: DeviceMake, _ cause: LagCause) -> Bool {
        (self.cause ?? cause) == cause && (family ?? make.family) == make.family && (build ?? make.build) == make.build
    }

    func admits(_ node: NodeDescription) -> Bool {
        (region ?? node.region) == node.region && (self.node ?? node.id) == node.id
    }
}

/// By what the rows of Lagging are drawn up.
public enum LagGrouping: String, Codable, Sendable, CaseIterable {
    case cause, region, node, family, build
}

/// Why a device is behind. Every device that is behind has exactly one.
public enum LagCause: String, Codable, Sendable, CaseIterable {
    /// Its connection ended before the ack; it catches up when it is back.
    case dropped
    /// Its wave has begun and its node has not got round to it, or its bytes wait there.
    case queue
    /// It has the message and takes long to apply it.
    case client
    /// The message or its ack is lost or under way for long; it is repeated.
    case network
    /// It answered that it does not know the stage.
    case unknownStage = "unknown-stage"
    case unknown
}

/// Devices of one cause and make at one node.
public struct LagCount: Hashable, Codable, Sendable {
    public var cause: LagCause
    public var make: DeviceMake
    public var devices: Int
    /// The longest that one of them has been behind, ms since its send was due.
    public var oldest: Milliseconds
    /// Where the time sits, ms over all of them; all 0 where nobody can tell.
    public var queue: Int64
    public var network: Int64
    public var client: Int64
}

/// One device as Lagging names it.
public struct LaggingDevice: Hashable, Codable, Sendable {
    public var id: String
    public var make: DeviceMake
    public var kind: AudienceKind
    public var node: NodeID
    public var region: String
    /// Its line of the ledger of the newest broadcast: `waiting`, `dropped`; `acked` only in an answer about this one
    /// device.
    public var line: String
    /// Nil: it is not behind.
    public var cause: LagCause?
    public var isConnected: Bool
    /// Sequence of the newest broadcast it has applied, as far as the node knows; 0 if none.
    public var applied: Int64
    /// Since when it is behind, ms; nil while its send is not due.
    public var lag: Milliseconds?
    /// Times the newest broadcast was sent to it.
    public var tries: Int
}

/// What one edge node answers.
public struct NodeLag: Hashable, Codable, Sendable {
    public var query: LagQuery
    public var node: NodeID
    public var region: String
    /// The newest broadcast of the topic at the node; 0 if it has none.
    public var sequence: Int64
    /// At most one a cause and make.
    public var counts: [LagCount]
    /// Un-acked devices that are not behind yet, whatever the query asks for: with all that are behind they are what
    /// the ledger has un-acked, not sent, or refusing.
    public var freshCount: Int
    /// Longest behind first.
    public var sample: [LaggingDevice]
    /// The one device asked for, if it is here.
    public var device: LaggingDevice?

    public init(query: LagQuery, node: NodeDescription, sequence: Int64) {
        self.query = query
        self.node = node.id
        region = node.region
        self.sequence = sequence
        counts = []
        freshCount = 0
        sample = []
    }
}

/// Adds devices up for `NodeLag`.
struct LagTally {
    private struct Key: Hashable {
        var cause: LagCause
        var make: DeviceMake
    }

    /// A device that is behind, before it has a name.
    struct Entry {
        var cause: LagCause
        var make: DeviceMake
        var lag: Milliseconds
        var queue: Int64 = 0
        var network: Int64 = 0
        var client: Int64 = 0
    }

    private var counts: [Key: LagCount] = [:]
    /// The longest behind, at most `sampleMax`, with what the caller finds them by.
    private(set) var sample: [(lag: Milliseconds, place: Int)] = []
    private let sampleMax: Int
    /// Nobody who is behind for less than this gets into the sample any more.
    private var floor: Milliseconds = -1

    init(sampleMax: Int) { self.sampleMax = sampleMax }

    mutating func add(_ entry: Entry, place: Int) {
        let key = Key(cause: entry.cause, make: entry.make)
        var count = counts[key] ?? LagCount(
            cause: entry.cause, make: entry.make, devices: 0, oldest: 0, queue: 0, network: 0, client: 0)
        count.devices += 1
        count.oldest = max(count.oldest, entry.lag)
        count.queue += entry.queue
        count.network += entry.network
        count.client += entry.client
        counts[key] = count
        guard sampleMax > 0, entry.lag > floor else { return }
        sample.append((entry.lag, place))
        if sample.count > 4 * sampleMax { trim() }
    }

    private mutating func trim() {
        sample.sort { ($1.lag, $0.place) < ($0.lag, $1.place) }
        guard sample.count >= sampleMax, sampleMax > 0 else { return }
        sample.removeLast(sample.count - sampleMax)
        floor = sample[sampleMax - 1].lag
    }

    mutating func fill(_ answer: inout NodeLag, name: (Int) -> LaggingDevice?) {
        trim()
        answer.counts = counts.values.sorted { ($0.cause.rawValue, $0.make) < ($1.cause.rawValue, $1.make) }
        answer.sample = sample.compactMap { name($0.place) }
    }
}
