/// What is to be rehearsed: the events with their audiences, the seed that draws everything, and what is to go wrong.
public struct RehearsalShow: Sendable {
    public var events: [LiveEvent]
    public var capacity: EdgeCapacity
    /// Of traffic priority, as the live engine reads them; without a file classes alone decide.
    public var rules = TrafficRules()
    public var seed: UInt64
    public var faults: FaultPlan
    public var configuration: EngineConfiguration
    /// Threads for the modelled devices, 1...8. Changes no result.
    public var threadCount = 1
    /// Frames that are kept for looking at, 0...`framesMax`; all of them are in the digest.
    public var framesKept = 0

    /// A showing whose people and times are to be played again; nil: people are a script, and times are the schedule's.
    public var rerun: Rerun?

    /// Nanoseconds of a running clock, to tell what share the devices have of the time; nil: it is not told. Changes no
    /// result.
    public var stopwatch: (@Sendable () -> UInt64)?

    public static let framesMax = 2000
    /// How long before the first stage a rehearsal begins: devices have to come and fetch ahead.
    public static let lead: Milliseconds = 10 * 60_000
    /// Where a schedule names no time of day, only times after the start, the rehearsal begins at this one:
    /// 2026-01-01T20:00:00Z.
    static let standardStart = WallTime(milliseconds: 1_767_297_600_000)

    public init(
        events: [LiveEvent], seed: UInt64, capacity: EdgeCapacity = EdgeCapacity(), faults: FaultPlan = FaultPlan()
    ) {
        self.events = events
        self.seed = seed
        self.capacity = capacity
        self.faults = faults
        configuration = EngineConfiguration()
    }

    /// When the rehearsed engine starts, by the wall clock of the rehearsal.
    public var startsAt: WallTime {
        if let rerun { return rerun.script.beginsAt }
        let moments = events.flatMap { event in
            event.stages.compactMap { stage in if case .at(let at) = stage.time { at } else { nil } }
        }
        return moments.min().map { $0 - Self.lead } ?? Self.standardStart
    }

    /// When the last stage is expected by the schedule and the typical lengths.
    var expectedEnd: WallTime {
        let startsAt = startsAt
        return events.compactMap { StageStarts.expected(of: RunOfShow(event: $0, startedAt: startsAt)).last?.at }.max()
            ?? startsAt
    }

    /// The modelled nodes the events will stand behind, by index.
    public var nodes: [NodeDescription] {
        var layout = AudienceLayout(seed: seed)
        for event in events { _ = layout.place(event.topic, devices: event.audience.devices) }
        return layout.nodes.map(\.description)
    }

    /// The same events followed by `devices` in all, shared out in proportion to what the schedule says; their peaks of
    /// requests go with them.
    public static func scaled(_ events: [LiveEvent], to devices: Int) -> [LiveEvent] {
        let planned = events.reduce(0) { $0 + $1.audience.devices }
        var left = devices
        return events.enumerated().map { index, event in
            var event = event
            let share = planned == 0
                ? devices / events.count
                : devices * event.audience.devices / planned
            let before = event.audience.devices
            event.audience.devices = index == events.count - 1 ? left : min(share, left)
            left -= event.audience.devices
            event.traffic = event.traffic?.scaled(from: before, to: event.audience.devices)
            return event
        }
    }
}
