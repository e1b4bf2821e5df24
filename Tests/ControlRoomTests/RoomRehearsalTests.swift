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

    private static func rehearsed() throws -> RehearsedShow {
        try #require(RehearsalQueue.rehearse(RehearsalShow(events: events, seed: 7)) { true })
    }

    @Test func theDeskIsAskedForItsEventsAndTheyArePlayedBesideTheShow() {
        var state = Self.room()
        let asked = state.run(line: "rehearse tonight seed 7")
        guard case .command(let ticket, .schedule)? = asked.first else { Issue.record("\(asked)"); return }
        let effects = update(&state, .reply(ticket, .schedule(Self.events, EdgeCapacity()), at: state.now))
        #expect(effects == [.rehearse(Self.events, EdgeCapacity(), seed: 7)])
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
        _ = update(&state, .rehearsed(try Self.rehearsed(), at: state.now))
        let frame = render(state).text
        #expect(frame.contains("REHEARSAL") && frame.contains("═") && frame.contains("The Show"))
        #expect(frame.contains("KEPT"))
        for key in [Key.character("t"), .character("H"), .character("p"), .character("!"), .function(8)] {
            let effects = update(&state, .key(key, at: state.now))
            #expect(effects.isEmpty, "\(key)")
            #expect(state.overlay == nil)
        }
        _ = update(&state, .key(.character("q"), at: state.now))
        state.toast = nil
        #expect(render(state).text == before)
    }

    @Test func keysStepJumpAndPlay() throws {
        var show = try Self.rehearsed()
        show.step(by: .min / 2)
        let first = show.frame
        for stage in ["countdown", "live"] as [StageKey] {
            let hasNext = show.jump(1)
            #expect(hasNext && show.frame.broadcasts.first?.record.publication.stage == stage)
        }
        let hasPrevious = show.jump(-1)
        show.step(by: .min / 2)
        let hasNone = !show.jump(-1)
        #expect(hasPrevious && hasNone && show.frame == first)
        show.togglePlaying(now: .start)
        show.play(now: .start + .seconds(1))
        #expect(show.isPlaying && show.frame != first)
        show.play(now: .start + .seconds(3600))
        #expect(!show.isPlaying)
        show.step(by: 1)
        #expect(show.frame.events.first?.next == nil)
    }

    @Test func aCriticalAlertOfTheShowIsSeenInARehearsal() throws {
        var state = Self.room()
        _ = update(&state, .rehearsed(try Self.rehearsed(), at: state.now))
        var picture = EngineSnapshot.calm
        picture.number += 1
        picture.alerts = [Alert(id: "journal", severity: .critical, since: evening, event: nil, text: "The disk is full.")]
        _ = update(&state, .pulled(picture, outage: nil, at: state.now))
        #expect(render(state).text.contains("in the show: The disk is full."))
    }
}
