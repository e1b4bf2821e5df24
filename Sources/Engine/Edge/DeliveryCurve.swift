/// The progress of one broadcast at one modelled node: what happens at which tick, and the sums so far.
///
/// A sweep counts every device's transitions into a table of ticks × columns; the curve keeps the cells that
/// are not empty, in order. Moving on to a later tick costs as many steps as there are cells between.
struct DeliveryCurve {
    /// What a cell counts. Below `elsewhere`: acks of the devices that were sent to in that burst.
    enum Column {
        /// Acks of devices that a newer publication was sent to in this one's place.
        static let elsewhere = 64
        /// Devices that come into a line of the ledger, and that leave it.
        static let retrying = 65, retryingOver = 66, dropped = 67, droppedOver = 68, refused = 69, refusedOver = 70
        static let caughtUp = 71, duplicate = 72
        static let joins = 73, leaves = 74
        /// Sends that are not in one of the bursts.
        static let sent = 75
        static let count = 80
    }

    /// Tick (32 bits), column (8), count (24).
    private var cells: [UInt64] = []
    private var cursor = 0
    private var sums = [UInt32](repeating: 0, count: Column.count)
    private var acked = 0
    private(set) var ackTimes = LatencyCounts()
    private var ackLags = LatencyCounts()

    /// Devices of each burst, and how many bursts are out.
    private(set) var bursts = [UInt32](repeating: 0, count: ModelledFlight.burstsMax)
    private var burstCursor = 0
    private var sent = 0

    var connected = 0
    var offline = 0

    /// Devices that are connected now.
    var present: Int { connected + Int(sums[Column.joins]) - Int(sums[Column.leaves]) }

    /// Counts everything up to and including `now`; whether anything was counted.
    mutating func advance(to now: Tick, _ flight: ModelledFlight) -> Bool {
        let before = (cursor, burstCursor)
        while burstCursor < flight.sends.count, flight.sends[burstCursor] <= now {
            sent += Int(bursts[burstCursor])
            burstCursor += 1
        }
        while cursor < cells.count, Tick(truncatingIfNeeded: cells[cursor] >> 32) <= now {
            count(cells[cursor], flight)
            cursor += 1
        }
        return before != (cursor, burstCursor)
    }

    private mutating func count(_ cell: UInt64, _ flight: ModelledFlight) {
        let column = Int(cell >> 24 & 255), number = Int(cell & 0xFF_FFFF)
        sums[column] += UInt32(number)
        if column == Column.sent { sent += number }
        guard column <= Column.elsewhere else { return }
        let tick = Tick(truncatingIfNeeded: cell >> 32)
        acked += number
        ackTimes.record(Int64(tick - flight.began) * TickAxis.milliseconds + flight.course.delay, count: number)
        if column < Column.elsewhere {
            ackLags.record(Int64(tick - flight.sends[column]) * TickAxis.milliseconds, count: number)
        }
    }

    /// The next tick at which a count changes.
    func nextChange(_ flight: ModelledFlight) -> Tick? {
        var next = cursor < cells.count ? Tick(truncatingIfNeeded: cells[cursor] >> 32) : TickAxis.never
        if burstCursor < flight.sends.count { next = min(next, flight.sends[burstCursor]) }
        return next == TickAxis.never ? nil : next
    }

    func ledger() -> DeliveryLedger {
        var ledger = DeliveryLedger()
        func sum(_ column: Int) -> Int { Int(sums[column]) }
        ledger.connected = connected
        ledger.offline = offline
        ledger.known = connected + offline
        ledger.acked = acked
        ledger.notSent = connected - sent
        ledger.retrying = sum(Column.retrying) - sum(Column.retryingOver)
        ledger.dropped = sum(Column.dropped) - sum(Column.droppedOver)
        ledger.unknownStage = sum(Column.refused) - sum(Column.refusedOver)
        ledger.waiting = sent - acked - ledger.retrying - ledger.dropped - ledger.unknownStage
        ledger.caughtUp = sum(Column.caughtUp)
        ledger.owed = offline - ledger.caughtUp
        ledger.duplicates = sum(Column.duplicate)
        return ledger
    }

    /// Lags of the acks, and of what is sent and not acked so far.
    func lags(at now: Tick, _ flight: ModelledFlight) -> LatencyCounts {
        var lags = ackLags
        for burst in 0..<burstCursor where bursts[burst] > sums[burst] {
            lags.record(
                Int64(now - flight.sends[burst]) * TickAxis.milliseconds, count: Int(bursts[burst] - sums[burst]))
        }
        return lags
    }

    // MARK: - Rebuilding

    /// Forgets what has not happened yet; a sweep counts it anew.
    mutating func forgetFuture() {
        cells.removeAll(keepingCapacity: true)
        cursor = 0
        for burst in burstCursor..<bursts.count { bursts[burst] = 0 }
    }

    /// Devices of the bursts to come.
    mutating func add(_ devices: UnsafePointer<UInt32>) {
        for burst in bursts.indices { bursts[burst] += devices[burst] }
    }

    /// Takes over the cells of a sweep.
    mutating func take(_ cells: [UInt64]) {
        self.cells = cells
        cursor = 0
    }

    /// A broadcast that no report covers any more keeps no cells.
    mutating func close() {
        cells = []
        cursor = 0
        burstCursor = ModelledFlight.burstsMax
    }
}
