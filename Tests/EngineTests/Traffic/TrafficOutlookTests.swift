import TestSupport
import Testing

@testable import Engine

/// What is foretold of the coming hours, and how a surge would fare.
@Suite struct TrafficOutlookTests {
    private static let now = evening
    private let capacity = EdgeCapacity()

    private func show(_ id: EventID = "fight-night", devices: Int = 60_000_000, liveIn: Milliseconds = 720_000) -> (
        LiveEvent, [EventTraffic.StageStart]
    ) {
        let event = LiveEvent(
            id: id, title: "Fight Night", code: "FN12", tier: .bigBet, stages: [],
            audience: AudienceProfile(devices: devices))
        let starts = [
            (StageKind.preShow, liveIn - 7_200_000), (.countdown, liveIn - 900_000), (.live, liveIn),
            (.ended, liveIn + 7_200_000),
        ].map {
            EventTraffic.StageStart(stage: StageKey(rawValue: $0.0.rawValue), kind: $0.0, at: Self.now + $0.1)
        }
        return (event, starts)
    }

    private func policy(_ rules: TrafficRules = .standard, steering: TrafficSteering = TrafficSteering())
        -> TrafficOutlook.Policy
    {
        .init(rules: rules, steering: steering, active: [], capacity: capacity)
    }

    @Test func thePeakIsTheHighestSampleAheadAndNamesWhoBringsIt() throws {
        let outlook = TrafficOutlook([show(), show("comedy", devices: 1_000_000, liveIn: 3_600_000)], now: Self.now)
        let peak = try #require(outlook.forecast(policy(), connected: 0).peak)
        #expect(peak.event == "fight-night")
        #expect(peak.stage == "live")
        #expect(abs(peak.at.since(Self.now + 720_000)) <= 300_000)
        #expect(peak.perSecond == peak.classes.reduce(0) { $0 + $1.perSecond })
        #expect(peak.lanes.reduce(0) { $0 + $1.perSecond } == peak.perSecond)
        #expect(peak.lanes[0].perSecond > peak.lanes[1].perSecond, "a show on air has the live lane")
    }

    @Test func nothingIsRefusedThatALowerBucketCouldGiveUp() throws {
        let outlook = TrafficOutlook([show()], now: Self.now)
        for percent in [10, 100, 200, 500, 2000] {
            let report = try #require(outlook.report(.peak(percent: percent), policy(), connected: 0))
            #expect(report.buckets.map(\.refused) == capacity.refused(report.buckets.map(\.offered)))
            for (higher, lower) in zip(report.buckets, report.buckets.dropFirst())
            where higher.refused > 0 && higher.bucket != .critical {
                #expect(
                    lower.refused == lower.offered,
                    "\(percent)%: \(lower.bucket) is served while \(higher.bucket) is not")
            }
        }
    }

    @Test func rulesInForceDecideTheBucket() throws {
        let outlook = TrafficOutlook([show()], now: Self.now)
        let rules = TrafficRules(
            assignments: [BucketAssignment(requestClass: .search, event: "fight-night", bucket: .bulk)],
            rulesets: [Ruleset(name: "surge", triggers: [.requests(above: 1000, for: 3000, below: 500, until: 30_000)],
                               assignments: [BucketAssignment(requestClass: .browse, bucket: .bulk)])])
        let report = try #require(outlook.report(.peak(percent: 100), policy(rules), connected: 0))
        #expect(report.rulesets == ["surge"])
        #expect(
            report.classes.filter { [.browse, .search].contains($0.requestClass) }.allSatisfy { $0.bucket == .bulk })
        var relaxed = TrafficSteering()
        relaxed.relaxed = [RelaxedRuleset(ruleset: "surge", by: "kris", until: Self.now + 3_600_000)]
        let without = try #require(outlook.report(.peak(percent: 100), policy(rules, steering: relaxed), connected: 0))
        #expect(without.rulesets.isEmpty)
    }

    @Test func anOverrideThatStillHoldsHasItsSay() throws {
        let outlook = TrafficOutlook([show(liveIn: 60_000)], now: Self.now)
        for (until, isHeld) in [(Self.now + 600_000, true), (Self.now + 1000, false)] {
            var steering = TrafficSteering()
            steering.overrides = [BucketOverride(bucket: .degraded, kept: 25, by: "kris", until: until)]
            let report = try #require(outlook.report(.peak(percent: 1), policy(steering: steering), connected: 0))
            #expect(report.buckets[1].refused == (isHeld ? report.buckets[1].offered * 75 / 100 : 0))
        }
    }

    @Test func anInterruptionBringsEverybodyBackAndGuidingThemSpreadsIt() throws {
        let outlook = TrafficOutlook([show()], now: Self.now)
        let forecast = outlook.forecast(policy(), connected: 10_000_000)
        #expect(forecast.interruption.unguided == 4_444_444)
        #expect(forecast.interruption.guided == 10_000_000 * 1000 / 28_000)
        let reports = try [false, true].map {
            try #require(outlook.report(.interruption(isGuided: $0), policy(), connected: 10_000_000))
        }
        #expect(reports[0].perSecond(of: .playbackStart) > 4_000_000)
        #expect(reports[1].perSecond < reports[0].perSecond)
    }

    @Test func refreshesOfHerdsBeforeTheWindowStillCount() {
        let outlook = TrafficOutlook([show(liveIn: -3_600_000)], now: Self.now)
        let refresh = outlook.forecast(policy(), connected: 0).refresh
        #expect(refresh.withJitter.count == 97)
        #expect(refresh.peakWithoutJitter > refresh.peakWithJitter)
        // The announcement was seven hours ago; those who fetched then come back all through the window.
        #expect(refresh.withJitter.allSatisfy { $0 > 0 })
    }

    @Test func stretchingLifetimesIsOfferedOnlyWhereItHelps() {
        func remedy(devices: Int, _ steering: TrafficSteering = TrafficSteering()) -> PeakRemedy? {
            var policy = policy(steering: steering)
            policy.capacity.gatewayPerSecond = 600_000
            return TrafficOutlook([show(devices: devices)], now: Self.now).forecast(policy, connected: 0).remedy
        }
        #expect(remedy(devices: 1_000_000) == nil, "the peak is borne")
        #expect(remedy(devices: 100_000_000)?.intent == .pull(.stretchTTL))
        var pulled = TrafficSteering()
        pulled.levers = [LeverHold(lever: .stretchTTL, by: "kris", until: Self.now + 600_000)]
        #expect(remedy(devices: 100_000_000, pulled) == nil)
    }

    @Test func noShowMeansNoPeak() {
        let outlook = TrafficOutlook([], now: Self.now)
        #expect(outlook.forecast(policy(), connected: 5).peak == nil)
        #expect(outlook.report(.peak(percent: 200), policy(), connected: 5) == nil)
    }
}

/// The forecast as the desk has it.
@Suite struct SurgeCommandTests {
    private static var fight: LiveEvent {
        var event = LiveEvent.fightNight()
        event.audience.devices = 5_000_000
        return event
    }

    private func served(_ desk: inout Desk) {
        var controller = AdmissionController(rules: .standard, seed: 1)
        controller.observe(.init(), stages: [], at: desk.now)
        desk.apply(.trafficObserved(controller.report(at: desk.now)))
    }

    @Test func anEngineThatServesNothingForetellsNothing() {
        var desk = Desk([Self.fight])
        #expect(desk.snapshot().trafficForecast == nil)
        served(&desk)
        #expect(desk.snapshot().trafficForecast?.peak != nil)
    }

    /// What `:rehearse tonight` plays with.
    @Test func aRehearsalIsGivenTheRulesThatHoldNow() {
        var desk = Desk([Self.fight])
        let edited = TrafficRules(assignments: [BucketAssignment(requestClass: .browse, bucket: .bulk)])
        desk.apply(.rulesRead(edited, file: "rules.yaml", problems: []))
        for (isAdopted, rules) in [(false, TrafficRules.standard), (true, edited)] {
            if isAdopted, let plan = desk.prepare(.traffic(.adoptRules)) { desk.give(.apply(plan.id, .key)) }
            guard case .schedule(_, _, let given) = desk.give(.schedule) else { Issue.record("no schedule"); return }
            #expect(given == rules)
        }
    }

    @Test func aWhatIfChangesNothingAndRefusesNonsense() {
        var desk = Desk([Self.fight])
        served(&desk)
        let entries = desk.entries.count
        guard case .surge(let report) = desk.give(.surge(.peak(percent: 200))) else {
            Issue.record("no report"); return
        }
        #expect(report.perSecond > 0)
        #expect(desk.entries.count == entries)
        for percent in [0, -5, Surge.percentMax + 1] {
            guard case .refused = desk.give(.surge(.peak(percent: percent))) else {
                Issue.record("\(percent)% was taken"); return
            }
        }
    }
}

/// What an alert blames, and what an autoscaler is told.
@Suite struct BlameTests {
    private let rules = TrafficRules(rulesets: [
        Ruleset(name: "crowd", triggers: [.requests(above: 50, for: 3000, below: 20, until: 3000)],
                assignments: [BucketAssignment(requestClass: .browse, bucket: .bulk)]),
    ])

    /// A minute of calm, then so many retries a second from one second on.
    private func alerts(retriesFrom start: Int, crowdFrom crowd: Int) -> [String] {
        var controller = AdmissionController(rules: rules, seed: 3)
        controller.steering.overrides = [BucketOverride(bucket: .bulk, kept: 0, by: "kris", until: evening + 3_600_000)]
        var desk = TrafficDesk()
        for second in 0..<40 {
            let now = Moment(instant: .start + .seconds(second), wall: evening + Milliseconds(second) * 1000)
            let retries = second >= start ? 40 : 0, others = second >= crowd ? 60 : 5
            for index in 0..<(retries + others) {
                _ = controller.admit(RequestFacts(.browse, isRetry: index < retries), now: now.instant)
            }
            controller.observe(.init(), stages: [], at: now)
            desk.report = controller.report(at: now)
        }
        return desk.causes(now: evening, labels: []).filter { $0.id == "traffic/knock-on/retries of refused requests" }
            .map(\.text)
    }

    @Test func aRulesetIsBlamedForWhatRoseWhileItWasOn() {
        #expect(alerts(retriesFrom: 25, crowdFrom: 15).first?.contains("ruleset crowd") == true)
    }

    @Test func whatRoseBeforeIsLaidAtTheBucket() {
        let alert = alerts(retriesFrom: 15, crowdFrom: 25).first
        #expect(alert != nil)
        #expect(alert?.contains("ruleset crowd") == false)
    }

    @Test func repeatsOfRefusedRequestsAreNoDemand() throws {
        func wanted(retries: Int) throws -> Int {
            var controller = AdmissionController(rules: .standard, seed: 3)
            for _ in 0..<20 { controller.step(load: .init(processor: 0.9, queueDelay: 0)) }
            for index in 0..<(100 + retries) {
                _ = controller.admit(RequestFacts(.telemetry, isRetry: index >= 100), now: .start)
            }
            for _ in 0..<50 { _ = controller.admit(RequestFacts(.signal), now: .start) }
            controller.observe(.init(), stages: [], at: Moment(instant: .start, wall: evening))
            let report = controller.report(at: Moment(instant: .start, wall: evening))
            return try #require(report.lanes.first { $0.lane == .general }).desiredCapacity
        }
        #expect(try wanted(retries: 0) == wanted(retries: 1000))
        #expect(try wanted(retries: 0) > 1)
    }
}
