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

/// How a broadcast's fan-out is spread: `count` waves of equal share, one every `interval`, and if there is a
/// canary, a small wave before them that has to prove the stage first.
public struct WavePlan: Hashable, Codable, Sendable {
    /// 1...64, the canary not counted; 1 sends to every device at once.
    public var count: Int
    /// Time between the starts of two waves, 0 ms...60 s.
    public var interval: Milliseconds
    /// Nil: no wave goes first.
    public var canary: CanaryPlan?

    public init(count: Int, interval: Milliseconds, canary: CanaryPlan? = nil) {
        self.count = count
        self.interval = interval
        self.canary = canary
    }

    /// Waves with the canary, at most `countMax`.
    public var total: Int { count + (canary == nil ? 0 : 1) }

    /// Everyone at once.
    public static let single = WavePlan(count: 1, interval: 0)
    /// The largest number of waves a plan may have.
    public static let countMax = 64

    /// The wave, 0..<count, that the device with this hash belongs to. The same for a device in every
    /// broadcast with the same count, on whichever node it is.
    public func wave(ofDeviceHash hash: UInt64) -> Int { wave(ofDraw: UInt32(truncatingIfNeeded: hash >> 32)) }

    /// The same by a number that is evenly spread over all 32-bit numbers.
    func wave(ofDraw draw: UInt32) -> Int {
        guard let canary else { return Int((UInt64(draw) &* mainScale) >> 32) }
        return draw < canary.share ? 0 : 1 + Int((UInt64(draw &- canary.share) &* mainScale) >> 32)
    }

    /// Main waves per draw, in 2^-32; where there is a canary, per draw above its share.
    var mainScale: UInt64 {
        guard let canary else { return UInt64(truncatingIfNeeded: count) }
        return (UInt64(truncatingIfNeeded: count) << 32) / ((1 << 32) - UInt64(canary.share))
    }
}

/// The first, small wave of a broadcast: the others wait until its devices have shown that they know the stage.
public struct CanaryPlan: Hashable, Codable, Sendable {
    /// Devices in the wave, about: each draws whether it belongs to it. At most a tenth of the audience, whatever it
    /// is.
    public var devices: Int
    /// How long after its beginning the wave is judged, ms.
    public var check: Milliseconds
    /// Share of all devices in 2^-32; set when the broadcast is made and the audience is known.
    public var share: UInt32

    public static let devicesMax = 1_000_000
    /// Where the schedule does not say.
    public static let checkUsual: Milliseconds = 800
    public static let checkRange: ClosedRange<Milliseconds> = 100...60_000

    public init(devices: Int, check: Milliseconds, share: UInt32 = 0) {
        self.devices = devices
        self.check = check
        self.share = share
    }

    /// The same plan for an audience of this many known devices.
    public func forAudience(of known: Int) -> CanaryPlan {
        let share = min(Double(devices) / Double(max(1, known)), 0.1)
        return CanaryPlan(devices: devices, check: check, share: UInt32(share * 4_294_967_296))
    }
}

/// What has been said of the waves since the broadcast began. Only a higher revision counts, so a late copy does no
/// harm.
public struct WaveOrder: Hashable, Codable, Sendable {
    public var revision: Int
    /// Whether no further wave may begin. The first wave always goes out.
    public var isHeld: Bool

    public init(revision: Int, isHeld: Bool) {
        self.revision = revision
        self.isHeld = isHeld
    }

    /// Whether somebody paused the waves, so that no good canary lets them go on by itself.
    public var isHeldByPerson: Bool { isHeld && revision > 0 }
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
    /// How long after the stage before it a rehearsal takes this one, ms, where it waits for an operator; nil: at its
    /// plan, else after what stages like the one before typically last.
    public var rehearsedAfter: Milliseconds?

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
