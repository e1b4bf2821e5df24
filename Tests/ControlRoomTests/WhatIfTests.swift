import Engine
import TestSupport
import Testing

@testable import ControlRoom

/// What if, in the room: typed in a replay, played beside the show, laid beside what happened.
@Suite struct WhatIfTests {
    private static let rerun: Rerun = {
        let event = LiveEvent(
            id: "cup", title: "Cup: JPN v MEX", code: "CUP", tier: .high,
            stages: [
                StageDefinition(key: "pre-show", kind: .preShow, mode: .auto, time: .at(ReplayTests.start)),
                StageDefinition(key: "live", kind: .live, mode: .auto, time: .after("pre-show", 1_200_000)),
                StageDefinition(key: "ending", kind: .ending, mode: .auto, time: .after("live", 1_800_000)),
            ], audience: AudienceProfile(devices: 500))
        var show = RehearsalShow(events: [event], seed: 1)
        show.framesKept = 10
        var runner = RehearsalRunner(show)
        let records = ((try? runner.run())?.record.broadcasts ?? []).map(\.record)
        var sources = ShowScript.Sources(
            showing: ReplayTests.timeline().showing, run: RunOfShow(event: event, startedAt: ReplayTests.start))
        sources.broadcasts = records
        sources.entries = ReplayTests.timeline().entries
        return Rerun(ShowScript(sources)!, change: .hold(90_000), at: ReplayTests.start)
    }()

    private func desk() -> OperatorAtDesk {
        let kris = ReplayTests.desk(script: Self.rerun.script)
        return kris
    }

    @Test func itIsAskedForByAKeyOrAWordAndPlayedFromTheCursor() throws {
        let kris = desk()
        kris.press("w").sees("whatif")
        kris.press("hold 90s").press(.enter)
        #expect(
            kris.effects.contains(
                .branch(Rerun(Self.rerun.script, change: .hold(90_000), at: ReplayTests.start), seed: 1)))
        kris.sees("Playing CUP again")
        #expect(kris.applied.isEmpty && kris.performed.isEmpty && kris.prepared.isEmpty)
    }

    @Test func itsTableStandsBelowTheTimelineAndTheRerunCanBeLookedAt() throws {
        let kris = desk()
        let played = try #require(Branch.play(Self.rerun, seed: 1))
        let moment = Moment(instant: .start, wall: ScriptedEngine.start)
        kris.send(.branched(PlayedBranch(report: played.report, recording: played.recording), at: moment))
        for text in ["What if at 20:00:00Z: hold for 1 min 30 s", "ACTUAL", "live on air", "+1m30s", "REPLAY"] {
            kris.sees(text)
        }
        kris.press(":").press("whatif look").press(.enter)
        kris.sees("REHEARSAL").seesNo("REPLAY").sees("what if: hold for 1 min 30 s")
        kris.press("f").seesNo("REHEARSAL")
    }

    @Test func outsideAReplayItIsRefusedWithTheWayThere() {
        let kris = OperatorAtDesk()
        kris.press(":").press("whatif hold 90s").press(.enter)
        kris.sees("A branch begins in a replay")
    }

    @Test(arguments: [
        ("without", BranchChange.without), ("later 30s", .shift(30_000)), ("earlier 1m", .shift(-60_000)),
        ("hold 90s", .hold(90_000)),
        ("take", .take), ("trigger live", .act(.trigger("live"))), ("recycle live", .act(.recycle("live"))),
        ("abort", .act(.abort)),
        ("move +30s", .move(nil, 30_000)), ("move ending -1m", .move("ending", -60_000)),
        (
            "fault dead rack eu-west/r1 for 60s",
            .act(.drill(.init(kind: .dead, place: .rack("eu-west/r1"), factor: 8, lasts: 60_000)))
        ),
        ("waves 8x5s", .act(.set(.waves(count: 8, interval: 5000)))),
        ("audience 20M", .act(.set(.devices(20_000_000)))),
        ("offline 10%", .act(.set(.offline(0.1)))), ("loss 3%", .act(.set(.loss(0.03)))),
        ("latency 300ms", .act(.set(.latency(300)))),
    ]) func changesAreReadAsOperatorsTypeThem(text: String, change: BranchChange) throws {
        let words = text.split(separator: " ").map(String.init)
        #expect(try ChangeParser.parse(words, now: ReplayTests.start).get().change == change)
        #expect(try ChangeParser.parse(words + ["seed", "7"], now: ReplayTests.start).get().seed == 7)
    }

    @Test(arguments: [
        "", "hold", "hold x", "waves 8", "waves 99x5s", "loss 3", "offline 99%", "later", "move", "fault dead",
        "frobnicate", "hold 90s seed x",
    ])
    func nonsenseIsAnsweredWithTheUsage(text: String) {
        let parsed = ChangeParser.parse(text.split(separator: " ").map(String.init), now: ReplayTests.start)
        guard case .failure(let failure) = parsed else { Issue.record("‘\(text)’ was read"); return }
        #expect(!failure.sentence.isEmpty)
    }
}
