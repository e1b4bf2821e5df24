/// The six kinds of stage a live event moves through.
public enum StageKind: String, Codable, Sendable, CaseIterable {
    case preShow = "pre-show"
    case countdown
    case live
    case intermission
    case ending
    case ended
}

/// Who starts a stage.
public enum StageMode: String, Codable, Sendable, CaseIterable {
    /// Fires at its time by itself.
    case auto
    /// Waits for an operator's TAKE; a time it may have is only what was planned.
    case manual
}

/// When a stage is planned to start.
public enum StageTime: Hashable, Codable, Sendable {
    /// At a moment of wall time.
    case at(WallTime)
    /// So long after the start of another stage (its actual start once it has one, else its planned one).
    case after(StageKey, Milliseconds)
    /// So long after the engine began this run of show.
    case afterStart(Milliseconds)
    /// When an operator says so. Only a manual stage may have it.
    case onCue
}

/// A go/no-go condition before a stage. NO-GO holds the T-clock at T-0.
public enum Gate: Hashable, Codable, Sendable {
    /// A named person or desk votes GO or NO-GO: `go/no-go: ingest`.
    case vote(String)
    /// At least this share (0...1) of the known devices has prefetched the stage: `prefetch >= 95%`.
    case prefetch(atLeast: Double)

    /// Name of the gate that looks at prefetch coverage.
    static let prefetchName = "prefetch"

    /// The gate's name on screens and in votes: `ingest`, `prefetch`.
    public var name: String {
        switch self {
        case .vote(let name): name
        case .prefetch: Self.prefetchName
        }
    }
}

/// How a broadcast's fan-out is spread: `count` waves of equal share, one every `interval`.
public struct WavePlan: Hashable, Codable, Sendable {
    /// 1...64; 1 sends to every device at once.
    public var count: Int
    /// Time between the starts of two waves, 0 ms...60 s.
    public var interval: Milliseconds

    public init(count: Int, interval: Milliseconds) {
        self.count = count
        self.interval = interval
    }

    /// Everyone at once.
    public static let single = WavePlan(count: 1, interval: 0)
    /// The largest number of waves a plan may have.
    public static let countMax = 64

    /// The wave, 0..<count, that the device with this hash belongs to. The same for a device in every
    /// broadcast with the same count, on whichever node it is.
    public func wave(ofDeviceHash hash: UInt64) -> Int { Int(hash % UInt64(count)) }
}

/// One stage of a run of show as the schedule describes it.
public struct StageDefinition: Hashable, Codable, Sendable {
    public var key: StageKey
    public var kind: StageKind
    public var mode: StageMode
    public var time: StageTime
    public var gates: [Gate]
    public var waves: WavePlan
    public var experience: StageExperience

    public init(
        key: StageKey, kind: StageKind, mode: StageMode, time: StageTime,
        gates: [Gate] = [], waves: WavePlan = .single, experience: StageExperience = StageExperience()
    ) {
        self.key = key
        self.kind = kind
        self.mode = mode
        self.time = time
        self.gates = gates
        self.waves = waves
        self.experience = experience
    }
}
