import Engine
import Foundation
#if canImport(Glibc)
import Glibc
#endif

/// The sockets of a device fleet: one poller, non-blocking, on one thread.
///
/// A loop of its own in place of NIO channels, because thousands of devices share the machine with the engine they
/// measure: a connection costs a descriptor and a few words here, a delivery one `recv` and one `send`.
///
/// Bounds: one connection per device, and `unsentBytesMax` that its socket has not taken; a device whose edge node
/// reads that little is hung up.
final class FleetSockets {
    enum Event {
        case connected(Int)
        /// More may follow in the same round.
        case received(Int, UnsafeRawBufferPointer)
        case ended(Int)
    }

    private struct Connection {
        var descriptor: Int32 = -1
        /// Rises with every connection; an event of an older one is passed over.
        var generation: UInt32 = 0
        var isConnected = false
        var unsent: [UInt8] = []
    }

    private let poller = Poller()
    private let addresses: [SocketAddress]
    private var connections: [Connection]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 8)
    /// Hundreds of acks: a device says a line of about 60 bytes at a time.
    private static let unsentBytesMax = 64 * 1024
    /// Devices whose connection ended here and not by an event of the kernel.
    private var failed: [Int] = []

    /// - Throws: `FleetError` when the process may not open as many files as there are devices.
    init(devices: Int, addresses: [SocketAddress]) throws {
        try Self.raiseFileLimit(to: devices + 64)
        self.addresses = addresses
        connections = Array(repeating: Connection(), count: devices)
    }

    deinit {
        for connection in connections where connection.descriptor >= 0 { close(connection.descriptor) }
        buffer.deallocate()
    }

    // MARK: What devices do

    func connect(_ device: Int, to edge: Int) {
        let address = addresses[edge]
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return failed.append(device) }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        connections[device].descriptor = descriptor
        connections[device].generation &+= 1
        connections[device].isConnected = false
        let result = address.withSocketAddress { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            forget(device)
            return failed.append(device)
        }
        if !poller.add(descriptor, token: token(of: device), forWriting: true) {
            forget(device)
            failed.append(device)
        }
    }

    /// The device, and which of its connections it is.
    private func token(of device: Int) -> UInt64 { UInt64(connections[device].generation) << 32 | UInt64(device) }

    func send(_ bytes: [UInt8], from device: Int) {
        guard connections[device].descriptor >= 0 else { return }
        let isFirst = connections[device].unsent.isEmpty
        let sent = isFirst ? max(0, write(bytes[...], device)) : 0
        guard sent < bytes.count else { return }
        guard connections[device].unsent.count + bytes.count - sent <= Self.unsentBytesMax else {
            hangUp(device, isTorn: true)
            return failed.append(device)
        }
        connections[device].unsent += bytes[sent...]
        if isFirst { poller.watch(connections[device].descriptor, token: token(of: device), forWriting: true) }
    }

    /// - Parameter isTorn: the peer sees a reset, and no port lingers here.
    func hangUp(_ device: Int, isTorn: Bool) {
        guard connections[device].descriptor >= 0 else { return }
        if isTorn {
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                connections[device].descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        forget(device)
    }

    private func write(_ bytes: ArraySlice<UInt8>, _ device: Int) -> Int {
        bytes.withUnsafeBytes {
            Glibc.send(connections[device].descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    private func forget(_ device: Int) {
        close(connections[device].descriptor)
        connections[device] = Connection(generation: connections[device].generation)
    }

    // MARK: What happens to them

    /// Waits at most `timeout` ms for sockets, and hands over what happened.
    func wait(timeout: Int32, _ body: (Event) -> Void) {
        let early = failed
        failed = []
        for device in early { body(.ended(device)) }
        for index in 0..<poller.wait(milliseconds: early.isEmpty ? timeout : 0) {
            let event = poller[index], device = Int(event.token & 0xFFFF_FFFF)
            func isSame() -> Bool { connections[device].descriptor >= 0 && token(of: device) == event.token }
            if event.isWritable, isSame() { writable(device, body) }
            if event.isReadable, isSame() { readable(device, body) }
        }
    }

    private func writable(_ device: Int, _ body: (Event) -> Void) {
        let descriptor = connections[device].descriptor
        if !connections[device].isConnected {
            var fault: Int32 = 0, size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &fault, &size)
            guard fault == 0 else { return end(device, body) }
            connections[device].isConnected = true
            poller.watch(descriptor, token: token(of: device), forWriting: false)
            return body(.connected(device))
        }
        let sent = max(0, write(connections[device].unsent[...], device))
        connections[device].unsent.removeFirst(sent)
        if connections[device].unsent.isEmpty { poller.watch(descriptor, token: token(of: device), forWriting: false) }
    }

    private func readable(_ device: Int, _ body: (Event) -> Void) {
        let count = recv(connections[device].descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
            body(.received(device, UnsafeRawBufferPointer(rebasing: buffer[..<count])))
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            end(device, body)
        }
    }

    private func end(_ device: Int, _ body: (Event) -> Void) {
        forget(device)
        body(.ended(device))
    }

    private static func raiseFileLimit(to files: Int) throws {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(files) else {
            return
        }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(files))
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur >= rlim_t(files)
        else {
            throw FleetError(
                "This process may open \(limit.rlim_max) files, too few for \(files - 64) devices: lower --count, raise 'ulimit -Hn', or start two fleets."
            )
        }
    }
}

/// Why a fleet cannot start, in a sentence with the way out.
struct FleetError: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
}
