import CEpoll
import Engine
import Foundation
#if canImport(Glibc)
import Glibc
#endif

/// The sockets of a device fleet: one epoll, edge-triggered, non-blocking, on one thread.
///
/// A loop of its own in place of NIO channels, because thousands of devices share the machine with the engine they measure: a
/// connection costs a descriptor and a few words here, a delivery one `recv` and one `send`.
///
/// Bounds: one connection per device; what a socket does not take at once waits per device, and a device says little.
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

    private let poll: Int32
    private let addresses: [SocketAddress]
    private var connections: [Connection]
    private var events = [epoll_event](repeating: epoll_event(), count: 1024)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 8)
    /// Devices whose connection failed before the kernel had an event for it.
    private var failed: [Int] = []

    /// - Throws: `FleetError` when the process may not open as many files as there are devices.
    init(devices: Int, addresses: [SocketAddress]) throws {
        try Self.raiseFileLimit(to: devices + 64)
        self.addresses = addresses
        connections = Array(repeating: Connection(), count: devices)
        poll = epoll_create1(0)
    }

    deinit {
        for connection in connections where connection.descriptor >= 0 { close(connection.descriptor) }
        close(poll)
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
        let wanted = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        var event = epoll_event(events: wanted, data: epoll_data_t(u64: UInt64(connections[device].generation) << 32 | UInt64(device)))
        if epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) != 0 {
            forget(device)
            failed.append(device)
        }
    }

    func send(_ bytes: [UInt8], from device: Int) {
        guard connections[device].descriptor >= 0 else { return }
        guard connections[device].unsent.isEmpty else { return connections[device].unsent += bytes }
        let sent = max(0, write(bytes[...], device))
        if sent < bytes.count { connections[device].unsent = Array(bytes[sent...]) }
    }

    /// - Parameter isTorn: the peer sees a reset, and no port lingers here.
    func hangUp(_ device: Int, isTorn: Bool) {
        guard connections[device].descriptor >= 0 else { return }
        if isTorn {
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connections[device].descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        forget(device)
    }

    private func write(_ bytes: ArraySlice<UInt8>, _ device: Int) -> Int {
        bytes.withUnsafeBytes { Glibc.send(connections[device].descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
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
        let ready = epoll_wait(poll, &events, Int32(events.count), early.isEmpty ? timeout : Int32(0))
        guard ready > 0 else { return }
        for event in events[..<Int(ready)] {
            let device = Int(event.data.u64 & 0xFFFF_FFFF)
            guard connections[device].descriptor >= 0, connections[device].generation == UInt32(event.data.u64 >> 32) else { continue }
            serve(device, event.events, body)
        }
    }

    private func serve(_ device: Int, _ flags: UInt32, _ body: (Event) -> Void) {
        let generation = connections[device].generation
        func isSame() -> Bool { connections[device].generation == generation && connections[device].descriptor >= 0 }
        if flags & EPOLLOUT.rawValue != 0, flags & (EPOLLERR.rawValue | EPOLLHUP.rawValue) == 0 {
            if !connections[device].isConnected {
                connections[device].isConnected = true
                body(.connected(device))
            }
            if isSame() { sendRest(device) }
        }
        guard isSame(), flags & ~EPOLLOUT.rawValue != 0 else { return }
        // Edge-triggered: read until the kernel has no more.
        while isSame() {
            let count = recv(connections[device].descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                body(.received(device, UnsafeRawBufferPointer(rebasing: buffer[..<count])))
                if count < buffer.count, flags & (EPOLLRDHUP.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) == 0 { return }
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                return
            } else {
                forget(device)
                return body(.ended(device))
            }
        }
    }

    private func sendRest(_ device: Int) {
        guard !connections[device].unsent.isEmpty else { return }
        let sent = max(0, write(connections[device].unsent[...], device))
        connections[device].unsent.removeFirst(sent)
    }

    private static func raiseFileLimit(to files: Int) throws {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(files) else { return }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(files))
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur >= rlim_t(files) else {
            throw FleetError("This process may open \(limit.rlim_max) files, too few for \(files - 64) devices: lower --count, raise 'ulimit -Hn', or start two fleets.")
        }
    }
}

/// Why a fleet cannot start, in a sentence with the way out.
struct FleetError: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
}
