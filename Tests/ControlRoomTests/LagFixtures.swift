@testable import Engine

/// Who is behind on the newest broadcast of a night's first event, made up from its ledger.
enum LagFixture {
    static func report(_ snapshot: EngineSnapshot, grouping: LagGrouping = .cause) -> LagReport? {
        guard let event = snapshot.events.first else { return nil }
        let record = snapshot.broadcasts.first { $0.record.event == event.id }?.record
        let ledger = record?.figures.total ?? DeliveryLedger(), behind = ledger.unacked * 9 / 10
        let nodes = snapshot.nodes.prefix(6).map(\.id)
        var report = LagReport(
            query: LagQuery(topic: Topic(event: event.id), grouping: grouping), broadcast: record?.id,
            stage: record?.publication.stage, at: snapshot.at, nodesAsked: snapshot.nodes.count,
            nodesHeard: max(0, snapshot.nodes.count - (snapshot.nodes.count > 100 ? 3 : 0)), devices: behind,
            freshCount: ledger.unacked - behind, rows: [], families: [], sample: [], device: nil, ledger: ledger)
        guard behind > 0 else { return report }
        let causes: [(LagCause, Int, (Int, Int, Int)?, Milliseconds)] = [
            (.dropped, 52, nil, 41_000), (.queue, 28, (92, 5, 3), 36_000), (.client, 13, (2, 6, 92), 52_000),
            (.network, 6, (4, 90, 6), 29_000), (.unknown, 1, nil, 67_000),
        ]
        report.rows = causes.map { cause, share, split, oldest in
            row(cause.rawValue, behind * share / 100, oldest, split, drains: cause == .queue)
        }
        report.families = DeviceCatalogue.families.enumerated().map { index, family in
            row(family.rawValue, behind / (index + 2), 20_000 + Milliseconds(index) * 3000, nil, drains: false)
        }
        report.sample = (0..<min(40, behind)).map { index in
            LaggingDevice(
                id: index == 0 ? "tv-wohnzimmer-9f31c2-with-a-long-name" : "d-\(index * 7919)",
                make: DeviceCatalogue.entries[(index * 5) % DeviceCatalogue.entries.count].make,
                kind: index == 0 ? .real : .modelled, node: nodes.isEmpty ? "edge-1" : nodes[index % nodes.count],
                region: "sa-east", line: ["waiting", "retrying", "dropped"][index % 3],
                cause: LagCause.allCases[index % 4],
                isConnected: index % 3 != 2, applied: 2, lag: 69_100 - Milliseconds(index) * 700, tries: index % 4)
        }
        return report
    }

    private static func row(
        _ name: String, _ devices: Int, _ oldest: Milliseconds, _ split: (Int, Int, Int)?, drains: Bool
    ) -> LagReport.Row {
        LagReport.Row(
            name: name, devices: devices, oldest: oldest, queue: split?.0, network: split?.1, client: split?.2,
            trend: (0..<10).map { drains ? devices * (20 - $0) / 10 : devices }, drainsIn: drains ? 14_000 : nil)
    }
}
