import Glibc

/// A TCP socket that listens, shared by the loops of an edge node.
struct Listener: Sendable {
    let descriptor: Int32
    /// With the port that was taken where 0 was asked for.
    let address: ListenAddress

    /// Connections that wait in the kernel to be accepted; it cuts this to net.core.somaxconn.
    private static let backlog: Int32 = 4096
    /// Accepted sockets inherit it: what a device that does not read can hold in the kernel is bounded.
    private static let sendBufferBytes: Int32 = 64 * 1024

    /// - Throws: `ServerStartError` if the address cannot be had.
    init(host: String, port: Int) throws(ServerStartError) {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
            throw ServerStartError("\(host) is no address of this machine: choose one that is with --edge HOST:PORT.")
        }
        defer { freeaddrinfo(found) }
        let family = first.pointee.ai_family
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw ServerStartError(binding: host, port: port, option: "--edge", errno: errno) }
        Self.set(SO_REUSEADDR, to: 1, of: descriptor)
        Self.set(SO_SNDBUF, to: Self.sendBufferBytes, of: descriptor)
        var noDelay: Int32 = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            listen(descriptor, Self.backlog) == 0
        else {
            let code = errno
            Glibc.close(descriptor)
            throw ServerStartError(binding: host, port: port, option: "--edge", errno: code)
        }
        self.descriptor = descriptor
        address = Self.localAddress(of: descriptor) ?? ListenAddress(host: host, port: port)
    }

    func close() { Glibc.close(descriptor) }

    private static func set(_ option: Int32, to value: Int32, of descriptor: Int32) {
        var value = value
        setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func localAddress(of descriptor: Int32) -> ListenAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: 64), port = [CChar](repeating: 0, count: 8)
        let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &length) == 0
                    && getnameinfo(
                        address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                        NI_NUMERICHOST | NI_NUMERICSERV) == 0
            }
        }
        guard isKnown, let number = Int(Self.text(port)) else { return nil }
        return ListenAddress(host: Self.text(host), port: number)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Where something listens: `127.0.0.1:8081`.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    public let host: String
    public let port: Int
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// The process's limit of open files, as far as devices go.
enum OpenFiles {
    /// Descriptors kept from connections, for the database, logs, operators and HTTP.
    private static let reserve = 500

    /// How many connections a node may promise: all but a reserve, half of them where the limit is small.
    static func connectionsMax(wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        let files = Int(clamping: limit.rlim_cur)
        return min(wanted, max(files - reserve, files / 2))
    }
}
