import CEpoll
import Glibc
import Synchronization

/// What other threads hand to a loop; the loop takes it all once a turn.
///
/// Bound: `itemsMax`; a message of the router beyond it is lost, as on any bus, and the router repeats it. The lock is held
/// for an append or a swap.
final class LoopInbox: Sendable {
    enum Item: Sendable {
        case message(RouterMessage)
        /// A device that said hello to another loop and belongs to this one's shard.
        case arrival(Arrival)
        /// What the shard of another loop tells the router.
        case told(NodeMessage, shard: Int)
        case drain(within: Duration, CloseReason)
    }

    /// A connection on its way from one loop to another.
    struct Arrival: Sendable {
        var socket: Int32
        var decoder: WebSocketFrameDecoder
        var hello: DeviceMessage
        /// Of a client of another protocol.
        var session: SubscriptionSession?
        /// Bytes that came behind the hello.
        var rest: [UInt8]
        /// Bytes that the kernel had not taken yet.
        var unsent: [UInt8]
    }

    static let itemsMax = 65_536
    /// Readable while there is something to take.
    let wakeDescriptor: Int32
    /// Nil once nobody takes anything any more.
    private let items = Mutex<[Item]?>([])

    init() {
        wakeDescriptor = cr_wake_open()
        precondition(wakeDescriptor >= 0, "no event descriptor: errno \(errno)")
    }

    deinit { Glibc.close(wakeDescriptor) }

    func put(_ item: Item) {
        let waitingCount = items.withLock { waiting -> Int? in
            guard let count = waiting?.count else { return nil }
            if case .message = item, count >= Self.itemsMax { return count }
            waiting?.append(item)
            return count
        }
        if waitingCount == 0 { cr_wake(wakeDescriptor) }
        if waitingCount == nil { Self.drop(item) }
    }

    /// Everything that waits, into `taken`, which must be empty; its storage is used again.
    func take(into taken: inout [Item]) {
        cr_wake_clear(wakeDescriptor)
        items.withLock { waiting in
            guard var list = waiting else { return }
            waiting = nil
            swap(&list, &taken)
            waiting = list
        }
    }

    /// Nothing is taken any more.
    func close() {
        let left = items.withLock { waiting in
            defer { waiting = nil }
            return waiting ?? []
        }
        left.forEach(Self.drop)
    }

    /// A device that comes to a loop that has ended sees its connection end, and reconnects.
    private static func drop(_ item: Item) {
        if case .arrival(let arrival) = item { Glibc.close(arrival.socket) }
    }
}
