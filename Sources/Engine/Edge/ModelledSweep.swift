/// One pass over a partition's devices that counts what is to come for each of them.
///
/// Nearly all devices are *plain* in a broadcast: connected, nothing lost, no fault. Where a plain device stands is one
/// hash and two look-ups away (`PlainFlight`), and a newer broadcast changes it by a comparison. Devices that are
/// away come next: one ack confirms the whole run of broadcasts they missed. All others, a few in a hundred, ask
/// `ModelledFlight.fate` and lay the fates over each other. All ways count the same; a test holds them against a census.
struct ModelledSweep {
    private let flights: [ModelledFlight]
    /// Flights with a curve, by index; the last is the newest.
    private let covered: Range<Int>
    private let now: Tick
    /// Whether the newest flight has just begun, so that who is away has to be found out.
    private let isBeginning: Bool
    private let newest: ModelledFlight
    /// What was open at this moment may be open still.
    private let since: Tick
    private let table = SweepTable()
    /// One for each older flight with a curve.
    private let olderTables: [OlderTable]
    private let bursts: UnsafeMutablePointer<UInt32>
    private var connected = 0

    init(_ flights: [ModelledFlight], covered: Range<Int>, now: Tick, isBeginning: Bool) {
        self.flights = flights
        self.covered = covered
        self.now = now
        self.isBeginning = isBeginning
        newest = flights[flights.count - 1]
        since = isBeginning ? now : newest.began
        olderTables = covered.dropLast().map { _ in OlderTable() }
        bursts = .allocate(capacity: ModelledFlight.burstsMax)
        bursts.initialize(repeating: 0, count: ModelledFlight.burstsMax)
    }

    /// Looks at every device, and hands what was counted to the curves. `away` holds the devices' bits, which are
    /// brought up to date if the newest flight begins.
    mutating func run(_ away: inout [UInt16], _ curves: inout [DeliveryCurve]) {
        let known = away.count
        away.withUnsafeMutableBufferPointer { away in
            if let shortcuts = SweepShortcuts(flights, covered: covered, priorTable: olderTables.last, now: now, since: since) {
                runShort(away, shortcuts)
                shortcuts.free()
            } else {
                for local in away.indices { runLong(local, &away[local]) }
            }
        }
        let last = flights.count - 1
        curves[last].add(bursts)
        curves[last].take(table.drain(base: now))
        for (index, older) in zip(covered, olderTables) { curves[index].take(older.drain(base: now)) }
        if isBeginning {
            curves[last].connected = connected
            curves[last].offline = known - connected
        }
        bursts.deallocate()
    }

    // MARK: - By its fates

    /// Any device: right in every case, and slow.
    private mutating func runLong(_ local: Int, _ bits: inout UInt16) {
        var isOpen = false
        if flights.count > 1 {
            let wasAway = AwayBits.isAway(bits, isBeginning ? 0 : 1)
            let fate = flights[flights.count - 2].fate(of: local, isAway: wasAway, isSlow: AwayBits.isSlow(bits))
            isOpen = fate.ack > since
            if isBeginning { bits = AwayBits.shifted(bits, isAway: !fate.isConnected(at: now)) }
        }
        if isBeginning, !AwayBits.isAway(bits, 0) { connected += 1 }
        runLong(local, bits, isOlderOpen: isOpen)
    }

    @inline(never)
    private func runLong(_ local: Int, _ bits: UInt16, isOlderOpen: Bool) {
        let fate = newest.fate(of: local, isAway: AwayBits.isAway(bits, 0), isSlow: AwayBits.isSlow(bits))
        if fate.burst >= 0, fate.send > now, fate.send != TickAxis.never { bursts[fate.burst] &+= 1 }
        fate.count(after: now, isNewest: true) { table.add($0, $1, base: now) }
        guard isOlderOpen else { return }
        DeviceFates.with(of: local, in: flights, from: covered.lowerBound, bits: bits, openAt: now) { fates in
            for offset in 1..<max(1, fates.count) {
                let older = olderTable(flights.count - 1 - offset)
                fates[offset].count(after: now, isNewest: false) { older.add(row: TickAxis.row(of: $0, from: now), $1) }
            }
        }
    }

    private func olderTable(_ index: Int) -> OlderTable { olderTables[index - covered.lowerBound] }

    // MARK: - By shortcuts

    /// How a device stands in the broadcasts before the newest.
    private enum Older {
        /// It has confirmed them all, or is away.
        case confirmed
        /// It was plain in the prior one and may not have confirmed that; those before it it has.
        case plain
        /// Only its fates can tell.
        case unclear
        /// Its fate in the prior broadcast has to be asked first.
        case asked
    }

    private mutating func runShort(_ away: UnsafeMutableBufferPointer<UInt16>, _ short: SweepShortcuts) {
        let plain = short.newest, isBeginning = isBeginning
        var local = 0, present = 0
        for within in 0..<plain.perWave {
            let isLast = within == plain.perWave - 1
            let end = isLast ? away.count : min(away.count, plain.firstDevice(inBurst: within + 1))
            while local < end {
                var bits = away[local]
                var older = isBeginning ? begun(local, &bits, short) : standing(local, bits, short)
                if older == .asked { older = ask(local, &bits) }
                let draw = plain.draw(local)
                if isBeginning {
                    away[local] = bits
                    present &+= AwayBits.isAway(bits, 0) ? 0 : 1
                }
                if older == .unclear {
                    runLong(local, bits, isOlderOpen: true)
                } else if AwayBits.isAway(bits, 0) {
                    runAway(local, bits)
                } else if plain.isSpecial(draw) {
                    runLong(local, bits, isOlderOpen: older == .plain)
                } else {
                    let burst = plain.burst(local, within: within), send = plain.sends[burst]
                    var row = 0
                    if send != TickAxis.never { row = plain.ackRow(draw, burst: burst, isSlow: AwayBits.isSlow(bits)) }
                    if row > 0, send <= short.lastResend {
                        runLong(local, bits, isOlderOpen: older == .plain)
                    } else {
                        runPlain(local, bits, draw, Sending(burst: burst, send: send, row: row), older, short)
                    }
                }
                local &+= 1
            }
        }
        connected += present
    }

    /// When and in which burst a device is sent to, and the row of its ack (0: it is in).
    private struct Sending {
        var burst: Int
        var send: Tick
        var row: Int
    }

    /// Connected, nothing lost, and the prior broadcast confirmed or in the same state.
    @inline(__always)
    private func runPlain(
        _ local: Int, _ bits: UInt16, _ draw: DeviceDraw, _ sending: Sending, _ older: Older, _ short: SweepShortcuts
    ) {
        if sending.send != TickAxis.never {
            bursts[sending.burst] &+= sending.send > now ? 1 : 0
            table.add(row: sending.row, sending.burst)
        }
        if draw.presence < short.leaveParts {
            table.add(row: Int(short.leaveRows[Int(draw.presence)]), DeliveryCurve.Column.leaves)
        }
        if older == .plain { runOver(local, AwayBits.isSlow(bits), sending.send, sending.row, short) }
    }

    /// The prior broadcast of a device that is plain in both (what `DeviceFate.overtake` makes of it).
    @inline(__always)
    private func runOver(_ local: Int, _ isSlow: Bool, _ send: Tick, _ row: Int, _ short: SweepShortcuts) {
        let prior = short.prior, burst = prior.burst(local, within: prior.within(local)), older = short.priorTable
        if prior.sends[burst] > short.newest.began {
            guard send != TickAxis.never else { return }
            if send > now { older.add(row: TickAxis.row(of: send, from: now), DeliveryCurve.Column.sent) }
            older.add(row: row, DeliveryCurve.Column.elsewhere)
        } else {
            let own = prior.ackRow(prior.draw(local), burst: burst, isSlow: isSlow)
            older.add(row: send == TickAxis.never ? own : min(own, row), burst)
        }
    }

    /// Finds out whether the device is away now that the newest flight begins.
    @inline(__always)
    private func begun(_ local: Int, _ bits: inout UInt16, _ short: SweepShortcuts) -> Older {
        guard short.hasPrior else { return .confirmed }
        let draw = short.prior.draw(local)
        if AwayBits.isAway(bits, 0) {
            let isAway = draw.presence >= short.returnedParts
            bits = AwayBits.shifted(bits, isAway: isAway)
            return !isAway && (short.isReturnUnclear || draw.presence >= short.caughtUpParts) ? .unclear : .confirmed
        }
        if short.prior.isSpecial(draw) {
            if !short.isPriorClosed { return .asked }
            bits = AwayBits.shifted(bits, isAway: false)
            return .confirmed
        }
        bits = AwayBits.shifted(bits, isAway: draw.presence < short.leftParts)
        return present(local, bits, short)
    }

    /// The same when who is away is known.
    @inline(__always)
    private func standing(_ local: Int, _ bits: UInt16, _ short: SweepShortcuts) -> Older {
        guard short.hasPrior else { return .confirmed }
        if AwayBits.isAway(bits, 1) {
            guard !AwayBits.isAway(bits, 0) else { return .confirmed }
            return short.isReturnUnclear || short.prior.draw(local).presence >= short.caughtUpParts ? .unclear : .confirmed
        }
        guard short.mayBeOpen else { return .confirmed }
        if short.prior.isSpecial(short.prior.draw(local)) { return short.isPriorClosed ? .confirmed : .asked }
        return present(local, bits, short)
    }

    /// How a device stands that was plain in the prior flight.
    @inline(__always)
    private func present(_ local: Int, _ bits: UInt16, _ short: SweepShortcuts) -> Older {
        if short.isPriorOpen { return AwayBits.isAway(bits, 2) && short.isJustBack(local) ? .unclear : .plain }
        guard short.isUnsentUnclear else { return .confirmed }
        let prior = short.prior
        return prior.sends[prior.burst(local, within: prior.within(local))] == TickAxis.never ? .unclear : .confirmed
    }

    /// How a device stands that the prior flight did something special to.
    @inline(never)
    private func ask(_ local: Int, _ bits: inout UInt16) -> Older {
        let fate = flights[flights.count - 2].fate(of: local, isAway: false, isSlow: AwayBits.isSlow(bits))
        if isBeginning { bits = AwayBits.shifted(bits, isAway: !fate.isConnected(at: since)) }
        return fate.ack > since ? .unclear : .confirmed
    }

    /// A device that is away: the ack on its return confirms every broadcast since it left.
    private func runAway(_ local: Int, _ bits: UInt16) {
        let last = flights.count - 1
        var lowest = last
        while lowest > covered.lowerBound, AwayBits.isAway(bits, last - lowest + 1) { lowest -= 1 }
        // Out of reach of an abort it is given the older ones; and it may have been dropped from the one before.
        let mayBeOpen = newest.aborted != TickAxis.never && lowest < last
        let isAfterAbort = lowest > covered.lowerBound && flights[lowest - 1].aborted != TickAxis.never
        if mayBeOpen || isAfterAbort || lowest > covered.lowerBound && flights[lowest - 1].mayBeDropped(local, at: flights[lowest].began) {
            return runLong(local, bits, isOlderOpen: true)
        }
        let fate = newest.fate(of: local, isAway: true, isSlow: AwayBits.isSlow(bits))
        if fate.back > now, fate.back != TickAxis.never { table.add(fate.back, DeliveryCurve.Column.joins, base: now) }
        guard fate.ack > now, fate.ack != TickAxis.never else { return }
        let row = TickAxis.row(of: fate.ack, from: now)
        table.add(row: row, DeliveryCurve.Column.caughtUp)
        for index in stride(from: last - 1, through: lowest, by: -1) {
            olderTable(index).addCaughtUp(row: row)
        }
    }
}

/// Ticks × columns of counters for one sweep; about 700 KB, so it exists only while a sweep runs. Row 0 is for what is
/// past, and is not read.
struct SweepTable {
    private let counts: UnsafeMutablePointer<UInt32>
    private static let size = TickAxis.rowCount * DeliveryCurve.Column.count

    init() {
        counts = .allocate(capacity: Self.size)
        counts.initialize(repeating: 0, count: Self.size)
    }

    @inline(__always)
    func add(_ tick: Tick, _ column: Int, base: Tick) { add(row: TickAxis.row(of: tick, from: base), column) }

    @inline(__always)
    func add(row: Int, _ column: Int, count: UInt32 = 1) { counts[row &* DeliveryCurve.Column.count &+ column] &+= count }

    /// The cells that are not empty, in order of tick. The table is gone afterwards.
    func drain(base: Tick) -> [UInt64] {
        defer { counts.deallocate() }
        var cells: [UInt64] = []
        cells.reserveCapacity(1024)
        let columns = DeliveryCurve.Column.count
        for row in 1..<TickAxis.rowCount {
            let start = counts + row * columns
            var any: UInt32 = 0
            for column in 0..<columns { any |= start[column] }
            guard any != 0 else { continue }
            let high = UInt64(UInt32(bitPattern: TickAxis.tick(ofRow: row, from: base))) << 32
            for column in 0..<columns where start[column] != 0 {
                cells.append(high | UInt64(column) << 24 | UInt64(start[column]))
            }
        }
        return cells
    }
}

/// The same for an older flight. Mostly nothing is to come there but devices that catch up, so these are counted in one
/// column, and the others only get a table when the first of them is met.
struct OlderTable {
    private let caughtUp: UnsafeMutablePointer<UInt32>
    private let others: UnsafeMutablePointer<SweepTable?>

    init() {
        caughtUp = .allocate(capacity: TickAxis.rowCount)
        caughtUp.initialize(repeating: 0, count: TickAxis.rowCount)
        others = .allocate(capacity: 1)
        others.initialize(to: nil)
    }

    @inline(__always)
    func addCaughtUp(row: Int) { caughtUp[row] &+= 1 }

    @inline(__always)
    func add(row: Int, _ column: Int) {
        if let table = others.pointee { return table.add(row: row, column) }
        open().add(row: row, column)
    }

    @inline(never)
    private func open() -> SweepTable {
        let table = SweepTable()
        others.pointee = table
        return table
    }

    /// The cells that are not empty, in order of tick. The table is gone afterwards.
    func drain(base: Tick) -> [UInt64] {
        defer {
            caughtUp.deallocate()
            others.deallocate()
        }
        if let table = others.pointee {
            for row in 1..<TickAxis.rowCount where caughtUp[row] != 0 {
                table.add(row: row, DeliveryCurve.Column.caughtUp, count: caughtUp[row])
            }
            return table.drain(base: base)
        }
        return (1..<TickAxis.rowCount).filter { caughtUp[$0] != 0 }.map { row in
            let tick = UInt64(UInt32(bitPattern: TickAxis.tick(ofRow: row, from: base)))
            return tick << 32 | UInt64(DeliveryCurve.Column.caughtUp) << 24 | UInt64(caughtUp[row])
        }
    }
}
