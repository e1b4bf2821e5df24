internal import Engine

/// The bad night behind `EngineSnapshot.alarming`.
enum AlarmingNight {
    private static let now = Tonight.at(20, 55, 48)

    static let snapshot: EngineSnapshot = {
        var nodes = NodeFixture.nodes(real: 2140, modelled: 64, connections: 196_000)
        nodes[8].state = .stale
        nodes[8].silence = 8400
        var snapshot = EngineSnapshot.room(now: now, nodes: nodes)
        let cup = cupFinal(nodes)
        snapshot.events = [cup, fightNight(nodes), mondayBrawl, redCarpet, football]
        snapshot.broadcasts = [stalled(cup, nodes), finished(football, Array(nodes.dropFirst(20).prefix(12)))]
        snapshot.journal = AuditFixture.alarming
        snapshot.operators = [AuditFixture.kris, AuditFixture.ana]
        snapshot.load.ackRate = 41_000
        snapshot.load.ackRateHistory = (0..<60).map { second in
            second < 22 ? 0 : max(41_000, 2_900_000 - (second - 22) * 210_000)
        }
        snapshot.alerts = [
            Alert(
                id: "ledger/cup", severity: .critical, since: Tonight.at(20, 55, 31), event: "cup",
                text:
                    "#4411 ledger does not add up: connected is 5 fewer than its parts. Note the time, tell the engine's owner."
            ),
            Alert(
                id: "gate/fight-night", severity: .critical, since: Tonight.at(20, 54, 31), event: "fight-night",
                text: "Gate ingest is NO-GO: at T-0 the clock holds. v votes, p moves live."),
            Alert(
                id: "overdue/red-carpet", severity: .warn, since: Tonight.at(20, 55, 10), event: "red-carpet",
                text: "live was planned at 20:55:10Z and waits for its TAKE."),
            Alert(
                id: "node/v-ap-ne-1-007", severity: .warn, since: Tonight.at(20, 55, 40), event: nil,
                text: "Edge node v-ap-ne-1-007 is silent for 8 s.", acknowledgedBy: "ana"),
            Alert(
                id: "hold/monday-brawl", severity: .warn, since: Tonight.at(20, 53, 40), event: "monday-brawl",
                text: "Monday Brawl is held. H resumes."),
        ]
        return snapshot
    }()

    private static func fightNight(_ nodes: [NodeSnapshot]) -> EventSnapshot {
        EventFixture.event(
            "fight-night", "Fight Night 12", code: "FN12", tier: .bigBet, now: now, planVersion: 3,
            lines: [
                .init(.preShow, .auto, Tonight.at(18, 0), taken: (Tonight.at(18, 0, 0, 100), 4398)),
                .init(.countdown, .auto, Tonight.at(20, 30), taken: (Tonight.at(20, 30, 0, 4), 4406)),
                .init(.live, .auto, Tonight.at(21, 0), waves: WavePlan(count: 8, interval: 2000)),
                .init(.intermission, .manual, nil),
                .init(.live, key: "live-2", .manual, nil),
                .init(.ending, .manual, nil),
                .init(.ended, .auto, nil),
            ],
            gates: [
                EventFixture.gate("ingest", false, "ana, encoder B frozen", at: Tonight.at(20, 54, 31)),
                EventFixture.gate("origin", true, "kris, defects 0", at: Tonight.at(20, 50)),
                EventFixture.gate("ads", nil, "nobody has voted"),
                EventFixture.gate("prefetch", true, "96.4% of 95%", at: Tonight.at(20, 55, 46)),
            ],
            attention: Attention(
                severity: .critical, reason: "2 gates are not GO: ingest (encoder B frozen), ads (no vote)"),
            undo: UndoOffer(what: "reschedule live +2 min by kris", until: Tonight.at(21, 0)),
            real: DeviceCounts(connected: 2140, known: 2225, prefetched: 2101),
            modelled: DeviceCounts(connected: 9_411_000, known: 9_800_000, prefetched: 9_447_200)
        )
    }

    private static func cupFinal(_ nodes: [NodeSnapshot]) -> EventSnapshot {
        EventFixture.event(
            "cup", "Cup: JPN v MEX", code: "CUP", tier: .high, now: now,
            lines: [
                .init(.preShow, .auto, Tonight.at(19, 0), taken: (Tonight.at(19, 0, 0, 1), 4400)),
                .init(.countdown, .auto, Tonight.at(20, 45), taken: (Tonight.at(20, 45, 0, 2), 4409)),
                .init(
                    .live, .manual, Tonight.at(20, 55), taken: (Tonight.at(20, 55, 10), 4411),
                    waves: WavePlan(count: 8, interval: 2000)),
                .init(.intermission, .manual, nil),
                .init(.ending, .manual, nil),
                .init(.ended, .auto, nil),
            ],
            attention: Attention(
                severity: .critical, reason: "#4411 stalled 38 s at wave 7/8: 81% of the un-acked in ap-ne-1"),
            real: NodeFixture.counts(nodes, .real), modelled: NodeFixture.counts(nodes, .modelled)
        )
    }

    private static var mondayBrawl: EventSnapshot {
        EventFixture.event(
            "monday-brawl", "Monday Brawl", code: "BRAWL", tier: .high, now: now,
            lines: [
                .init(.preShow, .auto, Tonight.at(20, 0), taken: (Tonight.at(20, 0), 4404)),
                .init(.countdown, .auto, Tonight.at(21, 0)),
                .init(.live, .auto, Tonight.at(21, 15)),
                .init(.ending, .manual, nil),
                .init(.ended, .auto, nil),
            ],
            hold: Hold(since: Tonight.at(20, 53, 40), by: .person(AuditFixture.kris)),
            attention: Attention(severity: .warn, reason: "held by kris for 2 min: no reason given"),
            modelled: DeviceCounts(connected: 1_920_000, known: 2_000_000, prefetched: 1_902_000)
        )
    }

    private static var redCarpet: EventSnapshot {
        EventFixture.event(
            "red-carpet", "Red Carpet Show", code: "RED", tier: .low, now: now,
            lines: [
                .init(.preShow, .auto, Tonight.at(20, 0), taken: (Tonight.at(20, 0, 0, 3), 4403)),
                .init(.live, .manual, Tonight.at(20, 55, 10)),
                .init(.ending, .manual, nil),
                .init(.ended, .auto, nil),
            ],
            attention: Attention(severity: .warn, reason: "live is 38 s overdue and waits for its TAKE"),
            modelled: DeviceCounts(connected: 960_000, known: 1_000_000)
        )
    }

    private static var football: EventSnapshot {
        EventFixture.event(
            "bal-hou", "Football: BAL-HOU", code: "BALHOU", tier: .high, now: now,
            lines: [
                .init(.preShow, .auto, Tonight.at(18, 0), taken: (Tonight.at(18, 0), 4397)),
                .init(.live, .manual, Tonight.at(20, 0), taken: (Tonight.at(20, 0, 4), 4402)),
                .init(.intermission, .manual, Tonight.at(21, 12)),
                .init(.live, key: "live-2", .manual, nil),
                .init(.ending, .manual, nil),
                .init(.ended, .auto, nil),
            ],
            modelled: DeviceCounts(connected: 2_304_000, known: 2_400_000)
        )
    }

    /// 38 s in: the nodes of ap-ne-1 have stopped, and the real kind's ledger lost five devices.
    private static func stalled(_ cup: EventSnapshot, _ nodes: [NodeSnapshot]) -> BroadcastSnapshot {
        var figures = BroadcastFixture.figures(
            over: nodes,
            share: { index, node in
                node.description.region == "ap-ne-1"
                    ? .init(sent: 0.875, acked: 0.31, lag99: 31_200) : .init(sent: 1, acked: 0.9968, lag99: 8200)
            },
            t50: 3100, t90: nil, t99: nil, t999: nil
        )
        figures.real.connected -= 5
        let record = BroadcastFixture.record(
            4411, cup, "live", at: Tonight.at(20, 55, 10), planned: Tonight.at(20, 55), by: .person(AuditFixture.ana),
            waves: WavePlan(count: 8, interval: 2000), figures: figures
        )
        return BroadcastFixture.snapshot(
            record, elapsed: 38_000, wavesSent: 7, ackRate: 41_000, ackRatePeak: 2_900_000,
            lags: [1600, 9400, 17_800, 31_200], forecast999: nil
        )
    }

    private static func finished(_ football: EventSnapshot, _ nodes: [NodeSnapshot]) -> BroadcastSnapshot {
        let record = BroadcastFixture.record(
            4402, football, "live", at: Tonight.at(20, 0, 4), planned: Tonight.at(20, 0),
            by: .person(AuditFixture.kris),
            state: .complete, completed: Tonight.at(20, 0, 48), figures: BroadcastFixture.figures(
                over: nodes, share: { _, _ in .init(sent: 1, acked: 0.999_96, lag99: 2100) },
                t50: 2400, t90: 7000, t99: 15_000, t999: 31_000
            )
        )
        return BroadcastFixture.snapshot(
            record, elapsed: 44_000, ackRate: 0, ackRatePeak: 610_000, lags: [700, 1600, 2100, 12_000], forecast999: nil
        )
    }
}
