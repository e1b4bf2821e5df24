import CEpoll
import Glibc
import Synchronization

/// What other threads hand to a loop; the loop takes it all once a turn.
///
/// Bound: `itemsMax` items of all kinds together. The loop is far behind then, and what comes beyond it depends on its
/// kind:
/// - A message of the router is lost, as on any bus, and the router repeats it.
/// - An arrival's connection is closed: the device sees it end and comes back with its position.
/// - Of what another shard tells the router, its newest report takes the place of the one that waits, for nobody would
///   say it again once it no longer changes. All else is lost: a shard says it again with its heartbeat, or when the
///   router asks again.
/// - The word to drain is taken all the same: it comes once in a node's life.
///
/// The lock is held for an append, a swap, or, at the bound, for a search.
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

    let itemsMax: Int
    /// Readable while there is something to take.
    let wakeDescriptor: Int32
    private let waiting = Mutex(Waiting())

    fileprivate struct Waiting {
        var items: [Item] = []
        /// Nobody takes anything any more.
        var isClosed = false
    }

    init(itemsMax: Int = 65_536) {
        self.itemsMax = itemsMax
        wakeDescriptor = cr_wake_open()
        precondition(wakeDescriptor >= 0, "no event descriptor: errno \(errno)")
    }

    deinit { Glibc.close(wakeDescriptor) }

    func put(_ item: Item) { put(CollectionOfOne(item)) }

    /// All that a turn of another loop hands over: one lock and one wake for them.
    func put(_ arrivals: [Arrival]) { put(arrivals.lazy.map(Item.arrival)) }

    private func put(_ items: some Sequence<Item>) {
        let (wakes, refused) = waiting.withLock { waiting in
            let wasEmpty = waiting.items.isEmpty
            var refused: [Item] = []
            for item in items where !waiting.take(item, itemsMax) { refused.append(item) }
            return (wasEmpty && !waiting.items.isEmpty, refused)
        }
        if wakes { cr_wake(wakeDescriptor) }
        refused.forEach(Self.drop)
    }

    /// Everything that waits, into `taken`, which must be empty; its storage is used again.
    func take(into taken: inout [Item]) {
        cr_wake_clear(wakeDescriptor)
        waiting.withLock { swap(&$0.items, &taken) }
    }

    /// Nothing is taken any more.
    func close() {
        let left = waiting.withLock { waiting in
            waiting.isClosed = true
            defer { waiting.items = [] }
            return waiting.items
        }
        left.forEach(Self.drop)
    }

    /// A device that comes to a loop that has ended, or that is far behind, sees its connection end, and reconnects.
    private static func drop(_ item: Item) {
        if case .arrival(let arrival) = item { Glibc.close(arrival.socket) }
    }
}

extension LoopInbox.Waiting {
    /// - Returns: false if the item is not taken.
    fileprivate mutating func take(_ item: LoopInbox.Item, _ itemsMax: Int) -> Bool {
        guard !isClosed else { return false }
        if items.count >= itemsMax {
            switch item {
            case .drain: break
            case .told(.report, let shard):
                guard let older = items.lastIndex(where: { $0.isReport(of: shard) }) else { break }
                items[older] = item
                return true
            case .message, .arrival, .told: return false
            }
        }
        items.append(item)
        return true
    }
}

extension LoopInbox.Item {
    fileprivate func isReport(of shard: Int) -> Bool {
        if case .told(.report, shard) = self { true } else { false }
    }
}
