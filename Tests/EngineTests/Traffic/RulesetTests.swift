import Testing

@testable import Engine

@Suite struct RulesetTests {
    private let surge = Ruleset(name: "surge", triggers: [.requests(above: 100, for: 2000, below: 50, until: 3000)])

    private func moment(_ second: Int) -> Moment {
        Moment(instant: .start + .seconds(second), wall: WallTime(milliseconds: Int64(second) * 1000))
    }

    /// One digit a second, in tens of requests; `x` below means on.
    @Test(arguments: [
        ("99999999", "........"),
        ("9bbb9999", "...xxxxx"),
        ("9bbbb33333", "...xxxxxx."),
        ("bb9bb9bb9b", ".........."),
        ("bbbb339333388", "..xxxxxxxx..."),
    ])
    func aRulesetNeedsASignalThatStands(load: String, expected: String) {
        var ruleset = RulesetSwitch(surge)
        let seen = load.enumerated().map { second, character in
            ruleset.observe(requests: (character.hexDigitValue ?? 0) * 10 + 5, stages: [], isRelaxed: false, at: moment(second))
            return ruleset.active == nil ? "." : "x"
        }
        #expect(seen.joined() == expected)
    }

    @Test func aStageSwitchesItsRulesetOnBeforeItComesAndOffAfter() {
        var ruleset = RulesetSwitch(Ruleset(name: "on-air", triggers: [.stage([.live], before: 5000, after: 3000)]))
        let live = StageSignal(event: "fight", kind: .live, at: WallTime(milliseconds: 10_000))
        let seen = (0..<16).map { second in
            ruleset.observe(requests: 0, stages: [live], isRelaxed: false, at: moment(second))
            return ruleset.active == nil ? "." : "x"
        }
        #expect(seen.joined() == ".....xxxxxxxx...")
        ruleset.observe(requests: 0, stages: [live], isRelaxed: false, at: moment(10))
        #expect(ruleset.active?.why == "fight live")
    }

    @Test func aRelaxedRulesetStaysOff() {
        var ruleset = RulesetSwitch(surge)
        for second in 0..<9 { ruleset.observe(requests: 500, stages: [], isRelaxed: true, at: moment(second)) }
        #expect(ruleset.active == nil)
    }

    @Test func theFirstAssignmentThatFitsSaysTheBucket() {
        var rules = TrafficRules(assignments: [
            BucketAssignment(requestClass: .prefetch, family: "tv", bucket: .degraded),
            BucketAssignment(event: "fight", bucket: .critical),
        ])
        rules.rulesets = [Ruleset(name: "surge", triggers: [], assignments: [BucketAssignment(requestClass: .search, bucket: .bulk)])]
        #expect(rules.bucket(of: RequestFacts(.prefetch, family: "tv/lgx 2019", event: "fight")) == .degraded)
        #expect(rules.bucket(of: RequestFacts(.prefetch, family: "tvx", event: "fight")) == .critical)
        #expect(rules.bucket(of: RequestFacts(.prefetch)) == .bestEffort)
        #expect(rules.bucket(of: RequestFacts(.search)) == .degraded)
        #expect(rules.bucket(of: RequestFacts(.search), active: ["surge"]) == .bulk)
    }

    @Test func whatSpikesWhileARuleShedsIsNoticedAgainstWhatWasBefore() {
        var watch = KnockOnWatch(KnockOnThresholds())
        func rates(_ search: Double) -> [(signal: KnockOnSignal, perSecond: Double)] { [(.requests(.search), search), (.retries, 0)] }
        for second in 0..<30 { watch.observe(rates(100), isRuleActive: false, now: moment(second).instant) }
        for second in 30..<36 { watch.observe(rates(300), isRuleActive: true, now: moment(second).instant) }
        #expect(watch.lines[0].isKnockedOn == false, "it has to stand for five seconds")
        for second in 36..<45 { watch.observe(rates(300), isRuleActive: true, now: moment(second).instant) }
        #expect(watch.lines[0].isKnockedOn)
        #expect(watch.lines[0].base == 100)
        #expect((watch.lines[0].ratio ?? 0) > 250)
        #expect(!watch.lines[1].isKnockedOn)
    }

    @Test func lessDoneWhileMoreIsAskedIsCongestion() {
        var watch = CongestionWatch()
        for _ in 0..<10 { watch.observe(offered: 1000, admitted: 1000) }
        #expect(!watch.isCongested)
        for second in 0..<10 { watch.observe(offered: 1000 + second * 200, admitted: 1000) }
        #expect(!watch.isCongested, "level is shedding that works")
        for second in 0..<6 { watch.observe(offered: 3000 + second * 500, admitted: 1000 - second * 120) }
        #expect(watch.isCongested)
        for _ in 0..<12 { watch.observe(offered: 1000, admitted: 1000) }
        #expect(!watch.isCongested)
    }

    @Test func theLogBudgetRefillsAndCountsWhatItRefuses() {
        var budget = LogBudget(bytesPerSecond: 1000, now: .start)
        #expect((0..<12).count { _ in budget.spend(100, now: .start) } == 10)
        #expect(budget.droppedLines == 2 && budget.droppedBytes == 200)
        #expect(budget.spend(100, now: .start + .milliseconds(100)))
        #expect(!budget.spend(100, isSampledOut: true, now: .start + .seconds(5)))
    }
}
