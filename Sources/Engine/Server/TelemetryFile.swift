import Foundation
import Synchronization

/// Telemetry in a file, appended by a queue of its own: `--telemetry FILE`.
///
/// Bounds: `waitingBytesMax` bytes that wait for the disk (further lines are dropped and counted), `bytesMax` in the
/// file; then it is renamed to `FILE.1`, in place of the one before, and begun anew.
public final class TelemetryFile: TelemetryLog {
    static let waitingBytesMax = 4 << 20
    static let bytesMax = 64 << 20

    private let path: String
    private let queue = DispatchQueue(label: "control-room.telemetry", qos: .utility)
    private let state: Mutex<(waiting: [UInt8], isWriting: Bool, dropped: Int)>
    private let file: Mutex<FileHandle>

    /// - Throws: what opening the file for appending throws.
    public init(path: String) throws {
        self.path = path
        state = Mutex(([], false, 0))
        file = Mutex(try Self.open(path))
    }

    /// Lines that the disk was too slow for, or did not take, since the start.
    public var droppedCount: Int { state.withLock { $0.dropped } }

    public func write(_ line: ArraySlice<UInt8>) {
        let mustWake = state.withLock { state in
            guard state.waiting.count + line.count < Self.waitingBytesMax else {
                state.dropped += 1
                return false
            }
            state.waiting += line
            state.waiting.append(UInt8(ascii: "\n"))
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustWake { queue.async { self.drain() } }
    }

    private func drain() {
        while true {
            let bytes = state.withLock { state -> [UInt8] in
                defer { state.waiting = [] }
                if state.waiting.isEmpty { state.isWriting = false }
                return state.waiting
            }
            guard !bytes.isEmpty else { return }
            file.withLock { file in
                // A full disk costs telemetry, and nothing else.
                do { try file.write(contentsOf: bytes) } catch {
                    state.withLock { $0.dropped += bytes.count { $0 == UInt8(ascii: "\n") } }
                }
                if (try? file.offset()) ?? 0 > Self.bytesMax { turn(&file) }
            }
        }
    }

    private func turn(_ file: inout FileHandle) {
        try? FileManager.default.removeItem(atPath: path + ".1")
        try? FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        guard let next = try? Self.open(path) else { return }
        try? file.close()
        file = next
    }

    private static func open(_ path: String) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: path), !FileManager.default.createFile(atPath: path, contents: nil) {
            throw CocoaError(.fileWriteUnknown)
        }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        return file
    }
}
