/// What a rehearsal found, as numbers and sentences: the same for a page, a terminal and a script.
///
/// The fields of its JSON form are described in Documentation/Rehearsal.md and only ever added to. Times are
/// milliseconds since 1970.
public struct RehearsalReport: Hashable, Codable, Sendable {
    /// Of this form; 1.
    public var version = 1
    public var seed: UInt64
    /// The same seed and schedule give the same digest on any machine.
    public var digest: String
    public var frameCount: Int
    /// Modelled devices, all events together.
    public var devices: Int
    public var from: WallTime
    public var until: WallTime
    public var verdict: Verdict
    /// Worst first, then by time.
    public var findings: [Finding]
    public var events: [Event]
    public var broadcasts: [Broadcast]
    public var overlaps: [Overlap]
    public var traffic: Traffic
    public var refresh: Refresh
    public var faults: [Fault]
    public var capacity: EdgeCapacity

    /// Whether the evening would go well, in a word and a sentence.
    public struct Verdict: Hashable, Codable, Sendable {
        /// Whether every stage reached everybody within its budget, all ledgers added up and nothing critical was
        /// refused.
        public var isKept: Bool
        public var sentence: String
    }

    /// One thing worth knowing, and what to change.
    public struct Finding: Hashable, Codable, Sendable {
        /// What the finding is about.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            case broadcast, ledger, stage, hold, hotspot, herd, overlap, fault, unfinished
        }
        public var kind: Kind
        public var severity: Severity
        public var at: WallTime?
        public var event: EventID?
        public var what: String
        public var remedy: String
    }

    /// A live event that was played.
    public struct Event: Hashable, Codable, Sendable {
        public var id: EventID
        public var code: String
        public var title: String
        public var devices: Int
        public var profile: TrafficProfile
        public var stages: [EventTraffic.StageStart]
    }

    /// What came of one broadcast.
    public struct Broadcast: Hashable, Codable, Sendable {
        public var id: BroadcastID
        public var event: EventID
        public var code: String
        public var stage: StageKey
        public var at: WallTime
        /// Milliseconds after its planned time; nil on cue.
        public var late: Milliseconds?
        public var connected: Int
        public var acked: Int
        public var offline: Int
        public var caughtUp: Int
        /// Devices of the event behind edge nodes that said nothing of it.
        public var unheard: Int
        public var t50: Milliseconds?
        public var t99: Milliseconds?
        public var t999: Milliseconds?
        public var budget: Milliseconds
        public var ackRatePeak: Int
        /// Devices acked, at equal steps of `curveStep` ms from the timestamp on.
        public var curve: [Int]
        public var curveStep: Milliseconds
        public var waves: Int
        public var isBalanced: Bool
        /// Whether it stopped itself in its canary, since devices did not know the stage.
        public var isStopped: Bool
        /// Whether 99.9 % had acked within the budget (nobody connected: true), and no more than a thousandth were
        /// unheard of.
        public var isWithinBudget: Bool
    }

    /// Two fan-outs of different events under way at once.
    public struct Overlap: Hashable, Codable, Sendable {
        public var first: BroadcastID
        public var second: BroadcastID
        public var from: WallTime
        public var until: WallTime
        /// `XM1 'ending' and XM2 'countdown'`
        public var names: String
    }

    /// Requests a second by class, at equal steps; each value is the highest within its step.
    public struct Traffic: Hashable, Codable, Sendable {
        public var from: WallTime
        public var step: Milliseconds
        public var classes: [Series]
        public var total: [Int]
        public var peak: Int
        public var peakAt: WallTime
        /// What the rules would refuse, by bucket, lowest first; only buckets of which something is refused.
        public var refused: [Refused]
        /// When rulesets would go on and off.
        public var switches: [Switch]

        /// The requests of one class over the rehearsal.
        public struct Series: Hashable, Codable, Sendable {
            public var requestClass: RequestClass
            public var bucket: PriorityBucket
            public var perSecond: [Int]
            public var peak: Int
        }
    }

    /// Requests of a bucket that the rules would refuse.
    public struct Refused: Hashable, Codable, Sendable {
        public var bucket: PriorityBucket
        public var perSecond: [Int]
        public var peak: Int
        /// Of all its requests, per mille.
        public var share: Int
    }

    /// A ruleset going on or off.
    public struct Switch: Hashable, Codable, Sendable {
        public var ruleset: String
        public var isOn: Bool
        public var at: WallTime
        public var why: String

        /// In a report.
        static let max = 100
    }

    /// Cache refreshes a second, with the jitter that is used and without any, at equal steps.
    public struct Refresh: Hashable, Codable, Sendable {
        public var from: WallTime
        public var step: Milliseconds
        public var ttl: Milliseconds
        /// Per cent of the TTL, to both sides.
        public var jitter: Int
        public var withJitter: [Int]
        public var withoutJitter: [Int]
    }

    /// A fault as it was played.
    public struct Fault: Hashable, Codable, Sendable {
        public var what: String
        public var at: WallTime
        public var lasts: Milliseconds
    }
}
