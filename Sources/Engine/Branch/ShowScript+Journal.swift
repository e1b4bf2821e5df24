// How a showing is found again in what was journalled of it.

extension ShowScript {
    /// A version of the plan, as the database keeps it.
    public struct PlanVersion: Hashable, Sendable {
        public var edition: Int
        public var version: Int
        public var at: WallTime
        public var stages: [PlannedStage]

        public init(edition: Int, version: Int, at: WallTime, stages: [PlannedStage]) {
            self.edition = edition
            self.version = version
            self.at = at
            self.stages = stages
        }
    }

    /// A stage of a plan, as the journal names it.
    public struct PlannedStage: Hashable, Codable, Sendable {
        public var key: StageKey
        public var mode: StageMode
        public var time: StageTime
    }

    /// What the database has of a showing.
    public struct Sources: Sendable {
        public var showing: Showing
        /// The newest run of the event; its definition is taken where the plan says nothing.
        public var run: RunOfShow
        /// In order of edition and version.
        public var plans: [PlanVersion]
        /// From when the event was put on until the showing's end, oldest first.
        public var entries: [JournalEntry]
        /// Of the showing, in order.
        public var broadcasts: [BroadcastRecord]
        /// The faults of `drillBegan` entries, as far as a frame shows them.
        public var drills: [EntryNumber: AudienceFault]

        public init(showing: Showing, run: RunOfShow) {
            self.showing = showing
            self.run = run
            plans = []
            entries = []
            broadcasts = []
            drills = [:]
        }
    }

    /// - Returns: nil where there is no broadcast to play again.
    public init?(_ sources: Sources) {
        guard let first = sources.broadcasts.first else { return nil }
        showing = sources.showing
        broadcasts = sources.broadcasts
        let scheduledAt = sources.entries.last { $0.kind == .eventScheduled && $0.at <= sources.showing.from }?.at
        beginsAt = max(scheduledAt ?? .distantPast, first.publication.position.timestamp - RehearsalShow.lead)
        let begins = beginsAt
        // The plan is written within the commit that puts the event on, by another clock reading.
        let plan = sources.plans.last { $0.at <= begins + 1000 } ?? sources.plans.first
        event = Self.event(sources, plan)
        notes = []
        deeds = []
        isOver = false
        isOver = sources.broadcasts.last?.publication.stage == event.stages.last?.key
        deeds = deeds(of: sources, edition: plan?.edition ?? sources.run.edition)
        notes = Array(notes.prefix(Self.notesMax))
    }

    /// The event as the plan in force had it, with times as moments and the audience that was there.
    private static func event(_ sources: Sources, _ plan: PlanVersion?) -> LiveEvent {
        var event = sources.run.event
        if let plan {
            let startedAt = sources.plans.first { $0.edition == plan.edition }?.at ?? sources.run.startedAt
            let known = Dictionary(event.stages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
            event.stages = plan.stages.compactMap { planned in
                guard var stage = known[planned.key] else { return nil }
                stage.mode = planned.mode
                stage.time = planned.time
                if case .afterStart(let delay) = planned.time { stage.time = .at(startedAt + delay) }
                return stage
            }
        }
        let widest = sources.broadcasts.max { $0.figures.total.known < $1.figures.total.known }?.figures
        if let figures = widest, figures.real.known > 0 {
            event.audience.devices = min(figures.total.known, AudienceProfile.devicesMax)
            event.audience.offlineShare = Double(figures.total.offline) / Double(max(1, figures.total.known))
        }
        return event
    }

    private mutating func deeds(of sources: Sources, edition: Int) -> [Deed] {
        var deeds: [Deed] = [], onAir: (stage: StageKey, at: WallTime)?, newest: WallTime = .distantPast,
            stepped: Milliseconds = 0
        let stages = Dictionary(
            sources.broadcasts.map { ($0.id, $0.publication.stage) }, uniquingKeysWith: { first, _ in first })
        for entry in sources.entries where entry.event == nil || entry.event == showing.event {
            // The re-run's clock goes on where the recording's stepped.
            if entry.kind == .clockStepped { stepped = Words.milliseconds(entry.after ?? "") ?? stepped }
            // Once it is acknowledged the schedule follows the clock, wherever that stands.
            if entry.kind == .acknowledged, entry.after?.contains("clock") ?? false { stepped = 0 }
            newest = max(newest, entry.at - stepped)
            if stepped != 0, entry.kind != .broadcastCompleted { retime(entry.broadcast, to: newest) }
            let stage = entry.broadcast.flatMap { stages[$0] }
            if let act = act(of: entry, stage: stage, sources, edition) {
                let follows = onAir.map { Anchor(stage: $0.stage, offset: newest.since($0.at)) }
                deeds.append(
                    Deed(at: max(newest, beginsAt), by: entry.actor, act: act, why: entry.why, follows: follows))
            }
            if let stage, [.stageTaken, .stageTriggered, .stageRecycled].contains(entry.kind) {
                onAir = (stage, newest)
            }
        }
        if sources.broadcasts.contains(where: { $0.figures.real.known > 0 }) {
            notes.append("Real devices are played by as many modelled ones.")
        }
        return deeds
    }

    /// What the entry says was done; nil for what follows by itself, and for what is only noted.
    private mutating func act(of entry: JournalEntry, stage: StageKey?, _ sources: Sources, _ edition: Int) -> Act? {
        let isEarly = entry.at < beginsAt
        switch entry.kind {
        case .stageTaken:
            // The engine takes a MANUAL stage where nobody is at the desk; an AUTO one fires by itself again.
            let isManual = event.stages.first { $0.key == stage }?.mode == .manual
            return entry.actor == .engine && !isManual ? nil : stage.map { .take($0) }
        case .stageTriggered: return stage.map { .trigger($0) }
        case .stageRecycled: return stage.map { .recycle($0) }
        case .held: return entry.actor == .engine ? nil : .hold
        case .resumed: return .resume
        case .voted: return vote(entry.after ?? "")
        case .broadcastAborted: return .abort
        case .wavesPaused: return .pauseWaves
        case .wavesPromoted: return .promote
        case .broadcastResent: return .resend
        case .rescheduled, .undone, .scheduleAdopted:
            // Moves made before the re-run begins are in the plan it begins with.
            return isEarly ? nil : moved(to: entry.after ?? "", sources.plans.filter { $0.edition == edition })
        case .drillBegan:
            guard let fault = sources.drills[entry.number] else {
                return leftOut(entry, "no picture shows its extent")
            }
            return .drill(
                Drill(kind: fault.kind, place: fault.place, factor: fault.factor, lasts: fault.until.since(fault.from)))
        case .drillEnded: return .endDrills
        case .nodeCordoned, .nodeDrained, .nodeUncordoned: return leftOut(entry, "a re-run has no real edge nodes")
        case .trafficSteered, .rulesetSwitched: return leftOut(entry, "a re-run sheds no traffic")
        case .clockStepped:
            return leftOut(entry, "a re-run has a clock that does not step; times after it go on from before")
        default: return nil
        }
    }

    /// After a step back timestamps only count on: when it was sent is what the entry says, with the step undone.
    private mutating func retime(_ broadcast: BroadcastID?, to moment: WallTime) {
        guard let index = broadcasts.firstIndex(where: { $0.id == broadcast }) else { return }
        broadcasts[index].publication.position = BroadcastPosition(
            sequence: broadcasts[index].publication.position.sequence, timestamp: moment)
        showing.until = max(showing.until, moment)
    }

    private mutating func leftOut(_ entry: JournalEntry, _ why: String) -> Act? {
        notes.append("Not played again: \(entry.kind.rawValue) at \(Words.time(entry.at)); \(why).")
        return nil
    }

    /// `ingest NO-GO`
    private func vote(_ text: String) -> Act? {
        for (ending, go) in [(" NO-GO", false), (" GO", true)] where text.hasSuffix(ending) {
            return .vote(gate: String(text.dropLast(ending.count)), go: go)
        }
        return nil
    }

    /// The stages whose times the plan of this version changed against the one before.
    private mutating func moved(to text: String, _ plans: [PlanVersion]) -> Act? {
        guard let number = text.split(separator: "v").last.flatMap({ Int($0) }),
            let place = plans.firstIndex(where: { $0.version == number }), place > 0
        else { return nil }
        let before = Dictionary(
            plans[place - 1].stages.map { ($0.key, $0.time) }, uniquingKeysWith: { first, _ in first })
        let shifts = plans[place].stages.compactMap { stage -> Shift? in
            guard let was = before[stage.key], was != stage.time else { return nil }
            switch (was, stage.time) {
            case (.at(let old), .at(let new)): return Shift(stage: stage.key, move: .by(new.since(old)))
            case (_, .at(let moment)): return Shift(stage: stage.key, move: .to(moment))
            case (.after(_, let old), .after(_, let new)), (.afterStart(let old), .afterStart(let new)):
                return Shift(stage: stage.key, move: .by(new - old))
            default: return nil
            }
        }
        return shifts.isEmpty ? nil : .move(shifts)
    }
}
