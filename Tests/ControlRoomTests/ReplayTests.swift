import Engine
import TestSupport
import Testing

@testable import ControlRoom

/// The scrubber, and the room while it shows a past moment.
@Suite struct ReplayTests {
    static let start = Tonight.at(20, 0)

    /// A showing of an hour, recorded in pieces.
    static func timeline(_ pieces: [(first: Int64, from: Milliseconds, until: Milliseconds)] = [(1, 0, 3_600_000)])
        -> Timeline
    {
        var showing = Showing(event: "cup", title: "Cup: JPN v MEX", tier: .high, first: BroadcastID(1), from: start)
        showing.last = BroadcastID(3)
        showing.until = start + 3_600_000
        showing.broadcastCount = 3
        showing.hasFrames = true
        showing.t999Max = 41_000
        showing.lateMax = 12_000
        (showing.connected, showing.acked) = (9_600_000, 9_598_000)
        var timeline = Timeline(showing: showing)
        timeline.pieces = pieces.map {
            RecordingPiece(
                first: $0.first, last: $0.first + ($0.until - $0.from) / 1000, from: start + $0.from,
                until: start + $0.until)
        }
        timeline.samples = timeline.pieces.flatMap { piece in
            stride(from: piece.first, through: piece.last, by: 20).map { frame in
                let second = Int(piece.from.since(start) / 1000 + frame - piece.first)
                let late = second % 1200
                return TimelineSample(
                    frame: frame, at: piece.from + (frame - piece.first) * 1000,
                    ackRate: late < 120 ? 400_000 - late * 3000 : 0,
                    unacked: late < 160 ? 1_600_000 - late * 10_000 : 0, warnCount: second > 2000 ? 1 : 0,
                    criticalCount: (2400..<2600).contains(second) ? 1 : 0)
            }
        }
        timeline.stages = [("pre-show", 0), ("live", 1_200_000), ("ending", 3_000_000)].enumerated().map {
            index, stage in
            TimelineStage(stage: StageKey(stage.0), at: start + stage.1, broadcast: BroadcastID(Int64(index + 1)))
        }
        timeline.entries = [
            JournalEntry(
                number: 5, at: start + 600_000, kind: .rescheduled, event: "cup", actor: .person(AuditFixture.kris),
                before: "live 20:15:00Z", after: "live 20:20:00Z", why: "previous act runs over"),
            JournalEntry(
                number: 6, at: start + 1_200_000, kind: .stageTaken, event: "cup", actor: .engine, before: "pre-show",
                after: "live"),
            JournalEntry(
                number: 7, at: start + 2_500_000, kind: .held, event: "cup", actor: .person(AuditFixture.ana),
                before: "running", after: "HOLD"),
        ]
        return timeline
    }

    /// An operator in the replay of that showing.
    static func desk(
        _ timeline: Timeline = timeline(), size: Size = Size(width: 120, height: 36), script: ShowScript? = nil
    ) -> OperatorAtDesk {
        let engine = ScriptedEngine()
        engine.change { desk in
            desk.recording = { query in
                switch query {
                case .showings: return .showings([timeline.showing])
                case .timeline: return .timeline(timeline)
                case .script: return .script(script)
                case .frame(let piece, let moment):
                    guard moment >= piece.from else { return .frame(nil) }
                    var frame = EngineSnapshot.alarming
                    frame.at = moment
                    return .frame(frame)
                }
            }
        }
        let kris = OperatorAtDesk(engine, size: size)
        kris.press("8").press(.enter)
        return kris
    }

    // MARK: The axis

    @Test func gapsKeepTheirLengthAndAreGaps() {
        let axis = TimelineAxis(Self.timeline([(1, 0, 600_000), (700, 1_800_000, 3_600_000)]))
        #expect(axis.length == 3_600_000)
        #expect(axis.gaps == [600_000..<1_800_000])
        #expect(axis.span(at: 900_000) == nil)
        #expect(axis.wall(at: 900_000) == Self.start + 900_000)
        #expect(axis.place(of: Self.start + 900_000) == 900_000)
    }

    @Test func aClockThatSteppedBackAnHourLeavesTwoPlacesOfOneTime() throws {
        // Half an hour, then the clock goes back by an hour and half an hour more is recorded.
        let axis = TimelineAxis(Self.timeline([(1, 0, 1_800_000), (2000, -1_800_000, 0)]))
        #expect(axis.spans[1].isAfterStep)
        #expect(axis.wall(at: 1_000_000) == Self.start + 1_000_000)
        #expect(axis.wall(at: axis.spans[1].start + 5000) == Self.start - 1_795_000)
        let again = try #require(axis.place(of: Self.start - 60_000))
        #expect(again > 1_800_000)
        #expect(axis.gaps.isEmpty || axis.gaps.allSatisfy { $0.lowerBound >= axis.spans[1].end })
    }

    @Test func withoutPicturesTheAxisIsOneGap() {
        let axis = TimelineAxis(Self.timeline([]))
        #expect(axis.spans.isEmpty && axis.length == 3_600_000 && axis.gaps == [0..<3_600_000])
    }

    // MARK: The room

    @Test func everyScreenShowsThePastMomentAsItWas() {
        let kris = Self.desk()
        kris.sees("REPLAY").sees("cursor 20:00:00Z")
        for screen in [Screen.fleet, .event, .fanOut, .audit] {
            kris.press("\(screen.rawValue)").sees("REPLAY")
            var then = EngineSnapshot.alarming
            then.at = Self.start
            then.mode = .replay
            var present = ScreenStates()
            present.audit.show(then.journal)
            var canvas = Canvas(size: Size(width: 120, height: 30))
            renderScreen(screen, present, selected: "cup", snapshot: then, now: .start, in: canvas.bounds, on: &canvas)
            let body = kris.screen.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(3).prefix(30)
                .joined(separator: "\n")
            #expect(body == canvas.text, "\(screen)")
        }
    }

    @Test func noCommandKeyDoesAnythingAndEachSaysWhy() {
        let kris = Self.desk()
        let before = kris.engine.commands.count
        for screen in "12389" {
            kris.press("\(screen)")
            for key in "tHpTR!vraAuDPi" {
                kris.press("\(key)")
                kris.sees("REPLAY of recorded data")
                #expect(kris.state.overlay == nil && kris.state.prompt == nil, "\(key) on \(screen)")
            }
            kris.press(.function(8)).press(.function(12))
        }
        for line in ["note x", "vote ingest go", "reschedule +30s", "trigger live", "ack x", "disarm 3"] {
            kris.press(":").press(line).press(.enter)
        }
        let after = kris.engine.commands.dropFirst(before)
        #expect(
            after.allSatisfy {
                if case .perform = $0 {
                    false
                } else if case .prepare = $0 {
                    false
                } else if case .apply = $0 {
                    false
                } else if case .disarm = $0 {
                    false
                } else {
                    true
                }
            })
    }

    @Test func stepsMarkersCommandsAndTimes() {
        let kris = Self.desk()
        kris.press("l").sees("cursor 20:00:01Z").press("h").sees("cursor 20:00:00Z")
        kris.press("]").sees("cursor 20:20:00Z").sees("live #2")
        kris.press("}").sees("HOLD by").press("{").sees("PLAN applied by")
        kris.press("m").sees("Mark b1 at 20:10:00Z")
        kris.press(":").press("20:41:07").press(.enter).sees("cursor 20:41:07Z")
        kris.press("[").press("[").press("[").press("[")
        kris.press("G").sees("cursor 21:00:00Z").press("g").sees("cursor 20:00:00Z")
        kris.press(":").press("23:00").press(.enter).sees("The recording has no 23:00:00Z")
        kris.press("f").seesNo("REPLAY")
    }

    @Test func playingFollowsTheClockAtItsSpeed() {
        let kris = Self.desk()
        kris.press(.character(" "))
        kris.wait(.seconds(3)).sees("cursor 20:00:03Z")
        for _ in 0..<10 { kris.press(.character(">")) }
        kris.sees("PLAYING 3600x")
        kris.wait(.milliseconds(100)).sees("cursor 20:06:03Z")
        kris.wait(.seconds(2)).sees("cursor 21:00:00Z").sees("paused")
    }

    @Test func inAGapNothingIsShown() {
        let kris = Self.desk(Self.timeline([(1, 0, 600_000), (700, 1_800_000, 3_600_000)]))
        kris.press(":").press("20:15").press(.enter).sees("Nothing was recorded from 20:10:00Z to 20:30:00Z")
        kris.press("1").sees("Nothing was recorded").press("8")
        kris.press(":").press("20:45").press(.enter).seesNo("Nothing was recorded")
    }

    @Test func aPictureThatCannotBeReadIsSaid() {
        let kris = Self.desk()
        kris.engine.change { $0.recording = { _ in .frame(nil) } }
        kris.press("l").sees("is not in the database any more")
    }

    @Test func whatIsCriticalNowIsSeenInAReplay() {
        let kris = Self.desk()
        kris.engine.change {
            $0.snapshot.alerts = [
                Alert(id: "late/2", severity: .critical, since: Self.start, event: nil, text: "#2 is over its budget")
            ]
        }
        kris.pull().sees("NOW !! #2 is over its budget")
    }

    @Test(arguments: [80, 120]) func drawnAsApproved(_ width: Int) {
        let size = Size(width: width, height: width == 80 ? 24 : 36), name = "\(width)x\(size.height)"
        let kris = Self.desk(size: size)
        kris.press("}").press("}").press("m")
        keep(kris, "replay-\(name)")
        kris.press("2")
        keep(kris, "replay-event-\(name)")
        let torn = Self.desk(
            Self.timeline([(1, 0, 600_000), (700, 1_800_000, 2_400_000), (2000, 1_000_000, 1_500_000)]), size: size)
        torn.press(":").press("20:15").press(.enter)
        keep(torn, "replay-gap-\(name)")
    }

    private func keep(_ kris: OperatorAtDesk, _ name: String) {
        let canvas = render(kris.state)
        assertSnapshot(text: canvas.text, styles: canvas.styles, named: name)
    }
}
