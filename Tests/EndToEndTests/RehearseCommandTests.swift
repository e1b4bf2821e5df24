import Foundation
import TestSupport
import Testing

/// `control-room rehearse` as a script meets it: exit codes, streams, and one digest in every process.
@Suite struct RehearseCommandTests {
    private struct Run {
        var status: Int32
        var output: String
        var errors: String
    }

    private static func rehearse(_ arguments: String...) throws -> Run {
        let process = Process(), output = Pipe(), errors = Pipe()
        let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        process.executableURL = products.appending(path: "control-room")
        process.currentDirectoryURL = repositoryRoot
        process.arguments = ["rehearse"] + arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Run(status: process.terminationStatus, output: text, errors: complaints)
    }

    @Test func everyProcessHasTheSameDigestForTheSameSeed() throws {
        let runs = try (0..<2).map { _ in
            try Self.rehearse("Schedules/comedy-special.yaml", "--audience", "5k", "--seed", "7", "--json")
        }
        for run in runs { #expect(run.status == 0 && run.errors == "") }
        #expect(runs[0].output == runs[1].output)
        let other = try Self.rehearse("Schedules/comedy-special.yaml", "--audience", "5k", "--seed", "8", "--json")
        #expect(other.output != runs[0].output)
    }

    @Test(arguments: [
        ("1000000000000", "at most 100M"), ("10^12", "no number of devices"), ("-1", "no number of devices"),
        ("1.5", "no number of devices"),
    ]) func impossibleAudiencesAreRefusedInWords(audience: String, words: String) throws {
        let run = try Self.rehearse("Schedules/comedy-special.yaml", "--audience=\(audience)")
        #expect(run.status == 64)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func aPlanThatNamesWhatIsNotThereIsRefusedAndAMissedBudgetEndsWithOne() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rehearse-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let plan = folder.appending(path: "plan.yaml")
        try "faults:\n  - {at: in 1m, fault: node-loss, node: v-moon-01, for: 1m}\n".write(
            to: plan, atomically: true, encoding: .utf8)
        let refused = try Self.rehearse("Schedules/comedy-special.yaml", "--audience", "5k", "--faults", plan.path())
        #expect(refused.status == 65)
        #expect(
            refused.errors.contains(
                "plan.yaml:2:41: there is no node 'v-moon-01' in this audience: write v-us-east-01, "),
            "\(refused.errors)")

        try "faults:\n  - {at: in 9m, fault: region-loss, region: us-east, for: 10m}\n".write(
            to: plan, atomically: true, encoding: .utf8)
        let report = folder.appending(path: "out.html")
        let broken = try Self.rehearse(
            "Schedules/comedy-special.yaml", "--audience", "5k", "--faults", plan.path(), "--report", report.path())
        #expect(broken.status == 1)
        #expect(broken.output.hasPrefix("BROKEN: "))
        #expect(try String(contentsOf: report, encoding: .utf8).contains("BROKEN"))
    }

    @Test func aRehearsalIsRecordedInANewDatabaseOnly() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "rehearse-\(UUID()).db").path()
        defer { for end in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let first = try Self.rehearse("Schedules/comedy-special.yaml", "--audience", "100", "--quiet", "--db", path)
        #expect(first.status == 0, "\(first.errors)")
        #expect(FileManager.default.fileExists(atPath: path))
        let second = try Self.rehearse("Schedules/comedy-special.yaml", "--audience", "100", "--quiet", "--db", path)
        #expect(second.status == 64 && second.errors.contains("a rehearsal is recorded in a new one"))
    }
}
