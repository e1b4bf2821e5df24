import ArgumentParser
import Engine
import Foundation
import Store

/// What would have happened: a showing played again with one thing changed, beside what really happened.
struct WhatIf: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatif",
        abstract: "Play a past showing again with one change, and lay it beside what really happened.",
        discussion: """
            The file is only read. The same seed gives the same table on any machine.

            A change is one of: without (the next thing somebody did), later 30s, earlier 30s, hold 90s, take, trigger STAGE, recycle STAGE, \
            abort, move [STAGE] +30s, fault …, waves 8x5s, audience 20M, offline 10%, loss 3%, latency 300ms.

            Exit codes: 64 the change or the moment cannot be, 65 the file is damaged, altered, another program's or newer, 74 it cannot be read.

            Example: control-room whatif fight-night.incident fight-night --at 21:04:10 hold 90s
            """)

    @Argument(help: "An incident file or a database.", completion: .file()) var file: String
    @Argument(help: "The live event's id, or a part of its title; its newest showing is meant.") var event: String
    @Argument(help: "What is to be different.") var change: [String]
    @Option(help: "Where to branch off: the time of day in the recording, UTC.") var at: String
    @Option(help: "Draws everything that is drawn: the same seed, the same table.") var seed: UInt64 = 1
    @Flag(help: "Print the table as one JSON object in place of lines.") var json = false

    func run() throws {
        do {
            let recorded = try RecordedFile(path: file)
            let showing = try Export.showing(event, in: recorded)
            guard case .script(let script?) = try recorded.recording(.script(showing)) else {
                throw ValidationError("\(file) does not hold the plan of \(showing.title): it cannot be played again.")
            }
            let wanted = try ChangeParser.parse(change, now: showing.from).mapError { ValidationError($0.sentence) }
                .get()
            let rerun = Rerun(script, change: wanted.change, at: try Self.moment(at, in: script))
            if let fault = rerun.fault { throw ValidationError(fault) }
            let threads = ProcessInfo.processInfo.activeProcessorCount
            guard let report = Branch.play(rerun, seed: seed, threadCount: threads)?.report else {
                throw ExitStatus.interrupted
            }
            guard json else { return BranchTable.lines(report).forEach { print($0) } }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } catch let code as ExitCode {
            throw code
        } catch {
            throw ExitStatus.report(error)
        }
    }

    /// The first moment of the showing at which the clock said so.
    static func moment(_ text: String, in script: ShowScript) throws -> WallTime {
        let day: Milliseconds = 86_400_000
        guard let ofDay = MoveParser.clock(text) else {
            throw ValidationError("--at takes a time of day, as 21:04 or 21:04:10; '\(text)' is none.")
        }
        let midnight = script.beginsAt - ((script.beginsAt.milliseconds % day) + day) % day
        return [midnight, midnight + day].map { $0 + ofDay }.first { $0 >= script.beginsAt } ?? midnight + ofDay
    }
}
