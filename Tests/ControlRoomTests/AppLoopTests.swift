import Engine
import TestSupport
import Testing

@testable import ControlRoom

/// The shell on a scripted terminal: what is drawn when, and that nothing waits for the engine.
@MainActor
struct AppLoopTests {
    @Test func aKeyDrawsAtOnceAndNothingIsDrawnTwice() async {
        let terminal = ScriptedTerminal(), time = ManualTime(wall: ScriptedEngine.start)
        let loop = AppLoop(
            link: ScriptedEngine(), terminal: terminal, options: RoomOptions(person: ScriptedEngine.kris), time: time)
        let room = Task { await loop.run() }
        await terminal.isListening()
        let first = terminal.frames.count
        #expect(first == 1)
        loop.tick()
        #expect(terminal.frames.count == first)
        terminal.type([.character("2")])
        #expect(terminal.frames.count == first + 1)
        time.advance(by: .seconds(1))
        loop.tick()
        #expect(terminal.frames.count == first + 2)
        terminal.type([.character("Q"), .character("t")])
        #expect(await room.value == .detached)
        #expect(terminal.isRestored)
    }

    @Test func anEngineThatNeverAnswersDoesNotStopTheRoom() async {
        let terminal = ScriptedTerminal(), time = ManualTime(wall: ScriptedEngine.start)
        let loop = AppLoop(
            link: SilentEngine(), terminal: terminal, options: RoomOptions(person: ScriptedEngine.kris), time: time)
        let room = Task { await loop.run() }
        await terminal.isListening()
        terminal.type([.character("t"), .character("H"), .character("?")])
        time.advance(by: .seconds(5))
        loop.tick()
        #expect(terminal.frames.last?.text.contains("STALE 5 s") == true)
        #expect(terminal.frames.last?.text.contains("Help: Fleet") == true)
        terminal.signalled?(.hangUp)
        #expect(await room.value == .hungUp)
    }

    @Test func theRoomFollowsTheTerminalsSize() async {
        let terminal = ScriptedTerminal(), time = ManualTime(wall: ScriptedEngine.start)
        let loop = AppLoop(
            link: ScriptedEngine(), terminal: terminal, options: RoomOptions(person: ScriptedEngine.kris), time: time)
        let room = Task { await loop.run() }
        await terminal.isListening()
        terminal.size = Size(width: 20, height: 5)
        terminal.type([])
        #expect(terminal.frames.last?.size == Size(width: 20, height: 5))
        loop.end(.showOver)
        #expect(await room.value == .showOver)
    }
}

private final class SilentEngine: EngineLink {
    var outage: String? { nil }
    func newestSnapshot() -> EngineSnapshot? { ScriptedEngine.quietNight() }
    func perform(_ command: EngineCommand) async -> EngineReply {
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        return .refused("never said")
    }
}

@MainActor
private final class ScriptedTerminal: TerminalPort {
    var size = Size(width: 80, height: 24)
    let glyphs = GlyphSet.ascii
    private(set) var frames: [Canvas] = []
    private(set) var isRestored = false
    private var typed: [Key] = []
    private var wake: (@MainActor () -> Void)?
    private(set) var signalled: (@MainActor (ProcessSignal) -> Void)?

    func type(_ keys: [Key]) {
        typed += keys
        wake?()
    }

    func isListening() async {
        while wake == nil || frames.isEmpty { await Task.yield() }
    }

    func readKeys() -> [Key] {
        defer { typed = [] }
        return typed
    }

    func present(_ canvas: Canvas) { frames.append(canvas) }
    func invalidate() {}
    func bell() {}
    func suspend() {}
    func restore() { isRestored = true }
    func listen(wake: @escaping @MainActor () -> Void, signalled: @escaping @MainActor (ProcessSignal) -> Void) {
        self.wake = wake
        self.signalled = signalled
    }
}
