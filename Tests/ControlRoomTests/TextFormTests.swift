import Engine
import Testing

@testable import ControlRoom

struct TextFormTests {
    @Test func eachChangeIsOnePlainLineWithItsTime() {
        var reporter = TextReporter(), snapshot = ScriptedEngine.quietNight()
        snapshot.journal = [entry(1, .engineStarted)]
        let opening = reporter.lines(for: snapshot)
        #expect(opening.first?.contains("2 events") == true)
        #expect(reporter.lines(for: snapshot).isEmpty)
        snapshot.journal.insert(
            entry(2, .stageTaken, before: "countdown", after: "live", broadcast: BroadcastID(3)), at: 0)
        snapshot.broadcasts = [broadcast(acked: 0, state: .sending, waves: 1)]
        let taken = reporter.lines(for: snapshot)
        #expect(taken.count == 3)
        #expect(taken.first?.hasSuffix("Z FN12 TAKE countdown -> live #3 by engine") == true)
        #expect(taken.last?.hasSuffix("wave 1/8") == true)
        snapshot.broadcasts = [broadcast(acked: 995, state: .sending, waves: 8)]
        #expect(reporter.lines(for: snapshot).count == 4)
        snapshot.broadcasts = [broadcast(acked: 1000, state: .complete, waves: 8)]
        let done = reporter.lines(for: snapshot)
        #expect(done.last?.contains("complete, acked 1 000 of 1 000 (100.00%)") == true)
        for line in opening + taken + done {
            #expect(
                line.unicodeScalars.allSatisfy {
                    !(0x2500...0x25FF).contains($0.value) && !(0x2800...0x28FF).contains($0.value)
                })
            #expect(!line.contains("\n"))
        }
    }

    @Test func titlesCannotMoveTheCursor() {
        var reporter = TextReporter(), snapshot = ScriptedEngine.quietNight()
        snapshot.events[0].title = "evil\u{1b}[2J\ntitle"
        #expect(reporter.lines(for: snapshot).allSatisfy { !$0.contains("\u{1b}") && !$0.contains("\n") })
    }

    @Test func aPlanIsReadAndAnsweredInLines() {
        let engine = ScriptedEngine(), kris = TextDesk(engine)
        kris.enter("take")
        #expect(kris.lines.contains { $0.contains("PLAN #1 TAKE") })
        kris.enter("n")
        #expect(engine.commands == [.prepare(.take("fight-night", "live")), .discard(1)])
        kris.enter("reschedule live +30s")
        kris.enter("y")
        #expect(engine.commands.last == .apply(2, .key, why: nil))
        kris.enter("recycle pre-show")
        kris.enter("why wrong cue")
        kris.enter("FN12")
        #expect(engine.commands.last == .apply(3, .code("FN12"), why: "wrong cue"))
        kris.enter("stop")
        #expect(engine.commands.last == .disarm(3))
        kris.enter("hold")
        #expect(engine.commands.last == .perform(.hold("fight-night")))
        kris.enter("vote ads go")
        #expect(engine.commands.last == .perform(.vote("fight-night", gate: "ads", go: true)))
    }

    private func entry(
        _ number: EntryNumber, _ kind: JournalEntry.Kind, before: String? = nil, after: String? = nil,
        broadcast: BroadcastID? = nil
    ) -> JournalEntry {
        JournalEntry(
            number: number, at: ScriptedEngine.start, kind: kind, event: "fight-night", actor: .engine, before: before,
            after: after,
            broadcast: broadcast
        )
    }

    private func broadcast(acked: Int, state: BroadcastRecord.State, waves: Int) -> BroadcastSnapshot {
        var record = BroadcastRecord(
            publication: Publication(
                broadcast: BroadcastID(3), topic: Topic(event: "fight-night"), stage: "live",
                position: BroadcastPosition(sequence: 3, timestamp: ScriptedEngine.start),
                waves: WavePlan(count: 8, interval: 500)
            ),
            event: "fight-night", eventTitle: "Fight Night 12", tier: .high, actor: .engine, state: state
        )
        record.figures.modelled.connected = 1000
        record.figures.modelled.known = 1000
        record.figures.modelled.acked = acked
        record.figures.modelled.waiting = 1000 - acked
        return BroadcastSnapshot(
            record: record, elapsed: 2000, budget: 60_000, wavesSent: waves, ackRate: 0, ackRatePeak: 0, curve: [],
            curveStep: 1000,
            lagBuckets: [], lag50: nil, lag95: nil, lag99: nil, lagMax: nil, forecast999: nil, isBalanced: true
        )
    }
}

/// The text form without its shell: lines in, lines out.
private final class TextDesk {
    private var state: AppState
    private let engine: ScriptedEngine
    private var now = Moment(instant: .start, wall: ScriptedEngine.start)
    var lines: [String] { state.overlayLines }

    init(_ engine: ScriptedEngine) {
        self.engine = engine
        state = AppState(
            options: RoomOptions(person: engine.person), size: Size(width: 100, height: 40), now: now, glyphs: .ascii)
        _ = update(&state, .pulled(engine.newestSnapshot(), outage: nil, at: now))
    }

    func enter(_ line: String) {
        now = Moment(instant: now.instant + .seconds(1), wall: now.wall + 100)
        _ = update(&state, .clock(now))
        carryOut(state.handleLine(line))
        _ = update(&state, .pulled(engine.newestSnapshot(), outage: nil, at: now))
        _ = update(&state, .painted(at: now))
    }

    private func carryOut(_ effects: [AppEffect]) {
        for case .command(let ticket, let command) in effects {
            carryOut(update(&state, .reply(ticket, engine.answer(command), at: now)))
        }
    }
}
