import Testing

@testable import Engine

/// A server of a fixed speed in front of which the admission stands: requests cost time, time passes in steps.
private struct LoadedDesk {
    var controller: AdmissionController
    var now = EngineInstant.start
    /// Requests the server can work off in one step.
    let capacity: Int
    private var waiting: [AdmissionController.Ticket] = []
    private(set) var admitted: [PriorityBucket: Int] = [:]
    private(set) var offered: [PriorityBucket: Int] = [:]

    init(rules: TrafficRules = TrafficRules(), capacity: Int = 100) {
        controller = AdmissionController(rules: rules, seed: 1)
        self.capacity = capacity
    }

    /// Offers so many of each class in one step and works off what the server can.
    mutating func step(_ offers: [(RequestClass, Int)]) {
        var order: [RequestClass] = []
        for (requestClass, count) in offers { order += Array(repeating: requestClass, count: count) }
        // Evenly mixed, so that no class has the step to itself.
        order = order.indices.map { order[($0 * 7919) % order.count] }
        for requestClass in order {
            offered[requestClass.bucket, default: 0] += 1
            if case .admitted(let ticket) = controller.admit(RequestFacts(requestClass), now: now) {
                admitted[requestClass.bucket, default: 0] += 1
                waiting.append(ticket)
            }
        }
        now = now + .milliseconds(Shedder.step)
        let done = waiting.prefix(capacity)
        for ticket in done { controller.finish(ticket, now: now) }
        waiting.removeFirst(done.count)
        controller.step(load: .init(processor: min(1, Double(done.count) / Double(capacity)), queueDelay: 0))
        if now.nanoseconds % 1_000_000_000 == 0 {
            controller.observe(
                .init(), stages: [], at: Moment(instant: now, wall: WallTime(milliseconds: now.nanoseconds / 1_000_000))
            )
        }
    }

    mutating func forget() { (admitted, offered) = ([:], [:]) }

    func share(_ bucket: PriorityBucket) -> Double {
        Double(admitted[bucket] ?? 0) / Double(max(1, offered[bucket] ?? 0))
    }
}

@Suite struct AdmissionTests {
    /// The rules of these tests: limits wide enough for the shedder alone to decide.
    private var rules: TrafficRules {
        var limits = TrafficLimits()
        (limits.concurrencyStart, limits.concurrencyMax) = (10_000, 10_000)
        return TrafficRules(limits: limits)
    }

    @Test func everythingIsAdmittedBelowTheSoftShare() {
        var desk = LoadedDesk(rules: rules)
        for _ in 0..<300 { desk.step([(.connect, 10), (.search, 20), (.prefetch, 15), (.telemetry, 5)]) }
        for bucket in PriorityBucket.allCases { #expect(desk.share(bucket) == 1) }
    }

    @Test func underDoubleLoadTheLowerBucketsGiveWayAndCriticalStays() {
        var desk = LoadedDesk(rules: rules)
        for _ in 0..<100 { desk.step([(.playbackStart, 20), (.search, 40), (.prefetch, 80), (.telemetry, 60)]) }
        desk.forget()
        for _ in 0..<300 { desk.step([(.playbackStart, 20), (.search, 40), (.prefetch, 80), (.telemetry, 60)]) }
        #expect(desk.share(.critical) == 1)
        #expect(desk.share(.degraded) > 0.8)
        #expect(desk.share(.bestEffort) < 0.4)
        #expect(desk.share(.bulk) < 0.1)
    }

    /// INV-22: in no window is a request refused while one of a lower bucket is admitted (beyond the one bucket at the
    /// cut).
    @Test func noBucketIsShedWhileALowerOneIsAdmitted() {
        var desk = LoadedDesk(rules: rules)
        for round in 0..<600 {
            let factor = 1 + round % 60 / 10
            desk.forget()
            desk.step([
                (.playbackStart, 10 * factor), (.search, 20 * factor), (.prefetch, 30 * factor),
                (.telemetry, 40 * factor),
            ])
            var isLowerAdmitted = false
            for bucket in PriorityBucket.allCases.reversed() {
                let share = desk.share(bucket)
                #expect(
                    !(isLowerAdmitted && share < 1),
                    "round \(round): \(bucket) was refused while a lower bucket was admitted")
                if share > 0 { isLowerAdmitted = true }
            }
        }
    }

    /// What a rehearsal projects is where the shedder of a live engine comes to rest.
    @Test(arguments: [[100, 200, 300, 100], [200, 300, 300, 400], [100, 100, 900, 100], [50, 900, 200, 200]])
    func theShedderSettlesWhereRehearsalsSay(offered: [Int]) {
        var shedder = Shedder(soft: 0.6, hard: 0.8), sums = [0.0, 0, 0, 0]
        for step in 0..<4000 {
            let shares = PriorityBucket.allCases.map(shedder.admittedShare)
            shedder.observe(utilisation: zip(offered, shares).reduce(0) { $0 + Double($1.0) * $1.1 } / 1000)
            if step >= 2000 {
                for rank in sums.indices { sums[rank] += Double(offered[rank]) * (1 - shares[rank]) / 2000 }
            }
        }
        for (mean, settled) in zip(sums, Shedder.settled(offered, soft: 600, hard: 800)) {
            #expect(abs(mean - Double(settled)) < 40, "\(offered): \(sums)")
        }
    }

    @Test func theCutComesBackToNothingWithinFiveSeconds() {
        var desk = LoadedDesk(rules: rules)
        for _ in 0..<200 { desk.step([(.playbackStart, 200), (.telemetry, 300)]) }
        for _ in 0..<50 { desk.step([(.telemetry, 5)]) }
        desk.forget()
        for _ in 0..<20 { desk.step([(.playbackStart, 2), (.telemetry, 3)]) }
        for bucket in [PriorityBucket.critical, .bulk] { #expect(desk.share(bucket) == 1) }
    }

    @Test func aFullLaneKeepsRoomForTheMoreImportant() {
        var controller = AdmissionController(rules: TrafficRules(), seed: 1)
        var admitted: [PriorityBucket: Int] = [:]
        for requestClass in [RequestClass.telemetry, .prefetch, .search, .playbackStart] {
            for _ in 0..<100 {
                guard case .admitted = controller.admit(RequestFacts(requestClass), now: .start) else { continue }
                admitted[requestClass.bucket, default: 0] += 1
            }
        }
        #expect(PriorityBucket.allCases.map { admitted[$0] ?? 0 } == [6, 6, 7, 45])
    }

    @Test func devicesThatConnectAreCriticalAndSeenInAStorm() {
        var controller = AdmissionController(rules: rules, seed: 1)
        for _ in 0..<100 { controller.step(load: .init(processor: 0.9, queueDelay: 0)) }
        let isLetIn = controller.newcomer(isHeldBack: false) == nil
        let isSentAway = controller.newcomer(isHeldBack: true) != nil
        #expect(isLetIn && isSentAway && controller.inFlight == 0)
        controller.observe(.init(), stages: [], at: Moment(instant: .start, wall: WallTime(milliseconds: 0)))
        let connects = controller.report(at: Moment(instant: .start, wall: WallTime(milliseconds: 0))).classes.first {
            $0.requestClass == .connect
        }
        #expect(connects?.offered == 2 && connects?.refused == 1)
        for _ in 0..<100 { controller.step(load: .init(processor: 1, queueDelay: 100)) }
        let isShed = (0..<20).contains { _ in controller.newcomer(isHeldBack: false) != nil }
        #expect(isShed, "above hard CRITICAL is shed too")
    }

    @Test func anOverrideHoldsWhateverTheLoad() {
        var desk = LoadedDesk(rules: rules)
        desk.controller.steering.overrides = [
            BucketOverride(bucket: .bulk, kept: 100, by: "kris", until: WallTime(milliseconds: .max)),
            BucketOverride(bucket: .degraded, kept: 0, by: "kris", until: WallTime(milliseconds: .max)),
        ]
        for _ in 0..<100 { desk.step([(.search, 50), (.telemetry, 100)]) }
        #expect(desk.share(.bulk) == 1)
        #expect(desk.share(.degraded) == 0)
    }

    @Test func theLiveLaneGoesOnWhereTheOtherSheds() {
        var controller = AdmissionController(rules: rules, seed: 1)
        for _ in 0..<100 { controller.step(load: .init(processor: 0.75, queueDelay: 0)) }
        guard case .refused = controller.admit(RequestFacts(.browse), now: .start) else {
            Issue.record("the general lane sheds at 75%")
            return
        }
        guard case .admitted = controller.admit(RequestFacts(.browse, isLive: true), now: .start) else {
            Issue.record("the live lane does not")
            return
        }
    }

    @Test func theRefusedAreToldDifferentTimesAndLaterTheMoreTheyRetry() {
        var guidance = RetryGuidance(), generator = SeededGenerator(seed: 3)
        #expect(guidance.spreadMax == 4000)
        for _ in 0..<30 { guidance.observe(requests: 1000, retries: 600) }
        #expect(guidance.isBudgetSpent)
        #expect(guidance.spreadMax == 24_000)
        let told = Set((0..<100).map { _ in guidance.retryAfter(using: &generator) })
        #expect(told.count > 95 && told.allSatisfy { (2000...24_000).contains($0) })
    }
}
