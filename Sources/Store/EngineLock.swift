import Engine
import Foundation
import Synchronization

/// Who runs an engine on a database.
public struct DatabaseHolder: Hashable, Codable, Sendable {
    /// The engine's pid; 0 if it has not said yet.
    public var process: Int32
    /// The Unix socket operators attach to; nil if it has none.
    public var socket: String?
    /// Set while the database is being made. Left behind by a crash, it allows the next engine to go on with an empty
    /// file.
    var isCreating: Bool

    static let unknown = DatabaseHolder(process: 0, socket: nil, isCreating: false)
}

/// One engine per database: a lock on `PATH.lock`, held for as long as this value lives.
///
/// The lock is the kernel's (an open file description lock): it ends with the process however that ends, so a
/// stale one cannot exist, and the pid in the file is only information for people. Testing it (`F_OFD_GETLK`) takes
/// nothing, so looking never disturbs an engine that is starting. The file stays when the lock goes:
/// removing it would let two engines lock two files of one name.
final class EngineLock: Sendable {
    private let path: String
    /// -1 once released.
    private let descriptor: Mutex<CInt>
    private let identity: FileIdentity
    /// What the last holder left written; nil after a clean close.
    let leftBehind: DatabaseHolder?

    static func path(of database: String) -> String { database + ".lock" }

    /// - Throws: `.held` if another engine has it, `.unwritable` or `.diskFull` if the file cannot be made.
    init(database: String) throws(JournalError) {
        path = Self.path(of: database)
        // A lock on a file that was removed meanwhile is a lock on nothing: then once more.
        for _ in 0..<16 {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw Self.failure(errno, database: database, lock: path) }
            guard Self.lock(descriptor) else {
                let holder = Self.readHolder(descriptor)
                close(descriptor)
                throw .held(path: database, byProcess: holder.process, socket: holder.socket)
            }
            if let identity = DatabaseFile.identity(of: path), identity == Self.identity(of: descriptor) {
                self.descriptor = Mutex(descriptor)
                self.identity = identity
                leftBehind = Self.read(descriptor)
                return
            }
            close(descriptor)
        }
        throw .unwritable(path: database, detail: "its lock file \(path) keeps disappearing")
    }

    deinit { release() }

    /// Lets the next engine in. The pid goes first, so that nobody reads it afterwards.
    func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            ftruncate(descriptor, 0)
            // Said outright: a child that was forked and has not reached its exec yet has the same open file.
            var request = Self.whole(F_UNLCK)
            _ = fcntl(descriptor, Self.setOFDLock, &request)
            close(descriptor)
            descriptor = -1
        }
    }

    /// Writes down who holds it.
    func announce(_ holder: DatabaseHolder, database: String) throws(JournalError) {
        let bytes = [UInt8]((try? JSONEncoder().encode(holder)) ?? Data()) + [UInt8(ascii: "\n")]
        let isWritten = descriptor.withLock {
            pwrite($0, bytes, bytes.count, 0) == bytes.count && ftruncate($0, off_t(bytes.count)) == 0
        }
        guard isWritten else {
            throw Self.failure(errno, database: database, lock: path)
        }
    }

    /// Whether the name still leads to the file we hold. If not, a second engine could start.
    var isInForce: Bool { DatabaseFile.identity(of: path) == identity }

    /// Who holds the lock of a database; nil if nobody does.
    static func holder(of database: String) -> DatabaseHolder? {
        let descriptor = open(path(of: database), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var wanted = whole(F_WRLCK)
        guard fcntl(descriptor, testOFDLock, &wanted) == 0, wanted.l_type != F_UNLCK else { return nil }
        return readHolder(descriptor)
    }

    /// `F_OFD_GETLK` and `F_OFD_SETLK` of Linux's `fcntl.h`, which Glibc's module does not export.
    private static let testOFDLock: CInt = 36
    private static let setOFDLock: CInt = 37

    private static func whole(_ type: CInt) -> flock {
        var request = flock()
        request.l_type = Int16(type)
        request.l_whence = Int16(SEEK_SET)
        return request
    }

    private static func lock(_ descriptor: CInt) -> Bool {
        var request = whole(F_WRLCK)
        return fcntl(descriptor, setOFDLock, &request) == 0
    }

    /// The holder's word. It locks first and writes then, so it is given a moment.
    private static func readHolder(_ descriptor: CInt) -> DatabaseHolder {
        for _ in 0..<10 {
            if let holder = read(descriptor), kill(holder.process, 0) == 0 || errno == EPERM { return holder }
            usleep(10_000)
        }
        return .unknown
    }

    private static func read(_ descriptor: CInt) -> DatabaseHolder? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return try? JSONDecoder().decode(DatabaseHolder.self, from: Data(bytes[..<count]))
    }

    private static func identity(of descriptor: CInt) -> FileIdentity? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    private static func failure(_ code: CInt, database: String, lock: String) -> JournalError {
        switch code {
        case ENOSPC, EDQUOT: .diskFull(path: database)
        case EROFS: .readOnly(path: database)
        default: .unwritable(path: database, detail: "its lock file \(lock) \(DatabaseFile.words(code))")
        }
    }
}
