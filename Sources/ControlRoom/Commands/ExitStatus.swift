import ArgumentParser
import Engine
import Foundation

/// The exit codes scripts may rely on (ARCHITECTURE.md 9), and which error ends in which.
enum ExitStatus {
    static let promiseBroken = ExitCode(1)
    static let badData = ExitCode(65)
    static let unavailable = ExitCode(69)
    static let inputOutput = ExitCode(74)
    static let interrupted = ExitCode(130)
    static let terminated = ExitCode(143)

    /// Says on standard error what went wrong, and gives the code to end with.
    static func report(_ error: any Error) -> any Error {
        if error is ValidationError { return error }
        let (code, lines): (ExitCode, [String]) = switch error {
        case let error as BadSchedule: (badData, error.report)
        case let error as ScheduleFileError: (inputOutput, ["\(error)"])
        case let error as JournalError: (code(of: error), [error.sentence])
        case let error as ServerStartError: (unavailable, ["\(error)"])
        case let error as AttachError: (unavailable, [error.sentence])
        case let error as TerminalError: (unavailable, [OperatorMessage.sentence(for: error)])
        default: (inputOutput, ["\(error)"])
        }
        for line in lines { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
        return code
    }

    private static func code(of error: JournalError) -> ExitCode {
        switch error {
        case .held: unavailable
        case .corrupt, .newerSchema, .foreign: badData
        default: inputOutput
        }
    }
}
