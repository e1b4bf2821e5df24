internal import Engine

/// The fullest night there is: behind `EngineSnapshot.overflowing` and `.bigBet`.
enum FullNight {
    private static let now = Tonight.at(21, 0, 19, 400)
    private static let nodes = NodeFixture.nodes(real: 9_800, modelled: 511, connections: 196_500)

    /// The Big Bet alone on the 512 nodes, 19.4 s into its LIVE.
    static let bigBet: EngineSnapshot = {
        var snapshot = EngineSnapshot.room(now: now, nodes: nodes)
        let event = fightNight
        snapshot.events = [event]
        snapshot.broadcasts = [fanOut(event)]
        snapshot.journal = [
            JournalEntry(
                number: 70, at: Tonight.at(21, 0, 0, 1), kind: .stageTaken, event: event.id, actor: .engine,
                before: "countdown", after: "live", broadcast: BroadcastID(4412))
        ]
        snapshot.load.ackRate = 4_410_000
        snapshot.load.ackRateHistory = (0..<60).map { $0 < 41 ? 0 : min(5_020_000, ($0 - 40) * 640_000) }
        return snapshot
    }()

    /// The same night with thirty events, forty alerts and fifty journal entries.
    static let snapshot: EngineSnapshot = {
        var snapshot = bigBet
        snapshot.events += (1..<30).map(event)
        snapshot.broadcasts += snapshot.events[1...].filter { $0.lastBroadcast != nil }.prefix(12).map(small)
        snapshot.alerts = (1...40).map { number in
            Alert(
                id: AlertID("node/v-\(number)"), severity: number <= 12 ? .critical : .warn,
                since: Tonight.at(20, 59, Int64(number)),
                event: nil,
                text:
                    "Edge node v-eu-west-\(100 + number) is silent for \(number) s, which is longer than its lease of five seconds allows."
            )
        }
        snapshot.journal += (0..<49).map(entry)
        return snapshot
    }()

    /// The entry `back` places before the newest one.
    private static func entry(_ back: Int) -> JournalEntry {
        let isPlan = back.isMultiple(of: 5)
        let note = "決勝 の 🥊 note that is far longer than any column of the room would ever let through"
        return JournalEntry(
            number: EntryNumber(69 - back), at: Tonight.at(20, 59, 50) - Milliseconds(back * 41_000),
            kind: isPlan ? .rescheduled : .noted, event: EventID("event-\(1 + back % 29)"),
            actor: .person(back.isMultiple(of: 2) ? AuditFixture.kris : AuditFixture.ana),
            before: isPlan ? "live 21:00:00Z" : nil, after: isPlan ? "live 21:05:00Z" : note,
            why: isPlan && back.isMultiple(of: 2) ? "director's word" : nil
        )
    }

    private static var fightNight: EventSnapshot {
        EventFixture.event(
            "fight-night", "Fight Night 12", code: "FN12", tier: .bigBet, now: now, planVersion: 3,
            lines: [
                .init(.preShow, .auto, Tonight.at(18, 0), taken: (Tonight.at(18, 0, 0, 100), 4398)),
                .init(.countdown, .auto, Tonight.at(20, 30), taken: (Tonight.at(20, 30, 0, 4), 4406)),
                .init(
                    .live, .auto, Tonight.at(21, 0), taken: (Tonight.at(21, 0, 0, 1), 4412),
                    waves: WavePlan(count: 8, interval: 2000)),
                .init(.intermission, .manual, nil),
                .init(.live, key: "live-2", .manual, nil),
                .init(.ending, .manual, nil),
                .init(.ended, .auto, nil),
            ],
            real: NodeFixture.counts(nodes, .real), modelled: NodeFixture.counts(nodes, .modelled)
        )
    }

    private static func fanOut(_ event: EventSnapshot) -> BroadcastSnapshot {
        var random = SeededGenerator(seed: 4412)
        let figures = BroadcastFixture.figures(
            over: nodes,
            share: { index, node in
                let slow = (60..<78).contains(index)
                return .init(
                    sent: slow ? 0.612 : Double.random(in: 0.93...1, using: &random),
                    acked: slow ? 0.797 : Double.random(in: 0.84...1, using: &random),
                    lag99: slow
                        ? 19_200 - Milliseconds(index) * 10 : 6000 + Milliseconds.random(in: 0...6000, using: &random)
                )
            },
            t50: 11_000, t90: nil, t99: nil, t999: nil
        )
        let record = BroadcastFixture.record(
            4412, event, "live", at: Tonight.at(21, 0, 0, 1), planned: Tonight.at(21, 0),
            waves: WavePlan(count: 8, interval: 2000), figures: figures
        )
        return BroadcastFixture.snapshot(
            record, elapsed: 19_400, wavesSent: 6, ackRate: 4_410_000, ackRatePeak: 5_020_000,
            lags: [1600, 9400, 17_800, 19_200], forecast999: 49_000
        )
    }

    /// Event `number` of thirty: every third needs a person, every fifth has a title no column can hold.
    private static func event(_ number: Int) -> EventSnapshot {
        let titles = [
            "決勝 🥊 é \(number): the final that will not end", "Football week \(number)",
            "An anthology of extraordinarily long event titles, part \(number)", "Late Set \(number)",
            "日本 v メキシコ \(number)",
        ]
        let isLive = number.isMultiple(of: 4)
        let needsPerson = number.isMultiple(of: 3)
        return EventFixture.event(
            EventID("event-\(number)"), titles[number % titles.count], code: "EV\(number)",
            tier: Tier.allCases[number % 3], now: now,
            lines: [
                .init(
                    .preShow, .auto, Tonight.at(20, Int64(number)),
                    taken: (Tonight.at(20, Int64(number), 0, 2), Int64(4300 + number))),
                .init(
                    .live, isLive ? .manual : .auto, Tonight.at(21, Int64(number * 2)),
                    taken: isLive ? (Tonight.at(20, 58), Int64(4330 + number)) : nil),
                .init(.intermission, .manual, isLive ? nil : Tonight.at(22, 0)),
                .init(.ending, .manual, nil),
                .init(.ended, .auto, nil),
            ],
            attention: needsPerson
                ? Attention(
                    severity: number.isMultiple(of: 2) ? .critical : .warn,
                    reason:
                        "gate 決勝 is NO-GO: the reason given at the desk is longer than this line can ever be, é and all"
                )
                : Attention(),
            modelled: DeviceCounts(connected: 1_000_000 * number, known: 1_050_000 * number)
        )
    }

    private static func small(_ event: EventSnapshot) -> BroadcastSnapshot {
        let stage = event.current ?? "pre-show"
        let record = BroadcastFixture.record(
            event.lastBroadcast?.number ?? 1, event, stage, at: Tonight.at(20, 58), planned: Tonight.at(20, 58),
            state: .complete, completed: Tonight.at(20, 58, 40), figures: BroadcastFixture.figures(
                over: Array(nodes.dropFirst().prefix(6)), share: { _, _ in .init(sent: 1, acked: 0.9998, lag99: 2100) },
                t50: 1200, t90: 4000, t99: 9000, t999: 31_000
            )
        )
        return BroadcastFixture.snapshot(
            record, elapsed: 40_000, ackRate: 0, ackRatePeak: 240_000, lags: [600, 1500, 2100, 11_000], forecast999: nil
        )
    }
}
