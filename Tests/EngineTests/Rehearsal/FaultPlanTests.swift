@testable import Engine
import TestSupport
import Testing

/// Fault plans are read whole, and what does not exist is refused with what does.
@Suite struct FaultPlanTests {
    private static let events = [LiveEvent.fightNight(id: "fight-night")]
    private static let nodes: [NodeDescription] = {
        var layout = AudienceLayout(seed: 1)
        _ = layout.place("event/fight-night", devices: 4_000_000)
        return layout.nodes.map(\.description)
    }()

    private static func read(_ lines: String) -> (plan: FaultPlan, problems: [String]) {
        let file = ScheduleFile(name: "f.yaml", bytes: Array(("faults:\n" + lines).utf8))
        let read = FaultPlanReader.read(file, events: events, nodes: nodes)
        return (read.plan, read.problems.map(\.description))
    }

    @Test func everyKindIsRead() {
        let code = Self.events[0].code
        let (plan, problems) = Self.read("""
              - {at: in 30m, fault: node-loss, node: v-eu-west-01, for: 2m}
              - {at: "2026-12-25T18:00Z", fault: region-loss, region: ap-south, for: 5m}
              - {at: in 1h, fault: rack-loss, rack: eu-west/r1, for: 1m}
              - {at: \(code) live + 30s, fault: slow-node, node: v-sa-east-01, factor: 8, for: 1m}
              - {at: fight-night live - 10s, fault: saturated-rack, rack: us-east/r1, for: 1m}
              - {at: \(code) live, fault: bad-payload, share: 40%, for: 10m}
              - {at: in 5m, fault: clock-step, by: -2s}
              - {at: in 6m, fault: slow-disk, commit: 400ms, for: 5m}
              - {at: \(code) live + 10m, fault: retry-storm, event: \(code), share: 25%, guided: true}
            """)
        #expect(problems == [])
        #expect(plan.faults.count == FaultPlan.kinds.count)
        #expect(plan.faults[0].what == .audience(.dead, .node("v-eu-west-01"), factor: 1))
        #expect(plan.faults[0].at == .afterStart(1_800_000) && plan.faults[0].lasts == 120_000)
        #expect(plan.faults[4].at == .stage("fight-night", "live", -10_000))
        #expect(plan.faults[6].what == .clockStep(-2000))
        #expect(plan.faults[8].what == .retryStorm("fight-night", percent: 25, isGuided: true))
    }

    @Test(arguments: [
        (
            "- {at: in 1m, fault: node-loss, node: v-eu-west-99, for: 1m}",
            "there is no node 'v-eu-west-99' in this audience"
        ),
        ("- {at: in 1m, fault: region-loss, region: moon, for: 1m}", "write us-east, eu-west"),
        ("- {at: in 1m, fault: meteor, for: 1m}", "'meteor' is no kind of fault"),
        ("- {at: in 1m, fault: node-los, node: v-eu-west-01, for: 1m}", "write node-loss"),
        ("- {at: XX live, fault: clock-step, by: +1s}", "there is no event 'XX' in this schedule"),
        ("- {at: fight-night overtime, fault: clock-step, by: +1s}", "has no stage 'overtime'"),
        ("- {at: tomorrow, fault: clock-step, by: +1s}", "'tomorrow' is no time"),
        ("- {at: in 1m, fault: clock-step, by: 2s}", "does not say which way the clock jumps"),
        ("- {at: in 1m, fault: slow-disk, commit: 1s}", "nothing says how long the fault lasts"),
        ("- {fault: clock-step, by: +1s}", "the fault has no at"),
        ("- {at: in 1m, fault: slow-node, node: v-eu-west-01, factor: 0, for: 1s}", "outside 1...1000"),
        ("- {at: in 1m, fault: clock-step, by: +1s, colour: red}", "'colour' is no field of a fault"),
    ]) func whatIsWrongIsRefusedWithItsPlaceAndWhatExists(line: String, words: String) {
        let (plan, problems) = Self.read("  " + line)
        #expect(plan.faults.isEmpty)
        #expect(problems.contains { $0.contains(words) && $0.hasPrefix("f.yaml:2:") }, "\(problems)")
    }

    @Test func anEmptyPlanSaysWhatItShouldHold() {
        let read = FaultPlanReader.read(
            ScheduleFile(name: "f.yaml", bytes: Array("# nothing".utf8)), events: Self.events, nodes: [])
        #expect(
            read.problems.map(\.description) == [
                "f.yaml:1:1: the file holds no faults: write faults: and a list of them"
            ])
    }
}
