import Engine
import Foundation

/// The shell of the text form: looks at the link ten times a second, prints what changed, reads commands
/// from a standard input that is a terminal.
@MainActor
final class TextLoop {
    private var state: AppState
    private var reporter = TextReporter()
    private let link: any EngineLink
    private let time: any TimeSource
    private let write: @MainActor (String) -> Bool
    private var sources: [any DispatchSourceProtocol] = []
    private var unread = ""
    private var printed: [String] = []
    private lazy var performer = EffectPerformer(link: link, time: time, waitsForArchives: true) { [weak self] in
        self?.receive($0)
    }
    private var finished: CheckedContinuation<RoomExit, Never>?

    /// Longest line that is read from standard input, bytes; a longer one is dropped.
    static let lineBytesMax = 4096

    /// - Parameter write: prints a line; false when nobody reads it any more.
    init(link: any EngineLink, options: RoomOptions, time: any TimeSource, write: @escaping @MainActor (String) -> Bool)
    {
        self.link = link
        self.time = time
        self.write = write
        state = AppState(options: options, size: Size(width: 100, height: 40), now: time.now(), glyphs: .ascii)
    }

    func run(readsCommands: Bool) async -> RoomExit {
        tick()
        let timer = DispatchSource.makeTimerSource(queue: .main)
        timer.schedule(deadline: .now() + .milliseconds(100), repeating: .milliseconds(100), leeway: .milliseconds(10))
        timer.setEventHandler { [weak self] in MainActor.assumeIsolated { self?.tick() } }
        timer.resume()
        sources.append(timer)
        if readsCommands { readInput() }
        let exit = await withCheckedContinuation { continuation in
            if let exit = state.exit { continuation.resume(returning: exit) } else { finished = continuation }
        }
        for source in sources { source.cancel() }
        performer.stop()
        return exit
    }

    func end(_ exit: RoomExit) {
        tick()
        _ = state.leave(exit)
        leave(exit)
    }

    func tick() {
        guard state.exit == nil else { return }
        let snapshot = link.newestSnapshot(), outage = link.outage, now = time.now()
        if let snapshot, snapshot.number != state.newest?.number || snapshot.engine != state.newest?.engine {
            show(reporter.lines(for: snapshot))
        }
        if let outage, outage != state.outage { show([reporter.outageLine(outage, at: now.wall)]) }
        receive(.pulled(snapshot, outage: outage, at: now))
    }

    /// Carries out a typed line.
    func enter(_ line: String) {
        guard state.exit == nil else { return }
        _ = update(&state, .clock(time.now()))
        state.toast = nil
        printed = []
        perform(state.handleLine(line))
        speak()
    }

    private func receive(_ message: AppMessage) {
        guard state.exit == nil else { return }
        let toast = state.toast
        perform(update(&state, message))
        if state.toast != toast || state.overlayLines != printed { speak() }
        if case .rehearsed = message {
            // Lines cannot be scrubbed: the sentence is the answer.
            state.leaveReplay()
            state.toast = nil
        }
    }

    /// Prints what was said and the plan that waits, once each.
    private func speak() {
        if let toast = state.toast {
            show([TextReporter.plain(toast.text)])
            state.toast = nil
        }
        let lines = state.overlayLines
        if lines != printed {
            show(lines.map(TextReporter.plain))
            printed = lines
        }
        _ = update(&state, .painted(at: time.now()))
    }

    private func show(_ lines: [String]) {
        for line in lines where !write(line) {
            _ = state.leave(.hungUp)
            return leave(.hungUp)
        }
    }

    private func perform(_ effects: [AppEffect]) {
        for effect in effects {
            switch effect {
            case .command, .write, .archive, .rehearse: performer.perform(effect)
            case .leave(let exit): leave(exit)
            // Lines have no cursor to branch from: control-room whatif has.
            case .branch, .bell, .repaint, .suspend: break
            }
        }
    }

    private func leave(_ exit: RoomExit) {
        finished?.resume(returning: exit)
        finished = nil
    }

    private func readInput() {
        let source = DispatchSource.makeReadSource(
            fileDescriptor: FileHandle.standardInput.fileDescriptor, queue: .main)
        source.setEventHandler { [weak self] in
            let data = FileHandle.standardInput.availableData
            MainActor.assumeIsolated {
                guard let self else { return }
                // End of input: no more commands, the show goes on.
                if data.isEmpty { return source.cancel() }
                self.take(String(decoding: data, as: UTF8.self))
            }
        }
        source.resume()
        sources.append(source)
    }

    private func take(_ text: String) {
        unread += text
        while let end = unread.firstIndex(where: \.isNewline) {
            let line = String(unread[..<end])
            unread = String(unread[unread.index(after: end)...])
            enter(line)
        }
        if unread.utf8.count > Self.lineBytesMax {
            unread = ""
            show(["that line was too long and is ignored"])
        }
    }
}
