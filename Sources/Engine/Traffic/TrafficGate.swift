import Foundation
import Synchronization

/// The shell around `AdmissionController`: one lock, the clock, and what the process knows of its own load.
///
/// Every server asks it before it works: `admit` → (work) → `finish`. A decision takes the lock for well under a
/// microsecond. Ten times a second it measures the processors and event loops; once a second it tells the engine how
/// traffic fares.
public final class TrafficGate: Sendable {
    private struct State {
        var admission: AdmissionController
        var log: LogBudget
        var counters = AdmissionController.Counters()
        /// Of the newest snapshot: tiers of the live events on the desk, and those that are on air or about to be.
        var tiers: [EventID: Tier] = [:]
        var live: Set<EventID> = []
        /// Reports offered to `log` since the start: every `DegradationLever.sample`th is kept while sampling is on.
        var offeredLines = 0
    }

    private let state: Mutex<State>
    private let time: any TimeSource
    private let clock: Mutex<(timer: (any DispatchSourceTimer)?, steps: Int, processor: Int, at: EngineInstant)>
    private let processors = Double(max(1, ProcessInfo.processInfo.activeProcessorCount))

    /// How long before its next stage an event has the live lane.
    static let liveBefore: Milliseconds = 10 * 60_000

    public init(rules: TrafficRules, seed: UInt64, time: any TimeSource) {
        let now = time.now().instant
        self.time = time
        state = Mutex(State(
            admission: AdmissionController(rules: rules, seed: seed),
            log: LogBudget(bytesPerSecond: rules.limits.logBytesPerSecond, now: now)))
        clock = Mutex((nil, 0, 0, now))
    }

    var rules: TrafficRules { state.withLock { $0.admission.rules } }

    /// Requests that have been admitted and not finished.
    var inFlight: Int { state.withLock { $0.admission.inFlight } }

    // MARK: A request

    /// - Parameters:
    ///   - request: as far as it says itself; whether its event is live, and its tier, the gate knows.
    ///   - lane: of the listener it came by; nil: its event says.
    func admit(_ request: RequestFacts, lane: TrafficLane? = nil) -> AdmissionController.Decision {
        let now = time.now().instant
        return state.withLock { state in
            var request = request
            request.isLive = lane == .live || request.event.map { state.live.contains($0) } ?? false
            request.tier = request.event.flatMap { state.tiers[$0] }
            return state.admission.admit(request, now: now)
        }
    }

    /// A device opens its connection, for which there is room.
    /// - Returns: how long it is to stay away, ms; nil: it comes in.
    func newcomer() -> Milliseconds? { state.withLock { $0.admission.newcomer(isHeldBack: false) } }

    /// A device that its edge node has no room for now: only counted.
    func newcomerHeldBack() { state.withLock { _ = $0.admission.newcomer(isHeldBack: true) } }

    func finish(_ ticket: AdmissionController.Ticket) {
        let now = time.now().instant
        state.withLock { $0.admission.finish(ticket, now: now) }
    }

    /// Whether the service is to do without something now.
    func isPulled(_ lever: DegradationLever) -> Bool { state.withLock { $0.admission.isPulled(lever) } }

    /// Whether a non-essential line of so many bytes may be written; if not, it is counted as dropped.
    func mayLog(bytes: Int) -> Bool {
        let now = time.now().instant
        return state.withLock { state in
            state.offeredLines += 1
            let isSampledOut =
                state.admission.isPulled(.sampleLogs) && state.offeredLines % DegradationLever.sample != 0
            let may = state.log.spend(bytes, isSampledOut: isSampledOut, now: now)
            state.counters.logBytesWritten = state.log.writtenBytes
            state.counters.logLinesDropped = state.log.droppedLines
            return may
        }
    }

    /// A prefetch answer had to be materialised.
    func notePrefetchMiss() { state.withLock { $0.counters.prefetchMisses += 1 } }

    // MARK: Steering

    /// What operators have set, as a whole.
    func steer(_ steering: TrafficSteering) { state.withLock { $0.admission.steering = steering } }

    /// Other rules: limits and watches begin anew, totals and requests in flight stay.
    func adopt(_ rules: TrafficRules) {
        let now = time.now().instant
        state.withLock { state in
            state.admission.adopt(rules)
            state.log = state.log.resized(to: rules.limits.logBytesPerSecond, now: now)
        }
    }

    // MARK: Time

    /// Begins to measure and to report.
    /// - Parameters:
    ///   - queueDelay: how late the event loops run, ms.
    ///   - report: is called once a second, on a queue of the gate's.
    public func start(
        snapshots: SnapshotBox, queueDelay: @escaping @Sendable () -> Milliseconds,
        report: @escaping @Sendable (TrafficReport) -> Void
    ) {
        let timer = DispatchSource.makeTimerSource(
            queue: DispatchQueue(label: "control-room.traffic", qos: .userInitiated))
        timer.setEventHandler { [weak self] in self?.step(snapshots, queueDelay: queueDelay(), report: report) }
        timer.schedule(deadline: .now(), repeating: .milliseconds(Int(Shedder.step)), leeway: .milliseconds(5))
        clock.withLock { $0 = (timer, 0, Self.processorTime, time.now().instant) }
        timer.activate()
    }

    public func stop() {
        clock.withLock { clock in
            clock.timer?.cancel()
            clock.timer = nil
        }
    }

    private func step(
        _ snapshots: SnapshotBox, queueDelay: Milliseconds, report: (TrafficReport) -> Void
    ) {
        let now = time.now(), used = Self.processorTime
        let (isSecond, busy) = clock.withLock { clock in
            let passed = Double(max(1, (now.instant - clock.at).wholeNanoseconds / 1000))
            let busy = Double(used - clock.processor) / passed / processors
            clock.steps += 1
            (clock.processor, clock.at) = (used, now.instant)
            return (clock.steps % Int(1000 / Shedder.step) == 0, busy)
        }
        state.withLock { $0.admission.step(load: .init(processor: busy, queueDelay: queueDelay)) }
        guard isSecond else { return }
        let snapshot = snapshots.snapshot
        report(state.withLock { state in
            state.tiers = Dictionary(uniqueKeysWithValues: (snapshot?.events ?? []).map { ($0.id, $0.tier) })
            state.live = Set((snapshot?.events ?? []).filter { $0.isLive(within: Self.liveBefore) }.map(\.id))
            let stages = (snapshot?.events ?? []).flatMap(\.signals)
            state.admission.observe(state.counters, stages: stages, at: now)
            return state.admission.report(at: now)
        })
    }

    /// Microseconds of processor time the process has used.
    private static var processorTime: Int {
        // By POSIX `clock` counts microseconds: CLOCKS_PER_SEC is a million.
        Int(Foundation.clock())
    }
}

extension EventSnapshot {
    /// On air, or its next stage is due within so many ms.
    fileprivate func isLive(within span: Milliseconds) -> Bool {
        current != nil && next != nil || (countdown.map { $0 <= span } ?? false)
    }

    /// The stage on air and the next one, with their times.
    fileprivate var signals: [StageSignal] {
        stages.compactMap { stage in
            switch stage.outcome {
            case .taken(let at, _) where stage.key == current: StageSignal(event: id, kind: stage.kind, at: at)
            case .upcoming where stage.key == next: nextAt.map { StageSignal(event: id, kind: stage.kind, at: $0) }
            default: nil
            }
        }
    }
}
