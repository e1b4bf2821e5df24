import CEpoll
import Glibc

/// Which descriptors of a loop are ready, by epoll. Level-triggered: what is left unread is told again, so that nothing is lost
/// however little a turn takes.
///
/// Owned by one loop. Bound: `eventsMax` events a wait, so that a turn stays short; the kernel keeps the rest in order.
final class Poller {
    struct Event {
        /// What the descriptor was added with.
        var token: UInt64
        /// Something can be read, be it the end or an error.
        var isReadable: Bool
        var isWritable: Bool
    }

    static let eventsMax = 256
    private let descriptor: Int32
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: eventsMax)

    init() {
        descriptor = cr_epoll_open()
        precondition(descriptor >= 0, "no epoll descriptor: errno \(errno)")
    }

    deinit {
        close(descriptor)
        events.deallocate()
    }

    /// - Returns: false if the kernel has no room for one more.
    func add(_ socket: Int32, token: UInt64) -> Bool { cr_epoll_add(descriptor, socket, cr_epoll_in(), token) == 0 }

    /// A listener that several loops share.
    func add(listener: Int32, token: UInt64) { _ = cr_epoll_add(descriptor, listener, cr_epoll_in_one_loop(), token) }

    /// Says when it can be written to as well, or no longer.
    func watch(_ socket: Int32, token: UInt64, forWriting: Bool) {
        _ = cr_epoll_change(descriptor, socket, forWriting ? cr_epoll_in() | cr_epoll_out() : cr_epoll_in(), token)
    }

    func remove(_ socket: Int32) { _ = cr_epoll_remove(descriptor, socket) }

    /// Waits at most `milliseconds`, and not at all for 0.
    /// - Returns: how many events `subscript` has.
    func wait(milliseconds: Int32) -> Int {
        max(0, Int(epoll_wait(descriptor, events, CInt(Self.eventsMax), milliseconds)))
    }

    subscript(index: Int) -> Event {
        let event = events[index]
        return Event(
            token: event.data.u64, isReadable: event.events & ~cr_epoll_out() != 0,
            isWritable: event.events & cr_epoll_out() != 0)
    }
}
