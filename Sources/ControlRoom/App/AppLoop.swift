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
    private var lastFrame: Canvas?
    private var lastRepaint: EngineInstant?
    private let rehearsal = RehearsalQueue()
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
                receive(.signal(signal, at: time.now()))
            }
        )
        tick()
        startTimer()
        let exit = await withCheckedContinuation { continuation in
            if let exit = state.exit { continuation.resume(returning: exit) } else { finished = continuation }
        }
        timer?.cancel()
        rehearsal.stop()
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
        let frame = render(state)
        if frame != lastFrame {
            terminal.present(frame)
            lastFrame = frame
        }
        let now = time.now()
        if lastRepaint == nil { lastRepaint = now.instant }
        _ = update(&state, .painted(at: now))
    }

    private func perform(_ effect: AppEffect) {
        switch effect {
        case .command(let ticket, let command):
            // The loop goes on; the answer comes back as a message.
            Task { [link, weak self] in
                let reply = await link.perform(command)
                guard let self else { return }
                self.receive(.reply(ticket, reply, at: self.time.now()))
            }
        case .write(let path, let text):
            let outcome = NewFile.write(text, to: path)
            receive(.wrote(outcome.sentence, severity: outcome.isWritten ? .info : .warn, at: time.now()))
        case .archive(let order):
            Task { [weak self, wall = time.now().wall] in
                let outcome = await Task.detached { Archive.carryOut(order, now: wall) }.value
                guard let self else { return }
                self.receive(.wrote(outcome.sentence, severity: outcome.isWritten ? .info : .warn, at: self.time.now()))
            }
        case .bell: terminal.bell()
        case .repaint:
            terminal.invalidate()
            lastFrame = nil
        case .suspend:
            terminal.suspend()
            terminal.invalidate()
            lastFrame = nil
        case .leave(let exit): leave(exit)
        case .rehearse(let order):
            rehearsal.play(order.show) { [weak self] show in
                guard let self else { return }
                self.receive(.rehearsed(show, at: self.time.now()))
            }
        case .branch(let rerun, let seed):
            rehearsal.play(rerun, seed: seed) { [weak self] branch in
                guard let self else { return }
                self.receive(.branched(branch, at: self.time.now()))
            }
        }
    }

    private func leave(_ exit: RoomExit) {
        finished?.resume(returning: exit)
        finished = nil
    }
}
