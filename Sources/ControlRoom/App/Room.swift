import Engine
import Foundation

/// The control room as a command opens it: on a terminal, with a way to an engine.
///
///     let exit = try await Room.run(link: link, options: options, time: time)
///
/// What the exit means for the engine is the command's affair; the terminal is restored when this returns.
@MainActor
enum Room {
    /// Opens the room on the process's terminal and runs it until it is left.
    /// - Parameter until: awaited beside the room; when it returns an exit, the room ends with it (the show is
    ///   over, the engine has stopped by itself). Nil from it: never.
    /// - Throws: `TerminalError` when there is no terminal that can be drawn on.
    static func run(
        link: any EngineLink, options: RoomOptions, time: any TimeSource,
        until: (@Sendable () async -> RoomExit?)? = nil
    ) async throws -> RoomExit {
        let terminal = try Terminal(color: options.color, glyphs: options.glyphs)
        let loop = AppLoop(link: link, terminal: terminal, options: options, time: time)
        let watcher = until.map { until in
            Task { @MainActor in
                if let exit = await until(), !Task.isCancelled { loop.end(exit) }
            }
        }
        let exit = await loop.run()
        watcher?.cancel()
        return exit
    }

    /// The same as plain lines on standard output, with commands from standard input if that is a terminal.
    /// Signals are the command's: it passes what they mean through `until`.
    static func runText(
        link: any EngineLink, options: RoomOptions, time: any TimeSource,
        until: (@Sendable () async -> RoomExit?)? = nil
    ) async -> RoomExit {
        let output = FileHandle.standardOutput
        let loop = TextLoop(link: link, options: options, time: time) { line in
            (try? output.write(contentsOf: Data((line + "\n").utf8))) != nil
        }
        let watcher = until.map { until in
            Task { @MainActor in
                if let exit = await until(), !Task.isCancelled { loop.end(exit) }
            }
        }
        let exit = await loop.run(readsCommands: isatty(FileHandle.standardInput.fileDescriptor) == 1)
        watcher?.cancel()
        return exit
    }

    /// Whether standard input and output are a terminal that can be drawn on; otherwise the text form is right.
    static var hasTerminal: Bool { Terminal.isAvailable }

    /// Writes what repairs a terminal that a killed room left behind (`control-room reset-terminal`).
    static func resetTerminal() { Terminal.reset() }
}
