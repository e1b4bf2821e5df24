/// A flight for the devices to which nothing special happens, in plain memory: what a sweep asks a hundred million
/// times.
///
/// Where such a device stands is a function of its draw, its burst and its build. Its ack falls into a row of the
/// sweep's table: the moment is looked up by its distance from the beginning, rounded as `TickAxis` says.
struct PlainFlight {
    let key: UInt64
    let began: Tick
    let first: Int
    let waves: Int
    let perWave: Int
    /// Whether it was sent again to those who had not confirmed: then no draw alone tells when they did.
    let isRepeated: Bool
    let sends: UnsafeMutablePointer<Tick>
    private let lossParts: UInt32
    private let dropParts = ModelledFlight.dropParts
    private let burstScale: UInt64
    /// `WavePlan.wave(ofDraw:)` in numbers: draws below are in the canary, the others in so many waves per 2^32 from
    /// the first main one on.
    private let canaryShare: UInt32
    private let waveScale: UInt64
    private let firstMain: Int
    private let deviceKey: UInt64
    /// By burst: how many times longer than one way a message and its ack are under way, and the ticks from `began` to
    /// its send.
    private let factors: UnsafeMutablePointer<Int>
    private let offsets: UnsafeMutablePointer<Int>
    private let latencies: UnsafeMutablePointer<UInt16>
    /// By draw, and again for slow builds.
    private let applyTimes: UnsafeMutablePointer<UInt16>
    /// Row of an ack by the ticks from `began` to its moment; 0 for what is past, and in the last one for what is not
    /// sent.
    private let rows: UnsafeMutablePointer<UInt16>
    private let rowCount: Int
    /// The last row of an ack.
    let lastRow: Int
    private let roundTripMax: Int

    /// A flight that lasts longer is looked at by its fates, ticks (ten minutes).
    static let lengthMax: Tick = 40_000

    init(_ flight: ModelledFlight, now: Tick) {
        key = flight.key
        began = flight.began
        first = flight.place.first
        waves = flight.waveCount
        perWave = flight.burstsPerWave
        isRepeated = !flight.course.resends.isEmpty
        lossParts = flight.lossParts
        burstScale = flight.burstScale
        roundTripMax = Int(flight.place.roundTripMax)
        let plan = flight.publication.waves
        canaryShare = plan.canary?.share ?? 0
        waveScale = plan.mainScale
        firstMain = plan.canary == nil ? 0 : 1
        deviceKey = flight.place.deviceKey
        sends = .allocate(capacity: ModelledFlight.burstsMax)
        factors = .allocate(capacity: ModelledFlight.burstsMax)
        offsets = .allocate(capacity: ModelledFlight.burstsMax)
        // Of what is over nothing can be told but that.
        rowCount = flight.settled <= now ? 2 : Int(min(flight.settled - flight.began, Self.lengthMax)) + 3
        for burst in flight.sends.indices {
            sends[burst] = flight.isSent(burst: burst) ? flight.sends[burst] : TickAxis.never
            factors[burst] = 2 * Int(flight.latencies[burst])
            offsets[burst] = sends[burst] == TickAxis.never ? rowCount : Int(sends[burst] - began)
        }
        latencies = .allocate(capacity: flight.place.latencies.count)
        latencies.initialize(from: flight.place.latencies, count: flight.place.latencies.count)
        applyTimes = Self.applyTimes(flight.place.applyTimes)
        rows = .allocate(capacity: rowCount)
        var aligned = began, row: UInt16 = 0
        for distance in 0..<rowCount {
            if began + Tick(distance) > aligned || distance == 0 {
                aligned = TickAxis.align(began + Tick(distance), from: began)
                row = aligned > now ? UInt16(TickAxis.row(of: aligned, from: now)) : 0
            }
            rows[distance] = row
        }
        rows[rowCount - 1] = 0
        lastRow = Int(rows[rowCount - 2])
    }

    func free() {
        sends.deallocate()
        factors.deallocate()
        offsets.deallocate()
        latencies.deallocate()
        applyTimes.deallocate()
        rows.deallocate()
    }

    private static func applyTimes(_ usual: [UInt16]) -> UnsafeMutablePointer<UInt16> {
        let times = UnsafeMutablePointer<UInt16>.allocate(capacity: 2 * usual.count)
        for (index, time) in usual.enumerated() {
            times[index] = time
            times[usual.count + index] = UInt16(min(Int64(time) * DeviceCatalogue.slowness, DevicePlace.applyMax))
        }
        return times
    }

    @inline(__always)
    func draw(_ local: Int) -> DeviceDraw { DeviceDraw(AudienceDraws.hash(key, first &+ local)) }

    /// What the draw of a device is the mix of; that of its neighbour is `AudienceDraws.golden` more.
    @inline(__always)
    func counter(_ local: Int) -> UInt64 { key &+ UInt64(truncatingIfNeeded: first &+ local) &* AudienceDraws.golden }

    /// Whether its message or ack is lost, or its connection breaks.
    @inline(__always)
    func isSpecial(_ draw: DeviceDraw) -> Bool { specialty(draw) != 0 }

    /// The same as a number, 1 for yes.
    @inline(__always)
    func specialty(_ draw: DeviceDraw) -> UInt16 { (draw.loss < lossParts ? 1 : 0) | (draw.drop < dropParts ? 1 : 0) }

    @inline(__always)
    func burst(_ local: Int, within: Int) -> Int {
        if waves == 1 { return within }
        let hash = deviceKey &+ UInt64(truncatingIfNeeded: first &+ local) &* AudienceDraws.golden
        let draw = UInt32(truncatingIfNeeded: hash &>> 32)
        let main = firstMain &+ Int(truncatingIfNeeded: (UInt64(draw &- canaryShare) &* waveScale) &>> 32)
        return min(draw < canaryShare ? 0 : main, waves &- 1) &* perWave &+ within
    }

    /// Which burst of its wave a device is in.
    @inline(__always)
    func within(_ local: Int) -> Int { Int((UInt64(truncatingIfNeeded: local) &* burstScale) >> 32) }

    /// The first device in this burst of each wave, or later.
    func firstDevice(inBurst within: Int) -> Int {
        burstScale == 0 ? 0 : Int(((UInt64(within) << 32) + burstScale - 1) / burstScale)
    }

    /// The row of the ack of a device with these `AwayBits`; 0 if its burst is not sent.
    @inline(__always)
    func ackRow(_ draw: DeviceDraw, burst: Int, bits: UInt16) -> UInt16 {
        let applying = Int(applyTimes[draw.apply | Int(bits &>> 15) &<< AudienceDraws.applyBits])
        let trip = Int(latencies[draw.latency]) &* factors[burst] &+ applying
        return rows[min(offsets[burst] &+ (trip &+ 15) &>> 4, rowCount &- 1)]
    }

    /// A burst that is sent while nothing is slow: every ack of it has its row.
    struct EvenBurst {
        fileprivate let latencies: UnsafeMutablePointer<UInt16>
        fileprivate let applyTimes: UnsafeMutablePointer<UInt16>
        /// From the burst's send on.
        fileprivate let rows: UnsafeMutablePointer<UInt16>

        @inline(__always)
        func ackRow(_ draw: DeviceDraw, bits: UInt16) -> UInt16 {
            let applying = Int(applyTimes[draw.apply | Int(bits &>> 5 & 0x400)])
            return rows[(2 &* Int(latencies[draw.latency]) &+ applying &+ 15) &>> 4]
        }
    }

    /// Nil if it is none.
    func evenBurst(_ burst: Int) -> EvenBurst? {
        guard factors[burst] == 2, offsets[burst] + (roundTripMax + 15) >> 4 < rowCount else { return nil }
        return EvenBurst(latencies: latencies, applyTimes: applyTimes, rows: rows + offsets[burst])
    }

    /// There and back and applying while nothing is slow, ms.
    @inline(__always)
    func roundTrip(_ draw: DeviceDraw, bits: UInt16) -> Int {
        2 &* Int(latencies[draw.latency]) &+ Int(applyTimes[draw.apply | Int(bits &>> 15) &<< AudienceDraws.applyBits])
    }

}

/// What a sweep may take for granted of the flights, so that most devices need not ask their fates.
struct SweepShortcuts {
    let newest: PlainFlight
    /// The newest if there is no older flight.
    let prior: PlainFlight
    let hasPrior: Bool
    /// Where the prior flight's changes are counted.
    let priorTable: OlderTable
    /// Whether plain devices may not have confirmed the prior flight.
    let isPriorOpen: Bool
    /// Whether every connected device has confirmed the prior flight and those before it.
    let isPriorClosed: Bool
    /// Whether only their fates can tell how those stand in older flights whom the aborted prior one did not reach.
    let isUnsentUnclear: Bool
    /// Whether only their fates can tell how those who came back stand in the prior flight.
    let isReturnUnclear: Bool
    /// Draws of the prior flight: present devices below have left, away ones below are back, or have even confirmed.
    let leftParts: UInt32
    let returnedParts: UInt32
    let caughtUpParts: UInt32
    /// The flight before the prior one, where that is open: who was away from it may have come back just before.
    let third: PlainFlight
    let thirdCaughtUpParts: UInt32
    /// Of the newest flight: who is special in it or leaves it.
    let sieve: DrawSieve
    /// Whether who comes back confirms the newest flight as its draw says.
    let returnsAreTold: Bool
    private let hasThird: Bool
    private let isPriorTableOwn: Bool
    /// Draws of the newest flight below leave, in these rows.
    let leaveParts: UInt32
    let leaveRows: UnsafeMutablePointer<UInt16>
    /// Far in the past if there was none.
    let lastResend: Tick

    /// Nil if the flights are such that every device's fates have to be asked.
    init?(_ flights: [ModelledFlight], covered: Range<Int>, priorTable: OlderTable?, now: Tick, since: Tick) {
        let last = flights.count - 1, flight = flights[last], before = last > 0 ? flights[last - 1] : nil
        isPriorOpen = before.map { $0.settled > since } ?? false
        isPriorClosed = before.map { $0.closed <= since && $0.aborted == TickAxis.never } ?? true
        guard Self.isPlain(flight), Self.areToldOver(covered.dropLast().map { flights[$0] }, since: since) else {
            return nil
        }
        let older = covered.dropLast(2).map { flights[$0] }
        if let before, !Self.canShorten(before, after: older, under: flight, isOpen: isPriorOpen) { return nil }
        isUnsentUnclear = before.map { Self.isUnsentUnclear($0, after: older) } ?? false
        isPriorOver = isPriorClosed && !isPriorOpen && !isUnsentUnclear
        isReturnUnclear = before.map { Self.isReturnUnclear($0, since: since) } ?? false
        leftParts = before?.leftParts(at: since) ?? 0
        returnedParts = before?.returnedParts(at: since) ?? 0
        caughtUpParts = before?.caughtUpParts(at: since) ?? 0
        let third = isPriorOpen && last > 1 ? flights[last - 2] : nil
        thirdCaughtUpParts = third.map { $0.isRegular ? $0.caughtUpParts(at: flights[last - 1].began) : 0 } ?? 0
        leaveParts = flight.isHeld ? 0 : flight.leaveParts
        leaveRows = Self.leaveRows(flight, parts: leaveParts, now: now)
        returnsAreTold = flight.returnsAreTold
        sieve = DrawSieve(loss: flight.lossParts, drop: flight.dropParts, presence: leaveParts)
        lastResend = flight.course.resends.last ?? .min
        newest = PlainFlight(flight, now: now)
        hasPrior = before != nil
        prior = before.map { PlainFlight($0, now: now) } ?? newest
        self.third = third.map { PlainFlight($0, now: now) } ?? newest
        hasThird = third != nil
        self.priorTable = priorTable ?? OlderTable()
        isPriorTableOwn = priorTable == nil
    }

    private static func isPlain(_ flight: ModelledFlight) -> Bool {
        flight.deaths.isEmpty && flight.unknownParts == 0 && flight.course.revived == nil
            && flight.settled - flight.began < PlainFlight.lengthMax
    }

    /// Whether all of these were told of, and those that were aborted are over.
    private static func areToldOver(_ flights: [ModelledFlight], since: Tick) -> Bool {
        flights.allSatisfy { $0.isTold && ($0.aborted == TickAxis.never || $0.closed <= since) }
    }

    /// Whether the prior flight can be laid below the newest by comparison alone; `older` are those before it.
    private static func canShorten(
        _ prior: ModelledFlight, after older: [ModelledFlight], under newest: ModelledFlight, isOpen: Bool
    ) -> Bool {
        guard prior.isTold, prior.settled - prior.began < PlainFlight.lengthMax else { return false }
        guard isOpen else { return true }
        return prior.isRegular && newest.aborted == TickAxis.never
            && older.allSatisfy { $0.closed <= prior.began && $0.aborted == TickAxis.never }
    }

    private static func isUnsentUnclear(_ prior: ModelledFlight, after older: [ModelledFlight]) -> Bool {
        prior.aborted != TickAxis.never
            && !older.allSatisfy { $0.aborted == TickAxis.never && $0.closed <= prior.began && !$0.isHoldOpen }
    }

    private static func isReturnUnclear(_ prior: ModelledFlight, since: Tick) -> Bool {
        let isOver = prior.closed <= since && prior.aborted == TickAxis.never && !prior.isHoldOpen
        return !prior.isRegular && !(isOver && prior.course.faults.isEmpty)
    }

    /// The row in which each draw below `parts` leaves; 0 if it does not.
    private static func leaveRows(_ flight: ModelledFlight, parts: UInt32, now: Tick) -> UnsafeMutablePointer<UInt16> {
        let rows = UnsafeMutablePointer<UInt16>.allocate(capacity: Int(parts) + 1)
        for presence in 0..<Int(parts) {
            let leave = flight.leave(DeviceDraw(UInt64(presence) << 50))
            rows[presence] = leave > now && leave != TickAxis.never ? UInt16(TickAxis.row(of: leave, from: now)) : 0
        }
        return rows
    }

    /// Whether a device that was away when the flight before the prior one began may not have confirmed it when the
    /// prior one did.
    @inline(__always)
    func isJustBack(_ local: Int) -> Bool { hasThird && third.draw(local).presence >= thirdCaughtUpParts }

    /// Whether nothing of the prior flight is open for a device that was there when it began.
    let isPriorOver: Bool

    func free() {
        newest.free()
        if hasPrior { prior.free() }
        if hasThird { third.free() }
        leaveRows.deallocate()
        if isPriorTableOwn { _ = priorTable.drain(base: 0) }
    }
}

/// Whether a device was away at the start of each of the newest broadcasts (bit 0 is the newest), and, in the last bit,
/// whether its build is slow.
enum AwayBits {
    static let flightsMax = 15

    @inline(__always)
    static func isAway(_ bits: UInt16, _ age: Int) -> Bool { bits &>> UInt16(truncatingIfNeeded: age) & 1 != 0 }

    @inline(__always)
    static func isSlow(_ bits: UInt16) -> Bool { bits & 0x8000 != 0 }

    /// With another broadcast begun.
    @inline(__always)
    static func shifted(_ bits: UInt16, isAway: Bool) -> UInt16 {
        bits & 0x8000 | (bits &<< 1 & 0x7FFE) | (isAway ? 1 : 0)
    }
}
