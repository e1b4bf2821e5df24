/// The requests of the coming hours: each live event by the projection of its traffic, and the refreshes of what was
/// fetched ahead.
///
/// Made by the control plane from the runs of show as they stand, for the forecast and for what-ifs. Pure, and the same
/// arithmetic as a rehearsal's (`RehearsalTraffic`); what it has in place of drawn requests are their means, and every
/// event keeps its own. Bound: `showsMax` events; further ones are not asked for.
struct TrafficOutlook: Sendable {
    /// A live event with its stages and when they start or are expected to.
    struct Show: Sendable {
        let event: LiveEvent
        let starts: [EventTraffic.StageStart]
        let traffic: EventTraffic
        /// Refreshes a second from `from` on, at steps of `CacheRefresh.step`.
        let refreshes: [Int]

        /// On air, or its next stage is due within `TrafficGate.liveBefore`: its requests have the live lane.
        func isLive(at moment: WallTime) -> Bool {
            let next = starts.first { $0.at > moment }
            return next.map { starts[0].at <= moment || $0.at.since(moment) <= TrafficGate.liveBefore } ?? false
        }
    }

    /// What the rules and the operators say.
    struct Policy: Sendable {
        var rules: TrafficRules
        var steering: TrafficSteering
        /// Rulesets that are on now.
        var active: [String]
        var capacity: EdgeCapacity
    }

    static let showsMax = 16
    static let step = CacheRefresh.step
    /// A remedy is offered for a peak that is at most so far off: levers pulled by hand hold ten minutes, lifetimes
    /// they gave longer.
    static let remedyAhead: Milliseconds = 3_600_000

    let now: WallTime
    let shows: [Show]
    private let withoutJitter: [Int]
    private let withJitter: [Int]

    /// - Parameter events: those nearest to now first.
    init(_ events: [(event: LiveEvent, starts: [EventTraffic.StageStart])], now: WallTime) {
        self.now = now
        let from = now - RefreshForecast.begins, until = now + RefreshForecast.ends
        var together = [Int](repeating: 0, count: Int((RefreshForecast.begins + RefreshForecast.ends) / Self.step) + 1),
            apart = together
        shows = events.prefix(Self.showsMax).map { event, starts in
            let herds = CacheRefresh.herds(of: event, starts)
            let own = CacheRefresh().perSecond(of: herds, from: from, until: until)
            let bare = CacheRefresh(jitter: 0).perSecond(of: herds, from: from, until: until)
            for index in own.indices {
                apart[index] += own[index]
                together[index] += bare[index]
            }
            return Show(event: event, starts: starts, traffic: EventTraffic(event, starts: starts), refreshes: own)
        }
        withJitter = apart
        withoutJitter = together
    }

    // MARK: Forecast

    func forecast(_ policy: Policy, connected: Int) -> TrafficForecast {
        let peak = peakAt.map { report(.peak(percent: 100), at: $0, policy, connected: connected) }
        return TrafficForecast(
            refresh: refresh(policy.capacity), peak: peak,
            interruption: InterruptionForecast(
                devices: connected, unguided: Self.restarts(connected, isGuided: false),
                guided: Self.restarts(connected, isGuided: true),
                ceiling: policy.capacity.startsPerSecond),
            remedy: peak.flatMap { remedy(of: $0, policy) })
    }

    private func refresh(_ capacity: EdgeCapacity) -> RefreshForecast {
        let worst = withJitter.max() ?? 0, gateway = capacity.gatewayPerSecond
        let risk: RefreshForecast.Risk =
            worst * 50 < gateway ? .none : worst * 100 > gateway * capacity.softShare ? .high : .low
        return RefreshForecast(
            from: now - RefreshForecast.begins, ttl: CacheRefresh.standardTTL, jitter: CacheRefresh.standardJitter,
            withJitter: Self.thinned(withJitter), withoutJitter: Self.thinned(withoutJitter), peakWithJitter: worst,
            peakWithoutJitter: withoutJitter.max() ?? 0, risk: risk)
    }

    private static func thinned(_ values: [Int]) -> [Int] {
        let width = Int(RefreshForecast.step / step)
        return stride(from: 0, to: values.count, by: width).map {
            values[$0..<min($0 + width, values.count)].max() ?? 0
        }
    }

    /// Stretching lifetimes is the one lever that keeps requests away; the others make them cheaper.
    private func remedy(of peak: SurgeReport, _ policy: Policy) -> PeakRemedy? {
        let saves = peak.perSecond(of: .cacheRefresh) * (DegradationLever.stretch - 1) / DegradationLever.stretch
        guard peak.isOverSoft, peak.at.since(now) <= Self.remedyAhead, saves * 100 >= peak.perSecond,
              !policy.steering.levers.contains(where: { $0.lever == .stretchTTL }),
            !policy.rules.rulesets.contains(where: {
                policy.active.contains($0.name) && $0.levers.contains(.stretchTTL)
            })
        else { return nil }
        return PeakRemedy(intent: .pull(.stretchTTL), saves: saves)
    }

    private static func restarts(_ devices: Int, isGuided: Bool) -> Int {
        let start = WallTime(milliseconds: 0)
        return RetryStorm(at: start, devices: devices, isGuided: isGuided).requestsPerSecond(at: start)
    }

    // MARK: A surge

    /// - Parameter connected: devices that an interruption would bring back.
    /// - Returns: nil where no peak is expected.
    func report(_ surge: Surge, _ policy: Policy, connected: Int) -> SurgeReport? {
        switch surge {
        case .peak: peakAt.map { report(surge, at: $0, policy, connected: connected) }
        case .interruption: report(surge, at: now, policy, connected: connected)
        }
    }

    private func report(_ surge: Surge, at moment: WallTime, _ policy: Policy, connected: Int) -> SurgeReport {
        let demand = demand(of: surge, at: moment, connected: connected)
        let total = demand.reduce(0) { $0 + $1.total }
        let loudest = demand.indices.max { (demand[$0].total, -$0) < (demand[$1].total, -$1) }.map { shows[$0] }
        let rulesets = rulesets(at: moment, requests: total, policy)
        let classes = classes(of: demand, at: moment, rulesets, policy.rules)
        return SurgeReport(
            surge: surge, at: moment, event: loudest?.event.id,
            stage: loudest?.starts.min { abs($0.at.since(moment)) < abs($1.at.since(moment)) }?.stage,
            classes: classes, buckets: Self.buckets(classes, at: moment, policy),
            lanes: lanes(demand, at: moment, soft: policy.capacity.softShare), rulesets: rulesets,
            capacity: policy.capacity)
    }

    /// Requests a second of each show.
    private func demand(of surge: Surge, at moment: WallTime, connected: Int) -> [RequestCounts] {
        var demand = shows.indices.map { requests(of: shows[$0], at: moment) }
        switch surge {
        case .peak(let percent):
            for index in demand.indices {
                for requestClass in RequestClass.allCases {
                    demand[index][requestClass] = demand[index][requestClass] * percent / 100
                }
            }
        case .interruption(let isGuided):
            // Whoever is connected is watching something: shared out as the audiences are.
            let devices = shows.map(\.event.audience.devices), all = max(1, devices.reduce(0, +))
            for index in demand.indices {
                let own = Int(Double(connected) * Double(devices[index]) / Double(all))
                demand[index][.playbackStart] += Self.restarts(own, isGuided: isGuided)
            }
        }
        return demand
    }

    private func requests(of show: Show, at moment: WallTime) -> RequestCounts {
        var counts = show.traffic.requestsPerSecond(at: moment)
        let place = Int((moment.since(now) + RefreshForecast.begins) / Self.step)
        if show.refreshes.indices.contains(place) { counts[.cacheRefresh] += show.refreshes[place] }
        return counts
    }

    /// The highest sample from now on, the first of several; nil where nothing is asked.
    private var peakAt: WallTime? {
        var best: (at: WallTime, total: Int)?
        for offset in stride(from: Milliseconds(0), through: RefreshForecast.ends, by: Int(Self.step)) {
            let total = shows.reduce(0) { $0 + requests(of: $1, at: now + offset).total }
            if total > best?.total ?? 0 { best = (now + offset, total) }
        }
        return best?.at
    }

    private func rulesets(at moment: WallTime, requests: Int, _ policy: Policy) -> [String] {
        let stages = shows.flatMap { show in
            show.starts.map { StageSignal(event: show.event.id, kind: $0.kind, at: $0.at) }
        }
        let relaxed = moment == now ? Set(policy.steering.relaxed.map(\.ruleset))
            : Set(policy.steering.relaxed.filter { $0.until > moment }.map(\.ruleset))
        let settled = policy.rules.settled(requests: requests, stages: stages, relaxed: relaxed, at: moment)
        return policy.rules.rulesets.map(\.name).filter {
            settled.contains($0) || moment == now && policy.active.contains($0)
        }
    }

    private func classes(
        of demand: [RequestCounts], at moment: WallTime, _ rulesets: [String], _ rules: TrafficRules
    ) -> [SurgeReport.ClassLine] {
        var sums = PriorityBucket.allCases.map { _ in RequestCounts() }
        for (show, counts) in zip(shows, demand) {
            for requestClass in RequestClass.allCases where counts[requestClass] > 0 {
                let facts = RequestFacts(
                    requestClass, event: show.event.id, tier: show.event.tier, isLive: show.isLive(at: moment))
                sums[rules.bucket(of: facts, active: rulesets).rank][requestClass] += counts[requestClass]
            }
        }
        let lines = PriorityBucket.allCases.flatMap { bucket in
            RequestClass.allCases.map {
                SurgeReport.ClassLine(requestClass: $0, bucket: bucket, perSecond: sums[bucket.rank][$0])
            }
        }
        return lines.filter { $0.perSecond > 0 }
            .sorted {
                ($1.perSecond, $0.bucket, $0.requestClass.rawValue) < (
                    $0.perSecond, $1.bucket, $1.requestClass.rawValue
                )
            }
    }

    /// An override that still holds then has its say in its bucket; the shedder sees to the others.
    private static func buckets(_ classes: [SurgeReport.ClassLine], at moment: WallTime, _ policy: Policy)
        -> [SurgeReport.BucketLine]
    {
        let offered = PriorityBucket.allCases.map { bucket in
            classes.reduce(0) { $0 + ($1.bucket == bucket ? $1.perSecond : 0) }
        }
        var refused = policy.capacity.refused(offered)
        for override in policy.steering.overrides where override.until > moment {
            let rank = override.bucket.rank
            refused[rank] = offered[rank] * (100 - override.kept) / 100
        }
        return PriorityBucket.allCases.map { .init(bucket: $0, offered: offered[$0.rank], refused: refused[$0.rank]) }
    }

    private func lanes(_ demand: [RequestCounts], at moment: WallTime, soft: Int) -> [SurgeReport.LaneLine] {
        TrafficLane.allCases.map { lane in
            let total = zip(shows, demand).reduce(0) {
                $0 + ($1.0.isLive(at: moment) == (lane == .live) ? $1.1.total : 0)
            }
            return .init(lane: lane, perSecond: total, desired: (total * 100 + soft - 1) / max(1, soft))
        }
    }
}
