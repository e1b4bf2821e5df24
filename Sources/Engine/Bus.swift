/// The seam between the router (tier 1) and the edge nodes (tier 2).
///
/// In one process it is a pair of function calls; later the same values travel over a network. Hence
/// every message is `Codable`, carries positions, and may be lost, arrive twice, late or out of order:
/// the router repeats what was not confirmed, and a receiver applies by position.
public protocol Bus: Sendable {
    /// Hands `message` to the edge node; returns at once.
    func send(_ message: RouterMessage, to node: NodeID)
    /// Hands `message` to the router; returns at once.
    func send(_ message: NodeMessage, from node: NodeID)
}

/// What the router tells an edge node.
public enum RouterMessage: Hashable, Codable, Sendable {
    /// Fan this out to the topic's connections. A copy of a known position changes nothing.
    case publish(Publication)
    /// The topic's newest publications in order of position, at most `RouterMessage.logMax`, sent when a node first
    /// announces interest, after a node or router restart, and in answer to `historyWanted`.
    /// `oldest` is the smallest sequence from which the topic can still be caught up, from here or from the store.
    case topicLog(Topic, [Publication], oldest: Int64)
    /// Stop the waves of this publication that are not sent yet, and never give it to anyone in catch-up.
    case abort(Topic, sequence: Int64)
    /// Send this publication once more to the connections that have it un-acked.
    case resend(Topic, sequence: Int64)
    /// What has been said of this publication's waves; an older revision than is known changes nothing.
    case order(Topic, sequence: Int64, WaveOrder)
    /// Answer this with `NodeMessage.lag`. Not repeated: whoever looks asks again.
    case lagWanted(LagQuery)
    /// Let this go wrong; modelled nodes alone do.
    case drill(AudienceFault)
    /// No topic of this name exists (any more): refuse subscriptions to it.
    case unknownTopic(Topic)
    /// Do this with devices from now on. An older revision than the one obeyed changes nothing.
    case duty(NodeDuty)

    /// Publications of one topic that an edge node keeps in memory.
    public static let logMax = 128
}

/// What an edge node tells the router.
///
/// What is large is kept apart (`indirect`): a shard's actions, ten thousand in a fan-out, are each as large as the
/// largest message.
public enum NodeMessage: Hashable, Codable, Sendable {
    /// The node exists; sent at its start and every `EngineConfiguration.heartbeat`.
    indirect case heartbeat(NodeDescription, topics: [Topic])
    /// The node has (or no longer has) connections that follow the topic.
    case interest(Topic, isInterested: Bool)
    /// The node holds the topic up to and including this position; the router stops repeating it.
    case confirmed(Topic, BroadcastPosition)
    /// A device wants to catch up from before what the node holds: publications after `after` are wanted.
    case historyWanted(Topic, after: Int64)
    /// The duty the node obeys; said with each heartbeat, and when it changes.
    case duty(NodeDuty)
    /// Who of the node's devices is behind: the answer to `lagWanted`.
    indirect case lag(NodeLag)
    /// Counters, every `EngineConfiguration.reportInterval` while they change.
    indirect case report(NodeReport)
}

/// What an edge node does with devices. The router wishes, the node obeys the newest wish and says which one it obeys,
/// until both agree: a message that is lost, late or doubled changes nothing in the end.
public struct NodeDuty: Hashable, Codable, Sendable {
    /// What is wished of the node.
    public enum Kind: Hashable, Codable, Sendable {
        /// Takes devices.
        case open
        /// Takes nobody new; who is connected stays.
        case cordoned
        /// Takes nobody new, and sends everyone away (4503), spread evenly over this many milliseconds.
        case draining(over: Milliseconds)
    }

    /// Rises with every wish; a node that was just started is open with revision 0.
    public var revision: Int64
    public var kind: Kind

    public init(revision: Int64 = 0, kind: Kind = .open) {
        self.revision = revision
        self.kind = kind
    }
}

/// Whether devices are on sockets or modelled.
public enum AudienceKind: String, Codable, Sendable, CaseIterable {
    case real
    case modelled
}

/// What stays the same about an edge node.
public struct NodeDescription: Hashable, Codable, Sendable {
    public var id: NodeID
    public var kind: AudienceKind
    /// `eu-west`, or `local` for the node in this process.
    public var region: String
    /// `eu-west/r2`: the rack it shares power and uplink with; nil where nobody has said.
    public var rack: String?
    /// Most connections the node takes.
    public var connectionsMax: Int
    /// How fast it sends and how far its devices are, for forecasts; nil where it does not say, as a real node.
    public var pace: NodePace?
    /// What rules select it by (`NodeSelection`), in order of the alphabet, at most `NodeSelection.labelsMax`; nil for
    /// none.
    public var labels: [String]?
    /// `127.0.0.1:8081`, where it listens; nil where it does not say.
    public var address: String?
    /// What devices are told to connect to; nil: its port at the name they used for the engine.
    public var url: String?

    public init(
        id: NodeID, kind: AudienceKind, region: String, rack: String? = nil, connectionsMax: Int, pace: NodePace? = nil,
        labels: [String]? = nil, url: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.region = region
        self.rack = rack
        self.connectionsMax = connectionsMax
        self.pace = pace
        self.labels = labels
        self.url = url
    }
}

/// The counters of one edge node. Totals, never differences, so that a lost report costs nothing.
public struct NodeReport: Hashable, Codable, Sendable {
    public var node: NodeID
    public var connections: Int
    /// Known devices that are not connected.
    public var offline: Int
    /// Devices following each topic now, and of those the ones that have fetched the event ahead, by topic order.
    public var topics: [TopicCount]
    /// The newest broadcasts of each topic, at most `broadcastsMax` a topic.
    public var broadcasts: [NodeDelivery]
    /// Connections the node ended, by close code, since it started.
    public var closed: [CloseCount]
    /// Bytes waiting in the node's outbound buffers.
    public var queuedBytes: Int

    /// How many broadcasts of a topic a report covers; older ones no longer change here.
    public static let broadcastsMax = 4

    public init(
        node: NodeID, connections: Int = 0, offline: Int = 0, topics: [TopicCount] = [],
        broadcasts: [NodeDelivery] = [], closed: [CloseCount] = [], queuedBytes: Int = 0
    ) {
        self.node = node
        self.connections = connections
        self.offline = offline
        self.topics = topics
        self.broadcasts = broadcasts
        self.closed = closed
        self.queuedBytes = queuedBytes
    }
}

/// The devices that follow one topic at one edge node.
public struct TopicCount: Hashable, Codable, Sendable {
    public var topic: Topic
    public var connections: Int
    public var known: Int
    /// Of `known`: devices that have fetched the event's stages ahead. Nil where the node cannot know.
    public var prefetched: Int?
    /// The same by family, largest first; empty where the node cannot know.
    public var families: [FamilyCoverage]

    public init(topic: Topic, connections: Int, known: Int, prefetched: Int? = nil, families: [FamilyCoverage] = []) {
        self.topic = topic
        self.connections = connections
        self.known = known
        self.prefetched = prefetched
        self.families = families
    }
}

/// How many connections a node has ended with one close code.
public struct CloseCount: Hashable, Codable, Sendable {
    public var code: UInt16
    public var count: Int

    public init(code: UInt16, count: Int) {
        self.code = code
        self.count = count
    }
}

/// How far one broadcast is at one edge node.
public struct NodeDelivery: Hashable, Codable, Sendable {
    public var node: NodeID
    public var kind: AudienceKind
    public var topic: Topic
    public var sequence: Int64
    public var ledger: DeliveryLedger
    /// Waves begun, 0...waves.total.
    public var wavesSent: Int
    /// What the node has last heard of the waves (`WaveOrder.revision`).
    public var orderRevision: Int {
        get { revision ?? 0 }
        set { revision = newValue == 0 ? nil : newValue }
    }
    private var revision: Int?
    /// From the broadcast's timestamp to each ack of a device connected at t0. Yields t50 … t99.9.
    public var ackTimes: LatencyCounts
    /// From each device's own send to its ack, so far if there is none. Yields the lag percentiles.
    public var lags: LatencyCounts

    public init(
        node: NodeID, kind: AudienceKind, topic: Topic, sequence: Int64,
        ledger: DeliveryLedger = DeliveryLedger(), wavesSent: Int = 0,
        ackTimes: LatencyCounts = LatencyCounts(), lags: LatencyCounts = LatencyCounts()
    ) {
        self.node = node
        self.kind = kind
        self.topic = topic
        self.sequence = sequence
        self.ledger = ledger
        self.wavesSent = wavesSent
        self.ackTimes = ackTimes
        self.lags = lags
    }
}
