import Foundation
#if canImport(Glibc)
import Glibc
#endif

/// A device's end of a TCP connection, blocking, for tests: it can also say what no decent client would.
final class DeviceSocket {
    enum Frame: Equatable {
        case text(String)
        case close(UInt16)
        case ended
    }

    private let descriptor: Int32
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - patience: seconds after which a read gives up.
    ///   - receiveBytes: what the kernel may hold of what is not read; nil: as it likes.
    init(port: Int, patience: Int = 5, receiveBytes: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// The status of the answer to an upgrade.
    func upgrade(_ subprotocol: String = "control-room.v1", path: String = "/v1/live") -> Int {
        send(
            Array(
                """
                GET \(path) HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                Sec-WebSocket-Protocol: \(subprotocol)\r\n\r\n
                """.utf8))
        while true {
            if let end = head() {
                let line = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
                bytes.removeFirst(end)
                return line.count > 1 ? Int(line[1]) ?? 0 : 0
            }
            guard read() else { return 0 }
        }
    }

    /// Where the HTTP answer ends.
    private func head() -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4 else { return nil }
        return (4...bytes.count).first { bytes[($0 - 4)..<$0].elementsEqual(end) }
    }

    func say(_ json: String) { send(Self.frame(0x81, Array(json.utf8))) }

    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length: [UInt8] =
            payload.count < 126
            ? [0x80 | UInt8(payload.count)] : [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        return [first] + length + [0, 0, 0, 0] + payload
    }

    /// The next text or close; pings are passed over.
    func next() -> Frame {
        while true {
            if bytes.count >= 2, case let (start, length) = lengths(), bytes.count >= start + length {
                let opcode = bytes[0] & 0x0F, payload = Array(bytes[start..<start + length])
                bytes.removeFirst(start + length)
                if opcode == 1 { return .text(String(decoding: payload, as: UTF8.self)) }
                if opcode == 8 { return .close(UInt16(payload[0]) << 8 | UInt16(payload[1])) }
                continue
            }
            guard read() else { return .ended }
        }
    }

    private func lengths() -> (start: Int, length: Int) {
        guard bytes[1] == 126, bytes.count >= 4 else { return (2, Int(bytes[1])) }
        return (4, Int(bytes[2]) << 8 | Int(bytes[3]))
    }

    private func read() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        bytes += chunk[..<count]
        return true
    }
}
