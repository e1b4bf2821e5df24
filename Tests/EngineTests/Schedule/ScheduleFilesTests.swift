import Engine
import Foundation
import Testing
import TestSupport

/// The files in `Schedules/`: good ones are read without a problem, broken ones yield exactly their text.
@Suite struct ScheduleFilesTests {
    /// 2026-11-21T12:00:00Z
    static let now = WallTime(milliseconds: 1_795_262_400_000)

    static func files(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: repositoryRoot.appending(path: folder).path())
            .filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }

    static func load(_ name: String) throws -> ScheduleFile {
        var file = try ScheduleFile.load(repositoryRoot.appending(path: name).path())
        file.name = name
        return file
    }

    @Test func shippedSchedulesAreReadWithoutAProblem() throws {
        let names = try Self.files(in: "Schedules")
        #expect(names.count >= 6)
        for name in names {
            let reading = ScheduleReader.read([try Self.load(name)], now: Self.now)
            #expect(reading.report() == [], "\(name)")
            #expect(!reading.events.isEmpty, "\(name)")
        }
    }

    @Test func shippedSchedulesAreOneScheduleTogether() throws {
        let files = try Self.files(in: "Schedules").map(Self.load)
        let reading = ScheduleReader.read(files, now: Self.now)
        #expect(reading.report() == [])
        #expect(reading.events(of: "Schedules/tonight.yaml").map(\.id) == ["tonight", "backstage"])
    }

    @Test func brokenSchedulesYieldExactlyTheirText() throws {
        let names = try Self.files(in: "Schedules/Invalid")
        #expect(names.count >= 14)
        for name in names {
            let expected = repositoryRoot.appending(path: name.replacingOccurrences(of: ".yaml", with: ".expected.txt"))
            let reading = ScheduleReader.read([try Self.load(name)], now: Self.now)
            #expect(!reading.isValid, "\(name)")
            #expect(
                reading.report().joined(separator: "\n") + "\n" == (try String(contentsOf: expected, encoding: .utf8)))
        }
    }

    @Test func tonightShowsEverythingWithinTwoMinutesAndWaitsForItsEnding() throws {
        let reading = ScheduleReader.read([try Self.load("Schedules/tonight.yaml")], now: Self.now)
        let tonight = try #require(reading.events.first)
        #expect(tonight.audience.devices == 10_000_000)
        #expect(tonight.startsWithEngine)
        #expect(
            tonight.stages.map(\.key) == ["pre-show", "countdown", "live", "intermission", "live-2", "ending", "ended"])
        #expect(tonight.stages[2].time == .afterStart(40_000))
        #expect(tonight.stages[2].waves == WavePlan(count: 8, interval: 1000))
        #expect(tonight.stages[5].mode == .manual)
        #expect(tonight.stages[6].time == .after("ending", 10_000))
        #expect(tonight.stages.flatMap(\.gates).count <= 1)
    }

    @Test func aChannelUnderWayIsANote() throws {
        let newYearsEve = WallTime(milliseconds: 1_798_718_400_000)  // 2026-12-31T12:00Z
        let file = try Self.load("Schedules/channel-24h.yaml")
        let reading = ScheduleReader.read([file], now: newYearsEve + 1)
        #expect(reading.isValid)
        #expect(reading.notes.contains { $0.text.contains("under way: it joins before 'maintenance'") })
        let later = newYearsEve + 30 * 86_400_000
        #expect(!ScheduleReader.read([file], now: later).isValid)
        #expect(ScheduleReader.read([file], now: later, running: ["channel-24h"]).isValid)
    }

    @Test func filesThatCannotBeReadAreRefusedAndNeverWaitedFor() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "schedule-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let fifo = folder.appending(path: "fifo.yaml").path()
        #expect(mkfifo(fifo, 0o600) == 0)
        for path in [fifo, "/dev/zero", "/dev/tty", folder.path(), folder.appending(path: "absent.yaml").path()] {
            #expect(throws: ScheduleFileError.self) { try ScheduleFile.load(path) }
        }
        let large = folder.appending(path: "large.yaml").path()
        try Data().write(to: URL(filePath: large))
        #expect(truncate(large, 50_000_000) == 0)
        let file = try ScheduleFile.load(large)
        #expect(file.bytes.isEmpty)
        let problem = ScheduleReader.read([file], now: Self.now).problems.first
        #expect(problem?.what == "the file has 50000000 bytes, more than 1048576")
    }
}
