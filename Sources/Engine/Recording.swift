/// What can be asked of a recording of the room, whoever keeps it: the database of a running engine, an incident
/// file, a rehearsal that has been run through. The room asks through `EngineLink` and cannot tell which it is.
public enum RecordingQuery: Hashable, Codable, Sendable {
    /// Showings of live events, newest first: those whose last broadcast came before this one (all if nil), at most
    /// `limit` (1...500).
    case showings(before: BroadcastID?, limit: Int)
    /// What happened in a showing, for the scrubber.
    case timeline(Showing)
    /// The newest frame of a piece of the recording that is not later than a moment.
    case frame(RecordingPiece, at: WallTime)
    /// What a showing can be played again from.
    case script(Showing)
}

/// The answer to the query of the same name.
public enum RecordingAnswer: Hashable, Codable, Sendable {
    case showings([Showing])
    case timeline(Timeline)
    /// Nil where nothing was recorded, or it has been removed since.
    case frame(EngineSnapshot?)
    /// Nil where its plan or its broadcasts are not kept.
    case script(ShowScript?)
}

/// One time a live event was put on, from its first broadcast to its last: what History lists.
public struct Showing: Hashable, Codable, Sendable, Identifiable {
    public var event: EventID
    public var title: String
    public var tier: Tier
    /// Numbers of its first and last broadcast.
    public var first: BroadcastID
    public var last: BroadcastID
    /// Timestamp of the first broadcast, and the newest moment known of the last one.
    public var from: WallTime
    public var until: WallTime
    public var broadcastCount: Int
    /// Largest difference between a timestamp and the plan, ms; nil where all were on cue.
    public var lateMax: Milliseconds?
    /// The worst of its broadcasts; nil while none has reached it.
    public var t999Max: Milliseconds?
    /// Connected devices of all its broadcasts together, and how many of them acked.
    public var connected: Int
    public var acked: Int
    /// Broadcasts that were aborted.
    public var abortedCount: Int
    /// Whether pictures of it are kept.
    public var hasFrames: Bool

    public var id: BroadcastID { first }

    public init(event: EventID, title: String, tier: Tier, first: BroadcastID, from: WallTime) {
        self.event = event
        self.title = title
        self.tier = tier
        self.first = first
        self.from = from
        last = first
        until = from
        broadcastCount = 0
        connected = 0
        acked = 0
        abortedCount = 0
        hasFrames = false
    }
}

/// Frames that follow one another without a gap and without a step of the clock backwards.
public struct RecordingPiece: Hashable, Codable, Sendable {
    /// Frame numbers, which rise in the order of recording.
    public var first: Int64
    public var last: Int64
    public var from: WallTime
    public var until: WallTime

    public init(first: Int64, last: Int64, from: WallTime, until: WallTime) {
        self.first = first
        self.last = last
        self.from = from
        self.until = until
    }

    /// Frames further apart than this have a gap between them, ms. They are recorded once a second.
    public static let gap: Milliseconds = 5000
}

/// A showing laid out in time.
public struct Timeline: Hashable, Codable, Sendable {
    public var showing: Showing
    /// In the order of recording. After a step of the clock backwards a piece begins before the one ahead of it ended.
    public var pieces: [RecordingPiece]
    /// The showing's own, in the order of recording, at most `samplesMax`.
    public var samples: [TimelineSample]
    /// The whole room's at the same frames; empty where the showing's own are not kept apart, then `samples` are the
    /// room's.
    public var roomSamples: [TimelineSample]
    /// The stages that were sent, in order.
    public var stages: [TimelineStage]
    /// What people, signals and the engine did in that time, oldest first, at most `entriesMax`.
    public var entries: [JournalEntry]

    public static let samplesMax = 2000
    public static let entriesMax = 1000

    public init(showing: Showing) {
        self.showing = showing
        pieces = []
        samples = []
        roomSamples = []
        stages = []
        entries = []
    }
}

/// One event, or the room as a whole, over a few frames: the largest value of each.
public struct TimelineSample: Hashable, Codable, Sendable {
    /// The first of its frames.
    public var frame: Int64
    public var at: WallTime
    /// Acks per second, real and modelled devices together.
    public var ackRate: Int
    /// Devices sent to and not acked, of all broadcasts.
    public var unacked: Int
    /// Open alerts of each severity.
    public var warnCount: Int
    public var criticalCount: Int

    public init(frame: Int64, at: WallTime, ackRate: Int, unacked: Int, warnCount: Int, criticalCount: Int) {
        self.frame = frame
        self.at = at
        self.ackRate = ackRate
        self.unacked = unacked
        self.warnCount = warnCount
        self.criticalCount = criticalCount
    }

    /// What a frame adds to the timeline of one event: its broadcasts and alerts, and alerts that concern everybody.
    public init(_ snapshot: EngineSnapshot, frame: Int64, of event: EventID) {
        let own = snapshot.broadcasts.filter { $0.record.event == event && $0.record.state == .sending }
        let alerts = snapshot.alerts.filter { $0.event == nil || $0.event == event }
        self.init(
            frame: frame, at: snapshot.at, ackRate: own.reduce(0) { $0 + $1.ackRate },
            unacked: own.reduce(0) { $0 + $1.record.figures.total.unacked },
            warnCount: alerts.count { $0.severity == .warn }, criticalCount: alerts.count { $0.severity == .critical })
    }

    /// What a frame adds to the timeline of the whole room.
    public init(_ snapshot: EngineSnapshot, frame: Int64) {
        self.init(
            frame: frame, at: snapshot.at, ackRate: snapshot.load.ackRate,
            unacked: snapshot.broadcasts.reduce(0) {
                $0 + ($1.record.state == .sending ? $1.record.figures.total.unacked : 0)
            },
            warnCount: snapshot.alerts.count { $0.severity == .warn },
            criticalCount: snapshot.alerts.count { $0.severity == .critical })
    }
}

/// A stage that was sent.
public struct TimelineStage: Hashable, Codable, Sendable {
    public var stage: StageKey
    public var at: WallTime
    public var broadcast: BroadcastID

    public init(stage: StageKey, at: WallTime, broadcast: BroadcastID) {
        self.stage = stage
        self.at = at
        self.broadcast = broadcast
    }
}
