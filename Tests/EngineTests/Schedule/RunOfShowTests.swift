@testable import Engine
import TestSupport
import Testing

@Suite struct RunOfShowTests {
    private let start = RunOfShow(event: .fightNight(), startedAt: evening)
    private let kris = Actor.person(Operator(name: "kris", role: "SCO", terminal: "pts/1"))

    private func position(_ sequence: Int64) -> BroadcastPosition {
        BroadcastPosition(sequence: sequence, timestamp: evening + sequence)
    }

    @Test func dueStagesFireInOrderAndNotBeforeTheirTime() {
        let run = start
        #expect(run.due(at: evening + 9_999) == [])
        #expect(run.due(at: evening + 10_000) == ["pre-show"])
        #expect(run.due(at: evening + 130_000) == ["pre-show", "countdown", "live"])
    }

    @Test func aRelativeStageFollowsTheActualStartOfTheOneItHangsOn() throws {
        var run = start
        #expect(run.startTime(of: "intermission") == evening + 180_000)
        try run.take("live", as: BroadcastID(1), position: position(1), now: evening + 100_000, actor: kris)
        #expect(run.startTime(of: "intermission") == evening + 160_000)
        #expect(run.progress[0].outcome == .skipped(evening + 100_000))
    }

    @Test func aHoldStopsTheClockAndMovesWhatIsAheadByItsLength() throws {
        var run = start
        try run.holdClock(now: evening + 5_000, actor: kris, why: nil)
        #expect(run.due(at: evening + 500_000) == [])
        #expect(run.countdown(at: evening + 50_000) == 5_000)
        try run.resumeClock(now: evening + 65_000, actor: kris)
        #expect(run.startTime(of: "pre-show") == evening + 70_000)
        #expect(run.startTime(of: "live") == evening + 180_000)
        #expect(run.startTime(of: "intermission") == evening + 240_000)
        #expect(run.planVersion == 2)
    }

    @Test func aStageThatHangsOnOneAlreadySentIsMovedByAHoldOnce() throws {
        var run = start
        try run.take("live", as: BroadcastID(1), position: position(1), now: evening + 120_000, actor: kris)
        try run.holdClock(now: evening + 130_000, actor: kris, why: nil)
        try run.resumeClock(now: evening + 140_000, actor: kris)
        #expect(run.startTime(of: "intermission") == evening + 190_000)
    }

    @Test func nothingIsHeldBeforeAManualStage() throws {
        var run = start
        try run.take("intermission", as: BroadcastID(1), position: position(1), now: evening, actor: kris)
        #expect(throws: RunOfShowError.nothingToHold("ending")) {
            try run.holdClock(now: evening, actor: kris, why: nil)
        }
    }

    @Test func aMoveCarriesEveryStageThatHangsOnIt() throws {
        var run = start
        try run.move("live", .by(30_000), now: evening, actor: kris)
        #expect(run.startTime(of: "live") == evening + 150_000)
        #expect(run.startTime(of: "intermission") == evening + 210_000)
        #expect(run.startTime(of: "countdown") == evening + 60_000)
    }

    @Test func aMoveIntoThePastOrOutOfOrderIsRefusedAndChangesNothing() {
        var run = start
        let before = run
        #expect(throws: RunOfShowError.inThePast("pre-show", evening + 10_000, earliest: evening + 20_000)) {
            try run.move("pre-show", .by(0), now: evening + 20_000, actor: kris)
        }
        #expect(throws: RunOfShowError.outOfOrder("countdown", evening + 60_000, "live", evening + 20_000)) {
            try run.move("live", .by(-100_000), now: evening, actor: kris)
        }
        #expect(run == before)
    }

    @Test func recyclingPutsLaterStagesAheadAgainToWaitForTheirTake() throws {
        var run = start
        try run.take("live", as: BroadcastID(1), position: position(1), now: evening + 120_000, actor: kris)
        try run.recycle(to: "countdown", as: BroadcastID(2), position: position(2), now: evening + 125_000, actor: kris)
        #expect(run.current == "countdown")
        #expect(run.next == "live")
        #expect(run.due(at: evening + 999_000) == [])
        #expect(run.head == position(2))
    }

    @Test func aVoteIsForOneStage() throws {
        var gated = RunOfShow(event: .fightNight(liveGates: [.vote("ingest")]), startedAt: evening)
        try gated.vote(GateVote(gate: "ingest", go: true, by: kris, at: evening))
        try gated.take("live", as: BroadcastID(1), position: position(1), now: evening, actor: kris)
        #expect(gated.votes.isEmpty)
        #expect(throws: RunOfShowError.self) { try gated.vote(GateVote(gate: "ads", go: true, by: kris, at: evening)) }
    }

    @Test func everyChangeBumpsTheRevision() throws {
        var run = start
        let first = run.revision
        try run.holdClock(now: evening, actor: kris, why: nil)
        try run.resumeClock(now: evening, actor: kris)
        try run.move("live", .by(1_000), now: evening, actor: kris)
        #expect(run.revision == first + 3)
        #expect(run.changedBy == kris)
    }
}
