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
        /// When the ping under way was decided; nil: none is.
        var pingedAt: EngineInstant?
        /// When the last stage that it was given while it had acked everything was all with the kernel; nil: not yet.
        fileprivate(set) var writtenAt: EngineInstant?
        /// Smoothed time from ping to pong, ms; nil until the first pong. Bound: a minute.
        fileprivate(set) var roundTrip: UInt16?
        /// Whether the shell has still to say that such a stage is written.
        fileprivate var isStageUnwritten = false
        /// Whether it stands in the shard's list of connections to pump.
        var isQueued = false
        /// Topic requests it may still make before its next ping is due.
        var requestsLeft = 0
        /// Whether its device is forgotten with it.
        var isPassing = false

        /// One eighth of each new measurement, as TCP smooths (RFC 6298).
        fileprivate mutating func smooth(_ milliseconds: Int64) {
            let measured = UInt16(clamping: min(milliseconds, 60_000))
            roundTrip = roundTrip.map { UInt16((7 * Int($0) + Int(measured) + 4) / 8) } ?? measured
        }

        mutating func noteRoundTrip(now: EngineInstant) {
            guard let pingedAt else { return }
            smooth((now - pingedAt).wholeMilliseconds)
            self.pingedAt = nil
        }

        mutating func noteWritten(now: EngineInstant) {
            guard isStageUnwritten else { return }
            isStageUnwritten = false
            writtenAt = now
        }

        /// It is given a stage, and has acked all before it.
        mutating func awaitWriting() {
            isStageUnwritten = true
            writtenAt = nil
        }
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
