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

            Examples:
              control-room validate Schedules/fight-night.yaml Schedules/overrun.yaml
              control-room validate --traffic Schedules/Traffic/rules.yaml
            """)

    @Argument(help: ArgumentHelp("Schedule files (YAML).", valueName: "file"))
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "Rules of traffic priority (YAML), as --traffic of run and serve takes them.", valueName: "FILE"),
        completion: .file(extensions: ["yaml", "yml"]))
    var traffic: String?

    @Flag(help: "Print one JSON object in place of lines.")
    var json = false

    func validate() throws {
        guard !files.isEmpty || traffic != nil else {
            throw ValidationError("Name a schedule file, or --traffic FILE.")
        }
    }

    func run() throws {
        var code: Int32 = 0
        if let traffic { code = Self.checkRules(traffic) }
        if !files.isEmpty { code = max(code, try checkSchedules()) }
        if code != 0 { throw ExitCode(code) }
    }

    /// Says everything that is wrong in a rules file, or what it holds.
    /// - Returns: the exit code.
    private static func checkRules(_ path: String) -> Int32 {
        do throws(ScheduleFileError) {
            let (rules, problems) = TrafficRulesReader.read(try ScheduleFile.load(path))
            for problem in problems { print(problem.description) }
            if let rules {
                print(
                    "\(path): \(counted(rules.assignments.count, "rule")), \(counted(rules.rulesets.count, "ruleset"))")
            }
            return problems.isEmpty ? 0 : 65
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            return 74
        }
    }

    private func checkSchedules() throws -> Int32 {
        let outcome = Self.reading(files: files, now: SystemTime().now().wall)
        if json {
            print(try ValidateReport(outcome).json())
        } else {
            for line in Self.lines(outcome.files, outcome.reading, isComplete: outcome.unreadable.isEmpty) {
                print(line)
            }
            for error in outcome.unreadable { FileHandle.standardError.write(Data("\(error)\n".utf8)) }
        }
        return outcome.exitCode
    }

    /// The files that can be read, what they say, and the files that cannot.
    struct Outcome {
        var files: [ScheduleFile]
        var unreadable: [ScheduleFileError]
        var reading: ScheduleReading

        /// 0 all is well, 65 there are problems, 74 a file cannot be read.
        var exitCode: Int32 { !unreadable.isEmpty ? 74 : reading.isValid ? 0 : 65 }
    }

    static func reading(files paths: [String], now: WallTime) -> Outcome {
        var files: [ScheduleFile] = []
        var unreadable: [ScheduleFileError] = []
        for path in paths {
            do throws(ScheduleFileError) {
                files.append(try ScheduleFile.load(path))
            } catch {
                unreadable.append(error)
            }
        }
        return Outcome(files: files, unreadable: unreadable, reading: ScheduleReader.read(files, now: now))
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
    var line: String { "\(file): \(counted(events, "event")), \(counted(stages, "stage")), \(counted(notes, "note"))" }
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

    init(_ outcome: Validate.Outcome) {
        let reading = outcome.reading
        valid = outcome.exitCode == 0
        files = outcome.files.map { FileSummary($0, reading) }
        problems = Array(reading.problems.prefix(100))
        problemCount = reading.problemCount
        notes = reading.notes
        unreadable = outcome.unreadable.map(\.description)
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

private func counted(_ number: Int, _ noun: String) -> String {
    "\(number == 0 ? "no" : String(number)) \(noun)\(number == 1 ? "" : "s")"
}
