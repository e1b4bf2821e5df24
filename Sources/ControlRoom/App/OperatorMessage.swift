import Engine

/// Errors in words for the person at the desk: what, where, what to do instead.
enum OperatorMessage {
    static func sentence(for error: any Error) -> String {
        switch error {
        case let error as JournalError: sentence(for: error)
        case let error as TerminalError: sentence(for: error)
        case let error as MoveParser.Failure: error.sentence
        case let error as PaletteCommand.Failure: error.sentence
        default: "\(error)"
        }
    }

    private static func sentence(for error: JournalError) -> String {
        switch error {
        case .diskFull(let path):
            "The disk under \(path) is full: nothing is sent before it is written. Free some space; the engine tries again."
        case .readOnly(let path): "The database \(path) is read-only: give another one with --db, or make it writable."
        case .inputOutput(let path, let detail): "Reading or writing \(path) failed (\(detail)): check the disk."
        case .corrupt(let path, let detail):
            "The database \(path) is damaged (\(detail)): move it aside and start again, or restore a copy of it."
        case .newerSchema(let path, let found):
            "The database \(path) was written by a newer control-room (\(found)): update this one, or give another with --db."
        case .held(let path, let process, let socket):
            "The database \(path) is in use by the engine with process id \(process): "
                + (socket.map { "‘control-room attach --socket \($0)’ opens a room on it." } ?? "end that one first.")
        case .unwritable(let path, let detail): "The database \(path) cannot be opened for writing (\(detail)): give another with --db."
        }
    }

    private static func sentence(for error: TerminalError) -> String {
        switch error {
        case .notATerminal: "There is no terminal here: use --text."
        case .unknownTerminal(let name): "The terminal type ‘\(name)’ is not known here: set TERM, or use --text."
        }
    }
}
