@testable public import Engine

/// Traffic reports for the screens: an evening in which everything is admitted, and one in which three buckets are not.
extension EngineSnapshot {
    /// The same night with its traffic: shedding where alerts stand, calm where none does, none where there is no
    /// event.
    public var withTraffic: EngineSnapshot {
        var snapshot = self
        guard !events.isEmpty else { return snapshot }
        snapshot.traffic = alerts.isEmpty ? .calm : .shedding(at: at)
        snapshot.trafficForecast = .evening(at: at, event: events[0], isCalm: alerts.isEmpty)
        return snapshot
    }
}

extension TrafficReport {
    fileprivate static let calm = TrafficReport(
        lanes: [lane(.live, 12, 3, 1200, 1200), lane(.general, 31, 9, 5400, 5400)],
        buckets: zip(PriorityBucket.allCases, [1400, 2100, 2600, 500]).map {
            bucket($0, $1, $1, latency: 2300, history: [])
        },
        classes: [
            line(.connect, 1400), line(.browse, 2100), line(.prefetch, 2600), line(.telemetry, 480), line(.metrics, 20),
        ],
        causes: RefusalCause.allCases.map { CauseReport(cause: $0, refused: 0) }, processorShare: 31, queueDelay: 1,
        softShare: 60, hardShare: 80, active: [], nodes: [], levers: [],
        knockOn: [
            signal(.retries, 0, 0), signal(.reconnects, 1380, 1400), signal(.requests(.browse), 2080, 2100),
            signal(.logBytes, 420_000, 431_000),
        ],
        isCongested: false, retryShare: 0, isRetryBudgetSpent: false, guidedPerSecond: 0, spreadMax: 4000,
        logBytesWritten: 812_400_000, logLinesDropped: 0)

    fileprivate static func shedding(at now: WallTime) -> TrafficReport {
        var degraded = bucket(.degraded, 14_000, 13_300, latency: 6100, history: [0, 0, 0, 2, 4, 5])
        // The surge has moved browsing down.
        degraded.classes = [.page]
        degraded.override = BucketOverride(bucket: .degraded, kept: 95, by: "kris/SCO", until: now + 41_000)
        var bestEffort = bucket(.bestEffort, 19_000, 5400, latency: 9400, history: [0, 5, 20, 45, 64, 71])
        bestEffort.classes = [.prefetch, .browse, .cacheRefresh]
        return TrafficReport(
            lanes: [lane(.live, 58, 41, 21_000, 21_000), lane(.general, 74, 50, 43_000, 18_700)],
            buckets: [
                bucket(.critical, 21_000, 21_000, latency: 3800, history: []), degraded,
                bestEffort,
                bucket(.bulk, 10_000, 0, latency: nil, history: [30, 80, 100, 100, 100, 100]),
            ],
            classes: [
                line(.connect, 21_000), line(.browse, 9000), line(.page, 5000), line(.prefetch, 17_000),
                line(.cacheRefresh, 2000), line(.telemetry, 10_000),
            ],
            causes: [
                CauseReport(cause: .shed, refused: 912_000), CauseReport(cause: .full, refused: 3100),
                CauseReport(cause: .override, refused: 700),
            ],
            processorShare: 74, queueDelay: 12, softShare: 60, hardShare: 80,
            active: [ActiveRuleset(ruleset: "surge", since: now + -48_000, why: "24100 requests/s, above 20000")],
            nodes: [], levers: [
                LeverReport(lever: .dropRows, by: "kris/SCO", until: now + 312_000),
                LeverReport(lever: .stretchTTL, by: "surge", until: nil),
                LeverReport(lever: .sampleLogs, by: "surge", until: nil),
            ],
            knockOn: [
                signal(.retries, 40, 9800, isKnockedOn: true), signal(.reconnects, 1380, 1900),
                signal(.requests(.search), 0, 0),
                signal(.requests(.browse), 4100, 9000, isKnockedOn: true), signal(.prefetchMisses, 120, 60),
                signal(.logBytes, 1_900_000, 300_000),
            ],
            isCongested: false, retryShare: 15, isRetryBudgetSpent: true, guidedPerSecond: 24_300, spreadMax: 6000,
            logBytesWritten: 1_412_000_000, logLinesDropped: 3_400_000)
    }

    private static func lane(_ lane: TrafficLane, _ used: Int, _ inFlight: Int, _ offered: Int, _ admitted: Int)
        -> LaneReport
    {
        LaneReport(
            lane: lane, utilisation: used, inFlight: inFlight, limit: 64, offeredPerSecond: offered,
            admittedPerSecond: admitted,
            desiredCapacity: max(1, (used * offered / max(1, admitted) + 59) / 60))
    }

    private static func bucket(_ bucket: PriorityBucket, _ offered: Int, _ admitted: Int, latency: Int?, history: [Int])
        -> BucketReport
    {
        BucketReport(
            bucket: bucket, offered: offered * 300, refused: (offered - admitted) * 40, offeredPerSecond: offered,
            admittedPerSecond: admitted,
            latency99: latency, override: nil, classes: standardClasses(of: bucket), refusedHistory: history)
    }

    private static func standardClasses(of bucket: PriorityBucket) -> [RequestClass] {
        switch bucket {
        case .critical: [.connect]
        case .degraded: [.browse, .page]
        case .bestEffort: [.prefetch, .cacheRefresh]
        case .bulk: [.telemetry, .metrics]
        }
    }

    private static func line(_ requestClass: RequestClass, _ perSecond: Int) -> ClassReport {
        ClassReport(requestClass: requestClass, offered: perSecond * 300, refused: 0, offeredPerSecond: perSecond)
    }

    private static func signal(_ signal: KnockOnSignal, _ base: Int, _ now: Int, isKnockedOn: Bool = false)
        -> KnockOnReport
    {
        KnockOnReport(
            signal: signal, base: base, now: now, ratio: base > 0 ? now * 100 / base : nil, since: nil,
            isKnockedOn: isKnockedOn)
    }
}

extension TrafficForecast {
    /// What `TrafficOutlook` makes of one show that goes live twelve minutes from now, with an audience that is too
    /// large, or not.
    fileprivate static func evening(at now: WallTime, event: EventSnapshot, isCalm: Bool) -> TrafficForecast {
        let live = LiveEvent(
            id: event.id, title: event.title, code: event.code, tier: event.tier, stages: [],
            audience: AudienceProfile(devices: isCalm ? 4_000_000 : 60_000_000))
        let starts = [
            (StageKind.preShow, Milliseconds(-3_600_000)), (.countdown, -180_000), (.live, 720_000),
            (.ended, 9_000_000),
        ].map {
            EventTraffic.StageStart(stage: StageKey(rawValue: $0.0.rawValue), kind: $0.0, at: now + $0.1)
        }
        var policy = TrafficOutlook.Policy(
            rules: .standard, steering: TrafficSteering(), active: isCalm ? [] : ["surge"], capacity: EdgeCapacity())
        policy.capacity.gatewayPerSecond = isCalm ? 30_000 : 400_000
        return TrafficOutlook([(live, starts)], now: now).forecast(policy, connected: isCalm ? 3_100_000 : 48_000_000)
    }
}
