public import Engine

/// Pictures of the room that screens are drawn from in tests: what an operator meets on a quiet
/// night, on a bad one, on a fresh machine and on the fullest night there is.
extension EngineSnapshot {
    /// Two events on plan, one of them on air soon; its last broadcast went well.
    public static let calm: EngineSnapshot = {
        let now = Tonight.at(20, 55, 48)
        let nodes = NodeFixture.nodes(real: 3, modelled: 50, connections: 192_000)
        let real = NodeFixture.counts(nodes, .real), modelled = NodeFixture.counts(nodes, .modelled)
        let main = EventFixture.event(
            "tonight", "Tonight's Main Event", code: "TN1", tier: .high, now: now,
            lines: [
                .init(
                    .preShow, .auto, Tonight.at(20, 0), taken: (Tonight.at(20, 0, 0, 2), 1),
                    figures: StageFigures(connected: 8_920_000, acked: 8_919_100, t50: 900, t99: 10_200, t999: 30_700)),
                .init(.countdown, .auto, Tonight.at(20, 50), taken: (Tonight.at(20, 50, 0, 1), 2)),
                .init(
                    .live, .auto, Tonight.at(21, 0), waves: WavePlan(count: 8, interval: 500),
                    forecast: foretold(9_600_000, t50: 2300, t99: 13_500, t999: 61_000)),
                .init(.intermission, .auto, Tonight.at(21, 45)),
                .init(.live, key: "live-2", .auto, Tonight.at(22, 0)),
                .init(.ending, .manual, nil),
                .init(.ended, .auto, nil),
            ],
            gates: [
                EventFixture.gate("ingest", true, "ana, healthy", at: Tonight.at(20, 51)),
                EventFixture.gate("prefetch", true, "96.4% of 95%", at: Tonight.at(20, 55, 40)),
            ],
            real: real, modelled: modelled
        )
        let late = EventFixture.event(
            "late-set", "Comedy: Late Set", code: "LATE", tier: .low, now: now,
            lines: [
                .init(.preShow, .auto, Tonight.at(20, 15), taken: (Tonight.at(20, 15, 0, 3), 3)),
                .init(
                    .countdown, .auto, Tonight.at(21, 25),
                    forecast: foretold(480_000, t50: 700, t99: 10_300, t999: 29_000)),
                .init(.live, .auto, Tonight.at(21, 40)),
                .init(.ending, .manual, nil),
                .init(.ended, .auto, nil),
            ],
            modelled: DeviceCounts(connected: 480_000, known: 500_000, prefetched: 356_500)
        )
        let done = BroadcastFixture.record(
            2, main, "countdown", at: Tonight.at(20, 50, 0, 1), planned: Tonight.at(20, 50), state: .complete,
            completed: Tonight.at(20, 50, 31), figures: BroadcastFixture.figures(
                over: nodes, share: { _, _ in .init(sent: 1, acked: 0.999_62, lag99: 2100) },
                t50: 1400, t90: 4100, t99: 9800, t999: 30_800
            ),
            forecast: foretold(9_600_000, t50: 1300, t99: 10_300, t999: 29_700, error: -49)
        )
        let earlier = BroadcastFixture.record(
            3, late, "pre-show", at: Tonight.at(20, 15, 0, 3), planned: Tonight.at(20, 15), state: .complete,
            completed: Tonight.at(20, 15, 19), figures: BroadcastFixture.figures(
                over: Array(nodes.dropFirst().prefix(2)), share: { _, _ in .init(sent: 1, acked: 1, lag99: 1700) },
                t50: 900, t90: 2400, t99: 6200, t999: 14_000
            ),
            forecast: foretold(480_000, t50: 900, t99: 6000, t999: 11_700, error: 197)
        )
        var snapshot = room(now: now, nodes: nodes)
        snapshot.events = [main, late]
        snapshot.broadcasts = [earlier, done].map {
            BroadcastFixture.snapshot(
                $0, elapsed: 31_000, ackRate: 0, ackRatePeak: 812_000, lags: [640, 1500, 2100, 9200], forecast999: nil
            )
        }
        snapshot.journal = AuditFixture.calm
        return snapshot
    }()

    /// The calm night with the late set's countdown at 21:00 as well: its fan-out would run into the main event's.
    public static let crowded: EngineSnapshot = {
        var snapshot = calm
        let reason = "LATE countdown starts with TN1 LIVE -> peak 7.10 M dev/s vs 5.00 M ceiling"
        snapshot.events[1].stages[1].planned = Tonight.at(21, 0)
        snapshot.events[1].nextAt = Tonight.at(21, 0)
        snapshot.events[1].countdown = 252_000
        snapshot.events[1].attention = Attention(severity: .warn, reason: reason)
        snapshot.events[1].proposal = ProposedMove(stage: "countdown", by: 30_000)
        snapshot.alerts = [
            Alert(id: "airspace/late-set", severity: .warn, since: Tonight.at(20, 45), event: "late-set", text: reason)
        ]
        return snapshot
    }()

    private static func foretold(
        _ devices: Int, t50: Milliseconds, t99: Milliseconds, t999: Milliseconds, error: Int? = nil
    ) -> BroadcastForecast {
        BroadcastForecast(
            devices: devices, offline: devices / 24, t50: t50, t99: t99, t999: t999, peakRate: devices / 3, band: 60,
            error: error)
    }

    /// Five events: a gate says NO-GO before a Big Bet, a fan-out has lost a region and its ledger does
    /// not add up, one is held, one is overdue for its TAKE, and one is well. An edge node is silent.
    public static let alarming: EngineSnapshot = AlarmingNight.snapshot

    /// A fresh engine: no schedule, no audience, nothing in the journal but its start.
    public static let empty: EngineSnapshot = {
        let now = Tonight.at(20, 55, 48)
        var snapshot = room(now: now, nodes: [])
        snapshot.load = LoadSnapshot()
        snapshot.journal = [JournalEntry(number: 1, at: Tonight.at(20, 55, 40), kind: .engineStarted, actor: .engine)]
        return snapshot
    }()

    /// Thirty events with titles that are long or wide, 512 edge nodes, forty alerts.
    public static let overflowing: EngineSnapshot = FullNight.snapshot

    /// A Big Bet's LIVE at 87 % of a hundred million devices, a few of them real, on 512 edge nodes.
    public static let bigBet: EngineSnapshot = FullNight.bigBet

    /// The calm night with a plan that counts down and one that waits for a second operator.
    public static let armed: EngineSnapshot = {
        var snapshot = calm
        let kris = AuditFixture.kris
        snapshot.pending = [
            PendingPlan(
                plan: CommandPlan(
                    id: 7, intent: .trigger("tonight", "intermission"), event: "tonight",
                    title: "TRIGGER intermission", level: .g3, revision: 12, code: "TN1", by: .person(kris)
                ),
                firesAt: snapshot.at + 2400
            ),
            PendingPlan(
                plan: CommandPlan(
                    id: 8, intent: .take("late-set", "countdown"), event: "late-set",
                    title: "TAKE pre-show -> countdown", level: .g3TwoOperators, revision: 12, code: "LATE",
                    by: .person(kris)
                ),
                firesAt: nil
            ),
        ]
        return snapshot
    }()

    /// The calm night with an edited schedule file on offer; `problems` makes it one that cannot be adopted.
    public static func offered(problems: [String] = []) -> EngineSnapshot {
        var snapshot = calm
        snapshot.offered = OfferedSchedule(
            files: ["Schedules/tonight.yaml"],
            changes: problems.isEmpty ? [
                PlanChange(mark: .changed, what: "TN1 live", before: "21:00:00Z", after: "21:05:00Z", delta: "+5 min"),
                    PlanChange(
                        mark: .changed, what: "TN1 intermission", before: "21:45:00Z", after: "21:50:00Z",
                        delta: "+5 min"),
                PlanChange(mark: .added, what: "LATE ended", after: "after ending +10 min"),
            ] : [],
            problems: problems
        )
        return snapshot
    }

    /// An engine's room with nothing scheduled, on `nodes`.
    static func room(now: WallTime, nodes: [NodeSnapshot]) -> EngineSnapshot {
        var snapshot = EngineSnapshot(
            number: 4711, at: now,
            engine: EngineInfo(
                process: 4242, startedAt: Tonight.at(20, 55, 40), host: "toc-1",
                database: "/var/lib/control-room/room.sqlite",
                edgeAddress: "127.0.0.1:8081", httpAddress: "127.0.0.1:8080", clockDrift: 3
            ),
            nodes: nodes, operators: [AuditFixture.kris]
        )
        snapshot.load.real = NodeFixture.counts(nodes, .real)
        snapshot.load.modelled = NodeFixture.counts(nodes, .modelled)
        snapshot.load.ackRateHistory = (0..<60).map { second in
            second > 20 && second < 34 ? 812_000 - (second - 21) * 60_000 : 0
        }
        return snapshot
    }
}
