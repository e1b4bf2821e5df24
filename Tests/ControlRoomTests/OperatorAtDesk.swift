import Engine
import Testing

@testable import ControlRoom

/// A person at the room, without a terminal: presses keys, reads what is drawn. Every key is followed by the
/// engine's answers and a painted frame, as in `AppLoop`; time passes only when told.
final class OperatorAtDesk {
    private(set) var state: AppState
    let engine: ScriptedEngine
    private(set) var effects: [AppEffect] = []
    private var now = Moment(instant: .start, wall: ScriptedEngine.start)

    init(
        _ engine: ScriptedEngine = ScriptedEngine(), size: Size = Size(width: 120, height: 36),
        options: RoomOptions? = nil
    ) {
        self.engine = engine
        state = AppState(options: options ?? RoomOptions(person: engine.person), size: size, now: now)
        pull()
        paint()
    }

    var screen: String { render(state).text }

    @discardableResult
    func press(_ key: Key, paints: Bool = true) -> Self {
        carryOut(update(&state, .key(key, at: now)))
        pull()
        if paints { paint() }
        return self
    }

    /// Each character as a key, at a person's pace.
    @discardableResult
    func press(_ keys: String) -> Self {
        for character in keys {
            press(.character(character))
            wait(.milliseconds(300))
        }
        return self
    }

    @discardableResult
    func wait(_ duration: Duration) -> Self {
        now = Moment(instant: now.instant + duration, wall: now.wall + duration.wholeMilliseconds)
        carryOut(update(&state, .clock(now)))
        return self
    }

    @discardableResult
    func pull(outage: String? = nil) -> Self {
        carryOut(update(&state, .pulled(engine.newestSnapshot(), outage: outage, at: now)))
        return self
    }

    @discardableResult
    func send(_ message: AppMessage) -> Self {
        carryOut(update(&state, message))
        return self
    }

    /// The frame of the present state is on the terminal.
    func paint() {
        _ = update(&state, .painted(at: now))
    }

    @discardableResult
    func sees(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> Self {
        #expect(screen.contains(text), "‘\(text)’ is not on the screen:\n\(screen)", sourceLocation: sourceLocation)
        return self
    }

    @discardableResult
    func seesNo(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> Self {
        #expect(!screen.contains(text), "‘\(text)’ is on the screen:\n\(screen)", sourceLocation: sourceLocation)
        return self
    }

    var applied: [EngineCommand] { engine.commands.filter { if case .apply = $0 { true } else { false } } }
    var performed: [EngineCommand] { engine.commands.filter { if case .perform = $0 { true } else { false } } }
    var prepared: [Intent] { engine.commands.compactMap { if case .prepare(let intent) = $0 { intent } else { nil } } }

    private func carryOut(_ wanted: [AppEffect]) {
        effects += wanted
        for case .command(let ticket, let command) in wanted {
            carryOut(update(&state, .reply(ticket, engine.answer(command), at: now)))
        }
    }
}
