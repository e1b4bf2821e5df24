import OrderedCollections

/// Plays a whole schedule through the real control plane, router and modelled nodes, on a clock that jumps from one
/// thing that happens to the next.
///
/// One value, one thread of decisions. The engine is driven as `Engine.swift` drives it: an input is applied to a copy,
/// the batch is committed, the copy is kept, actions are performed. What differs from a real show:
/// 1. the clock (`moment`), which nothing waits for;
/// 2. nodes are asked for heartbeats and reports when the engine looks, not in between: both are totals, so nothing is
///    lost;
/// 3. pictures are taken every 200 ms in the first 3 s of a fan-out, every second up to 20 s, every 5 s while one is
///    unfinished, and every five minutes otherwise;
/// 4. the people are a script (`+Operator`).
///
/// Bounded: at most `entriesMax` journal entries and `RehearsalShow.framesMax` frames are kept, and a show that has not
/// ended `overtimeMax` after its expected end is given up, and said so.
public struct RehearsalRunner {
    static let overtimeMax: Milliseconds = 12 * 3_600_000
    static let entriesMax = 20_000
    /// Turns of the loop; more mean that the engine does not come to rest.
    static let turnsMax = 5_000_000

    let show: RehearsalShow
    /// Both are worked out of the whole show, and asked for at every message.
    private let startsAt: WallTime, expectedEnd: WallTime
    let journal: (any Journal)?
    var plane: ControlPlane
    var audience: RehearsalAudience
    var recorder: RehearsalRecorder
    var desk = ScriptedDesk()
    /// What people did, where a showing is played again: in place of the scripted operator.
    var recorded: RecordedDesk?
    var faults: [PendingFault]
    /// Monotonic nanoseconds, and how far the wall clock has been stepped.
    private var nanoseconds: Int64 = 0
    var wallStep: Milliseconds = 0
    /// What a commit takes, and until when (schedule time).
    var slowDisk: (each: Milliseconds, until: WallTime)?
    private var nextPicture = EngineInstant.start
    private var publications: [Topic: [Publication]] = [:]

    /// - Parameter journal: where entries, broadcasts and frames are written as well; nil keeps them in memory only.
    public init(_ show: RehearsalShow, journal: (any Journal)? = nil) {
        self.show = show
        self.journal = journal
        startsAt = show.startsAt
        expectedEnd = show.expectedEnd
        let start = Moment(instant: .start, wall: startsAt)
        let info = EngineInfo(process: 0, startedAt: start.wall, host: "rehearsal", database: "memory")
        plane = ControlPlane(configuration: show.configuration, info: info, now: start)
        audience = RehearsalAudience(show)
        recorder = RehearsalRecorder(framesKept: show.framesKept)
        faults = show.faults.faults.map { PendingFault(fault: $0) }
        recorded = show.rerun.map(RecordedDesk.init)
    }

    var now: Moment {
        Moment(instant: EngineInstant(nanoseconds: nanoseconds), wall: startsAt + nanoseconds / 1_000_000 + wallStep)
    }

    /// Schedule time: wall time that does not jump.
    var time: WallTime { plane.clock.time(at: now) }

    /// Plays the show to its end.
    /// - Parameter isWanted: asked every 256 turns with the present virtual time; false ends the rehearsal.
    /// - Returns: nil if it was not wanted any more.
    /// - Throws: `JournalError` of the journal it was given.
    public mutating func run(isWanted: (WallTime) -> Bool = { _ in true }) throws -> RehearsalResult? {
        try begin()
        var turns = 0
        while let next = nextInstant {
            nanoseconds = max(nanoseconds, next.nanoseconds)
            try turn()
            turns += 1
            if turns % 256 == 0, !isWanted(time) { return nil }
            if turns > Self.turnsMax || time.since(expectedEnd) > Self.overtimeMax { break }
        }
        return result(hasEnded: isOver)
    }

    private mutating func begin() throws {
        var reading = ScheduleReading()
        reading.events = show.events
        let recovered = try journal?.recover() ?? RecoveredState()
        let outcome = plane.start(from: recovered, reading: reading, files: ["rehearsal"], fresh: true, now: now)
        try commit(outcome.batch)
        perform(outcome.actions)
        for person in [ScriptedDesk.first, ScriptedDesk.second] { _ = try step(.operatorArrived(person)) }
        hear(audience.tick(now: now))
    }

    /// One look of the engine: what the nodes have to say, what is due, what people do, a picture.
    private mutating func turn() throws {
        strikeDueFaults()
        hear(audience.tick(now: now))
        _ = try step(.tick)
        try actAtTheDesk()
        if nextPicture <= now.instant {
            let picture = plane.snapshot(now: now)
            try recorder.record(picture, journal: journal)
            nextPicture = now.instant + pictureInterval(picture)
        }
    }

    // MARK: Time

    /// When something happens next; nil once the show is over and its last fan-out is final.
    private var nextInstant: EngineInstant? {
        guard !isOver else { return nil }
        let wall = [nextDeskTime, nextFaultTime].compactMap { $0 }.map { plane.clock.instant(at: $0) }
        let next = ([plane.nextDeadline, nextPicture].compactMap { $0 } + wall).min() ?? nextPicture
        // As in `Engine`: what is overdue and still waits is looked at again soon, not in a spin.
        return max(next, now.instant + .milliseconds(next <= now.instant ? 20 : 0))
    }

    private var isOver: Bool {
        (plane.runs.values.allSatisfy(\.isOver) || recorded.map { time >= $0.until } ?? false)
            && plane.broadcasts.values.allSatisfy(\.isFinal) && nanoseconds > 0
    }

    private func pictureInterval(_ picture: EngineSnapshot) -> Duration {
        let ages = picture.broadcasts.filter { $0.record.state == .sending }.map(\.elapsed)
        guard let youngest = ages.min() else { return isDisturbed ? .seconds(1) : .seconds(300) }
        return youngest < 3000 ? .milliseconds(200) : youngest < 20_000 || isDisturbed ? .seconds(1) : .seconds(5)
    }

    // MARK: The engine, driven as `Engine.swift` drives it

    mutating func step(_ input: ControlPlane.Input) throws -> EngineReply? {
        var next = plane
        let outcome = next.apply(input, now: now)
        if !outcome.batch.isEmpty { try commit(outcome.batch) }
        plane = next
        if outcome.batch.broadcasts.contains(where: { $0.state == .sending && $0.figures.nodes.isEmpty }) {
            nextPicture = now.instant
        }
        perform(outcome.actions)
        return outcome.reply
    }

    private mutating func commit(_ batch: JournalBatch) throws {
        try journal?.commit(batch)
        for record in batch.broadcasts where record.state == .sending {
            let topic = record.publication.topic
            if publications[topic]?.last?.position != record.publication.position {
                publications[topic, default: []].append(record.publication)
            }
        }
        recorder.note(batch)
        // The engine waits for its disk, and so does everything behind it.
        if let slowDisk, time < slowDisk.until { nanoseconds += slowDisk.each * 1_000_000 }
    }

    private mutating func perform(_ actions: [ControlPlane.Action]) {
        var messages: [(message: RouterMessage, node: NodeID)] = []
        for action in actions {
            switch action {
            case .send(let message, let node): messages.append((message, node))
            case .follow(let topic, let profile): hear(audience.follow(topic, profile, now: now))
            case .unfollow(let topic): hear(audience.unfollow(topic))
            // Nothing is served in a rehearsal: there is no gate to steer.
            case .steerTraffic, .adoptRules: break
            case .stop, .readHistory, .readAudit, .readRecording: break
            }
        }
        if !messages.isEmpty { hear(audience.receive(messages, now: now)) }
    }

    /// What nodes say, and what is said in return, until nobody has anything to add.
    private mutating func hear(_ said: [RehearsalAudience.Said]) {
        var said = said
        let now = now
        while !said.isEmpty {
            var answers: [(message: RouterMessage, node: NodeID)] = []
            for (message, node) in said {
                var actions = plane.receive(message, from: node, now: now)
                if case .historyWanted(let topic, let after) = message {
                    let found = (publications[topic] ?? []).filter { $0.position.sequence > after }.prefix(
                        RouterMessage.logMax)
                    actions.append(plane.historyAnswer(topic, Array(found), to: node))
                }
                for case .send(let message, let node) in actions { answers.append((message, node)) }
            }
            said = answers.isEmpty ? [] : audience.receive(answers, now: now)
        }
    }

    private func result(hasEnded: Bool) -> RehearsalResult {
        RehearsalResult(
            show: show, runs: Array(plane.runs.values), endedAt: time, hasEnded: hasEnded,
            isPromiseBroken: plane.isPromiseBroken,
            record: recorder.finished, struck: faults.filter { $0.struckAt != nil }, refusals: desk.refusals,
            audienceNanoseconds: audience.spent)
    }
}

/// What a rehearsal left behind: the report is made of it.
public struct RehearsalResult: Sendable {
    public let show: RehearsalShow
    /// The runs of show as they ended.
    public let runs: [RunOfShow]
    /// Schedule time at the end.
    public let endedAt: WallTime
    /// False if it was given up because the show did not end.
    public let hasEnded: Bool
    /// Whether a ledger failed to add up.
    public let isPromiseBroken: Bool
    public let record: RehearsalRecord
    /// The faults that struck, with their times.
    public let struck: [PendingFault]
    /// What people wanted and the engine refused, a sentence each; at most `ScriptedDesk.refusalsMax`.
    public let refusals: [String]
    /// Time the modelled devices took of the machine's; 0 without a stopwatch.
    public let audienceNanoseconds: UInt64
}
