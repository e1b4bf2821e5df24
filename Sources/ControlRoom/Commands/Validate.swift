import ArgumentParser
import Engine
import Foundation

/// `control-room validate FILE…`: everything that is wrong in schedule files, or what they hold.
struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says everything that is wrong in schedule files, or what they hold.",
        discussion: """
            The files are read as one schedule: an id may occur only once in all of them.

            Exit codes: 0 all is well, 65 there are problems, 74 a file cannot be read.

            Example:
              control-room validate Schedules/fight-night.yaml Schedules/overrun.yaml
            """)

    @Argument(help: ArgumentHelp("Schedule files (YAML).", valueName: "file"))
    var files: [String]

    @Flag(help: "Print one JSON object in place of lines.")
    var json = false

    func run() throws {
        var schedule: [ScheduleFile] = []
        var unreadable: [ScheduleFileError] = []
        for path in files {
            do throws(ScheduleFileError) {
                schedule.append(try ScheduleFile.load(path))
            } catch {
                unreadable.append(error)
            }
        }
        let reading = ScheduleReader.read(schedule, now: SystemTime().now().wall)
        if json {
            print(try ValidateReport(schedule, reading, unreadable).json())
        } else {
            for line in Self.lines(schedule, reading, isComplete: unreadable.isEmpty) { print(line) }
            for error in unreadable { FileHandle.standardError.write(Data("\(error)\n".utf8)) }
        }
        if !unreadable.isEmpty { throw ExitCode(74) }
        if !reading.isValid { throw ExitCode(65) }
    }

    /// All problems; or, if there are none, for each file what it holds, and the notes.
    static func lines(_ files: [ScheduleFile], _ reading: ScheduleReading, isComplete: Bool = true) -> [String] {
        guard reading.isValid, isComplete else { return reading.report() }
        return files.flatMap { file in
            let summary = FileSummary(file, reading)
            let notes = reading.notes.filter { $0.file == file.name }
            return [summary.line] + notes.map(\.description)
        }
    }
}

/// What one file holds.
private struct FileSummary: Codable {
    var file: String
    var events: Int
    var stages: Int
    var notes: Int

    init(_ file: ScheduleFile, _ reading: ScheduleReading) {
        let own = reading.events(of: file.name)
        self.file = file.name
        events = own.count
        stages = own.reduce(0) { $0 + $1.stages.count }
        notes = reading.notes.count { $0.file == file.name }
    }

    /// `Schedules/tonight.yaml: 2 events, 11 stages, no notes`
    var line: String {
        func counted(_ number: Int, _ noun: String) -> String {
            "\(number == 0 ? "no" : String(number)) \(noun)\(number == 1 ? "" : "s")"
        }
        return "\(file): \(counted(events, "event")), \(counted(stages, "stage")), \(counted(notes, "note"))"
    }
}

/// What `--json` prints.
private struct ValidateReport: Codable {
    var valid: Bool
    var files: [FileSummary]
    /// At most 100; `problemCount` counts them all.
    var problems: [ScheduleProblem]
    var problemCount: Int
    var notes: [ScheduleNote]
    /// Files that could not be read.
    var unreadable: [String]

    init(_ schedule: [ScheduleFile], _ reading: ScheduleReading, _ errors: [ScheduleFileError]) {
        valid = reading.isValid && errors.isEmpty
        files = schedule.map { FileSummary($0, reading) }
        problems = Array(reading.problems.prefix(100))
        problemCount = reading.problemCount
        notes = reading.notes
        unreadable = errors.map(\.description)
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
