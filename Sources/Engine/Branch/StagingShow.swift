/// A showing made ready to be sent once more to a staging fleet of real devices: an event of its own on a topic of its
/// own, and what was sent at its time, `speed` times as fast.
///
/// Nothing of it can be taken for the live event: its id, and with it the topic in every payload, begins with `prefix`,
/// its title with STAGING. What fires is what really went out, in that order; gates, holds and plans are behind it.
public struct StagingShow: Hashable, Sendable {
    /// All stages MANUAL and on cue, no gates, lowest tier.
    public let event: LiveEvent
    /// In order of time.
    public let cues: [Cue]

    /// One deed of the showing, and when it is done again.
    public struct Cue: Hashable, Sendable {
        /// From the first broadcast on, by the clock of the re-drive, ms.
        public var after: Milliseconds
        public var act: ShowScript.Act
    }

    /// What every staging event's id begins with.
    public static let prefix = "staging-"
    /// How many times as fast a re-drive may be.
    public static let speeds: ClosedRange<Double> = 0.1...3600

    /// - Parameters:
    ///   - devices: modelled devices beside the real ones.
    ///   - speed: one of `speeds`; lengths of time are divided by it. Waves keep theirs, since real devices do not get
    ///     faster.
    public init(_ script: ShowScript, speed: Double, devices: Int) {
        event = Self.event(script.event, devices: devices)
        let start = script.broadcasts.first?.publication.position.timestamp ?? script.beginsAt
        func after(_ moment: WallTime) -> Milliseconds { max(0, Milliseconds(Double(moment.since(start)) / speed)) }
        var cues: [Cue] = [], place = -1
        for record in script.broadcasts {
            guard let index = event.stages.firstIndex(where: { $0.key == record.publication.stage }) else { continue }
            let key = event.stages[index].key
            let act: ShowScript.Act = index == place + 1 ? .take(key) : index > place ? .trigger(key) : .recycle(key)
            cues.append(Cue(after: after(record.publication.position.timestamp), act: act))
            place = index
        }
        for deed in script.deeds where deed.act.isOfABroadcast {
            cues.append(Cue(after: after(deed.at), act: deed.act))
        }
        // Stable: of two at one moment the broadcast comes before what was done to it.
        self.cues = cues.enumerated().sorted { ($0.element.after, $0.offset) < ($1.element.after, $1.offset) }.map(
            \.element)
    }

    private static func event(_ original: LiveEvent, devices: Int) -> LiveEvent {
        var event = original
        if !event.id.rawValue.hasPrefix(prefix) {
            event.id = EventID(prefix + event.id.rawValue)
            event.title = "STAGING " + event.title
            event.code = "STG" + event.code.prefix(5)
        }
        event.tier = .low
        event.audience.devices = devices
        for index in event.stages.indices {
            event.stages[index].mode = .manual
            event.stages[index].time = .onCue
            event.stages[index].gates = []
        }
        return event
    }

    /// The command that a cue is; nil where there is nothing it could be done to.
    public func intent(of act: ShowScript.Act, newest: BroadcastID?) -> Intent? {
        switch act {
        case .take(let key): .take(event.id, key)
        case .trigger(let key): .trigger(event.id, key)
        case .recycle(let key): .recycle(event.id, key)
        case .abort: newest.map { .abort(event.id, $0) }
        case .pauseWaves: newest.map { .pauseWaves(event.id, $0) }
        case .promote: newest.map { .promote(event.id, $0) }
        case .resend: newest.map { .resend(event.id, $0) }
        case .hold, .resume, .move, .vote, .drill, .endDrills, .set: nil
        }
    }
}

extension ShowScript.Act {
    /// Whether it was done to a broadcast that had been sent.
    fileprivate var isOfABroadcast: Bool {
        switch self {
        case .abort, .pauseWaves, .promote, .resend: true
        default: false
        }
    }
}

/// Where a re-drive goes.
public enum RedriveTarget: Hashable, Sendable {
    case rehearsal
    /// A staging engine of its own, whose edge node listens here.
    case staging(host: String, port: Int)

    /// Of `--to staging`.
    static let usualPort = 8091

    /// Reads `rehearsal`, `staging`, `ws://127.0.0.1:23081`.
    /// - Returns: nil for everything else; then `refusal` says why.
    public init?(_ text: String) {
        let lower = text.lowercased()
        if lower == "rehearsal" {
            self = .rehearsal
            return
        }
        if lower == "staging" {
            self = .staging(host: "127.0.0.1", port: Self.usualPort)
            return
        }
        guard lower.hasPrefix("ws://") else { return nil }
        let address = lower.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard address.count == 1 || ["", "v1/live"].contains(address[1]), let colon = address[0].lastIndex(of: ":"),
            let port = Int(address[0][address[0].index(after: colon)...]), (0...65_535).contains(port),
            colon != address[0].startIndex
        else { return nil }
        self = .staging(host: String(address[0][..<colon]), port: port)
    }

    /// What to say to a target that is none.
    public static func refusal(_ text: String) -> String {
        if text.lowercased().contains("event/") {
            return
                "'\(text)' names a topic. A re-drive has topics of its own, which begin with event/\(StagingShow.prefix), and goes to no other: "
                + "say --to rehearsal, --to staging, or --to ws://HOST:PORT for where its own staging edge node is to listen."
        }
        return
            "--to takes rehearsal, staging, or ws://HOST:PORT for where the staging edge node is to listen; '\(text)' is none of them. "
            + "A re-drive brings its own staging engine and sends nothing to one that runs."
    }
}
