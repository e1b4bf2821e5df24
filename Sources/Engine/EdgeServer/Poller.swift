import CEpoll
import Glibc

/// Which descriptors of a loop are ready, by epoll. Level-triggered: what is left unread is told again, so that nothing
/// is lost however little a turn takes. An edge node's loops have one each, and so has a fleet of devices.
///
/// Owned by one loop. Bound: `eventsMax` events a wait, so that a turn stays short; the kernel keeps the rest in order.
package final class Poller {
    /// What a descriptor is ready for.
    package struct Event {
        /// What the descriptor was added with.
        package var token: UInt64
        /// Something can be read, be it the end or an error.
        package var isReadable: Bool
        package var isWritable: Bool
    }

    static let eventsMax = 256
    private let descriptor: Int32
    private let ready = UnsafeMutablePointer<epoll_event>.allocate(capacity: eventsMax)

    package init() {
        descriptor = cr_epoll_open()
        precondition(descriptor >= 0, "no epoll descriptor: errno \(errno)")
    }

    deinit {
        close(descriptor)
        ready.deallocate()
    }

    /// - Parameter forWriting: says as well when it can be written to.
    /// - Returns: false if the kernel has no room for one more.
    package func add(_ socket: Int32, token: UInt64, forWriting: Bool = false) -> Bool {
        cr_epoll_add(descriptor, socket, events(forWriting), token) == 0
    }

    /// A listener that several loops share.
    func add(listener: Int32, token: UInt64) { _ = cr_epoll_add(descriptor, listener, cr_epoll_in_one_loop(), token) }

    /// Says when it can be written to as well, or no longer.
    package func watch(_ socket: Int32, token: UInt64, forWriting: Bool) {
        _ = cr_epoll_change(descriptor, socket, events(forWriting), token)
    }

    func remove(_ socket: Int32) { _ = cr_epoll_remove(descriptor, socket) }

    /// Waits at most `milliseconds`, and not at all for 0.
    /// - Returns: how many events `subscript` has.
    package func wait(milliseconds: Int32) -> Int {
        max(0, Int(epoll_wait(descriptor, ready, CInt(Self.eventsMax), milliseconds)))
    }

    /// One of the events of the last `wait`.
    package subscript(index: Int) -> Event {
        let event = ready[index]
        return Event(
            token: event.data.u64, isReadable: event.events & ~cr_epoll_out() != 0,
            isWritable: event.events & cr_epoll_out() != 0)
    }

    private func events(_ forWriting: Bool) -> UInt32 { forWriting ? cr_epoll_in() | cr_epoll_out() : cr_epoll_in() }
}
