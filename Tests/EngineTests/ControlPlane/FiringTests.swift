@testable import Engine
import OrderedCollections
import TestSupport
import Testing

@Suite struct FiringTests {
    @Test func automaticStagesFireOnceInOrderAndAtTheirTime() {
        var desk = Desk([.fightNight()])
        desk.pass(.seconds(300))
        #expect(desk.stagesSent == ["pre-show", "countdown", "live", "intermission"])
        let fired = desk.entries.filter { $0.kind == .stageTaken }.map { $0.at.since(evening) }
        #expect(fired == [10_000, 60_000, 120_000, 180_000])
    }

    @Test func positionsOfATopicHaveNoGapAndRise() {
        var desk = Desk([.fightNight()])
        desk.pass(.seconds(65))
        desk.stepWall(by: -3_600_000)
        desk.pass(.seconds(240))
        let positions = desk.records.sorted { $0.id < $1.id }.map(\.publication.position)
        #expect(positions.map(\.sequence) == [1, 2, 3, 4])
        for (earlier, later) in zip(positions, positions.dropFirst()) { #expect(earlier.timestamp < later.timestamp) }
    }

    @Test(arguments: [3_600_000, -3_600_000] as [Milliseconds])
    func aStepOfTheWallClockFiresNothingTwiceAndDropsNothing(step: Milliseconds) {
        var desk = Desk([.fightNight()])
        desk.pass(.seconds(30))
        desk.stepWall(by: step)
        desk.pass(.seconds(20))
        #expect(desk.stagesSent == ["pre-show"])
        #expect(desk.entries.contains { $0.kind == .clockStepped })
        #expect(desk.snapshot().alerts.contains { $0.id == "clock/step" })
        desk.pass(.seconds(250))
        #expect(desk.stagesSent == ["pre-show", "countdown", "live", "intermission"])
    }

    /// A at 20:00:10, B two seconds after A.
    private func two() -> LiveEvent {
        let a = StageDefinition(key: "a", kind: .preShow, mode: .auto, time: .at(evening + 10_000))
        let b = StageDefinition(key: "b", kind: .live, mode: .auto, time: .after("a", 2000))
        return LiveEvent(id: "two", title: "Two", code: "TWO", tier: .low, stages: [a, b])
    }

    @Test func aStageThatHangsOnALateOneWaitsForItsOwnTime() {
        var desk = Desk([two()], at: evening + 13_000)
        desk.pass(.seconds(1))
        #expect(desk.stagesSent == ["a"])
        desk.pass(.seconds(2))
        #expect(desk.stagesSent == ["a", "b"])
    }

    @Test func aSkippedStageDoesNotMoveWhatHangsOnIt() {
        var desk = Desk([two()], at: evening + 20_000)
        desk.pass(.seconds(1))
        #expect(desk.stagesSent == ["b"])
        #expect(desk.records.first?.planned == evening + 12_000)
    }

    @Test func aStageIsCommittedBeforeItIsSent() {
        var desk = Desk([.fightNight()])
        desk.connectNode()
        desk.journalIsBroken = true
        desk.pass(.seconds(20))
        #expect(desk.published.isEmpty)
        #expect(desk.snapshot().alerts.first?.id == .journal)
        desk.journalIsBroken = false
        desk.pass(.seconds(1))
        #expect(Set(desk.published.map(\.stage)) == ["pre-show"])
        #expect(desk.stagesSent == ["pre-show"])
        #expect(desk.entries.contains { $0.kind == .journalRecovered })
    }

    @Test func aNoGoGateHoldsTheClockAtItsTime() {
        var desk = Desk([.fightNight(liveGates: [.vote("ingest")])])
        desk.pass(.seconds(150))
        #expect(desk.stagesSent == ["pre-show", "countdown"])
        let event = desk.snapshot().events[0]
        #expect(event.hold?.by == .engine)
        #expect(event.attention.severity == .critical)
        desk.give(.perform(.vote("fight-night", gate: "ingest", go: true)))
        let plan = desk.prepare(.resume("fight-night"))
        #expect(plan?.level == .g2)
        desk.give(.apply(plan!.id, .key))
        desk.pass(.seconds(1))
        #expect(desk.stagesSent.last == "live")
    }

    @Test func thePrefetchGateHoldsTheClockUntilEnoughDevicesHaveFetched() {
        let event = LiveEvent.fightNight(liveGates: [.prefetch(atLeast: 0.95)])
        var desk = Desk([event])
        desk.pass(.seconds(118))
        func report(_ fetched: Int) {
            let count = TopicCount(topic: event.topic, connections: 100, known: 100, prefetched: fetched)
            desk.connectNode()
            desk.hear(.report(NodeReport(node: "edge-1", connections: 100, topics: [count])), from: "edge-1")
        }
        report(94)
        desk.pass(.seconds(3))
        let held = desk.snapshot().events[0]
        #expect(desk.stagesSent.last == "countdown")
        #expect(held.hold?.by == .engine && held.gates.map(\.detail) == ["94% of 95%"])
        report(95)
        let released = desk.snapshot().events[0]
        #expect(released.gates.map(\.isGo) == [true])
        let plan = desk.prepare(.resume("fight-night"))
        desk.give(.apply(plan!.id, .key))
        desk.pass(.seconds(1))
        #expect(desk.stagesSent.last == "live")
    }

    @Test func afterDowntimeTheNewestDueStageFiresAndTheOthersAreSkipped() {
        var before = Desk([.fightNight()])
        before.pass(.seconds(15))
        let recovered = RecoveredState(
            runs: Array(before.runs.values), unfinished: [], lastEntry: before.entries.last!.number,
            lastBroadcast: before.records[0].id, lastEntryAt: before.now.wall, lastLifeSign: .engineStarted)
        var after = Desk([.fightNight()], at: evening + 130_000, recovered: recovered)
        after.pass(.seconds(1))
        #expect(after.stagesSent == ["live"])
        #expect(after.entries.contains { $0.kind == .stageSkipped && $0.after == "countdown" })
    }

    @Test func aStageThatIsHoursLateWaitsForAPerson() {
        var desk = Desk([.fightNight()], at: evening + 7_200_000)
        desk.pass(.seconds(1))
        #expect(desk.stagesSent == [])
        #expect(desk.snapshot().events[0].hold != nil)
    }

    @Test func manualStagesWaitUnlessNobodyCanBeThere() {
        var configuration = EngineConfiguration()
        configuration.unattendedAfter = .seconds(10)
        var desk = Desk([.fightNight()], configuration: configuration)
        desk.pass(.seconds(400))
        #expect(desk.stagesSent == ["pre-show", "countdown", "live", "intermission", "ending", "ended"])
        #expect(desk.plane.runs["fight-night"]!.isOver)
    }

    @Test func aFanOutCutShortByACrashIsSentAgainAtItsPosition() {
        var before = Desk([.fightNight()])
        before.pass(.seconds(15))
        let record = before.records[0]
        let recovered = RecoveredState(
            runs: Array(before.runs.values), logs: [record.publication.topic: [record.publication]],
            unfinished: [record],
            lastEntry: before.entries.last!.number, lastBroadcast: record.id, lastEntryAt: before.now.wall,
            lastLifeSign: .engineStarted)
        var after = Desk([.fightNight()], at: evening + 20_000, recovered: recovered)
        after.connectNode()
        #expect(after.entries.contains { $0.kind == .engineResumed && $0.broadcast == record.id })
        let logs = after.sent.compactMap {
            if case .topicLog(_, let publications, _) = $0.message { publications } else { nil }
        }
        #expect(logs == [[record.publication]])
        after.pass(.seconds(60))
        #expect(after.records.first { $0.id != record.id }?.publication.position.sequence == 2)
    }
}
