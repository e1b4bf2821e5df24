import TestSupport
import Testing

@testable import Engine

/// Devices of a live event are told the nodes that the rules select, first.
@Suite struct NodeSelectionTests {
    private func node(_ id: NodeID, _ port: Int, _ labels: [String]? = nil, url: String? = nil, connections: Int = 0)
        -> NodeSnapshot
    {
        var description = NodeDescription(
            id: id, kind: .real, region: "local", connectionsMax: 100, labels: labels, url: url)
        description.address = "10.0.0.1:\(port)"
        return NodeSnapshot(
            description: description, state: .up, connections: connections, offline: 0, queuedBytes: 0, topicCount: 1,
            silence: 0)
    }

    private func picture(_ nodes: [NodeSnapshot], _ selections: [NodeSelection], number: Int64 = 1) -> EngineSnapshot {
        var snapshot = RoomFixture.snapshot(number: number)
        snapshot.nodes = nodes
        var report = AdmissionController(rules: TrafficRules(nodes: selections), seed: 1).report(
            at: Moment(instant: .start, wall: evening))
        report.nodes = selections
        snapshot.traffic = report
        return snapshot
    }

    private func urls(
        _ nodes: [NodeSnapshot], _ selections: [NodeSelection], host: String? = "room.example", told: String? = nil
    ) -> [String] {
        var lineup = Lineup()
        _ = lineup.take(picture(nodes, selections))
        return lineup.edgeURLs(for: lineup["fight-night"], host: host, told: told)
    }

    @Test(arguments: [
        ([], ["8081", "8082"]), ([NodeSelection(label: "live")], ["8082", "8081"]),
        ([NodeSelection(label: "live", event: "fight-night")], ["8082", "8081"]),
        ([NodeSelection(label: "live", tier: .high)], ["8082", "8081"]),
        ([NodeSelection(label: "live", event: "cup")], ["8081", "8082"]),
        ([NodeSelection(label: "live", tier: .low)], ["8081", "8082"]),
        ([NodeSelection(label: "nobody")], ["8081", "8082"]),
        ([NodeSelection(label: "eu", event: "fight-night"), NodeSelection(label: "live")], ["8081", "8082"]),
    ])
    func nodesWithTheLabelComeFirst(selections: [NodeSelection], ports: [String]) {
        let nodes = [node("edge-1", 8081, ["eu"]), node("edge-2", 8082, ["live"])]
        #expect(urls(nodes, selections) == ports.map { "ws://room.example:\($0)/v1/live" })
    }

    @Test func aNodeElsewhereSaysWhereItIs() {
        let nodes = [node("edge-1", 8081), node("far-1", 9000, ["live"], url: "wss://live.example/v1/live")]
        #expect(
            urls(nodes, [NodeSelection(label: "live")]) == [
                "wss://live.example/v1/live", "ws://room.example:8081/v1/live",
            ])
        #expect(urls(nodes, [], host: nil) == ["ws://10.0.0.1:8081/v1/live", "wss://live.example/v1/live"])
        #expect(urls(nodes, [], told: "wss://all.example/") == ["wss://all.example/", "wss://live.example/v1/live"])
    }

    @Test func nodesThatTakeNobodyAreNotTold() {
        var cordoned = node("edge-1", 8081, ["live"])
        cordoned.state = .cordoned
        #expect(
            urls([cordoned, node("edge-2", 8082)], [NodeSelection(label: "live")]) == ["ws://room.example:8082/v1/live"]
        )
    }

    @Test func theLeastFullComesFirstInTenths() {
        let nodes = [
            node("edge-1", 8081, connections: 35), node("edge-2", 8082, connections: 20),
            node("edge-3", 8083, connections: 29),
        ]
        #expect(urls(nodes, []).map { $0.dropFirst(18).prefix(4) } == ["8082", "8083", "8081"])
    }

    @Test func answersChangeWhenTheSelectionDoesAndOnlyThen() {
        let nodes = [node("edge-1", 8081), node("edge-2", 8082, ["live"])]
        var lineup = Lineup()
        _ = lineup.take(picture(nodes, [], number: 1))
        let first = lineup.epoch
        _ = lineup.take(picture(nodes, [], number: 2))
        #expect(lineup.epoch == first)
        _ = lineup.take(picture(nodes, [NodeSelection(label: "live")], number: 3))
        #expect(lineup.epoch == first + 1)
    }

    @Test func aRulesetSelectsOnlyWhileItIsOn() {
        let rules = TrafficRules(
            rulesets: [
                Ruleset(
                    name: "on-air", triggers: [.stage([.live], before: 0, after: 60_000)],
                    nodes: [NodeSelection(label: "live")])
            ],
            nodes: [NodeSelection(label: "any")])
        var controller = AdmissionController(rules: rules, seed: 1)
        let live = StageSignal(event: "fight-night", kind: .live, at: evening)
        for (offset, expected) in [(-1000, ["any"]), (0, ["live", "any"]), (60_000, ["any"])]
            as [(Milliseconds, [String])]
        {
            let moment = Moment(instant: .start + .milliseconds(offset + 1000), wall: evening + offset)
            controller.observe(.init(), stages: [live], at: moment)
            #expect(controller.report(at: moment).nodes.map(\.label) == expected, "\(offset)")
        }
    }

    @Test func everyLabelSaysHowManyNodesItWants() throws {
        // 60 connections on nodes of 100 that are to stay below 60%; the event's four known devices change nothing.
        let nodes = [node("edge-1", 8081, connections: 10), node("edge-2", 8082, ["eu", "live"], connections: 61)]
        let snapshot = picture(nodes, [NodeSelection(label: "live"), NodeSelection(label: "spare")])
        let demand = EdgeDemand.all(snapshot, try #require(snapshot.traffic))
        #expect(demand == [
                EdgeDemand(label: "", desired: 1), EdgeDemand(label: "eu", desired: 2),
                EdgeDemand(label: "live", desired: 2),
            EdgeDemand(label: "spare", desired: 1),
        ])
    }

    @Test func aLabelThatNoNodeHasIsAnAlert() {
        var desk = Desk([.fightNight()])
        desk.connectNode()
        let snapshot = picture([], [NodeSelection(label: "live")])
        desk.apply(.trafficObserved(snapshot.traffic!))
        desk.pass(.seconds(1))
        #expect(desk.snapshot().alerts.contains { $0.id == "traffic/label/live" })
        var labelled = NodeDescription(id: "edge-9", kind: .real, region: "far", connectionsMax: 10, labels: ["live"])
        labelled.address = "10.0.0.9:1"
        desk.hear(.heartbeat(labelled, topics: []), from: "edge-9")
        desk.pass(.seconds(1))
        #expect(!desk.snapshot().alerts.contains { $0.id == "traffic/label/live" }, "whichever process the node is in")
    }
}
