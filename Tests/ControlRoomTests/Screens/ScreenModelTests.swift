@testable import ControlRoom
import Engine
import TestSupport
import Testing

@Suite struct ScreenModelTests {
    @Test func fleetPutsWhatNeedsAPersonFirstAndTheWorstOnTop() {
        let model = FleetModel(FleetState(), snapshot: .alarming, now: .start)
        #expect(Set(model.attention.map(\.code)) == ["FN12", "CUP", "RED", "BRAWL"])
        #expect(model.attention.map(\.attention.severity) == [.critical, .critical, .warn, .warn])
        #expect(model.calm.map(\.code) == ["BALHOU"])
    }

    @Test func theFleetFilterLooksAtTitleCodeAndID() {
        var states = ScreenStates()
        states.filter("fn12", on: .fleet)
        #expect(FleetModel(states.fleet, snapshot: .alarming, now: .start).rows.map(\.code) == ["FN12"])
        states.filter("決勝", on: .fleet)
        #expect(!FleetModel(states.fleet, snapshot: .overflowing, now: .start).rows.isEmpty)
    }

    @Test func columnsAreDroppedByPriorityAndNeverWrap() {
        let columns = [
            Column<Int>("KEEP", 10) { "\($0)" }, Column("FIRST TO GO", 10, priority: 2) { "\($0)" },
            Column("THEN", 10, priority: 1) { "\($0)" },
        ]
        func header(_ width: Int) -> String {
            var canvas = Canvas(size: Size(width: width, height: 1))
            Table(columns, fitting: width).drawHeader(x: 0, y: 0, on: &canvas)
            return canvas.text
        }
        #expect(header(40).contains("FIRST TO"))
        #expect(!header(25).contains("FIRST") && header(25).contains("THEN"))
        #expect(header(12).contains("KEEP") && !header(12).contains("THEN"))
    }

    @Test func aBrokenLedgerIsSpelledOut() throws {
        let broadcast = try #require(EngineSnapshot.alarming.broadcasts.first)
        let line = FanOutModel.ledger(broadcast, isNarrow: false)
        #expect(line.text.contains("BROKEN, real: connected 2 135 is 5 fewer than"))
        #expect(line.style == .critical)
    }

    @Test func errorsInBothKindsDoNotCancelOut() throws {
        var broadcast = try #require(EngineSnapshot.bigBet.broadcasts.first)
        #expect(FanOutModel.ledger(broadcast, isNarrow: false).text.hasPrefix("✓"))
        broadcast.record.figures.real.acked += 7
        broadcast.record.figures.modelled.acked -= 7
        #expect(broadcast.record.figures.total.isBalanced)
        #expect(FanOutModel.ledger(broadcast, isNarrow: false).text.contains("BROKEN, real"))
    }

    @Test func aTallyIsCutOffAndNeverRoundedUp() {
        #expect(Wording.tally(99_999_999) == "99.99 M")
        #expect(Wording.tally(100_000_000) == "100.00 M")
        #expect(Wording.tally(9_999) == "9 999")
        #expect(Wording.tally(12_345) == "12.34 k")
        #expect(Wording.tally(-5) == "-5")
    }

    @Test func theVerdictComparesForecastWithBudget() throws {
        var broadcast = try #require(EngineSnapshot.bigBet.broadcasts.first)
        #expect(FanOutModel.verdict(broadcast).text.contains("ON TRACK"))
        broadcast.forecast999 = 61_000
        #expect(FanOutModel.verdict(broadcast).text.contains("LATE"))
        broadcast.forecast999 = nil
        #expect(FanOutModel.verdict(broadcast).text.contains("NO FORECAST"))
        broadcast.record.state = .aborted
        #expect(FanOutModel.verdict(broadcast).text.contains("ABORTED"))
    }

    @Test func anotherBroadcastBringsItsEventAlong() {
        var state = FanOutState(), selected: EventID? = "cup"
        let snapshot = EngineSnapshot.alarming
        #expect(state.broadcast(of: selected, in: snapshot)?.id == BroadcastID(4411))
        state.apply(.next, selected: &selected, snapshot: snapshot, now: .start, page: 18)
        #expect(selected == "bal-hou")
        #expect(state.broadcast(of: selected, in: snapshot)?.id == BroadcastID(4402))
    }

    @Test func aPersonsActWithoutAReasonIsMarked() {
        let held = EngineSnapshot.alarming.journal.first { $0.kind == .held }!
        #expect(AuditModel.why(held).text == "! no reason")
        #expect(!Wording.owesReason(EngineSnapshot.alarming.journal.first { $0.kind == .nodeLost }!))
    }

    @Test func historyAsksForTheNextPageNearItsEndAndStopsAtTheOldest() {
        var state = HistoryState()
        #expect(state.nextPage == nil)
        let sample = EngineSnapshot.calm.broadcasts[0].record
        func page(_ numbers: [Int64]) -> [BroadcastRecord] {
            numbers.map { number in
                var record = sample
                record.publication.broadcast = BroadcastID(number)
                return record
            }
        }
        state.show(page((101...300).reversed()))
        #expect(state.nextPage == nil)
        state.apply(.bottom, now: .start, page: 18)
        #expect(state.nextPage == HistoryQuery(before: BroadcastID(101), limit: 200))
        state.show(page((1...100).reversed()))
        #expect(state.isComplete)
        #expect(state.records.count == 300)
        #expect(state.nextPage == nil)
    }

    @Test func aReasonGivenLaterReplacesTheEntryWithoutOne() {
        var state = AuditState()
        var entry = JournalEntry(number: 5, at: Tonight.at(20, 0), kind: .held, actor: .person(AuditFixture.kris))
        state.show([entry])
        entry.why = "encoder restart"
        state.show([entry])
        #expect(state.shown(.empty).first { $0.number == 5 }?.why == "encoder restart")
    }

    @Test func theFixturesAddUpExceptWhereTheyShouldNot() {
        for snapshot in [EngineSnapshot.calm, .bigBet, .overflowing] {
            for broadcast in snapshot.broadcasts {
                #expect(broadcast.isBalanced)
                let broken = broadcast.record.figures.nodes.filter { !$0.ledger.isBalanced }
                #expect(broken.isEmpty)
            }
        }
        #expect(!EngineSnapshot.alarming.broadcasts[0].isBalanced)
        #expect(EngineSnapshot.bigBet.nodes.count == 512)
        #expect(EngineSnapshot.overflowing.events.count == 30)
        #expect(EngineSnapshot.overflowing.alerts.count == 40)
    }
}
