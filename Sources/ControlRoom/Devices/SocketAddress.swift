import Foundation
#if canImport(Glibc)
import Glibc
#endif

/// Where a fleet connects to: a host that has been looked up once.
struct SocketAddress {
    let family: Int32
    private let bytes: [UInt8]

    /// - Throws: `FleetError` when the host has no address.
    init(_ endpoint: Endpoint) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard result == 0, let first = found?.pointee, let address = first.ai_addr else {
            throw FleetError(
                "\(endpoint.host) has no address (\(String(cString: gai_strerror(result)))): name the edge node as --edge HOST:PORT."
            )
        }
        family = first.ai_family
        bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
    }

    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(bytes.count)) }
        }
    }
}
