import Engine
import Foundation

/// The shell around `update` and `render`: pulls the newest snapshot at most ten times a second, reads keys
/// as they come, draws when something visible changed, carries out effects. It never waits for the engine:
/// a stuck engine is exactly when the operator needs the screen.
@MainActor
final class AppLoop {
    private(set) var state: AppState
    private let link: any EngineLink
    private let terminal: any TerminalPort
    private let time: any TimeSource
    private let pullEvery: Duration
    private var timer: (any DispatchSourceTimer)?
    private var lastCanvas: Canvas?
    private var lastRepaint: EngineInstant?
    private lazy var performer = EffectPerformer(link: link, time: time, waitsForArchives: false) { [weak self] in
        self?.receive($0)
    }
    private var finished: CheckedContinuation<RoomExit, Never>?

    /// Time between two looks at the link.
    static let pullEvery = Duration.milliseconds(100)
    /// Everything is drawn anew this often, since others may write on the same terminal (`wall`).
    static let repaintEvery = Duration.seconds(60)

    init(
        link: any EngineLink, terminal: any TerminalPort, options: RoomOptions, time: any TimeSource,
        pullEvery: Duration = AppLoop.pullEvery
    ) {
        self.link = link
        self.terminal = terminal
        self.time = time
        self.pullEvery = pullEvery
        state = AppState(options: options, size: terminal.size, now: time.now(), glyphs: terminal.glyphs)
    }

    /// Runs the room until it is left. The terminal is restored when this returns.
    func run() async -> RoomExit {
        terminal.listen(
            wake: { [weak self] in self?.readTerminal() },
            signalled: { [weak self] signal in
                guard let self else { return }
                receive(.processSignal(signal, at: time.now()))
            }
        )
        tick()
        startTimer()
        let exit = await withCheckedContinuation { continuation in
            if let exit = state.exit { continuation.resume(returning: exit) } else { finished = continuation }
        }
        timer?.cancel()
        performer.stop()
        terminal.restore()
        return exit
    }

    /// Ends the room from outside: the show is over, the engine has stopped.
    func end(_ exit: RoomExit) {
        _ = state.leave(exit)
        leave(exit)
    }

    private func startTimer() {
        let timer = DispatchSource.makeTimerSource(queue: .main)
        let interval = DispatchTimeInterval.nanoseconds(Int(pullEvery / .nanoseconds(1)))
        timer.schedule(deadline: .now() + interval, repeating: interval, leeway: .milliseconds(10))
        timer.setEventHandler { [weak self] in MainActor.assumeIsolated { self?.tick() } }
        timer.resume()
        self.timer = timer
    }

    /// One look at the link. A picture that has not changed costs nothing but this.
    func tick() {
        guard state.exit == nil else { return }
        let now = time.now(), snapshot = link.newestSnapshot(), outage = link.outage
        let isNews = snapshot?.number != state.newest?.number || outage != state.outage || terminal.size != state.size
        let second = now.wall.milliseconds / 1000
        guard isNews || second != state.now.wall.milliseconds / 1000 || state.countingDown != nil
            || state.replay?.isPlaying ?? false else { return }
        readSize()
        if let lastRepaint, now.instant - lastRepaint > Self.repaintEvery {
            terminal.invalidate()
            self.lastRepaint = now.instant
        }
        receive(.pulled(snapshot, outage: outage, at: now))
    }

    /// Keys that came in. Each is drawn before the next is looked at, so that none acts on what was not seen.
    private func readTerminal() {
        readSize()
        for key in terminal.readKeys() {
            guard state.exit == nil else { return }
            receive(.key(key, at: time.now()))
        }
    }

    private func readSize() {
        if terminal.size != state.size { receive(.resized(terminal.size)) }
    }

    private func receive(_ message: AppMessage) {
        guard state.exit == nil else { return }
        for effect in update(&state, message) { perform(effect) }
        draw()
    }

    private func draw() {
        guard state.exit == nil else { return }
        let canvas = render(state)
        if canvas != lastCanvas {
            terminal.present(canvas)
            lastCanvas = canvas
        }
        let now = time.now()
        if lastRepaint == nil { lastRepaint = now.instant }
        _ = update(&state, .painted(at: now))
    }

    private func perform(_ effect: AppEffect) {
        switch effect {
        case .command, .write, .archive, .rehearse, .branch: performer.perform(effect)
        case .bell: terminal.bell()
        case .repaint: forgetScreen()
        case .suspend:
            terminal.suspend()
            forgetScreen()
        case .leave(let exit): leave(exit)
        }
    }

    /// The next canvas is drawn whole.
    private func forgetScreen() {
        terminal.invalidate()
        lastCanvas = nil
    }

    private func leave(_ exit: RoomExit) {
        finished?.resume(returning: exit)
        finished = nil
    }
}
