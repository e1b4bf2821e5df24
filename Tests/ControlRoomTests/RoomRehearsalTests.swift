@testable import ControlRoom
import Engine
import TestSupport
import Testing

/// A rehearsal opens on the room's own screens, looks different, and steers nothing.
@Suite struct RoomRehearsalTests {
    private static let events = [
        LiveEvent(
            id: "show", title: "The Show", code: "SHOW", tier: .low,
            stages: [
                StageDefinition(key: "countdown", kind: .countdown, mode: .auto, time: .at(evening)),
                StageDefinition(key: "live", kind: .live, mode: .auto, time: .at(evening + 60_000)),
                StageDefinition(key: "ended", kind: .ended, mode: .auto, time: .at(evening + 400_000)),
            ], audience: AudienceProfile(devices: 500, budget: 600_000)),
    ]

    private static func room(_ moment: Moment = Moment(instant: .start, wall: evening)) -> AppState {
        let person = Operator(name: "kris", role: "SCO", terminal: "pts/1")
        var state = AppState(options: RoomOptions(person: person), size: Size(width: 120, height: 36), now: moment)
        _ = update(&state, .pulled(.calm, outage: nil, at: moment))
        return state
    }

    private static func rehearsed() throws -> RehearsalRecording {
        try #require(RehearsalQueue.rehearse(RehearsalShow(events: events, seed: 7)) { true })
    }

    @Test func theDeskIsAskedForItsEventsAndTheyArePlayedBesideTheShow() {
        var state = Self.room()
        let asked = state.run(line: "rehearse tonight seed 7")
        guard case .command(let ticket, .schedule)? = asked.first else { Issue.record("\(asked)"); return }
        let effects = update(
            &state, .reply(ticket, .schedule(Self.events, EdgeCapacity(), TrafficRules()), at: state.now))
        #expect(
            effects == [
                .rehearse(RehearsalOrder(events: Self.events, capacity: EdgeCapacity(), rules: TrafficRules(), seed: 7))
            ])
        let second = state.run(line: "rehearse tonight")
        #expect(second.isEmpty, "one at a time")
        for line in ["rehearse", "rehearse tomorrow", "rehearse tonight seed x", "rehearse tonight 7"] {
            let effects = state.run(line: line)
            #expect(effects.isEmpty)
            #expect(state.toast?.text.hasPrefix("Usage: rehearse tonight") == true, "\(line)")
        }
    }

    @Test func itsFramesStandOnTheScreensMarkedAndNoKeySteers() throws {
        var state = Self.room()
        let before = render(state).text
        let effects = update(&state, .rehearsed(try Self.rehearsed(), at: state.now))
        let isHistoryWanted = effects.contains { if case .command(_, .recording(.showings)) = $0 { true } else { false } }
        #expect(isHistoryWanted, "whoever leads back to the present finds History read")
        for digit in [8, 1, 2, 3, 9] {
            _ = update(&state, .key(.character(Character(String(digit))), at: state.now))
            let frame = render(state).text
            #expect(frame.contains("REHEARSAL") && !frame.contains("REPLAY") && frame.contains("═"), "\(digit)")
            #expect(frame.contains("The Show") || digit == 9)
            #expect(frame.contains("KEPT"))
        }
        for key in [Key.character("t"), .character("H"), .character("p"), .character("!"), .function(8)] {
            let effects = update(&state, .key(key, at: state.now))
            #expect(effects.isEmpty, "\(key)")
            #expect(state.overlay == nil)
        }
        _ = update(&state, .key(.character("f"), at: state.now))
        state.toast = nil
        state.screen = .fleet
        #expect(render(state).text == before)
    }

    @Test func itIsScrubbedAsAnyRecordingWithoutAskingTheEngine() throws {
        var state = Self.room()
        _ = update(&state, .rehearsed(try Self.rehearsed(), at: state.now))
        #expect(state.screen == .history)
        _ = update(&state, .key(.character("g"), at: state.now))
        var seen: [StageKey?] = []
        for _ in 0..<3 {
            let effects = update(&state, .key(.character("]"), at: state.now))
            #expect(effects.isEmpty)
            seen.append(state.shown?.events.first?.current)
        }
        #expect(seen == ["countdown", "live", "ended"])
        _ = update(&state, .key(.character("g"), at: state.now))
        _ = update(&state, .key(.character(" "), at: state.now))
        let later = Moment(instant: state.now.instant + .seconds(10), wall: state.now.wall + 10_000)
        let first = state.shown
        _ = update(&state, .pulled(.calm, outage: nil, at: later))
        #expect(state.replay?.isPlaying == true && state.replay?.cursor == 600_000, "60 times as fast")
        #expect(state.shown != first && state.shown?.mode == .rehearsal)
    }

    @Test func auditIsTheRehearsalsOwnUntilTheCursor() throws {
        var state = Self.room()
        _ = update(&state, .rehearsed(try Self.rehearsed(), at: state.now))
        _ = update(&state, .key(.character("G"), at: state.now))
        _ = update(&state, .key(.character("9"), at: state.now))
        let all = state.screens.audit.known(try #require(state.shown))
        #expect(all.contains { $0.kind == .stageTaken } && all.allSatisfy { $0.actor != .person(AuditFixture.ana) })
        _ = update(&state, .key(.character("8"), at: state.now))
        _ = update(&state, .key(.character("g"), at: state.now))
        #expect(!state.screens.audit.known(try #require(state.shown)).contains { $0.kind == .stageTaken })
    }

    @Test func aCriticalAlertOfTheShowIsSeenInARehearsal() throws {
        var state = Self.room()
        _ = update(&state, .rehearsed(try Self.rehearsed(), at: state.now))
        var picture = EngineSnapshot.calm
        picture.number += 1
        picture.alerts = [
            Alert(id: "journal", severity: .critical, since: evening, event: nil, text: "The disk is full.")
        ]
        _ = update(&state, .pulled(picture, outage: nil, at: state.now))
        #expect(render(state).text.contains("NOW !! The disk is full."))
    }
}
