import DequeModule

/// A connection's place in the table of its shard. The generation makes a handle of the past harmless:
/// it can never touch the connection that has the place now.
struct ConnectionSlot: Hashable, Sendable {
    var index: Int32
    var generation: UInt32
}

/// The connections of one shard, dense by slot. Bound: `capacity`; the next one is refused.
struct ConnectionTable {
    struct Connection {
        /// Even while the place is free, odd while it is taken.
        fileprivate(set) var generation: UInt32 = 0
        /// Index in `KnownDevices`; -1 before the hello.
        var device: Int32 = -1
        /// Bytes that wait in its outbound buffer, as the shell last said.
        fileprivate(set) var pendingBytes = 0
        /// Since when more than `pendingBytesSoft` wait; nil: it may be written to.
        var blockedSince: EngineInstant?
        var lastHeard: EngineInstant
        /// Whether it stands in the shard's list of connections to pump.
        var isQueued = false
        /// Topic requests it may still make before its next ping is due.
        var requestsLeft = 0
        /// Whether its device is forgotten with it.
        var isPassing = false
    }

    let capacity: Int
    private(set) var count = 0
    /// Sum of what waits in all outbound buffers, bytes.
    private(set) var queuedBytes = 0
    private var connections: [Connection] = []
    private var free: [Int32] = []

    init(capacity: Int) { self.capacity = capacity }

    mutating func insert(now: EngineInstant) -> ConnectionSlot? {
        guard count < capacity else { return nil }
        count += 1
        let index: Int32
        if let reused = free.popLast() {
            index = reused
        } else {
            index = Int32(connections.count)
            connections.append(Connection(lastHeard: now))
        }
        let generation = connections[Int(index)].generation + 1
        connections[Int(index)] = Connection(generation: generation, lastHeard: now)
        return ConnectionSlot(index: index, generation: generation)
    }

    mutating func remove(_ slot: ConnectionSlot) {
        guard contains(slot) else { return }
        count -= 1
        queuedBytes -= connections[Int(slot.index)].pendingBytes
        let generation = slot.generation &+ 1
        connections[Int(slot.index)] = Connection(generation: generation, lastHeard: .start)
        free.append(slot.index)
    }

    func contains(_ slot: ConnectionSlot) -> Bool {
        slot.index >= 0 && slot.index < connections.count && connections[Int(slot.index)].generation == slot.generation
    }

    /// The handle of the connection that has this place now.
    func slot(at index: Int32) -> ConnectionSlot {
        ConnectionSlot(index: index, generation: connections[Int(index)].generation)
    }

    /// The connection at a place that is taken.
    subscript(index: Int32) -> Connection {
        get { connections[Int(index)] }
        _modify { yield &connections[Int(index)] }
    }

    mutating func setPending(_ bytes: Int, of slot: ConnectionSlot) {
        queuedBytes += bytes - connections[Int(slot.index)].pendingBytes
        connections[Int(slot.index)].pendingBytes = bytes
    }

    /// Places that are taken, in order.
    var taken: [Int32] { connections.indices.filter { connections[$0].generation % 2 == 1 }.map(Int32.init) }
}

/// Deadlines that all lie equally far ahead, so that the order of arrival is the order of falling due. Entries of
/// connections that are gone stay until their time; the reader checks the slot.
struct DeadlineLine {
    private var entries = Deque<(slot: ConnectionSlot, at: EngineInstant)>()

    var next: EngineInstant? { entries.first?.at }

    mutating func append(_ slot: ConnectionSlot, at: EngineInstant) { entries.append((slot, at)) }

    mutating func popDue(now: EngineInstant) -> ConnectionSlot? {
        guard let first = entries.first, first.at <= now else { return nil }
        entries.removeFirst()
        return first.slot
    }
}
