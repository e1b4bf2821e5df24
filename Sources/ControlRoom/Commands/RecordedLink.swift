import Engine
import Store

/// A file in place of an engine: its newest picture, its past, and no command.
struct RecordedLink: EngineLink {
    private let file: RecordedFile
    private let picture: EngineSnapshot

    init(_ file: RecordedFile) throws(JournalError) {
        self.file = file
        var picture = try file.newestFrame()
            ?? EngineSnapshot(
                number: 1, at: WallTime(milliseconds: 0),
                engine: EngineInfo(process: 0, startedAt: WallTime(milliseconds: 0), host: "", database: file.path))
        picture.mode = .replay
        // Where this file lies, not where the engine's database did.
        picture.engine.database = file.path
        self.picture = picture
    }

    func newestSnapshot() -> EngineSnapshot? { picture }
    var outage: String? { nil }

    func perform(_ command: EngineCommand) async -> EngineReply {
        do throws(JournalError) {
            switch command {
            case .history(let query): return .history(try file.broadcasts(matching: query))
            case .audit(let before, let limit): return .audit(try file.entries(before: before, limit: limit))
            case .recording(let query): return .recording(try file.recording(query))
            default: return .refused("This is a file of the past: nothing can be commanded in it.")
            }
        } catch {
            return .refused(error.sentence)
        }
    }
}
