@testable import Engine
import TestSupport
import Testing

@Suite struct PlanForecastTests {
    /// A desk on air with a modelled audience of two million on ten nodes, and as many seconds gone as the stage needs.
    private func desk(
        _ event: LiveEvent = .fightNight(waves: WavePlan(count: 4, interval: 1000)), passed: Duration = .seconds(65)
    ) -> Desk {
        var desk = Desk([event])
        for index in 0..<10 {
            let id = NodeID("v-\(100 + index)")
            desk.hear(
                .heartbeat(
                    NodeDescription(id: id, kind: .modelled, region: "r", connectionsMax: 200_000, pace: NodePace()),
                    topics: [event.topic]), from: id)
            desk.hear(.report(NodeReport(node: id, topics: [
                TopicCount(topic: event.topic, connections: 190_000, known: 200_000, prefetched: 130_000),
            ])), from: id)
        }
        for _ in 0..<Int(passed.wholeMilliseconds / 1000) {
            desk.pass(.seconds(1))
            for index in 0..<10 {
                let id = NodeID("v-\(100 + index)")
                desk.hear(
                    .heartbeat(
                        NodeDescription(
                            id: id, kind: .modelled, region: "r", connectionsMax: 200_000, pace: NodePace()),
                        topics: [event.topic]), from: id)
            }
        }
        return desk
    }

    @Test func everyPlanThatSendsOrMovesHasAForecast() throws {
        var desk = desk()
        let newest = try #require(desk.records.last?.id)
        let intents: [Intent] = [
            .take("fight-night", "live"), .trigger("fight-night", "intermission"), .recycle("fight-night", "pre-show"),
            .reschedule("fight-night", "live", .by(30_000)), .abort("fight-night", newest),
            .resend("fight-night", newest),
        ]
        for intent in intents {
            let plan = try desk.plan(intent)
            let forecast = try #require(plan.forecast, "\(intent) has no forecast")
            #expect(!forecast.lines.isEmpty && !forecast.verdict.isEmpty, "\(intent): \(forecast)")
            #expect(forecast.bandWords == "±15%")
        }
        desk.give(.perform(.hold("fight-night")))
        let resumed = try desk.plan(.resume("fight-night"))
        #expect(resumed.forecast?.lines.count ?? 0 >= 6)
    }

    @Test func aMoveShowsTheFiguresBeforeAndAfter() throws {
        var desk = desk()
        let forecast = try desk.plan(.reschedule("fight-night", "live", .by(60_000))).told()
        let lines = Dictionary(uniqueKeysWithValues: forecast.lines.map { ($0.what, $0) })
        let time = try #require(lines["t99.9 acked"])
        #expect(time.before == time.after && time.risk.contains("budget 1 min"))
        #expect(lines["left behind"]?.after == "100.0 k")
        #expect(lines["overlap"]?.after == "none")
        #expect(lines["hold the old time"]?.after == "1.30 M")
        let prefetched = try #require(lines["prefetched at T0"])
        #expect(prefetched.before < prefetched.after, "a minute more to fetch in: \(prefetched)")
        #expect(lines["peak requests/s"]?.risk.contains("ceiling 3.00 M") == true)
        #expect(forecast.verdict == "within budget, clear of other fan-outs")
    }

    @Test func aBudgetThatCannotBeKeptIsSaid() throws {
        var event = LiveEvent.fightNight()
        event.audience.budget = 5000
        var desk = desk(event)
        let forecast = try desk.plan(.take("fight-night", "live")).told()
        #expect(forecast.severity == .warn && forecast.verdict.contains("t99.9 acked"))
        #expect(forecast.lines.first { $0.what == "t99.9 acked" }?.risk == "OVER budget 5 s")
    }

    @Test func devicesBehindSilentNodesAreCounted() throws {
        var desk = desk()
        desk.pass(.seconds(10))
        let forecast = try desk.plan(.take("fight-night", "live")).told()
        #expect(forecast.lines.isEmpty && forecast.verdict.contains("no device is connected"), "all are silent")
    }

    @Test func aForecastIsKeptWithItsBroadcastAndShownAtItsStage() throws {
        var desk = desk()
        let record = try #require(desk.records.last)
        let forecast = try #require(record.forecast)
        #expect(
            forecast.devices == 1_900_000 && forecast.offline == 100_000 && forecast.t999 != nil
                && forecast.error == nil)
        let picture = desk.snapshot(), stages = try #require(picture.events.first).stages
        #expect(stages[1].figures?.forecast == forecast)
        #expect(stages[2].forecast?.t50 != nil, "the next stage")
        #expect(stages[4].forecast == nil, "on cue, and not next")
    }

    /// Ten events, each `+` on the way to +90 s: one plan, no line of audit.
    @Test func aSecondPreviewReplacesTheFirstQuietly() throws {
        var desk = desk()
        let first = try desk.plan(.reschedule("fight-night", "live", .by(30_000)))
        let anas = try desk.plan(.reschedule("fight-night", "live", .by(30_000)), as: Desk.ana)
        let second = try desk.plan(.reschedule("fight-night", "live", .by(60_000)))
        guard case .refused = desk.give(.apply(first.id, .key)) else { Issue.record("the first was kept"); return }
        #expect(!desk.entries.contains { $0.kind == .planDiscarded })
        guard case .done = desk.give(.discard(anas.id), as: Desk.ana) else {
            Issue.record("ana's plan is her own"); return
        }
        guard case .done = desk.give(.apply(second.id, .key)) else { Issue.record("not applied"); return }
    }

    /// What is not followed any more is shown from what was noted when it ended.
    @Test func stagesKeepTheirFiguresWhenTheirBroadcastIsForgotten() throws {
        var recovered = RecoveredState()
        var run = RunOfShow(event: .fightNight(), startedAt: evening)
        try run.take(
            "pre-show", as: BroadcastID(1), position: BroadcastPosition(sequence: 1, timestamp: evening), now: evening,
            actor: .engine)
        recovered.runs = [run]
        recovered.lastBroadcast = BroadcastID(1)
        recovered.past = [BroadcastID(1): StageFigures(connected: 100, acked: 99, t50: 900, t99: 9000, t999: nil)]
        var desk = Desk([.fightNight()], recovered: recovered)
        desk.pass(.seconds(2))
        let picture = desk.snapshot(), stage = try #require(picture.events.first?.stages.first)
        #expect(stage.figures == StageFigures(connected: 100, acked: 99, t50: 900, t99: 9000, t999: nil))
    }
}

extension CommandPlan {
    fileprivate func told() throws -> PlanForecast { try #require(forecast, "\(title) has no forecast") }
}
