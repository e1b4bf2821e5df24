/// What the connections of a loop are due in this turn: each gets it in one write, however many topics it is from.
///
/// One list for all of them, chained by connection, so that nothing is allocated for a delivery. Empty between turns;
/// bounded by what a turn of the shard decides.
struct Outbox {
    private struct Entry {
        var frame: OutboundFrame
        /// The next of the same connection; -1: the last.
        var next: Int32 = -1
    }

    private var entries: [Entry] = []
    private var touched: [DeviceConnection] = []
    private var joined: [UInt8] = []

    mutating func add(_ frame: OutboundFrame, for connection: DeviceConnection) {
        let place = Int32(entries.count)
        entries.append(Entry(frame: frame))
        if connection.dueLast < 0 {
            connection.dueFirst = place
            touched.append(connection)
        } else {
            entries[Int(connection.dueLast)].next = place
        }
        connection.dueLast = place
    }

    /// Everything that the connection is due leaves in one write.
    mutating func send(to connection: DeviceConnection) {
        guard connection.dueFirst >= 0 else { return }
        let first = entries[Int(connection.dueFirst)]
        defer {
            connection.dueFirst = -1
            connection.dueLast = -1
        }
        guard first.next >= 0 else { return first.frame.withBytes { connection.write($0) } }
        joined.removeAll(keepingCapacity: true)
        var place = connection.dueFirst
        while place >= 0 {
            entries[Int(place)].frame.withBytes { joined.append(contentsOf: $0) }
            place = entries[Int(place)].next
        }
        connection.write(joined)
    }

    mutating func sendAll() {
        for connection in touched { send(to: connection) }
        touched.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }
}
