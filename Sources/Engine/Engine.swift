import Foundation
import Synchronization

/// The shell around the control plane: it reads the clock, commits, and performs what the core decided.
///
/// One actor on one queue. Commands come in by `handle`, edge nodes' messages by the bus, time by one timer armed to
/// the next deadline. Each input is applied to a copy of the `ControlPlane`; the copy takes the original's place once
/// its batch is on disk. Whoever wants to see the room fetches the newest picture from `snapshots` and waits for
/// nobody.
public actor Engine {
    /// The newest picture of the room, at most ten a second.
    public nonisolated let snapshots = SnapshotBox()

    private let executor = EngineExecutor()
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let configuration: EngineConfiguration
    private let journal: any Journal
    private let bus: any Bus
    private let time: any TimeSource
    /// Lays out (profile) or takes away (nil) the modelled devices of a topic.
    private let layOutAudience: @Sendable (Topic, AudienceProfile?) -> Void
    /// The admission before the servers' doors; nil in an engine that serves nothing.
    private let gate: TrafficGate?
    private let inbox = Inbox()
    private let frames: FrameRecorder
    /// What the HTTP port has done for prefetch; nil where it is off.
    private let prefetchFigures: @Sendable () -> PrefetchServerFigures?

    private var plane: ControlPlane
    private var timer: (any DispatchSourceTimer)?
    private var nextSnapshot: EngineInstant = .start
    /// Pictures are drawn at the fast pace until then: something has just changed.
    private var busyUntil: EngineInstant = .start
    private var retryAt: EngineInstant?
    private var lastWake = EngineInstant(nanoseconds: -1)
    private var stopWaiters: [CheckedContinuation<Void, Never>] = []
    /// Until the journal has been taken up, commands are refused and edge nodes are not heard.
    private var hasStarted = false
    private var hasStopped = false

    public init(
        configuration: EngineConfiguration, info: EngineInfo, journal: any Journal, bus: any Bus, time: any TimeSource,
        prefetchFigures: @escaping @Sendable () -> PrefetchServerFigures? = { nil },
        gate: TrafficGate? = nil, layOutAudience: @escaping @Sendable (Topic, AudienceProfile?) -> Void
    ) {
        self.configuration = configuration
        self.journal = journal
        self.bus = bus
        self.time = time
        self.gate = gate
        self.layOutAudience = layOutAudience
        self.prefetchFigures = prefetchFigures
        frames = FrameRecorder(journal: journal)
        plane = ControlPlane(configuration: configuration, info: info, now: time.now())
        if let rules = gate?.rules { plane.traffic.rules = rules }
    }

    // MARK: Life

    /// Takes up what the last engine left, schedules what the files say, and begins.
    /// - Throws: `JournalError` when the journal cannot be read or written; then nothing runs.
    public func start(reading: ScheduleReading, files: [String], fresh: Bool) throws {
        let recovered = try journal.recover()
        let outcome = plane.start(from: recovered, reading: reading, files: files, fresh: fresh, now: time.now())
        try journal.commit(outcome.batch)
        hasStarted = true
        perform(outcome.actions)
        let timer = DispatchSource.makeTimerSource(flags: .strict, queue: executor.queue)
        timer.setEventHandler { [weak self] in self?.assumeIsolated { $0.wake() } }
        self.timer = timer
        timer.activate()
        readInbox()
        wake()
    }

    /// Where the bus hands over what edge nodes say. Returns at once, on any thread.
    public nonisolated func receive(_ message: NodeMessage, from node: NodeID) {
        guard inbox.put(message, from: node) else { return }
        executor.queue.async { [weak self] in self?.assumeIsolated { $0.readInbox() } }
    }

    /// Ends the engine: the last entry is written, the timer stops, whoever awaits `stopped()` goes on.
    /// - Parameter kind: `.engineStopped` for a signal, `.engineQuit` for an operator's word.
    public func stop(_ kind: JournalEntry.Kind, by actor: Actor) {
        guard !hasStopped else { return }
        _ = step(.stop(kind, actor))
        finish()
    }

    /// Returns once the engine has ended.
    public func stopped() async {
        if hasStopped { return }
        await withCheckedContinuation { stopWaiters.append($0) }
    }

    private func finish() {
        guard !hasStopped else { return }
        hasStopped = true
        takePicture(time.now())
        timer?.cancel()
        timer = nil
        stopWaiters.forEach { $0.resume() }
        stopWaiters = []
    }

    // MARK: Doors

    /// Carries out a command in the name of `actor`. What it answers `.done` to is on disk.
    public func handle(_ command: EngineCommand, from actor: Actor) async -> EngineReply {
        guard !hasStopped else { return .refused("The engine has ended.") }
        guard hasStarted else { return .refused("The engine is starting: again in a second.") }
        let outcome = step(.command(command, actor))
        switch outcome?.actions.first {
        case .readHistory(let query): return await read { .history(try $0.broadcasts(matching: query)) }
        case .readAudit(let before, let limit):
            return await read { .audit(try $0.entries(before: before, limit: limit)) }
        case .readRecording(let query): return await read { .recording(try $0.recording(query)) }
        default: break
        }
        showAtOnce()
        return outcome?.reply ?? .refused("Not done: \(plane.journalFailure ?? "the journal cannot be written").")
    }

    /// Somebody sits down at a terminal.
    public func arrived(_ person: Operator) {
        _ = step(.operatorArrived(person))
        showAtOnce()
    }

    /// Somebody leaves a terminal.
    public func left(_ person: Operator) {
        _ = step(.operatorLeft(person))
        showAtOnce()
    }

    /// The schedule files were read again; what they would change is offered as a plan.
    public func offer(_ reading: ScheduleReading, files: [String]) {
        _ = step(.scheduleRead(reading, files: files))
        showAtOnce()
    }

    /// How traffic has fared in the last second.
    public func observed(_ report: TrafficReport) { _ = step(.trafficObserved(report)) }

    /// The traffic rules file was read again; what it would change is offered as a plan.
    public func offer(_ rules: TrafficRules?, file: String, problems: [String]) {
        _ = step(.rulesRead(rules, file: file, problems: problems))
        showAtOnce()
    }

    /// Tells the picture where devices and browsers find the servers.
    public func listening(edge: String?, http: String?) { plane.noteAddresses(edge: edge, http: http) }

    /// The store has forgotten publications before these sequences.
    public func forget(before oldest: [(topic: Topic, oldest: Int64)]) { plane.noteRetention(oldest) }

    /// The live events on the desk.
    public var eventIDs: Set<EventID> { plane.eventIDs }

    /// Whether a ledger has failed to add up since the start.
    public var isPromiseBroken: Bool { plane.isPromiseBroken }

    /// Reads the store beside the engine, which does not wait for it.
    private nonisolated func read(_ query: @escaping @Sendable (any Journal) throws -> EngineReply) async -> EngineReply
    {
        let journal = journal
        return await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async {
                do { continuation.resume(returning: try query(journal)) } catch {
                    continuation.resume(
                        returning: .refused("The database could not be read: \(Self.sentence(of: error))"))
                }
            }
        }
    }

    // MARK: Steps

    private func readInbox() {
        guard hasStarted, !hasStopped else { return }
        let now = time.now()
        for (message, node) in inbox.take() {
            // A heartbeat shows nothing new; anything else is worth a fresh picture soon.
            if case .heartbeat = message {} else { busyUntil = max(busyUntil, now.instant + .seconds(1)) }
            perform(plane.receive(message, from: node, now: now))
            if case .historyWanted(let topic, let after) = message { answerHistory(topic, after: after, node: node) }
        }
        if now.instant < busyUntil { nextSnapshot = min(nextSnapshot, now.instant + configuration.snapshotInterval) }
        armTimer(now)
    }

    /// From the store, beside the engine; the answer is a topic log like any other.
    private func answerHistory(_ topic: Topic, after: Int64, node: NodeID) {
        let journal = journal
        Task.detached { [weak self] in
            let found = (try? journal.publications(of: topic, after: after, limit: RouterMessage.logMax)) ?? []
            await self?.sendHistory(topic, found, to: node)
        }
    }

    private func sendHistory(_ topic: Topic, _ publications: [Publication], to node: NodeID) {
        perform([plane.historyAnswer(topic, publications, to: node)])
    }

    private func wake() {
        guard !hasStopped else { return }
        let before = time.now()
        if retryAt.map({ $0 <= before.instant }) ?? true { _ = step(.tick) }
        guard !hasStopped else { return }
        let now = time.now()
        if nextSnapshot <= now.instant { takePicture(now) }
        armTimer(now)
    }

    /// Applies the input to a copy, commits, keeps the copy, acts.
    /// - Returns: nil if the journal refused; then nothing has changed.
    private func step(_ input: ControlPlane.Input) -> ControlPlane.Outcome? {
        let now = time.now()
        var next = plane
        let outcome = next.apply(input, now: now)
        if !outcome.batch.isEmpty {
            do {
                try journal.commit(outcome.batch)
                retryAt = nil
            } catch {
                plane.noteJournalFailure(Self.sentence(of: error))
                perform(plane.carryOn(now: now))
                retryAt = now.instant + .milliseconds(250)
                return nil
            }
            busyUntil = now.instant + .seconds(1)
            nextSnapshot = min(nextSnapshot, now.instant)
        }
        plane = next
        perform(outcome.actions)
        return outcome
    }

    private func perform(_ actions: [ControlPlane.Action]) {
        for action in actions {
            switch action {
            case .send(let message, let node): bus.send(message, to: node)
            case .follow(let topic, let profile): layOutAudience(topic, profile)
            case .unfollow(let topic): layOutAudience(topic, nil)
            case .steerTraffic(let steering): gate?.steer(steering)
            case .adoptRules(let rules): gate?.adopt(rules)
            case .stop: executor.queue.async { [weak self] in self?.assumeIsolated { $0.finish() } }
            case .readHistory, .readAudit, .readRecording: break // answered by `handle`
            }
        }
    }

    private func showAtOnce() {
        let now = time.now()
        busyUntil = now.instant + .seconds(1)
        nextSnapshot = now.instant
        armTimer(now)
    }

    private func takePicture(_ now: Moment) {
        var snapshot = plane.snapshot(now: now)
        snapshot.prefetch?.server = prefetchFigures()
        snapshots.put(snapshot)
        if plane.isAnythingLive { frames.record(snapshot) }
        let isBusy = now.instant < busyUntil
        nextSnapshot = now.instant + (isBusy ? configuration.snapshotInterval : configuration.idleSnapshotInterval)
    }

    private func armTimer(_ now: Moment) {
        guard !hasStopped else { return }
        let deadline = min(max(plane.nextDeadline ?? nextSnapshot, retryAt ?? .start), nextSnapshot)
        // What is overdue and still waits (for a gate's first figure, for the disk) is looked at again soon, not in a
        // spin.
        let isOverdue = deadline <= lastWake
        lastWake = now.instant
        let delay = isOverdue ? 20_000_000 : max(0, (deadline - now.instant).wholeNanoseconds)
        timer?.schedule(deadline: .now() + .nanoseconds(Int(delay)), leeway: .nanoseconds(0))
    }

    private static func sentence(of error: any Error) -> String {
        (error as? JournalError)?.sentence ?? "\(error)"
    }
}

/// What edge nodes have said and the engine has not read yet.
///
/// Bounded: beyond `max`, reports are dropped. They carry totals, so the next one makes up for it; everything
/// else is repeated by its sender.
private final class Inbox: Sendable {
    private static let max = 65_536
    private let messages = Mutex<[(NodeMessage, NodeID)]>([])

    /// - Returns: whether the reader has to be woken.
    func put(_ message: NodeMessage, from node: NodeID) -> Bool {
        messages.withLock {
            guard $0.count < Self.max else { return false }
            $0.append((message, node))
            return $0.count == 1
        }
    }

    func take() -> [(NodeMessage, NodeID)] {
        messages.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}

/// Writes one picture a second beside the engine. While one is being written the next is left out: a gap, never a
/// queue.
private final class FrameRecorder: Sendable {
    private let journal: any Journal
    private let queue = DispatchQueue(label: "control-room.frames", qos: .utility)
    private let state = Mutex<(isWriting: Bool, second: Int64)>((false, 0))

    init(journal: any Journal) { self.journal = journal }

    func record(_ snapshot: EngineSnapshot) {
        let second = snapshot.at.milliseconds / 1000
        let mayWrite = state.withLock { state in
            guard !state.isWriting, state.second != second else { return false }
            state = (true, second)
            return true
        }
        guard mayWrite else { return }
        queue.async { [self] in
            // Best effort by contract: the journal's own failures are alarmed where a commit meets them.
            try? journal.record(snapshot)
            state.withLock { $0.isWriting = false }
        }
    }
}
