/// Admits or refuses whatever the engine is asked, before any work is done for it.
///
/// Owned by `TrafficGate`, which asks it for every request and steps it ten times a second. Pure: requests, loads and
/// moments come in, decisions go out, chance is a seeded generator. In the order of a request's life: `admit`,
/// `finish`; and of time: `step`, `report`.
///
/// Stage broadcasts, acks and catch-up on connections that stand never come here: they are not requests and are never
/// shed.
struct AdmissionController: Sendable {
    /// What the process carries, measured by the shell over the last step.
    struct Load: Hashable, Sendable {
        /// Busy share of the processors it may use, 0...1.
        var processor: Double
        /// How late the event loops run, ms.
        var queueDelay: Milliseconds

        init(processor: Double, queueDelay: Milliseconds) {
            self.processor = processor
            self.queueDelay = queueDelay
        }
    }

    enum Decision: Hashable, Sendable {
        /// To be worked on now; `finish` with this ticket is owed.
        case admitted(Ticket)
        /// To be answered 503 and `Retry-After` so many ms.
        case refused(RefusalCause, retryAfter: Milliseconds)
    }

    struct Ticket: Hashable, Sendable {
        let lane: TrafficLane
        let bucket: PriorityBucket
        let at: EngineInstant
    }

    /// What the shell counts elsewhere, as totals since the start.
    struct Counters: Hashable, Sendable {
        var logBytesWritten = 0
        var logLinesDropped = 0
        var prefetchMisses = 0

        init() {}
    }

    private(set) var rules: TrafficRules
    var steering = TrafficSteering() { didSet { rememberLevers() } }
    private var live: AdmissionLane
    private var general: AdmissionLane
    private var switches: [RulesetSwitch]
    private var retry = RetryGuidance()
    private var knockOn: KnockOnWatch
    private var congestion = CongestionWatch()
    private var generator: SeededGenerator
    private var load = Load(processor: 0, queueDelay: 0)
    private var meter = TrafficMeter()
    private var guided = 0
    /// Names of the rulesets that are on, and what is pulled: read for every request.
    private var activeNames: [String] = []
    private var pulled: Set<DegradationLever> = []

    init(rules: TrafficRules, seed: UInt64) {
        self.rules = rules
        live = AdmissionLane(.live, limits: rules.limits)
        general = AdmissionLane(.general, limits: rules.limits)
        switches = rules.rulesets.map(RulesetSwitch.init)
        knockOn = KnockOnWatch(rules.knockOn)
        generator = SeededGenerator(seed: seed)
    }

    /// Other rules: limits and watches begin anew; totals and requests in flight stay.
    mutating func adopt(_ rules: TrafficRules) {
        self.rules = rules
        live.adopt(rules.limits)
        general.adopt(rules.limits)
        switches = rules.rulesets.map(RulesetSwitch.init)
        activeNames = []
        knockOn = KnockOnWatch(rules.knockOn)
        rememberLevers()
    }

    /// Requests that have been admitted and not finished.
    var inFlight: Int { live.inFlight + general.inFlight }

    // MARK: A request

    mutating func admit(_ request: RequestFacts, now: EngineInstant) -> Decision {
        let bucket = rules.bucket(of: request, active: activeNames)
        let kept = steering.overrides.first { $0.bucket == bucket }.map { Double($0.kept) / 100 }
        let lane = request.isLive ? TrafficLane.live : .general
        let cause = switch lane {
        case .live: live.admit(request, in: bucket, kept: kept, using: &generator)
        case .general: general.admit(request, in: bucket, kept: kept, using: &generator)
        }
        guard let cause else { return .admitted(Ticket(lane: lane, bucket: bucket, at: now)) }
        guided += 1
        return .refused(cause, retryAfter: retry.retryAfter(using: &generator))
    }

    /// A device opens its connection: class `connect`, in the live lane. It takes no place in the lane, for it is let
    /// in at once.
    /// - Parameter isHeldBack: its edge node has no room: it is counted as refused.
    /// - Returns: how long it is to stay away, ms; nil: it may come in.
    mutating func newcomer(isHeldBack: Bool) -> Milliseconds? {
        let request = RequestFacts(.connect, isLive: true)
        let bucket = rules.bucket(of: request, active: activeNames)
        let kept = steering.overrides.first { $0.bucket == bucket }.map { Double($0.kept) / 100 }
        guard live.judge(request, in: bucket, kept: kept, isFull: isHeldBack, using: &generator) != nil else {
            return nil
        }
        guided += 1
        return retry.retryAfter(using: &generator)
    }

    mutating func finish(_ ticket: Ticket, now: EngineInstant) {
        let latency = Int((now - ticket.at).wholeNanoseconds / 1000)
        switch ticket.lane {
        case .live: live.finish(ticket.bucket, latency: latency)
        case .general: general.finish(ticket.bucket, latency: latency)
        }
    }

    /// Whether a lever is pulled, by a ruleset or by hand.
    func isPulled(_ lever: DegradationLever) -> Bool { pulled.contains(lever) }

    private mutating func rememberLevers() { pulled = Set(levers.map(\.lever)) }

    private var levers: [LeverReport] {
        let byRules = switches.filter { $0.active != nil }.flatMap { each in
            each.ruleset.levers.map { LeverReport(lever: $0, by: each.ruleset.name, until: nil) }
        }
        let byHand = steering.levers.map { LeverReport(lever: $0.lever, by: $0.by, until: $0.until) }
        return DegradationLever.allCases.compactMap { lever in (byHand + byRules).first { $0.lever == lever } }
    }

    // MARK: Time

    /// Every `Shedder.step`.
    mutating func step(load: Load) {
        self.load = load
        // Busy processors alone say that there is no room for what is not critical; that critical work suffers,
        // lateness says.
        let busy = min(load.processor, Double(rules.limits.hardShare) / 100)
        let share = max(busy, Double(load.queueDelay) / Double(max(1, rules.limits.queueDelayMax)))
        live.step(load: share)
        general.step(load: share)
    }

    /// Every second: what rules and watches look at.
    /// - Parameters:
    ///   - counters: what the shell counts.
    ///   - stages: the current and next stages of the live events on the desk.
    mutating func observe(_ counters: Counters, stages: [StageSignal], at moment: Moment) {
        meter.observe(live: live.totals, general: general.totals, guided: guided, counters: counters)
        retry.observe(requests: meter.offered.total, retries: meter.retries)
        for index in switches.indices {
            let isRelaxed = steering.relaxed.contains { $0.ruleset == switches[index].ruleset.name }
            switches[index].observe(requests: meter.offered.total, stages: stages, isRelaxed: isRelaxed, at: moment)
        }
        activeNames = switches.filter { $0.active != nil }.map(\.ruleset.name)
        rememberLevers()
        congestion.observe(offered: meter.offered.total, admitted: meter.offered.total - meter.refused.total)
        let isShedding =
            live.shedder.cut > 0 || general.shedder.cut > 0 || !steering.overrides.isEmpty || !levers.isEmpty
        knockOn.observe(signals, isRuleActive: isShedding, now: moment.instant)
    }

    /// Each rate that could spike because something is refused elsewhere.
    private var signals: [(signal: KnockOnSignal, perSecond: Double)] {
        let neighbours: [RequestClass] = [.search, .browse, .prefetch, .cacheRefresh, .page]
        return [(.retries, Double(meter.retries)), (.reconnects, Double(meter.offered[.connect]))]
            + neighbours.map { (.requests($0), Double(meter.offered[$0])) }
            + [
                (.prefetchMisses, Double(meter.counters.prefetchMisses)),
                (.logBytes, Double(meter.counters.logBytesWritten)),
            ]
    }

    /// As of the last `observe`.
    func report(at moment: Moment) -> TrafficReport {
        TrafficReport(
            lanes: [report(of: live, meter.live), report(of: general, meter.general)],
            buckets: PriorityBucket.allCases.map(report),
            classes: RequestClass.allCases.compactMap(report),
            causes: RefusalCause.allCases.enumerated().map { index, cause in
                CauseReport(
                    cause: cause, refused: live.totals.refusedByCause[index] + general.totals.refusedByCause[index])
            },
            processorShare: Int(load.processor * 100), queueDelay: load.queueDelay,
            softShare: rules.limits.softShare, hardShare: rules.limits.hardShare,
            active: switches.compactMap { each in
                each.active.map {
                    ActiveRuleset(ruleset: each.ruleset.name, since: moment.wall(at: $0.since), why: $0.why)
                }
            },
            nodes: switches.filter { $0.active != nil }.flatMap(\.ruleset.nodes) + rules.nodes,
            levers: levers,
            knockOn: knockOn.lines.map {
                KnockOnReport(
                    signal: $0.signal, base: Int($0.base), now: Int($0.now), ratio: $0.ratio,
                    since: $0.since.map(moment.wall(at:)),
                    isKnockedOn: $0.isKnockedOn)
            },
            isCongested: congestion.isCongested,
            retryShare: Int(retry.retryShare * 100), isRetryBudgetSpent: retry.isBudgetSpent,
            guidedPerSecond: meter.guided, spreadMax: retry.spreadMax,
            logBytesWritten: meter.countersTotal.logBytesWritten, logLinesDropped: meter.countersTotal.logLinesDropped)
    }

    private func report(of lane: AdmissionLane, _ rates: TrafficMeter.LaneRates) -> LaneReport {
        // Nobody repeats what is not refused: repeats are no demand.
        let demand = max(rates.admitted, rates.offered - rates.retries)
        let admittedShare = demand == 0 ? 1 : Double(rates.admitted) / Double(demand)
        let wanted = lane.utilisation / max(admittedShare, 0.01) / lane.shedder.soft
        return LaneReport(
            lane: lane.lane, utilisation: Int(lane.utilisation * 100), inFlight: lane.inFlight, limit: lane.limit.limit,
            offeredPerSecond: rates.offered, admittedPerSecond: rates.admitted,
            desiredCapacity: max(1, Int(wanted.rounded(.up))))
    }

    private func report(of bucket: PriorityBucket) -> BucketReport {
        let rank = bucket.rank
        let latencies = [live, general].compactMap { $0.latencies.percentile(0.99, of: bucket) }
        return BucketReport(
            bucket: bucket, offered: live.totals.offeredByBucket[rank] + general.totals.offeredByBucket[rank],
            refused: live.totals.refusedByBucket[rank] + general.totals.refusedByBucket[rank],
            offeredPerSecond: meter.offeredByBucket[rank],
            admittedPerSecond: meter.offeredByBucket[rank] - meter.refusedByBucket[rank],
            latency99: latencies.max(), override: steering.overrides.first { $0.bucket == bucket },
            classes: meter.classes(of: bucket), refusedHistory: meter.refusedHistory[rank])
    }

    private func report(of requestClass: RequestClass) -> ClassReport? {
        let offered = live.totals.offered[requestClass] + general.totals.offered[requestClass]
        guard offered > 0 else { return nil }
        return ClassReport(
            requestClass: requestClass, offered: offered,
            refused: live.totals.refused[requestClass] + general.totals.refused[requestClass],
            offeredPerSecond: meter.offered[requestClass])
    }
}
