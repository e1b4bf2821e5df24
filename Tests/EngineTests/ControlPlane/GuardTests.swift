@testable import Engine
import OrderedCollections
import TestSupport
import Testing

@Suite struct GuardTests {
    @Test func aTakeOnPlanNeedsOneKey() {
        var desk = Desk([.fightNight()])
        desk.pass(.seconds(115))
        let plan = desk.prepare(.take("fight-night", "live"))
        #expect(plan?.level == .g2)
        guard case .done = desk.give(.apply(plan!.id, .key)) else { Issue.record("not done"); return }
        #expect(desk.stagesSent.last == "live")
    }

    @Test func aTakeOffPlanNeedsTheCodeAndCountsDown() {
        var desk = Desk([.fightNight()])
        desk.pass(.seconds(11))
        desk.pass(.seconds(50))
        let trigger = desk.prepare(.trigger("fight-night", "intermission"))!
        #expect(trigger.level == .g3)
        guard case .refused = desk.give(.apply(trigger.id, .key)) else {
            Issue.record("the key alone armed it"); return
        }
        guard case .refused = desk.give(.apply(trigger.id, .code("FN11"))) else {
            Issue.record("a wrong code armed it"); return
        }
        guard case .armed = desk.give(.apply(trigger.id, .code("fn12"))) else { Issue.record("not armed"); return }
        #expect(desk.snapshot().pending.count == 1)
        desk.pass(.milliseconds(2_900))
        #expect(desk.stagesSent.last == "countdown")
        desk.pass(.milliseconds(200))
        #expect(desk.stagesSent.last == "intermission")
    }

    @Test func escapeStopsAnArmedPlanAndNothingIsSent() {
        var desk = Desk([.fightNight()])
        desk.pass(.seconds(61))
        let plan = desk.prepare(.trigger("fight-night", "ending"))!
        desk.give(.apply(plan.id, .code("FN12")))
        desk.pass(.seconds(2))
        guard case .done = desk.give(.disarm(plan.id)) else { Issue.record("not disarmed"); return }
        desk.pass(.seconds(5))
        #expect(desk.stagesSent.last == "countdown")
        #expect(desk.entries.last { $0.kind == .planDisarmed } != nil)
    }

    @Test func aStalePlanIsRefusedWithWhoChangedWhat() {
        var desk = Desk([.fightNight()])
        let plan = desk.prepare(.reschedule("fight-night", "live", .by(30_000)))!
        let other = desk.prepare(.reschedule("fight-night", "live", .by(60_000)), as: Desk.ana)!
        desk.give(.apply(other.id, .key), as: Desk.ana)
        guard case .stale(let sentence) = desk.give(.apply(plan.id, .key)) else { Issue.record("applied"); return }
        #expect(sentence.contains("ana"))
        #expect(desk.plane.runs["fight-night"]!.startTime(of: "live") == evening + 180_000)
    }

    @Test func aTakeOfAStageThatIsNotNextAnyMoreIsStale() {
        var desk = Desk([.fightNight()])
        desk.pass(.seconds(61))
        guard case .stale = desk.give(.prepare(.take("fight-night", "countdown"))) else {
            Issue.record("not stale"); return
        }
    }

    @Test func aBigBetNeedsASecondPersonAtAnotherTerminal() {
        var desk = Desk([.fightNight(tier: .bigBet)])
        desk.pass(.seconds(115))
        let plan = desk.prepare(.take("fight-night", "live"))!
        #expect(plan.level == .g3TwoOperators)
        guard case .awaitingSecondOperator = desk.give(.apply(plan.id, .code("FN12"))) else {
            Issue.record("armed alone"); return
        }
        guard case .refused = desk.give(.approve(plan.id)) else { Issue.record("approved by oneself"); return }
        let sameTerminal = Actor.person(Operator(name: "jo", role: "SCO", terminal: "pts/1"))
        guard case .refused = desk.give(.approve(plan.id), as: sameTerminal) else {
            Issue.record("approved at the same terminal"); return
        }
        guard case .refused = desk.give(.approve(plan.id), as: .signal("truck")) else {
            Issue.record("approved by a machine"); return
        }
        guard case .armed = desk.give(.approve(plan.id), as: Desk.ana) else { Issue.record("not armed"); return }
        desk.pass(.milliseconds(3_100))
        #expect(desk.stagesSent.last == "live")
        #expect(desk.entries.last { $0.kind == .stageTaken }?.actor == Desk.kris)
    }

    @Test func overridingNoGoNeedsAReasonAndASecondOperator() {
        var desk = Desk([.fightNight(liveGates: [.vote("ingest")])])
        desk.pass(.seconds(115))
        let plan = desk.prepare(.take("fight-night", "live"))!
        #expect(plan.level == .g3TwoOperators && plan.needsWhy)
        guard case .refused = desk.give(.apply(plan.id, .code("FN12"), why: "  ")) else {
            Issue.record("no reason given"); return
        }
        guard case .awaitingSecondOperator = desk.give(.apply(plan.id, .code("FN12"), why: "ads lag accepted")) else {
            Issue.record("not accepted")
            return
        }
    }

    @Test func holdIsOneCommandAndEveryOtherEffectNeedsItsPlan() {
        var desk = Desk([.fightNight()])
        guard case .done = desk.give(.perform(.hold("fight-night"))) else { Issue.record("hold asked"); return }
        for intent in [
            Intent.resume("fight-night"), .take("fight-night", "pre-show"), .trigger("fight-night", "live"), .quit,
        ] {
            guard case .refused = desk.give(.perform(intent)) else {
                Issue.record("\(intent) skipped its guard"); return
            }
        }
    }

    @Test func aPreviewShowsEveryMovedLineAndChangesNothing() {
        var desk = Desk([.fightNight()])
        let before = desk.plane.runs["fight-night"]
        let plan = desk.prepare(.reschedule("fight-night", "live", .by(30_000)))!
        let moved = plan.changes.filter { $0.mark == .changed }.map {
            "\($0.what) \($0.before) \($0.after) \($0.delta)"
        }
        #expect(moved == ["live 20:02:00Z 20:02:30Z +30 s", "intermission 20:03:00Z 20:03:30Z +30 s"])
        #expect(desk.plane.runs["fight-night"] == before)
    }

    @Test func aMoveCanBeUndoneUntilItTakesEffect() {
        var desk = Desk([.fightNight()])
        let plan = desk.prepare(.reschedule("fight-night", "live", .by(30_000)))!
        desk.give(.apply(plan.id, .key))
        #expect(desk.snapshot().events[0].undo != nil)
        let undo = desk.prepare(.undo("fight-night"))!
        desk.give(.apply(undo.id, .key))
        #expect(desk.plane.runs["fight-night"]!.startTime(of: "live") == evening + 120_000)
        guard case .refused = desk.give(.prepare(.undo("fight-night"))) else { Issue.record("undone twice"); return }
    }

    @Test func anUndoThatWouldPutAStageOnAirAtOnceIsRefused() {
        var desk = Desk([.fightNight()])
        desk.pass(.seconds(61))
        let plan = desk.prepare(.reschedule("fight-night", "live", .by(600_000)))!
        desk.give(.apply(plan.id, .key))
        desk.pass(.seconds(120))
        guard case .refused = desk.give(.prepare(.undo("fight-night"))) else {
            Issue.record("undone into the past"); return
        }
        #expect(desk.stagesSent.last == "countdown")
    }

    @Test func aPlanIsStaleOnceItNeedsMoreCareThanWhenItWasPrepared() {
        var desk = Desk([.fightNight()])
        desk.pass(.seconds(61))
        let plan = desk.prepare(.take("fight-night", "live"))!
        #expect(plan.level == .g2)
        desk.give(.perform(.hold("fight-night")))
        let held = desk.prepare(.take("fight-night", "live"))!
        #expect(held.level == .g2)
        let far = desk.prepare(.reschedule("fight-night", "live", .by(600_000)))!
        desk.give(.apply(far.id, .key))
        guard case .stale = desk.give(.apply(held.id, .key)) else { Issue.record("applied"); return }
    }

    @Test func aMoveByYearsIsRefused() {
        var desk = Desk([.fightNight()])
        for move in [Move.by(.max), .by(.min), .to(WallTime(milliseconds: .max)), .to(WallTime(milliseconds: 0))] {
            guard case .refused = desk.give(.prepare(.reschedule("fight-night", "live", move))) else {
                Issue.record("\(move)"); return
            }
        }
    }

    @Test func anEditedScheduleIsAdoptedAgainstTheShowsAsTheyAreNow() {
        var desk = Desk([.fightNight()])
        var edited = LiveEvent.fightNight()
        edited.title = "Fight Night 12, extended"
        var reading = ScheduleReading()
        reading.events = [edited]
        desk.apply(.scheduleRead(reading, files: ["test.yaml"]))
        desk.pass(.seconds(65))
        let plan = desk.prepare(.adoptSchedule)!
        desk.give(.apply(plan.id, .key))
        desk.pass(.seconds(1))
        #expect(desk.plane.runs["fight-night"]!.event.title == edited.title)
        #expect(desk.plane.runs["fight-night"]!.current == "countdown")
        #expect(desk.stagesSent == ["pre-show", "countdown"], "nothing that was sent is sent again")
    }

    @Test func recyclingSendsAnEarlierStageWithANewerPosition() {
        var desk = Desk([.fightNight()])
        desk.connectNode()
        desk.pass(.seconds(121))
        let plan = desk.prepare(.recycle("fight-night", "countdown"))!
        #expect(plan.level == .g3)
        desk.give(.apply(plan.id, .code("FN12")))
        desk.pass(.seconds(4))
        #expect(desk.stagesSent == ["pre-show", "countdown", "live", "countdown"])
        #expect(desk.published.last?.position.sequence == 4)
        desk.pass(.seconds(600))
        #expect(desk.stagesSent.count == 4, "what was put back waits for its TAKE")
    }

    @Test func quittingWithWorkDueListsWhatWouldBeMissed() {
        var desk = Desk([.fightNight()])
        let plan = desk.prepare(.quit)!
        #expect(plan.level == .g3 && plan.code == "quit")
        #expect(plan.changes.contains { $0.what.contains("pre-show") })
    }

    @Test func everyEffectIsInTheJournalWithWhoBeforeAndAfter() {
        var desk = Desk([.fightNight()])
        desk.give(.perform(.hold("fight-night"), why: "replay package late"))
        let entry = desk.entries.last!
        #expect(entry.kind == .held && entry.actor == Desk.kris && entry.why == "replay package late")
        #expect(desk.entries.map(\.number) == Array(1...desk.entries.count).map(Int64.init))
    }
}
