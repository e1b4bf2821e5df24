import Engine

/// Errors in words for the person at the desk: what, where, what to do instead.
enum OperatorMessage {
    static func sentence(for error: any Error) -> String {
        switch error {
        case let error as JournalError: error.sentence
        case let error as TerminalError: sentence(for: error)
        case let error as MoveParser.Failure: error.sentence
        case let error as PaletteCommand.Failure: error.sentence
        default: "\(error)"
        }
    }

    private static func sentence(for error: TerminalError) -> String {
        switch error {
        case .notATerminal: "There is no terminal here: use --text."
        case .unknownTerminal(let name): "The terminal type ‘\(name)’ is not known here: set TERM, or use --text."
        }
    }
}
