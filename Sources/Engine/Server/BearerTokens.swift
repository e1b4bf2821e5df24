import Foundation
import Synchronization

/// The tokens of production systems, read from a file of lines `name:token` (blank lines and lines that begin
/// with `#` do not count). The file is looked at again with every request and read anew when it changed, so
/// a token is withdrawn by deleting its line. A file that cannot be trusted lets nobody in.
///
/// Shared by the HTTP server's tasks; the lock guards the parsed file and is held for one look.
public final class BearerTokens: Sendable {
    /// How a request's token is judged.
    enum Verdict: Equatable {
        /// It is this system's.
        case known(name: String)
        case unknown
        /// Nobody is let in; the sentence says what to do with the file.
        case unusable(String)
    }

    /// Most lines with a token; shortest and longest token, in characters.
    static let tokensMax = 256
    static let tokenLengths = 16...256
    static let fileBytesMax = 128 * 1024

    private let path: String
    private let parsed: Mutex<Parsed>

    private struct Parsed {
        var look: Look?
        var tokens: [(name: String, token: [UInt8])] = []
        var problem: String?
    }

    /// What tells one state of the file from another.
    private struct Look: Equatable {
        var isRegular: Bool
        var mode: Int
        var bytes: Int
        var inode: Int
        var changed: Date?

        init(path: String) throws {
            let found = try FileManager.default.attributesOfItem(atPath: path)
            isRegular = found[.type] as? FileAttributeType == .typeRegular
            mode = (found[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
            bytes = (found[.size] as? NSNumber)?.intValue ?? 0
            inode = (found[.systemFileNumber] as? NSNumber)?.intValue ?? 0
            changed = found[.modificationDate] as? Date
        }
    }

    /// - Parameter path: the file, which must be a regular file that not everybody may read.
    public init(path: String) {
        self.path = path
        parsed = Mutex(Parsed())
    }

    /// Why no signal is taken now, in a sentence; nil when the file is in order. For the engine's start.
    public var problem: String? {
        if case .unusable(let sentence) = judge("") { sentence } else { nil }
    }

    /// Takes the same time whether a token is nearly right or wholly wrong.
    func judge(_ offered: String) -> Verdict {
        parsed.withLock { parsed in
            refresh(&parsed)
            if let problem = parsed.problem { return .unusable(problem) }
            let offered = Array(offered.utf8.prefix(Self.tokenLengths.upperBound + 1))
            var found: String?
            for entry in parsed.tokens where Self.areEqual(entry.token, offered) { found = entry.name }
            return found.map { .known(name: $0) } ?? .unknown
        }
    }

    /// Looks at every byte up to the longest length a token may have, whatever it finds.
    private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        var difference = left.count ^ right.count
        for index in 0...tokenLengths.upperBound {
            let a = index < left.count ? left[index] : 0, b = index < right.count ? right[index] : 0
            difference |= Int(a ^ b)
        }
        return difference == 0
    }

    private func refresh(_ parsed: inout Parsed) {
        // A secret mounted by an orchestrator is a link to the file.
        let path = URL(filePath: self.path).resolvingSymlinksInPath().path
        guard let look = try? Look(path: path) else {
            parsed = Parsed(problem: "The token file cannot be opened: look at its path and its mode.")
            return
        }
        guard look != parsed.look else { return }
        parsed = Parsed(look: look)
        guard look.isRegular else {
            parsed.problem = "The token file is not a regular file."
            return
        }
        guard look.mode & 0o007 == 0 else {
            parsed.problem =
                "The token file is open to every user of the machine: chmod 600 it, then signals are taken."
            return
        }
        guard look.bytes <= Self.fileBytesMax, let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else {
            parsed.problem =
                "The token file cannot be read, or is not UTF-8 text of at most \(Self.fileBytesMax / 1024) KiB."
            return
        }
        switch Self.entries(of: text) {
        case .success(let tokens): parsed.tokens = tokens
        case .failure(let fault): parsed.problem = fault.sentence
        }
    }

    private static func entries(of text: String) -> Result<[(name: String, token: [UInt8])], SignalFault> {
        var tokens: [(name: String, token: [UInt8])] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, isName(parts[0]), tokenLengths.contains(parts[1].utf8.count),
                parts[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else {
                return .failure(SignalFault(
                        "Line \(index + 1) of the token file is not name:token with a name of 1 to 32 letters, digits, -, _ or . and a token of \(tokenLengths.lowerBound) to \(tokenLengths.upperBound) characters without spaces."
                    ))
            }
            guard !tokens.contains(where: { $0.name == parts[0] || $0.token == Array(parts[1].utf8) }) else {
                return .failure(
                    SignalFault("Line \(index + 1) of the token file repeats a name or a token of an earlier line."))
            }
            tokens.append((parts[0], Array(parts[1].utf8)))
        }
        guard !tokens.isEmpty else {
            return .failure(
                SignalFault("The token file holds no token: write a line name:token for each production system."))
        }
        guard tokens.count <= tokensMax else {
            return .failure(SignalFault("The token file holds \(tokens.count) tokens: at most \(tokensMax) are taken."))
        }
        return .success(tokens)
    }

    private static func isName(_ text: String) -> Bool {
        (1...32).contains(text.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.".utf8.contains(byte)
            }
    }
}
