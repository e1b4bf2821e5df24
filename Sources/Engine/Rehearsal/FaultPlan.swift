/// What is to go wrong in a rehearsal, and when.
///
/// Written in YAML (`FaultPlanReader`); Documentation/Rehearsal.md shows every kind.
public struct FaultPlan: Hashable, Sendable {
    /// One thing that goes wrong.
    public struct Fault: Hashable, Sendable {
        public var at: Moment
        public var what: What
        /// How long it lasts; 0 for what happens in an instant.
        public var lasts: Milliseconds
    }

    /// When it begins.
    public enum Moment: Hashable, Sendable {
        case at(WallTime)
        /// So long after the rehearsal begins.
        case afterStart(Milliseconds)
        /// So long after (or before) a stage goes on air.
        case stage(EventID, StageKey, Milliseconds)
    }

    /// What goes wrong.
    public enum What: Hashable, Sendable {
        /// A node, a rack or a region: gone, slow, or filled up.
        case audience(AudienceFault.Kind, AudienceFault.Place, factor: Double)
        /// The wall clock jumps by so many ms; the monotonic clock does not notice.
        case clockStep(Milliseconds)
        /// Every commit takes so long.
        case slowDisk(Milliseconds)
        /// This many per cent of an event's viewers lose their stream and come again.
        case retryStorm(EventID, percent: Int, isGuided: Bool)
    }

    /// In the order of the file, at most `countMax`.
    public var faults: [Fault]
    public static let countMax = 200

    public init(faults: [Fault] = []) { self.faults = faults }

    /// The kinds a plan may name, in the order of the documentation.
    public static let kinds = [
        "node-loss", "rack-loss", "region-loss", "slow-node", "saturated-rack", "bad-payload", "clock-step",
        "slow-disk", "retry-storm",
    ]
}

extension FaultPlan.What {
    /// `dead node v-eu-west-03`, `clock-step +2 s`
    public var words: String {
        switch self {
        case .audience(let kind, let place, _):
            AudienceFault(kind: kind, place: place, from: .distantPast, until: .distantPast).description
        case .clockStep(let by): "clock-step \(Words.signed(by))"
        case .slowDisk(let each): "slow-disk, \(Words.duration(each)) a commit"
        case .retryStorm(let event, let percent, let isGuided):
            "retry-storm of \(percent)% of \(event)\(isGuided ? ", guided" : "")"
        }
    }
}
