import Engine
import Foundation

/// The database's files as the file system knows them. Looks at names and inodes only: opening a database by any
/// other way than SQLite would, on closing, drop every lock this process holds on it.
struct DatabaseFile {
    enum Found: Equatable {
        case absent
        case empty
        case present
    }

    /// Resolved, so that one database has one name whichever way it is spelt.
    let path: String

    var folder: String { (path as NSString).deletingLastPathComponent }
    var log: String { path + "-wal" }

    /// - Throws: `.unwritable` if the folder of `path` does not exist.
    init(path: String) throws(JournalError) {
        if let resolved = Self.resolve(path) {
            self.path = resolved
            return
        }
        let name = (path as NSString).lastPathComponent, parent = (path as NSString).deletingLastPathComponent
        guard !name.isEmpty, name != "/", name != ".", name != ".." else {
            throw .unwritable(path: path, detail: "it names no file")
        }
        guard let folder = Self.resolve(parent.isEmpty ? "." : parent) else {
            throw .unwritable(path: path, detail: "the folder \(parent) \(Self.words(errno))")
        }
        self.path = (folder as NSString).appendingPathComponent(name)
    }

    /// What stands there, after making sure that an engine could write it.
    func examine() throws(JournalError) -> Found {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .unwritable(path: path, detail: Self.words(errno)) }
            try requireWritableFolder()
            guard Self.identity(of: log) == nil else {
                throw .corrupt(
                    path: path,
                    detail: "the file is gone but its write-ahead log \(log) is still there, with changes in it")
            }
            return .absent
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .unwritable(path: path, detail: "it is a folder")
        default: throw .unwritable(path: path, detail: "it is not a plain file")
        }
        guard access(path, R_OK) == 0 else { throw .unwritable(path: path, detail: Self.words(errno)) }
        guard access(path, W_OK) == 0 else { throw .readOnly(path: path) }
        try requireWritableFolder()
        return status.st_size == 0 ? .empty : .present
    }

    /// SQLite keeps its log and the engine its lock beside the file, so the folder must be writable too.
    private func requireWritableFolder() throws(JournalError) {
        guard access(folder, W_OK | X_OK) != 0 else { return }
        guard errno == EACCES else { throw .readOnly(path: path) }
        throw .unwritable(path: path, detail: "no permission to write in the folder \(folder)")
    }

    /// Makes the names of newly made files survive a power failure.
    func syncFolder() throws(JournalError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .inputOutput(path: path, detail: "the folder \(folder) \(Self.words(errno))")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw .inputOutput(path: path, detail: "the folder \(folder) \(Self.words(errno))")
        }
    }

    /// Which file a name leads to; nil if to none.
    static func identity(of path: String) -> FileIdentity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// `errno` as the end of a sentence: `cannot be reached: permission denied`.
    static func words(_ code: CInt) -> String {
        "cannot be reached: \(String(cString: strerror(code)).lowercased())"
    }

    private static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// A file itself, whatever its name.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
}
