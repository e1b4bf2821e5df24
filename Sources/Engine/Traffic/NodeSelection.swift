/// One line of the rules: devices of live events like this are told to connect to edge nodes with that label first.
///
/// Nodes say their labels in their heartbeats (`NodeDescription.labels`), so it is all the same where they run. A
/// device that is told is not bound: nodes without the label follow in its list, and whoever is connected elsewhere
/// stays there until it fetches again.
public struct NodeSelection: Hashable, Codable, Sendable {
    public var label: String
    /// What is nil fits any live event.
    public var event: EventID?
    public var tier: Tier?

    /// Most selections in a file, those of rulesets included; most labels of a node.
    public static let max = 16
    public static let labelsMax = 8
    public static let labelBytesMax = 32

    public init(label: String, event: EventID? = nil, tier: Tier? = nil) {
        self.label = label
        self.event = event
        self.tier = tier
    }

    func fits(_ event: EventID, _ tier: Tier) -> Bool {
        (self.event == nil || self.event == event) && (self.tier == nil || self.tier == tier)
    }

    /// Whether a text is a label: 1 to 32 small letters, digits and hyphens.
    public static func isLabel(_ text: String) -> Bool {
        (1...labelBytesMax).contains(text.utf8.count) && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }
}

/// How many edge nodes each label wants, for an autoscaler: so many that they stay below the soft share with every
/// device that is there or is known to follow an event that is sent to them.
struct EdgeDemand: Hashable {
    var label: String
    var desired: Int

    /// By label; the empty label stands for nodes without one.
    static func all(_ snapshot: EngineSnapshot, _ report: TrafficReport) -> [EdgeDemand] {
        let nodes = snapshot.nodes.filter { $0.description.kind == .real }
        var labels = Set(nodes.flatMap { $0.description.labels ?? [""] })
        labels.formUnion(report.nodes.map(\.label))
        return labels.sorted().map { label in
            let own = nodes.filter { ($0.description.labels ?? [""]).contains(label) }
            let followers = snapshot.events.filter { event in
                event.next != nil && (report.nodes.first { $0.fits(event.id, event.tier) }?.label ?? "") == label
            }.reduce(0) { $0 + $1.real.known }
            let devices = max(own.reduce(0) { $0 + $1.connections }, followers)
            let limits = (own.isEmpty ? nodes : own).map(\.description.connectionsMax)
            let each = limits.isEmpty ? EngineConfiguration().connectionsMax : limits.reduce(0, +) / limits.count
            let room = Swift.max(1, each * report.softShare / 100)
            return EdgeDemand(label: label, desired: Swift.max(1, (devices + room - 1) / room))
        }
    }
}
