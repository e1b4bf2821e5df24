import Engine
import Testing

@testable import ControlRoom

/// Whole sessions: keys in, screen out.
struct RoomSessionTests {
    @Test func takeOnPlanIsTwoKeys() {
        let kris = OperatorAtDesk()
        kris.press("t").sees("TAKE  countdown -> live").sees("9.6 M modelled").press("y").sees("Done: TAKE")
        #expect(kris.applied == [.apply(1, .key, why: nil)])
    }

    @Test func enterAndEscCancelAndSpaceDoesNothing() {
        for key in [Key.enter, .escape] {
            let kris = OperatorAtDesk()
            kris.press("t").press(.character(" ")).wait(.seconds(1)).sees("TAKE").press(key).seesNo("nothing sent yet")
            #expect(kris.applied.isEmpty)
            #expect(kris.engine.commands.last == .discard(1))
        }
    }

    @Test func aSlippedRollFromTToYAppliesNothing() {
        let kris = OperatorAtDesk()
        kris.press(.character("t")).press(.character("y"))
        kris.wait(.milliseconds(249)).press(.character("y"))
        #expect(kris.applied.isEmpty)
        kris.wait(.milliseconds(1)).press(.character("y"))
        #expect(kris.applied.count == 1)
    }

    @Test func keysTypedBeforeAPlanWasPaintedAreDiscarded() {
        let kris = OperatorAtDesk()
        kris.press(.character("T"), paints: false).press(.enter, paints: false)
        kris.wait(.seconds(1))
        for letter in "FN12y" { kris.press(.character(letter), paints: false) }
        #expect(kris.applied.isEmpty)
        kris.paint()
        kris.sees("to arm:  _").press("fn12").wait(.seconds(1)).press("y")
        #expect(kris.applied == [.apply(1, .code("FN12"), why: nil)])
    }

    @Test func holdIsOneKeyFromEveryScreenAndDialog() {
        let ways: [(String, [Key])] = [
            ("fleet", []), ("event", [.character("2")]), ("help", [.character("?")]), ("picker", [.character("v")]),
            ("plan", [.character("t")]), ("history", [.character("8")]), ("frozen", [.character(" ")]),
        ]
        for (name, keys) in ways {
            let kris = OperatorAtDesk()
            for key in keys { kris.press(key) }
            kris.press(.character("H"))
            #expect(kris.performed == [.perform(.hold("fight-night"))], "from \(name)")
            if name != "frozen" { kris.sees("HOLD") }
        }
    }

    @Test func inATextFieldLettersAreTextAndF8StillHolds() {
        let kris = OperatorAtDesk()
        kris.press("i").press("Hty").sees("note Hty")
        #expect(kris.performed.isEmpty)
        kris.press(.function(8))
        #expect(kris.performed == [.perform(.hold("fight-night"))])
        kris.press(.enter)
        #expect(kris.performed.last == .perform(.note("fight-night", "Hty")))
    }

    @Test func resumeGoesThroughAPlan() {
        let kris = OperatorAtDesk()
        kris.press("H").press("H").sees("RESUME").press("y")
        #expect(kris.prepared == [.resume("fight-night")])
        #expect(kris.engine.snapshot.events[0].hold == nil)
    }

    @Test func rescheduleByThirtySecondsIsThreeKeys() {
        let kris = OperatorAtDesk()
        kris.press("p+").sees("RESCHEDULE live +30 s").sees("BEFORE").press("y")
        #expect(kris.prepared == [.reschedule("fight-night", "live", .by(30_000))])
        #expect(kris.applied.count == 1)
    }

    @Test func stepsOfAReschedulingAddUpAndATypedTimeReplacesThem() {
        let kris = OperatorAtDesk()
        kris.press("p++-").sees("RESCHEDULE live +30 s").press("45s").press(.enter).sees("RESCHEDULE live +45 s")
        #expect(kris.prepared.last == .reschedule("fight-night", "live", .by(45_000)))
        kris.press("9x").press(.enter).sees("is no time")
        #expect(kris.applied.isEmpty)
    }

    @Test func aStalePlanRefreshesWithTheReasonAndSwallowsTheKey() {
        let kris = OperatorAtDesk()
        kris.engine.change { $0.staleOnce = "Plan v3 was changed by ana 4 s ago" }
        kris.press("ty").sees("changed by ana").sees("TAKE")
        #expect(kris.prepared.count == 2)
        #expect(kris.applied.count == 1)
        kris.wait(.seconds(1)).press("y")
        #expect(kris.applied.last == .apply(2, .key, why: nil))
    }

    @Test func offPlanNeedsTheCodeAndEscStopsTheCountdownAnywhere() {
        let kris = OperatorAtDesk()
        kris.press("R").sees("Recycle FN12 to which stage?").press(.enter).sees("RECYCLE").press("yy")
        #expect(kris.applied.isEmpty)
        kris.press(.control("u")).press("FN12").press("y").sees("ARMED #1").press("?").press(.escape)
        #expect(kris.engine.commands.last == .disarm(1))
        kris.sees("Stopped").seesNo("ARMED #1")
    }

    @Test func aBigBetWaitsForAnotherOperatorWhoApproves() {
        let engine = ScriptedEngine(ScriptedEngine.quietNight(tier: .bigBet))
        let kris = OperatorAtDesk(engine)
        kris.press("t").sees("G3+2").press("FN12y").sees("waits for a second operator")
        let ana = OperatorAtDesk(engine)
        ana.sees("waits for a second operator").press("P").sees("y approve").press("y")
        #expect(engine.commands.last == .approve(1))
    }

    @Test func quitAsksAndAnAttachedRoomJustLeaves() {
        let kris = OperatorAtDesk()
        kris.press("q").sees("QUIT").press("y")
        #expect(kris.state.exit == .quit)
        let ana = OperatorAtDesk(options: RoomOptions(person: ScriptedEngine.kris, seat: .attached))
        ana.press("q")
        #expect(ana.state.exit == .detached)
        #expect(ana.engine.commands.isEmpty)
    }

    @Test func ctrlCNeverEndsTheRoom() {
        let kris = OperatorAtDesk()
        kris.press(.control("c")).sees("once more").press(.control("c")).sees("QUIT").press(.control("c")).seesNo(
            "nothing sent yet")
        #expect(kris.state.exit == nil)
    }

    @Test func suspendIsRefusedWhileAStageIsDue() {
        let kris = OperatorAtDesk()
        kris.press(.control("z"))
        #expect(kris.effects.contains(.suspend))
        kris.engine.change { $0.edit("fight-night") { $0.countdown = 60_000 } }
        let ana = OperatorAtDesk(kris.engine)
        ana.press(.control("z")).sees("Ctrl-Z is refused")
        #expect(!ana.effects.contains(.suspend))
    }

    @Test func oldDataIsMarkedAndALostEngineIsNamed() {
        let kris = OperatorAtDesk()
        kris.wait(.seconds(4)).sees("STALE 4 s")
        kris.engine.change { _ in }
        kris.pull().seesNo("STALE").pull(outage: "The engine at /run/room.sock does not answer").sees("NO ENGINE").sees(
            "does not answer")
    }

    @Test func theSelectionIsBoundToTheEventNotToTheRow() {
        let kris = OperatorAtDesk()
        #expect(kris.state.selected == "fight-night")
        kris.engine.change { $0.snapshot.events.reverse() }
        kris.press("t")
        #expect(kris.prepared == [.take("fight-night", "live")])
    }

    @Test func aReadOnlyRoomHasNoKeysThatSteer() {
        let lee = OperatorAtDesk(options: RoomOptions(person: ScriptedEngine.kris, seat: .attached, isReadOnly: true))
        lee.press("tTRp!vraiuH").press(":").press("reschedule +30s").press(.enter).sees("read-only")
        #expect(lee.engine.commands.isEmpty)
    }

    @Test func thePaletteRunsCommandsThroughTheSameGuards() {
        let kris = OperatorAtDesk()
        kris.press(":resch").press(.tab).press("live +30s").press(.enter).sees("RESCHEDULE live +30 s")
        kris.press(.escape).press(":note walk-out confirmed").press(.enter)
        #expect(kris.performed.last == .perform(.note("fight-night", "walk-out confirmed")))
        kris.press(":frobnicate").press(.enter).sees("is no command")
        kris.press(":detach").press(.enter)
        #expect(kris.state.exit == .detached)
        #expect(kris.applied.isEmpty)
    }

    @Test func aTinyTerminalStillHoldsTakesAndQuits() {
        let kris = OperatorAtDesk(size: Size(width: 20, height: 5))
        kris.sees("FN12 LIVE").press("H")
        #expect(kris.performed.count == 1)
        kris.press("H").sees("RESUME").press("y").press("t").sees("TAKE").press("y")
        #expect(kris.applied.count == 2)
        kris.press("q").press("y")
        #expect(kris.state.exit == .quit)
    }

    @Test func signalsEndTheRoomInTheirOwnWay() {
        for (signal, exit) in [(ProcessSignal.terminate, RoomExit.terminated), (.hangUp, .hungUp)] {
            let kris = OperatorAtDesk()
            kris.send(.processSignal(signal, at: Moment(instant: .start, wall: ScriptedEngine.start)))
            #expect(kris.state.exit == exit)
            #expect(kris.engine.commands.isEmpty)
        }
    }

    /// Screens keep their digits; one that no screen has is a key like any other without a meaning.
    @Test func aDigitWithoutAScreenDoesNothing() {
        let kris = OperatorAtDesk().press("3").press("6").press("0")
        #expect(kris.state.screen == .fanOut && kris.state.toast == nil)
        #expect(KeyMap.bindings.filter { $0.command.hasPrefix("screen-") }.count == Screen.allCases.count)
    }
}
