/// A showing as it can be played again: the event as it was planned when it began, what was done to it, and how it
/// really went.
///
/// Made from the journal (`ShowScript+Journal`), which `Store` reads; played by a rehearsal (`RehearsalRunner+Script`)
/// or by a staging engine.
public struct ShowScript: Hashable, Codable, Sendable {
    public var showing: Showing
    /// Its stages have moments for times, as planned at `beginsAt`; its audience is as large as the one that was there.
    public var event: LiveEvent
    /// When the re-run begins: when the engine put the event on, at most `RehearsalShow.lead` before its first
    /// broadcast.
    public var beginsAt: WallTime
    /// Whether every stage had been sent or skipped in the end.
    public var isOver: Bool
    /// What people, signals and drills did, in order; at most `Timeline.entriesMax`.
    public var deeds: [Deed]
    /// What really went out, in order, with the final figures.
    public var broadcasts: [BroadcastRecord]
    /// What cannot be played again, a sentence each; at most `notesMax`.
    public var notes: [String]

    public static let notesMax = 20

    /// One thing that was done.
    public struct Deed: Hashable, Codable, Sendable {
        public var at: WallTime
        public var by: Actor
        public var act: Act
        public var why: String?
        /// The stage that was on air, and how long it had been; nil before the first.
        public var follows: Anchor?

        public init(at: WallTime, by: Actor, act: Act, why: String? = nil, follows: Anchor? = nil) {
            self.at = at
            self.by = by
            self.act = act
            self.why = why
            self.follows = follows
        }
    }

    /// So long after a stage went on air.
    public struct Anchor: Hashable, Codable, Sendable {
        public var stage: StageKey
        public var offset: Milliseconds

        public init(stage: StageKey, offset: Milliseconds) {
            self.stage = stage
            self.offset = offset
        }
    }

    /// What was done.
    public enum Act: Hashable, Codable, Sendable {
        case take(StageKey), trigger(StageKey), recycle(StageKey)
        case hold, resume
        /// Stages that were moved, in the order of the run of show.
        case move([Shift])
        case vote(gate: String, go: Bool)
        /// Of the newest broadcast.
        case abort, pauseWaves, promote, resend
        case drill(Drill), endDrills
        /// A setting of the event, changed as an edited schedule would.
        case set(Setting)
    }

    /// A stage that was moved.
    public struct Shift: Hashable, Codable, Sendable {
        public var stage: StageKey
        public var move: Move

        public init(stage: StageKey, move: Move) {
            self.stage = stage
            self.move = move
        }
    }

    /// A fault without its moment.
    public struct Drill: Hashable, Codable, Sendable {
        public var kind: AudienceFault.Kind
        public var place: AudienceFault.Place
        public var factor: Double
        public var lasts: Milliseconds

        public init(kind: AudienceFault.Kind, place: AudienceFault.Place, factor: Double, lasts: Milliseconds) {
            self.kind = kind
            self.place = place
            self.factor = factor
            self.lasts = lasts
        }

        func fault(from moment: WallTime) -> AudienceFault {
            AudienceFault(kind: kind, place: place, from: moment, until: moment + lasts, factor: factor)
        }
    }

    /// What was changed of the event.
    public enum Setting: Hashable, Codable, Sendable {
        /// Of every stage that is still ahead.
        case waves(count: Int, interval: Milliseconds)
        /// Of the audience: devices, and shares of 0...1.
        case devices(Int), offline(Double), loss(Double)
        /// Median time of one delivery, ms.
        case latency(Milliseconds)
    }

    /// The first deed at or after `moment` that somebody did.
    public func deed(from moment: WallTime) -> Deed? { deeds.first { $0.at >= moment } }
}

extension ShowScript.Act {
    /// `take live`, `hold`, `move ending by +30 s`
    public var words: String {
        switch self {
        case .take(let stage): "take \(stage)"
        case .trigger(let stage): "trigger \(stage)"
        case .recycle(let stage): "recycle \(stage)"
        case .hold: "hold"
        case .resume: "resume"
        case .move(let shifts):
            shifts.map { shift in
                switch shift.move {
                case .by(let by): "move \(shift.stage) by \(Words.signed(by))"
                case .to(let at): "move \(shift.stage) to \(Words.time(at))"
                }
            }.joined(separator: ", ")
        case .vote(let gate, let go): "vote \(gate) \(go ? "GO" : "NO-GO")"
        case .abort: "abort"
        case .pauseWaves: "pause the waves"
        case .promote: "promote the waves"
        case .resend: "retry un-acked"
        case .drill(let drill): "\(drill.fault(from: .distantPast)) for \(Words.duration(drill.lasts))"
        case .endDrills: "end the drills"
        case .set(let setting): setting.words
        }
    }
}

extension ShowScript.Setting {
    public var words: String {
        switch self {
        case .waves(let count, let interval): "waves \(count) x \(Words.duration(interval))"
        case .devices(let devices): "audience of \(Words.count(devices))"
        case .offline(let share): "\(Words.percent(share)) offline"
        case .loss(let share): "\(Words.percent(share)) of deliveries lost"
        case .latency(let median): "median latency \(Words.duration(median))"
        }
    }

    /// The event with this setting; `taken` stages keep theirs.
    func applied(to event: LiveEvent, taken: Set<StageKey>) -> LiveEvent {
        var event = event
        switch self {
        case .waves(let count, let interval):
            for index in event.stages.indices where !taken.contains(event.stages[index].key) {
                event.stages[index].waves = WavePlan(
                    count: count, interval: interval, canary: event.stages[index].waves.canary)
            }
        case .devices(let devices): event.audience.devices = devices
        case .offline(let share): event.audience.offlineShare = share
        case .loss(let share): event.audience.lossShare = share
        case .latency(let median): event.audience.latencyMedian = median
        }
        return event
    }
}
