public import Engine
import Foundation

/// Where a database lies, and the Unix socket operators attach to.
public struct DatabaseLocation: Hashable, Sendable {
    public let database: String
    /// Beside the database, or in the runtime directory where that path is too long for a socket.
    public let socket: String
    /// Folders to make before use, each with mode 0700.
    private let ownFolders: [String]

    /// Longest path of a Unix socket, bytes (`sun_path` without its NUL).
    public static let socketPathBytesMax = 107

    /// `$XDG_STATE_HOME/control-room/control-room.db`, else `~/.local/state/control-room/control-room.db`.
    /// - Throws: `.unwritable` if the environment names no home.
    public static func standard(environment: [String: String]) throws(JournalError) -> DatabaseLocation {
        let state: String
        if let given = environment["XDG_STATE_HOME"], given.hasPrefix("/") {
            state = given
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            state = (home as NSString).appendingPathComponent(".local/state")
        } else {
            throw .unwritable(
                path: "control-room.db",
                detail:
                    "neither XDG_STATE_HOME nor HOME says where to keep it; set one of them or name the file with --db")
        }
        let folder = (state as NSString).appendingPathComponent("control-room")
        return DatabaseLocation(
            database: (folder as NSString).appendingPathComponent("control-room.db"), ownFolder: folder,
            environment: environment)
    }

    /// A database somebody named (`--db`); its folder must exist.
    public init(database: String, environment: [String: String]) {
        self.init(database: database, ownFolder: nil, environment: environment)
    }

    private init(database: String, ownFolder: String?, environment: [String: String]) {
        // One database has one socket whichever way its path is spelt.
        let resolved = (try? DatabaseFile(path: database))?.path ?? database
        self.database = resolved
        let stem = resolved.hasSuffix(".db") ? String(resolved.dropLast(3)) : resolved
        var folders = ownFolder.map { [$0] } ?? []
        var socket = stem + ".sock"
        if socket.utf8.count > Self.socketPathBytesMax {
            let name = "control-room-" + Self.digest(resolved) + ".sock"
            let runtime = environment["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            socket = (runtime.map { ($0 as NSString).appendingPathComponent(name) }) ?? ""
            if socket.isEmpty || socket.utf8.count > Self.socketPathBytesMax {
                let folder = "/tmp/control-room-\(getuid())"
                folders.append(folder)
                socket = folder + "/" + name
            }
        }
        self.socket = socket
        ownFolders = folders
    }

    /// Makes the folders that are missing, for this user alone (0700), and makes their names survive a power failure.
    /// - Throws: `JournalError` if one cannot be made, or is another user's.
    public func prepare() throws(JournalError) {
        for folder in ownFolders {
            try make(folder)
            var status = stat()
            guard lstat(folder, &status) == 0 else {
                throw .unwritable(path: database, detail: "the folder \(folder) \(DatabaseFile.words(errno))")
            }
            let isSafe = status.st_mode & S_IFMT == S_IFDIR && status.st_uid == getuid() && status.st_mode & 0o022 == 0
            guard isSafe || !folder.hasPrefix("/tmp/") else {
                throw .unwritable(
                    path: database, detail: "\(folder), where its socket would be, can be written by other users")
            }
        }
    }

    private func make(_ folder: String) throws(JournalError) {
        if mkdir(folder, 0o700) == 0 {
            let parent = (folder as NSString).deletingLastPathComponent
            return try DatabaseFile(path: (parent as NSString).appendingPathComponent("x")).syncFolder()
        }
        switch errno {
        case EEXIST: return
        case ENOENT where folder != "/":
            try make((folder as NSString).deletingLastPathComponent)
            try make(folder)
        case ENOSPC, EDQUOT: throw .diskFull(path: database)
        case EROFS: throw .readOnly(path: database)
        case let code:
            throw .unwritable(
                path: database,
                detail: "the folder \(folder) cannot be made: \(String(cString: strerror(code)).lowercased())")
        }
    }

    /// FNV-1a, 64 bits, in hexadecimal: the same in every process.
    private static func digest(_ text: String) -> String {
        String(FNV1a.hash(text.utf8), radix: 16)
    }
}
