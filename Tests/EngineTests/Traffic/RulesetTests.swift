import Foundation
import TestSupport
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
        ("9bbbb33333", "...xxxxx.."),
        ("bb9bb9bb9b", ".........."),
        ("bbbb339333388", "..xxxxxxxx..."),
    ])
    func aRulesetNeedsASignalThatStands(load: String, expected: String) {
        var ruleset = RulesetSwitch(surge)
        let seen = load.enumerated().map { second, character in
            ruleset.observe(
                requests: (character.hexDigitValue ?? 0) * 10 + 5, stages: [], isRelaxed: false, at: moment(second))
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
        rules.rulesets = [
            Ruleset(name: "surge", triggers: [], assignments: [BucketAssignment(requestClass: .search, bucket: .bulk)])
        ]
        #expect(rules.bucket(of: RequestFacts(.prefetch, family: "tv/lgx 2019", event: "fight")) == .degraded)
        #expect(rules.bucket(of: RequestFacts(.prefetch, family: "tvx", event: "fight")) == .critical)
        #expect(rules.bucket(of: RequestFacts(.prefetch)) == .bestEffort)
        #expect(rules.bucket(of: RequestFacts(.search)) == .degraded)
        #expect(rules.bucket(of: RequestFacts(.search), active: ["surge"]) == .bulk)
    }

    @Test func whatSpikesWhileARuleShedsIsNoticedAgainstWhatWasBefore() {
        var watch = KnockOnWatch(KnockOnThresholds())
        func rates(_ search: Double) -> [(signal: KnockOnSignal, perSecond: Double)] {
            [(.requests(.search), search), (.retries, 0)]
        }
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

    @Test func aHandfulOfRequestsIsNoCongestion() {
        var watch = CongestionWatch()
        for _ in 0..<10 { watch.observe(offered: 4, admitted: 4) }
        for _ in 0..<5 { watch.observe(offered: 8, admitted: 0) }
        #expect(!watch.isCongested)
    }

    @Test func theLogBudgetRefillsAndCountsWhatItRefuses() {
        var budget = LogBudget(bytesPerSecond: 1000, now: .start)
        let granted = (0..<12).map { _ in budget.spend(100, now: .start) }
        #expect(granted.count { $0 } == 10)
        #expect(budget.droppedLines == 2)
        let isRefilled = budget.spend(100, now: .start + .milliseconds(100))
        #expect(isRefilled)
        let isSampledOutSpent = budget.spend(100, isSampledOut: true, now: .start + .seconds(5))
        #expect(!isSampledOutSpent)
    }
}

@Suite struct TrafficRulesReaderTests {
    private func read(_ text: String) -> (rules: TrafficRules?, problems: [String]) {
        let result = TrafficRulesReader.read(ScheduleFile(name: "rules.yaml", bytes: Array(text.utf8)))
        return (result.rules, result.problems.map { "\($0)" })
    }

    @Test func theShippedFileIsWhatHoldsWithoutOne() throws {
        let file = repositoryRoot.appending(path: "Schedules/Traffic/rules.yaml")
        #expect(read(try String(contentsOf: file, encoding: .utf8)).rules == .standard)
    }

    @Test func everyFaultSaysWhereAndWhatToWrite() {
        let result = read("""
            limits: {soft: 90%, hard: 80%, speed: 3}
            rules:
              - {class: prefech, bucket: DEGRADED}
              - {class: search}
            rulesets:
              - name: surge
                when: [{requests: 10k/s, until: 20k/s}, {for: 3s}]
                levers: [drop-row]
            """)
        #expect(result.rules == nil)
        #expect(result.problems == [
                "rules.yaml:1:32: 'speed' is no field of a set of limits: use soft, hard, concurrency, least, most, queue or logs, or remove it",
            "rules.yaml:1:9: soft must be below hard: change one of them",
            "rules.yaml:3:13: 'prefech' is no class of request: write prefetch",
            "rules.yaml:4:5: the rule has no bucket: write bucket: DEGRADED",
            "rules.yaml:7:12: it switches off above where it switches on: write an until of at most 10000/s",
            "rules.yaml:7:45: the signal says neither requests nor stage: write requests: 20k/s or stage: live",
            "rules.yaml:8:14: 'drop-row' is no lever: write drop-rows",
        ])
    }

    @Test func nodesAreSelectedByLabel() {
        let result = read("""
            nodes: [{label: spare}]
            rulesets:
              - name: on-air
                when: [{stage: live, before: 10m}]
                nodes: [{label: live, tier: big-bet}, {label: live, event: fight-night}]
            """)
        #expect(result.problems.isEmpty)
        #expect(result.rules?.nodes == [NodeSelection(label: "spare")])
        #expect(
            result.rules?.rulesets.first?.nodes == [
                NodeSelection(label: "live", tier: .bigBet), NodeSelection(label: "live", event: "fight-night"),
            ])
    }

    @Test(arguments: [
        ("nodes: [{tier: low}]", "rules.yaml:1:9: the selection of nodes has no label: write label: live"),
        (
            "nodes: [{label: Live One}]",
            "rules.yaml:1:17: 'Live One' is no label: write 1 to 32 small letters, digits and hyphens"
        ),
        (
            "nodes: [{label: x, where: y}]",
            "rules.yaml:1:20: 'where' is no field of a selection of nodes: use label, event or tier, or remove it"
        ),
        ("nodes: [" + Array(repeating: "{label: x}", count: 17).joined(separator: ", ") + "]",
         "rules.yaml:1:1: the file selects nodes in 17 lines: write at most 16"),
    ])
    func wrongSelectionsSayWhatToWrite(text: String, problem: String) {
        #expect(read(text).problems == [problem])
    }
}
