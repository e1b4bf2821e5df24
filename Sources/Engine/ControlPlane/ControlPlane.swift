import DequeModule
import OrderedCollections

/// The whole control plane as a value: run of show, scheduler, router, guards, alerts.
///
/// Owned by `Engine`, which performs what it decides. Pure: an input and a moment come in; a batch to commit, actions
/// and a reply go out. Because it is a value, a change is a transaction: the engine applies an input to a copy and
/// keeps the copy only once the batch is on disk, so a full disk leaves no half state anywhere.
///
/// The life of an input: `apply` (this file) → a verb (`+Commands`, `+Plans`, `+Broadcasts`, `+Schedule`) →
/// `Transaction`. Node messages go through `receive`, which never journals and is cheap enough for thousands a second.
public struct ControlPlane: Sendable {
    let configuration: EngineConfiguration
    var info: EngineInfo
    let guards: Guard
    var clock: ScheduleClock

    /// Live events on the desk, in order of schedule.
    var runs: OrderedDictionary<EventID, RunOfShow> = [:]
    var lastEntry: EntryNumber = 0
    var lastBroadcast = BroadcastID(0)
    /// Newest journal entries, newest last, at most `journalLinesMax`.
    var recent: Deque<JournalEntry> = []

    var router: MessageRouter
    /// Topics of the database whose events are off the desk.
    var archive: [Topic: TopicLog] = [:]
    /// Broadcasts in flight and the newest finished one of each event, oldest first.
    var broadcasts: OrderedDictionary<BroadcastID, BroadcastMachine> = [:]
    var plans: PlanTable
    var alerts = AlertTable()
    /// Reschedulings that can be undone: the times before, by event.
    var undos: [EventID: UndoPoint] = [:]
    var operators: [Operator] = []
    /// The first signature under a handover, until the second one stands beside it.
    var handover: JournalEntry?
    /// Schedule time since which nobody has been at the desk.
    var deskEmptySince: WallTime
    var offer: ScheduleOffer?
    /// When to look next for nodes that have not heard what was last said of a broadcast's waves.
    var orderChecks: [BroadcastID: EngineInstant] = [:]
    /// Faults under way, at most `AudienceFault.countMax`; those that are over give way.
    var drills: [AudienceFault] = []
    /// Who is behind, as far as somebody has asked.
    var lags = LagTable()
    /// How many of t50 … t99.9 have been journalled, of broadcasts in flight.
    var milestones: [BroadcastID: Int] = [:]
    /// Broadcasts of which a broken ledger has been journalled.
    var brokenLedgers: Set<BroadcastID> = []
    var outlook = Outlook()
    /// The ceilings that forecasts are held against: the schedule's.
    var capacity = EdgeCapacity()
    /// Why the journal cannot be written now, in a sentence; nil while it can.
    public internal(set) var journalFailure: String?
    var ackRates: Deque<Int> = []
    var ackRatesAt: EngineInstant = .start
    var staleNodes: Set<NodeID> = []
    var snapshotNumber: Int64 = 0
    /// Worked out once for each plan; an event that leaves the desk keeps its line until the engine ends (`eventsMax`
    /// bounds them).
    var prefetchLoads: [EventID: PrefetchLoad] = [:]
    var keptPrefetch: KeptPrefetch?
    var traffic = TrafficDesk()

    struct UndoPoint: Sendable {
        var progress: [StageProgress]
        var planVersion: Int
        var what: String
    }

    public init(configuration: EngineConfiguration, info: EngineInfo, now: Moment) {
        self.configuration = configuration
        self.info = info
        guards = Guard(configuration: configuration)
        clock = ScheduleClock(now: now, stepMax: configuration.clockStepMax)
        deskEmptySince = now.wall
        router = MessageRouter(configuration: configuration)
        plans = PlanTable(configuration: configuration)
    }

    /// The servers' addresses, once they are bound.
    public mutating func noteAddresses(edge: String?, http: String?) {
        info.edgeAddress = edge
        info.httpAddress = http
    }

    /// Whether a ledger has failed to add up since the engine started.
    public var isPromiseBroken: Bool { !brokenLedgers.isEmpty }

    /// The live events on the desk.
    public var eventIDs: Set<EventID> { Set(runs.keys) }

    // MARK: Inputs

    /// What happens to the control plane, other than what edge nodes say.
    public enum Input: Sendable {
        /// Time has passed.
        case tick
        case command(EngineCommand, Actor)
        case operatorArrived(Operator)
        case operatorLeft(Operator)
        /// The schedule files were read (again).
        case scheduleRead(ScheduleReading, files: [String])
        /// How traffic has fared in the last second.
        case trafficObserved(TrafficReport)
        /// The traffic rules file was read (again): rules, or what is wrong with it.
        case rulesRead(TrafficRules?, file: String, problems: [String])
        /// The engine ends: `.engineStopped` for a signal, `.engineQuit` for an operator's word.
        case stop(JournalEntry.Kind, Actor)
    }

    /// What the shell is to do once the batch is on disk.
    public enum Action: Hashable, Sendable {
        case send(RouterMessage, to: NodeID)
        /// Lay out the modelled devices of a topic, or take them away.
        case follow(Topic, AudienceProfile)
        case unfollow(Topic)
        /// Hand the admission what operators have set, and other rules.
        case steerTraffic(TrafficSteering)
        case adoptRules(TrafficRules)
        /// Answer after reading the store.
        case readHistory(HistoryQuery)
        case readAudit(before: EntryNumber?, limit: Int)
        case readRecording(RecordingQuery)
        /// End the engine.
        case stop
    }

    /// What an input led to.
    public struct Outcome: Sendable {
        /// To be committed before anything else happens; the rest is void if that fails.
        public var batch = JournalBatch()
        public var actions: [Action] = []
        /// The answer to a command.
        public var reply: EngineReply?
    }

    public mutating func apply(_ input: Input, now: Moment) -> Outcome {
        var transaction = Transaction(now: now, time: clock.time(at: now))
        var reply: EngineReply?
        switch input {
        case .tick:
            tick(in: &transaction)
        case .command(let command, let actor):
            reply = answer(command, actor, in: &transaction)
        case .operatorArrived(let person):
            operators.append(person)
        case .operatorLeft(let person):
            if let index = operators.firstIndex(of: person) { operators.remove(at: index) }
            if operators.isEmpty { deskEmptySince = transaction.time }
        case .scheduleRead(let reading, let files):
            offerSchedule(reading, files: files)
        case .trafficObserved(let report):
            noteTraffic(report, in: &transaction)
        case .rulesRead(let rules, let file, let problems):
            offerRules(rules, file: file, problems: problems)
        case .stop(let kind, let actor):
            journal(kind, actor: actor, in: &transaction)
        }
        return transaction.outcome(runs: runs, reply: reply)
    }

    /// Takes note of what an edge node says; whatever has to be said in return goes out as actions.
    /// A node that wants more history than the router holds is answered by the shell from the store
    /// with `historyAnswer`.
    public mutating func receive(_ message: NodeMessage, from node: NodeID, now: Moment) -> [Action] {
        if case .report(let report) = message {
            let region = router.region(of: node)
            for delivery in report.broadcasts {
                guard let id = broadcastID(delivery.topic, delivery.sequence) else { continue }
                broadcasts[id]?.receive(delivery, region: region, now: now.instant)
            }
        }
        if case .lag(let answer) = message { lags.receive(answer) }
        return router.receive(message, from: node, now: now.instant).map(Action.init)
    }

    /// What to send a node that asked for publications the store has now been read for.
    public func historyAnswer(_ topic: Topic, _ publications: [Publication], to node: NodeID) -> Action {
        Action(router.history(topic, publications, to: node))
    }

    /// The journal could not write: nothing is acknowledged until it can.
    public mutating func noteJournalFailure(_ sentence: String) { journalFailure = sentence }

    // MARK: Time

    /// The order is the one in which an operator would have things happen: the clock first, then what people
    /// confirmed, then what fires by itself, then what is told of it.
    private mutating func tick(in transaction: inout Transaction) {
        if let step = clock.observe(transaction.now) {
            journal(
                .clockStepped, actor: .engine, after: "wall clock \(Words.signed(step)) against the monotonic clock",
                in: &transaction)
        }
        if journalFailure != nil {
            journal(.journalRecovered, actor: .engine, before: journalFailure, in: &transaction)
            journalFailure = nil
        }
        transaction.time = clock.time(at: transaction.now)
        fireArmedPlans(in: &transaction)
        for id in runs.keys { fireDueStages(of: id, in: &transaction) }
        settleBroadcasts(in: &transaction)
        transaction.actions += router.tick(now: transaction.now.instant).map(Action.init)
        noteNodes(in: &transaction)
        sampleAckRate(now: transaction.now)
        expireSteering(in: &transaction)
        for plan in plans.expire(now: transaction.now.instant) {
            journal(
                .planDisarmed, event: plan.event, actor: .engine, before: plan.title,
                after: "nobody approved it in time", in: &transaction)
        }
        refreshOutlook(in: transaction)
        alerts.refresh(causes(now: transaction.now))
    }

    /// What a tick still does while the journal cannot be written: committed stages go on reaching everyone.
    public mutating func carryOn(now: Moment) -> [Action] {
        for id in broadcasts.keys { broadcasts[id]!.refresh(now: now) }
        alerts.refresh(causes(now: now))
        return router.tick(now: now.instant).map(Action.init)
    }

    /// When something happens next by itself; nil while nothing will. In the past if something is due.
    public var nextDeadline: EngineInstant? {
        let stages = runs.values.compactMap { nextFiring(of: $0).map { clock.instant(at: $0.at) } }
        let canaries = broadcasts.values.filter(isNewest).compactMap(\.nextJudgement)
        let expiry = traffic.steering.nextExpiry.map { clock.instant(at: $0) }
        let others = [plans.nextDeadline, router.nextDeadline, expiry].compactMap { $0 }
        return (stages + canaries + orderChecks.values + others).min()
    }

    /// Whether pictures of the room are worth keeping: a show is under way or a fan-out unfinished.
    public var isAnythingLive: Bool {
        runs.values.contains { $0.isUnderWay } || broadcasts.values.contains { !$0.isFinal }
    }

    private mutating func noteNodes(in transaction: inout Transaction) {
        for place in router.nodes.indices {
            let id = router.nodes[place].description.id, isStale = router.nodes[place].isStale
            guard isStale != staleNodes.contains(id) else { continue }
            if isStale { staleNodes.insert(id) } else { staleNodes.remove(id) }
            journal(isStale ? .nodeLost : .nodeReturned, actor: .engine, after: id.rawValue, in: &transaction)
        }
    }

    /// One sample a second, sixty kept.
    private mutating func sampleAckRate(now: Moment) {
        guard now.instant - ackRatesAt >= .seconds(1) else { return }
        ackRatesAt = now.instant
        ackRates.append(currentAckRate)
        if ackRates.count > 60 { ackRates.removeFirst() }
    }

    // MARK: Journal

    /// Adds an entry to the batch.
    @discardableResult
    mutating func journal(
        _ kind: JournalEntry.Kind, event: EventID? = nil, actor: Actor, before: String? = nil, after: String? = nil,
        why: String? = nil, broadcast: BroadcastID? = nil, in transaction: inout Transaction
    ) -> EntryNumber {
        lastEntry += 1
        let entry = JournalEntry(
            number: lastEntry, at: transaction.now.wall, kind: kind, event: event, actor: actor,
            before: before, after: after, why: why, broadcast: broadcast)
        transaction.entries.append(entry)
        recent.append(entry)
        if recent.count > configuration.journalLinesMax { recent.removeFirst() }
        if let event { transaction.touched.append(event) }
        return lastEntry
    }
}

/// What one input gathers: entries, the events they changed, broadcasts, and what to do after the commit.
struct Transaction {
    let now: Moment
    /// Schedule time at `now`.
    var time: WallTime
    var entries: [JournalEntry] = []
    var touched: OrderedSet<EventID> = []
    var broadcasts: [BroadcastRecord] = []
    var actions: [ControlPlane.Action] = []

    init(now: Moment, time: WallTime) {
        self.now = now
        self.time = time
    }

    func outcome(runs: OrderedDictionary<EventID, RunOfShow>, reply: EngineReply?) -> ControlPlane.Outcome {
        let batch = JournalBatch(entries: entries, runs: touched.compactMap { runs[$0] }, broadcasts: broadcasts)
        return ControlPlane.Outcome(batch: batch, actions: actions, reply: reply)
    }
}

extension ControlPlane.Action {
    init(_ dispatch: MessageRouter.Dispatch) { self = .send(dispatch.message, to: dispatch.node) }
}
