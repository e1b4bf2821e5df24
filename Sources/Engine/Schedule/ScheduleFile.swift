import CDispatch // whose headers are where an optimised build finds glibc's `stat`
import Foundation

/// A schedule file's name and bytes, as the pure reader takes them.
public struct ScheduleFile: Hashable, Sendable {
    /// Largest file that is read, bytes.
    public static let bytesMax = 1 << 20

    /// How problems name it: the path as the operator wrote it.
    public var name: String
    /// At most `bytesMax` + 1 bytes of it.
    public var bytes: [UInt8]
    /// Its whole size in bytes, also of what was not read.
    public var size: Int

    public init(name: String, bytes: [UInt8], size: Int? = nil) {
        self.name = name
        self.bytes = bytes
        self.size = size ?? bytes.count
    }

    /// Reads a regular file; of one that is too large, nothing.
    ///
    /// Opens without waiting, so a fifo or a device in a schedule's place cannot block the engine.
    /// - Throws: `ScheduleFileError` if there is no such regular file or it cannot be read.
    public static func load(_ path: String) throws(ScheduleFileError) -> ScheduleFile {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw ScheduleFileError(path: path, code: errno) }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw ScheduleFileError(path: path, code: errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw ScheduleFileError(path: path, detail: "is not a regular file")
        }
        let size = Int(facts.st_size)
        guard size <= bytesMax else { return ScheduleFile(name: path, bytes: [], size: size) }
        // One more than allowed, so that a file that grows while it is read is noticed.
        return ScheduleFile(name: path, bytes: try read(descriptor, atMost: bytesMax + 1, path: path))
    }

    private static func read(_ descriptor: Int32, atMost limit: Int, path: String) throws(ScheduleFileError) -> [UInt8]
    {
        var bytes = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < limit {
            let count = bytes.withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress! + filled, limit - filled)
            }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw ScheduleFileError(path: path, code: errno)
            }
            filled += count
        }
        return Array(bytes[..<filled])
    }
}

/// A schedule file that cannot be read at all, in words for the operator.
public struct ScheduleFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public var path: String
    /// `cannot be read: No such file or directory`
    public var detail: String

    init(path: String, detail: String) {
        self.path = path
        self.detail = detail
    }

    init(path: String, code: Int32) {
        self.init(path: path, detail: "cannot be read: \(String(cString: strerror(code)))")
    }

    /// `Schedules/tonigt.yaml: cannot be read: No such file or directory: name a YAML file of live events`
    public var description: String { "\(path): \(detail): name a YAML file of live events" }
}
