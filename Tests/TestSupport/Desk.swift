public import Engine

/// A control plane with a journal in memory, a clock that moves when told to, and people at it: what the tests of
/// the core press and look at.
public struct Desk {
    public private(set) var plane: ControlPlane
    public private(set) var now: Moment
    public private(set) var entries: [JournalEntry] = []
    public private(set) var records: [BroadcastRecord] = []
    public private(set) var runs: [EventID: RunOfShow] = [:]
    public private(set) var sent: [(message: RouterMessage, node: NodeID)] = []
    public var journalIsBroken = false

    public static let kris = Actor.person(Operator(name: "kris", role: "SCO", terminal: "pts/1"))
    public static let ana = Actor.person(Operator(name: "ana", role: "lead", terminal: "pts/2"))

    public init(
        _ events: [LiveEvent], at wall: WallTime = evening, configuration: EngineConfiguration = EngineConfiguration(),
        recovered: RecoveredState = RecoveredState()
    ) {
        now = Moment(instant: .start, wall: wall)
        let info = EngineInfo(process: 1, startedAt: wall, host: "test", database: "memory")
        plane = ControlPlane(configuration: configuration, info: info, now: now)
        var reading = ScheduleReading()
        reading.events = events
        let outcome = plane.start(from: recovered, reading: reading, files: ["test.yaml"], fresh: false, now: now)
        keep(outcome)
    }

    /// Time passes; everything due on the way fires at its moment.
    public mutating func pass(_ duration: Duration) {
        let end = now.instant + duration
        while now.instant < end, let next = plane.nextDeadline, next < end {
            move(to: max(next, now.instant + .milliseconds(1)))
            apply(.tick)
        }
        move(to: end)
        apply(.tick)
    }

    /// The wall clock jumps.
    public mutating func stepWall(by milliseconds: Milliseconds) { now.wall = now.wall + milliseconds }

    /// A command is given.
    @discardableResult
    public mutating func give(_ command: EngineCommand, as actor: Actor = Desk.kris) -> EngineReply {
        apply(.command(command, actor)) ?? .refused("the journal is broken")
    }

    /// A command is prepared; nil if it was refused.
    public mutating func prepare(_ intent: Intent, as actor: Actor = Desk.kris) -> CommandPlan? {
        if case .plan(let plan) = give(.prepare(intent), as: actor) { plan } else { nil }
    }

    /// An edge node says something.
    public mutating func hear(_ message: NodeMessage, from node: NodeID) {
        for case .send(let message, let node) in plane.receive(message, from: node, now: now) {
            sent.append((message, node))
        }
    }

    /// An edge node with interest in the event appears.
    public mutating func connectNode(_ node: NodeID = "edge-1", to event: EventID = "fight-night") {
        let description = NodeDescription(id: node, kind: .real, region: "local", connectionsMax: 100)
        hear(.heartbeat(description, topics: [Topic(event: event)]), from: node)
    }

    public mutating func snapshot() -> EngineSnapshot { plane.snapshot(now: now) }

    @discardableResult
    public mutating func apply(_ input: ControlPlane.Input) -> EngineReply? {
        var next = plane
        let outcome = next.apply(input, now: now)
        if journalIsBroken, !outcome.batch.isEmpty {
            plane.noteJournalFailure("the disk is full")
            for case .send(let message, let node) in plane.carryOn(now: now) { sent.append((message, node)) }
            return nil
        }
        plane = next
        keep(outcome)
        return outcome.reply
    }

    private mutating func move(to instant: EngineInstant) {
        now = Moment(instant: instant, wall: now.wall + (instant - now.instant).wholeMilliseconds)
    }

    private mutating func keep(_ outcome: ControlPlane.Outcome) {
        entries += outcome.batch.entries
        for run in outcome.batch.runs { runs[run.id] = run }
        for record in outcome.batch.broadcasts {
            records.removeAll { $0.id == record.id }
            records.append(record)
        }
        for case .send(let message, let node) in outcome.actions { sent.append((message, node)) }
    }

    /// The publications that left, in order, each once per node.
    public var published: [Publication] {
        sent.compactMap { if case .publish(let publication) = $0.message { publication } else { nil } }
    }

    /// The stages that were sent, in order.
    public var stagesSent: [StageKey] { records.sorted { $0.id < $1.id }.map(\.publication.stage) }
}
