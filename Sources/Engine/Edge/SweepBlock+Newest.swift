// What becomes of the devices of a span in the newest broadcast.

extension SweepBlock {
    /// While waves wait: notes down who is sent to already or away, which is all that there is to count.
    func findMeant(_ span: SweepSpan, _ short: SweepShortcuts) -> Int {
        let plain = short.newest, rest = rest, older = older
        var count = 0
        for index in 0..<span.count {
            let isSent: UInt8 =
                plain.sends[plain.burst(span.first &+ index, within: span.within)] != TickAxis.never ? 1 : 0
            rest[count] = UInt16(truncatingIfNeeded: index)
            count &+= isSent | older[index] | UInt8(truncatingIfNeeded: span.bits[index] & 1) != 0 ? 1 : 0
        }
        return count
    }

    /// Counts the plain devices, and notes down the others; how many these are. Those who leave are noted down as well.
    func count(_ span: SweepSpan, _ short: SweepShortcuts, into counts: SweepCounts) -> (rest: Int, leaving: Int) {
        drawAll(span, short.newest)
        if short.newest.waves > 1 { findBursts(span, short.newest) }
        findRows(span, short.newest)
        let found = sort(span, short)
        if short.newest.waves > 1 {
            countByBurst(span, counts)
        } else {
            counts.addPlain(rows, count: span.count)
            sent[span.within] &+= UInt32(span.count)
        }
        if short.isPriorOpen { replaceAll(span, short) }
        for place in 0..<found.rest { forget(Int(rest[place]), span, short, counts) }
        return found
    }

    private func drawAll(_ span: SweepSpan, _ plain: PlainFlight) {
        let draws = draws
        var counter = plain.counter(span.first)
        for index in 0..<span.count {
            draws[index] = DeviceDraw(SeededGenerator.mix(counter))
            counter &+= AudienceDraws.golden
        }
    }

    private func findBursts(_ span: SweepSpan, _ plain: PlainFlight) {
        let burstOf = burstOf
        for index in 0..<span.count {
            burstOf[index] = UInt8(truncatingIfNeeded: plain.burst(span.first &+ index, within: span.within))
        }
    }

    private func findRows(_ span: SweepSpan, _ plain: PlainFlight) {
        let rows = rows, draws = draws, bits = span.bits, burstOf = burstOf
        if plain.waves > 1 {
            for index in 0..<span.count {
                rows[index] = plain.ackRow(draws[index], burst: Int(burstOf[index]), bits: bits[index])
            }
        } else if let burst = plain.evenBurst(span.within) {
            for index in 0..<span.count { rows[index] = burst.ackRow(draws[index], bits: bits[index]) }
        } else {
            for index in 0..<span.count {
                rows[index] = plain.ackRow(draws[index], burst: span.within, bits: bits[index])
            }
        }
    }

    /// Notes down who has to be looked at by itself and, of the others, who leaves. A sieve lets most devices through
    /// at once.
    private func sort(_ span: SweepSpan, _ short: SweepShortcuts) -> (rest: Int, leaving: Int) {
        let plain = short.newest, sieve = short.sieve, rest = rest, draws = draws, older = older, bits = span.bits
        // What was sent again concerns anybody.
        let always: UInt16 = plain.isRepeated ? 1 : 0
        var caught = 0
        for index in 0..<span.count {
            rest[caught] = UInt16(truncatingIfNeeded: index)
            let isCaught =
                sieve.catches(draws[index]) | bits[index] & 1 | UInt16(truncatingIfNeeded: older[index]) &>> 1 | always
            caught &+= Int(truncatingIfNeeded: isCaught)
        }
        return sort(caught, span, short)
    }

    /// The same for the first `caught` that are noted down, exactly.
    private func sort(_ caught: Int, _ span: SweepSpan, _ short: SweepShortcuts) -> (rest: Int, leaving: Int) {
        let plain = short.newest, rest = rest, leaving = leaving
        var restCount = 0, leavingCount = 0
        for place in 0..<caught {
            let index = Int(rest[place]), draw = draws[index]
            let burst = plain.waves > 1 ? Int(burstOf[index]) : span.within
            let isRepeated: UInt16 = plain.sends[burst] <= short.lastResend && rows[index] > 0 ? 1 : 0
            let isRest =
                span.bits[index] & 1 | UInt16(truncatingIfNeeded: older[index]) &>> 1 | plain.specialty(draw)
                | isRepeated
            rest[restCount] = UInt16(truncatingIfNeeded: index)
            restCount &+= Int(truncatingIfNeeded: isRest)
            leaving[leavingCount] = UInt16(truncatingIfNeeded: draw.presence)
            leavingCount &+= Int(truncatingIfNeeded: (draw.presence < short.leaveParts ? 1 : 0) & (1 &- isRest))
        }
        return (restCount, leavingCount)
    }

    private func countByBurst(_ span: SweepSpan, _ counts: SweepCounts) {
        let rows = rows, burstOf = burstOf, sent = sent, table = counts.table
        for index in 0..<span.count {
            let burst = Int(burstOf[index])
            table.add(row: Int(rows[index]), burst)
            sent[burst] &+= 1
        }
    }

    /// A device is not plain after all.
    private func forget(_ index: Int, _ span: SweepSpan, _ short: SweepShortcuts, _ counts: SweepCounts) {
        let burst = short.newest.waves > 1 ? Int(burstOf[index]) : span.within
        counts.table.add(row: Int(rows[index]), burst, count: ~0)
        sent[burst] &-= 1
        if short.isPriorOpen { replace(index, span, short, count: ~0) }
    }

    // MARK: - The prior broadcast

    private func replaceAll(_ span: SweepSpan, _ short: SweepShortcuts) {
        for index in 0..<span.count { replace(index, span, short, count: 1) }
    }

    /// The prior broadcast of a device that is plain in both (what `DeviceFate.overtake` makes of it).
    @inline(__always)
    private func replace(_ index: Int, _ span: SweepSpan, _ short: SweepShortcuts, count: UInt32) {
        guard older[index] == ModelledSweep.Older.plain.rawValue else { return }
        let flight = short.prior, local = span.first &+ index
        let burst = flight.burst(local, within: flight.within(local)),
            isReplaced = flight.sends[burst] > short.newest.began
        let newest = short.newest.waves > 1 ? Int(burstOf[index]) : span.within
        let row = rows[index], isSent = short.newest.sends[newest] != TickAxis.never
        let own = flight.ackRow(prior[index], burst: burst, bits: span.bits[index])
        let column = isReplaced ? DeliveryCurve.Column.elsewhere : burst
        short.priorTable.open().add(row: Int(isReplaced ? row : isSent ? min(own, row) : own), column, count: count)
        replaced[newest] &+= isReplaced ? count : 0
    }
}

/// Where a sweep counts: the table of the newest flight, and its bursts to come.
struct SweepCounts {
    let table: SweepTable
    let bursts: UnsafeMutablePointer<UInt32>
    private let now: Tick
    /// Acks of the burst that is being looked at, four counters a row: neighbours often share a row, and a counter that
    /// has just been written is slow to read again.
    private let acks: UnsafeMutablePointer<SIMD4<UInt32>>

    init(now: Tick) {
        table = SweepTable()
        bursts = .allocate(capacity: ModelledFlight.burstsMax)
        bursts.initialize(repeating: 0, count: ModelledFlight.burstsMax)
        acks = .allocate(capacity: TickAxis.rowCount)
        acks.initialize(repeating: SIMD4(), count: TickAxis.rowCount)
        self.now = now
    }

    /// Acks in these rows, of the burst at hand.
    @inline(__always)
    func addPlain(_ rows: UnsafePointer<UInt16>, count: Int) {
        acks.withMemoryRebound(to: UInt32.self, capacity: 4 * TickAxis.rowCount) { acks in
            var index = 0
            while index &+ 4 <= count {
                acks[Int(rows[index]) &* 4] &+= 1
                acks[Int(rows[index &+ 1]) &* 4 &+ 1] &+= 1
                acks[Int(rows[index &+ 2]) &* 4 &+ 2] &+= 1
                acks[Int(rows[index &+ 3]) &* 4 &+ 3] &+= 1
                index &+= 4
            }
            while index < count {
                acks[Int(rows[index]) &* 4] &+= 1
                index &+= 1
            }
        }
    }

    /// The burst has been looked at: its acks, none of them after `last`, belong to its column.
    func settlePlain(_ burst: Int, last: Int) {
        let column = table.column(burst)
        for row in 0...last {
            column[row] &+= acks[row].wrappedSum()
            acks[row] = SIMD4()
        }
    }

    /// What was counted by burst of one span within each wave.
    func settle(_ block: SweepBlock, within: Int, _ short: SweepShortcuts) {
        for wave in 0..<short.newest.waves {
            let burst = wave * short.newest.perWave + within, send = short.newest.sends[burst]
            if send > now, send != TickAxis.never {
                bursts[burst] &+= block.sent[burst]
                if block.replaced[burst] > 0 {
                    let row = TickAxis.row(of: send, from: now)
                    short.priorTable.open().add(row: row, DeliveryCurve.Column.sent, count: block.replaced[burst])
                }
            }
            block.sent[burst] = 0
            block.replaced[burst] = 0
        }
    }

    func free() {
        bursts.deallocate()
        acks.deallocate()
    }
}

/// Finds the draws of which loss, drop or presence may be below its limit, in one addition for all three. A field below
/// its limit has only zeros above the limit's highest bit: it yields no carry.
struct DrawSieve {
    private let mask: UInt64
    private let addend: UInt64
    private let carries: UInt64

    init(loss: UInt32, drop: UInt32, presence: UInt32) {
        var mask: UInt64 = 0, addend: UInt64 = 0, carries: UInt64 = 0
        // Bit of each field in a draw that is shifted by one, so that there is room for the last carry.
        for (limit, place) in [(loss, 21), (drop, 35), (presence, 49)] as [(UInt32, UInt64)] {
            // At least one low bit stays free, for the carry of the field below.
            let width = max(1, 32 - (max(limit, 1) - 1).leadingZeroBitCount)
            let high = width >= 14 ? 0 : (1 << 14) - (1 << UInt64(width))
            mask |= UInt64(high) << place
            addend |= UInt64(high) << place
            carries |= 1 << (place + 14)
        }
        (self.mask, self.addend, self.carries) = (mask, addend, carries)
    }

    /// 1 for a draw that has to be looked at.
    @inline(__always)
    func catches(_ draw: DeviceDraw) -> UInt16 {
        ((draw.hash &>> 1 & mask) &+ addend) & carries != carries ? 1 : 0
    }
}
