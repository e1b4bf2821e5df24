/// One pass over a partition's devices that counts what is to come for each of them.
///
/// Nearly all devices are *plain* in a broadcast: connected, nothing lost, no fault. Where a plain device stands is one
/// hash and two look-ups away (`PlainFlight`), and a newer broadcast changes it by a comparison. Devices that are
/// away come next: one ack confirms the whole run of broadcasts they missed. All others, a few in a hundred, ask
/// `ModelledFlight.fate` and lay the fates over each other. All ways count the same; a test holds them against a
/// census.
struct ModelledSweep: ~Copyable {
    private let flights: [ModelledFlight]
    /// Flights with a curve, by index; the last is the newest.
    private let covered: Range<Int>
    private let now: Tick
    /// Whether the newest flight has just begun, so that who is away has to be found out.
    private let isBeginning: Bool
    private let newest: ModelledFlight
    /// What was open at this moment may be open still.
    private let since: Tick
    private let counts: SweepCounts
    /// One for each older flight with a curve.
    private let olderTables: [OlderTable]
    private var connected = 0

    init(_ flights: [ModelledFlight], covered: Range<Int>, now: Tick, isBeginning: Bool) {
        self.flights = flights
        self.covered = covered
        self.now = now
        self.isBeginning = isBeginning
        newest = flights[flights.count - 1]
        since = isBeginning ? now : newest.began
        olderTables = covered.dropLast().map { _ in OlderTable() }
        counts = SweepCounts(now: now)
    }

    /// Looks at every device, and hands what was counted to the curves. `away` holds the devices' bits, which are
    /// brought up to date if the newest flight begins.
    mutating func run(_ away: inout [UInt16], _ curves: inout [DeliveryCurve]) {
        let known = away.count
        away.withUnsafeMutableBufferPointer { away in
            if let shortcuts = SweepShortcuts(
                flights, covered: covered, priorTable: olderTables.last, now: now, since: since)
            {
                runShort(away, shortcuts)
                shortcuts.free()
            } else {
                for local in away.indices { runLong(local, &away[local]) }
            }
        }
        let last = flights.count - 1
        curves[last].add(counts.bursts)
        curves[last].take(counts.table.drain(base: now))
        for (index, older) in zip(covered, olderTables) { curves[index].take(older.drain(base: now)) }
        if isBeginning {
            curves[last].connected = connected
            curves[last].offline = known - connected
        }
        counts.free()
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
        if fate.burst >= 0, fate.send > now, fate.send != TickAxis.never { counts.bursts[fate.burst] &+= 1 }
        let table = counts.table, now = now
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
    enum Older: UInt8 {
        /// It has confirmed them all, or is away.
        case confirmed
        /// It was plain in the prior one and may not have confirmed that; those before it it has.
        case plain
        /// Only its fates can tell.
        case unclear
        /// Its fate in the prior broadcast has to be asked first.
        case asked
    }

    /// In spans of one burst, each in three steps: how the devices stand in the broadcasts before; what becomes of the
    /// plain ones; all others one by one. The first two go without branches, since a processor guesses a device in
    /// twenty wrong, and that costs more than the device.
    private mutating func runShort(_ away: UnsafeMutableBufferPointer<UInt16>, _ short: SweepShortcuts) {
        guard let bits = away.baseAddress else { return }
        let block = SweepBlock()
        defer { block.free() }
        var first = 0
        for within in 0..<short.newest.perWave {
            let isLast = within == short.newest.perWave - 1
            let end = isLast ? away.count : min(away.count, short.newest.firstDevice(inBurst: within + 1))
            while first < end {
                let span = SweepSpan(
                    first: first, count: min(end - first, SweepBlock.devicesMax), within: within, bits: bits + first)
                stand(span, block, short)
                runShort(span, block, short)
                first += span.count
            }
            counts.settle(block, within: within, short)
            if short.newest.waves == 1 { counts.settlePlain(within, last: short.newest.lastRow) }
        }
    }

    private mutating func runShort(_ span: SweepSpan, _ block: SweepBlock, _ short: SweepShortcuts) {
        if isBeginning { connected += span.presentCount }
        let rest: Int
        if newest.isHeld, !short.isPriorOpen {
            rest = block.findMeant(span, short)
        } else {
            let found = block.count(span, short, into: counts)
            rest = found.rest
            for place in 0..<found.leaving {
                counts.table.add(row: Int(short.leaveRows[Int(block.leaving[place])]), DeliveryCurve.Column.leaves)
            }
        }
        for index in 0..<rest { runOne(span, Int(block.rest[index]), block, short) }
    }

    /// Any device.
    private func runOne(_ span: SweepSpan, _ index: Int, _ block: SweepBlock, _ short: SweepShortcuts) {
        let local = span.first + index, bits = span.bits[index], older = block.older[index]
        if older == Older.unclear.rawValue { return runLong(local, bits, isOlderOpen: true) }
        if AwayBits.isAway(bits, 0) { return runAway(local, bits, short) }
        let plain = short.newest, draw = plain.draw(local), burst = plain.burst(local, within: span.within)
        let row = Int(plain.ackRow(draw, burst: burst, bits: bits))
        if plain.isSpecial(draw) || row > 0 && plain.sends[burst] <= short.lastResend {
            return runLong(local, bits, isOlderOpen: older == Older.plain.rawValue)
        }
        if plain.sends[burst] > now, plain.sends[burst] != TickAxis.never { counts.bursts[burst] &+= 1 }
        counts.table.add(row: row, burst)
    }

    /// Finds out how each device stands in the broadcasts before the newest, and who is there as that begins.
    private func stand(_ span: SweepSpan, _ block: SweepBlock, _ short: SweepShortcuts) {
        guard short.hasPrior else { return }
        if short.isPriorOver { return isBeginning ? block.begin(span, short) : block.stand(span, short) }
        for index in 0..<span.count {
            let local = span.first + index, draw = short.prior.draw(local)
            block.prior[index] = draw
            var older =
                isBeginning
                ? begun(local, draw, &span.bits[index], short) : standing(local, draw, span.bits[index], short)
            if older == .asked { older = ask(local, &span.bits[index]) }
            block.older[index] = older.rawValue
        }
    }

    /// Finds out whether the device is away now that the newest flight begins. `draw` is that of the prior one.
    @inline(__always)
    private func begun(_ local: Int, _ draw: DeviceDraw, _ bits: inout UInt16, _ short: SweepShortcuts) -> Older {
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
    private func standing(_ local: Int, _ draw: DeviceDraw, _ bits: UInt16, _ short: SweepShortcuts) -> Older {
        if AwayBits.isAway(bits, 1) {
            guard !AwayBits.isAway(bits, 0) else { return .confirmed }
            return short.isReturnUnclear || draw.presence >= short.caughtUpParts ? .unclear : .confirmed
        }
        if short.prior.isSpecial(draw) { return short.isPriorClosed ? .confirmed : .asked }
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

    /// When a device that is away is back, and when it confirms.
    @inline(__always)
    private func returning(_ local: Int, _ bits: UInt16, _ short: SweepShortcuts) -> (back: Tick, ack: Tick) {
        guard short.returnsAreTold else {
            let fate = newest.fate(of: local, isAway: true, isSlow: AwayBits.isSlow(bits))
            return (fate.back, fate.ack)
        }
        let draw = short.newest.draw(local), back = newest.back(draw)
        guard back != TickAxis.never else { return (back, back) }
        let answer = Int64(back) * TickAxis.milliseconds + Int64(short.newest.roundTrip(draw, bits: bits))
        return (back, TickAxis.tick(atMilliseconds: answer, from: newest.began))
    }

    /// A device that is away: the ack on its return confirms every broadcast since it left.
    private func runAway(_ local: Int, _ bits: UInt16, _ short: SweepShortcuts) {
        let last = flights.count - 1
        var lowest = last
        while lowest > covered.lowerBound, AwayBits.isAway(bits, last - lowest + 1) { lowest -= 1 }
        // Out of reach of an abort it is given the older ones; and it may have been dropped from the one before.
        let mayBeOpen = newest.aborted != TickAxis.never && lowest < last
        let isAfterAbort = lowest > covered.lowerBound && flights[lowest - 1].aborted != TickAxis.never
        if mayBeOpen || isAfterAbort
            || lowest > covered.lowerBound && flights[lowest - 1].mayBeDropped(local, at: flights[lowest].began)
        {
            return runLong(local, bits, isOlderOpen: true)
        }
        let (back, ack) = returning(local, bits, short)
        if back > now, back != TickAxis.never { counts.table.add(back, DeliveryCurve.Column.joins, base: now) }
        guard ack > now, ack != TickAxis.never else { return }
        let row = TickAxis.row(of: ack, from: now)
        counts.table.add(row: row, DeliveryCurve.Column.caughtUp)
        for index in stride(from: last - 1, through: lowest, by: -1) {
            olderTable(index).addCaughtUp(row: row)
        }
    }
}
