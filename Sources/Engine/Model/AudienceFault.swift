/// Something that goes wrong at the edge on purpose, in a rehearsal or as a drill: what, where, and from when until
/// when.
///
/// A value: a fault plan holds some, `:fault` makes one, and the modelled nodes it concerns bend their flights by it
/// from its beginning to its end. Faults of the same kind at the same node do not add up: the worst counts.
public struct AudienceFault: Hashable, Codable, Sendable {
    /// What goes wrong.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The node sends `factor` times slower, and everything takes `factor` times longer to arrive.
        case slowNode = "slow-node"
        /// The node sends `factor` times slower: its queue fills up. Meant for a rack.
        case saturated
        /// The node is gone: nothing is sent, its connections end, and its devices come back when it does.
        case dead
        /// Devices do not know the stage: they say so and do not apply it. `factor` is the share of them, 0...1.
        case unknownStage = "unknown-stage"
    }

    /// Which nodes it concerns.
    public enum Place: Hashable, Codable, Sendable {
        case everywhere
        case node(NodeID)
        /// `ap-ne-1/r12`
        case rack(String)
        case region(String)
    }

    public var kind: Kind
    public var place: Place
    /// Schedule time.
    public var from: WallTime
    /// First moment at which it is over; broadcasts under way go on from there.
    public var until: WallTime
    /// 1...1000 for the slow kinds, 0...1 for `unknownStage`, without meaning for `dead`.
    public var factor: Double

    /// At one node at most this many count; what comes beyond that is not taken.
    public static let countMax = 16

    public init(kind: Kind, place: Place, from: WallTime, until: WallTime, factor: Double = 1) {
        self.kind = kind
        self.place = place
        self.from = from
        self.until = until
        self.factor = factor
    }

    /// Whether it concerns this node.
    public func concerns(_ node: NodeDescription) -> Bool {
        switch place {
        case .everywhere: true
        case .node(let id): node.id == id
        case .rack(let rack): node.rack == rack
        case .region(let region): node.region == region
        }
    }
}

extension AudienceFault: CustomStringConvertible {
    /// `dead rack ap-ne-1/r12`: what a drill is called on screens and in the journal.
    public var description: String {
        switch place {
        case .everywhere: "\(kind.rawValue) everywhere"
        case .node(let id): "\(kind.rawValue) node \(id)"
        case .rack(let rack): "\(kind.rawValue) rack \(rack)"
        case .region(let region): "\(kind.rawValue) region \(region)"
        }
    }
}
