import Foundation
import GRDB

/// A folder of its own for one test, removed with the value.
final class Scratch: Sendable {
    let folder: String

    init() {
        folder = FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)"
        try! FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var database: String { folder + "/room.db" }

    func write(_ bytes: [UInt8], to name: String = "room.db") {
        _ = FileManager.default.createFile(atPath: folder + "/" + name, contents: Data(bytes))
    }

    func bytes(_ name: String = "room.db") -> Data? { FileManager.default.contents(atPath: folder + "/" + name) }

    /// A connection of somebody else's, as `sqlite3` would have.
    func outsider() throws -> DatabaseQueue { try DatabaseQueue(path: database) }
}

/// Runs a program to its end. - Returns: its exit status, its standard output.
@discardableResult
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process(), output = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

/// The JournalWriter as a process to be killed.
final class WriterProcess {
    private let process = Process()
    private let output = Pipe()
    private var pending = Data()
    private(set) var lines: [String] = []

    /// - Parameter wrapper: program and arguments to start it with: `["/usr/bin/strace", …]`.
    init(_ database: String, commits: Int? = nil, wrapper: [String] = []) throws {
        let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let command =
            wrapper + [products.appending(path: "JournalWriter").path, database] + (commits.map { [String($0)] } ?? [])
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    var pid: Int32 { process.processIdentifier }

    /// Reads on until a line begins so, or the process ends.
    @discardableResult
    func wait(for prefix: String) -> String? {
        while true {
            if let line = nextLine() {
                if line.hasPrefix(prefix) { return line }
                continue
            }
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { return nil }
            pending += data
        }
    }

    private func nextLine() -> String? {
        guard let end = pending.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending = Data(pending[(end + 1)...])
        lines.append(line)
        return line
    }

    /// `kill -9`, and everything it had said before. - Returns: the last number it was told is committed; 0 if none.
    func die() -> Int64 {
        kill(pid, SIGKILL)
        process.waitUntilExit()
        wait(for: "\u{0}")
        return lines.compactMap { line in
            line.hasPrefix("committed ") || line.hasPrefix("open ") ? Int64(line.split(separator: " ")[1]) : nil
        }.last ?? 0
    }

    func end() {
        kill(pid, SIGKILL)
        process.waitUntilExit()
    }
}
