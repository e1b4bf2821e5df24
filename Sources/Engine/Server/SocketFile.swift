import Foundation

/// The file of the operators' Unix socket: mode 0600, in a folder that, if it has to be made, is 0700.
///
/// The file of a dead engine is replaced, that of a living one never. The mode is set before the socket
/// listens, so there is no moment in which another user could connect.
struct SocketFile {
    let path: String
    /// Bound, not listening yet; whoever listens on it owns it.
    let descriptor: Int32
    private let inode: Int

    /// - Throws: `ServerStartError` with the way out.
    init(claiming path: String) throws(ServerStartError) {
        self.path = path
        let folder = URL(filePath: path).deletingLastPathComponent()
        if !FileManager.default.fileExists(atPath: folder.path) {
            do {
                try FileManager.default.createDirectory(
                    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw ServerStartError(
                    "The folder \(folder.path) for the operators' socket cannot be made: \(error.localizedDescription)")
            }
        }
        try Self.makeRoom(at: path)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Self.fault(path) }
        guard try Self.withAddress(path, { bind(descriptor, $0, $1) }) == 0, chmod(path, 0o600) == 0 else {
            let fault = Self.fault(path)
            close(descriptor)
            throw fault
        }
        self.descriptor = descriptor
        inode = Self.status(of: path)?.inode ?? 0
    }

    /// Removes the file, unless it is by now another engine's.
    func release() {
        if Self.status(of: path)?.inode == inode { unlink(path) }
    }

    private static func makeRoom(at path: String) throws(ServerStartError) {
        guard let found = status(of: path) else { return }
        guard found.isSocket else {
            throw ServerStartError(
                "\(path) is not a socket, so the operators' socket cannot be made there: move it away or choose another path."
            )
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw fault(path) }
        defer { close(probe) }
        if try withAddress(path, { connect(probe, $0, $1) }) == -1, errno == ECONNREFUSED {
            unlink(path)
        } else {
            throw ServerStartError(
                "Another engine listens on \(path): use control-room attach, or stop that engine first.")
        }
    }

    private static func status(of path: String) -> (inode: Int, isSocket: Bool)? {
        guard let found = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
        return (
            (found[.systemFileNumber] as? NSNumber)?.intValue ?? 0, found[.type] as? FileAttributeType == .typeSocket
        )
    }

    private static func fault(_ path: String) -> ServerStartError {
        ServerStartError("The operators' socket \(path) cannot be made: \(String(cString: strerror(errno))).")
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(ServerStartError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.utf8.count <= capacity else {
            throw ServerStartError(
                "The path of the operators' socket is longer than the \(capacity) bytes the system takes: \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
