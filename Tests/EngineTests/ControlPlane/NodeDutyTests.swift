@testable import Engine
import TestSupport
import Testing

/// Drain and cordon, as an operator meets them.
@Suite struct NodeDutyTests {
    private func desk(_ connections: [NodeID: Int], configuration: EngineConfiguration = EngineConfiguration()) -> Desk
    {
        var desk = Desk([.fightNight()], configuration: configuration)
        for (node, count) in connections.sorted(by: { $0.key < $1.key }) {
            desk.connectNode(node)
            desk.hear(.report(NodeReport(node: node, connections: count)), from: node)
        }
        return desk
    }

    private func refusal(_ reply: EngineReply) -> String {
        if case .refused(let sentence) = reply { sentence } else { "not refused: \(reply)" }
    }

    @Test func aDrainShowsItsPlanAndTakesEffectWithOneKey() {
        var desk = desk(["edge-1": 40, "edge-2": 10])
        let plan = desk.prepare(.drain("edge-1", over: 90_000))
        #expect(plan?.level == .g2 && plan?.title == "DRAIN edge-1 over 1 min 30 s")
        #expect(plan?.changes.map(\.after) == ["emptied over 1 min 30 s, then cordoned"])
        #expect(plan?.facts.map(\.label) == ["moves", "to", "reconnects", "undo"])
        #expect(!desk.sent.contains { if case .duty = $0.message { true } else { false } }, "a plan does nothing yet")
        let applied = desk.give(.apply(plan?.id ?? 0, .key))
        #expect(applied == .done(desk.entries.last?.number, "edge-1 is emptied over 1 min 30 s: 40 connections move."))
        #expect(desk.sent.last?.message == .duty(NodeDuty(revision: 1, kind: .draining(over: 90_000))))
        #expect(desk.entries.last?.kind == .nodeDrained && desk.entries.last?.before == "up, 40 connections")
    }

    @Test func thePictureFollowsWhatTheNodeSays() {
        var desk = desk(["edge-1": 40, "edge-2": 10])
        func state() -> NodeSnapshot.State? { desk.snapshot().nodes.first?.state }
        if let plan = desk.prepare(.drain("edge-1", over: nil)) { desk.give(.apply(plan.id, .key)) }
        #expect(state() == .up)
        desk.hear(.duty(NodeDuty(revision: 1, kind: .draining(over: 30_000))), from: "edge-1")
        #expect(state() == .draining)
        desk.hear(.report(NodeReport(node: "edge-1", connections: 0)), from: "edge-1")
        #expect(state() == .cordoned)
        if let plan = desk.prepare(.uncordon("edge-1")) { desk.give(.apply(plan.id, .key)) }
        #expect(desk.sent.last?.message == .duty(NodeDuty(revision: 2, kind: .open)))
    }

    @Test func aDrainWithNowhereToGoIsRefused() {
        var alone = desk(["edge-1": 5])
        let refused = refusal(alone.give(.prepare(.drain("edge-1", over: nil))))
        #expect(refused.hasPrefix("edge-1 is the only edge node that takes devices"))
        var full = desk(["edge-1": 50, "edge-2": 80])
        let tooMany = refusal(full.give(.prepare(.drain("edge-1", over: nil))))
        #expect(tooMany.contains("room for 20"))
    }

    @Test func aHerdThatIsTooFastIsRefusedWithTheWindowThatWouldDo() {
        var configuration = EngineConfiguration()
        configuration.herdMax = 10
        var desk = desk(["edge-1": 45, "edge-2": 0], configuration: configuration)
        let refused = refusal(desk.give(.prepare(.drain("edge-1", over: 1000))))
        #expect(refused.hasSuffix("drain over 4.5 s or longer."))
        let slower = desk.prepare(.drain("edge-1", over: 4500))
        #expect(slower != nil)
    }

    @Test func aPlanIsCheckedAgainWhenItIsApplied() {
        var desk = desk(["edge-1": 5, "edge-2": 5])
        let first = desk.prepare(.drain("edge-1", over: nil)), second = desk.prepare(.drain("edge-2", over: nil))
        desk.give(.apply(first?.id ?? 0, .key))
        let refused = refusal(desk.give(.apply(second?.id ?? 0, .key)))
        #expect(refused.hasPrefix("edge-2 is the only edge node"))
    }

    @Test func modelledAndUnknownNodesAreRefusedInWords() {
        var desk = desk(["edge-1": 5])
        desk.hear(
            .heartbeat(NodeDescription(id: "v-1", kind: .modelled, region: "eu", connectionsMax: 10), topics: []),
            from: "v-1")
        let refused = refusal(desk.give(.prepare(.cordon("v-1"))))
        #expect(refused.contains("modelled"))
        let unknown = refusal(desk.give(.prepare(.cordon("edge-9"))))
        #expect(unknown == "There is no edge node 'edge-9'. Real ones are edge-1.")
    }
}
