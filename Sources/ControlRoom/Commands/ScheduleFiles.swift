import Engine
import Foundation
import Store

/// The schedule files of an engine: read at its start, and looked at each second while it runs.
enum ScheduleFiles {
    /// Reads the files that were named.
    /// - Throws: `ScheduleFileError` for a file that cannot be read, `BadSchedule` with everything that is wrong in
    ///   them.
    static func read(_ options: EngineOptions, now: WallTime, running: Set<EventID>) throws -> ScheduleReading {
        var reading = ScheduleReader.read(try options.files.map(ScheduleFile.load), now: now, running: running)
        guard reading.isValid else { throw BadSchedule(report: reading.report()) }
        reading.events = options.withAudience(reading.events)
        return reading
    }

    /// Offers the engine the files again whenever one of them has changed. Nothing is adopted by itself.
    /// Also lets the store forget what is past its retention, once an hour.
    static func watch(
        _ options: EngineOptions, since stamps: [FileStamp?], time: SystemTime, store: Store, engine: Engine
    ) -> Task<Void, Never> {
        Task.detached(priority: .utility) {
            var stamps = stamps
            var seconds = 0
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                seconds += 1
                if seconds % 3600 == 0, let oldest = try? store.prune(now: time.now().wall) {
                    await engine.forget(before: oldest)
                }
                let newest = Self.stamps(options)
                guard newest != stamps else { continue }
                stamps = newest
                await engine.offer(
                    reread(options, now: time.now().wall, running: engine.eventIDs), files: options.files)
            }
        }
    }

    /// A file that has just gone, as while an editor saves it, is a problem like any other.
    private static func reread(_ options: EngineOptions, now: WallTime, running: Set<EventID>) -> ScheduleReading {
        do {
            var reading = ScheduleReader.read(try options.files.map(ScheduleFile.load), now: now, running: running)
            reading.events = options.withAudience(reading.events)
            return reading
        } catch {
            var reading = ScheduleReading()
            reading.problems = [
                ScheduleProblem(file: error.path, line: 1, column: 1, what: error.detail, remedy: "put the file back")
            ]
            reading.problemCount = 1
            return reading
        }
    }

    /// How the files stand now. Taken before they are read, so that an edit during the start is seen.
    static func stamps(_ options: EngineOptions) -> [FileStamp?] { options.files.map(FileStamp.init(of:)) }
}

/// How one version of a file is told from the next, also where an editor puts a new file in the place of the old one.
struct FileStamp: Hashable, Sendable {
    var modified: Date?
    var size: Int?
    var number: Int?

    /// Nil while there is no such file.
    init?(of path: String) {
        guard let facts = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
        modified = facts[.modificationDate] as? Date
        size = (facts[.size] as? NSNumber)?.intValue
        number = (facts[.systemFileNumber] as? NSNumber)?.intValue
    }
}

/// Everything that is wrong in the schedule files, a line each.
struct BadSchedule: Error {
    var report: [String]
}
