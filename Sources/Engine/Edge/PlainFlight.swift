/// A flight for the devices to which nothing special happens, in plain memory: what a sweep asks a hundred million times.
///
/// Where such a device stands is a function of its draw, its burst and its build. Its ack falls into a row of the sweep's
/// table: the moment is looked up by its distance from the beginning, rounded as `TickAxis` says.
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
    private let wavePlan: WavePlan
    private let deviceKey: UInt64
    private let factors: UnsafeMutablePointer<Int64>
    private let latencies: UnsafeMutablePointer<UInt16>
    private let applyTimes: UnsafeMutablePointer<UInt16>
    /// Row of an ack by the ticks from `began` to its moment; 0 for what is past.
    private let rows: UnsafeMutablePointer<UInt16>
    private let rowCount: Int

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
        wavePlan = flight.publication.waves
        deviceKey = flight.place.deviceKey
        sends = .allocate(capacity: ModelledFlight.burstsMax)
        factors = .allocate(capacity: ModelledFlight.burstsMax)
        for burst in flight.sends.indices {
            sends[burst] = flight.isSent(burst: burst) ? flight.sends[burst] : TickAxis.never
            factors[burst] = 2 * flight.latencies[burst]
        }
        latencies = Self.copy(flight.place.latencies)
        applyTimes = Self.copy(flight.place.applyTimes)
        rowCount = Int(min(flight.settled - flight.began, Self.lengthMax)) + 2
        rows = .allocate(capacity: rowCount)
        for distance in 0..<rowCount {
            let tick = TickAxis.align(began + Tick(distance), from: began)
            rows[distance] = tick > now ? UInt16(TickAxis.row(of: tick, from: now)) : 0
        }
    }

    func free() {
        sends.deallocate()
        factors.deallocate()
        latencies.deallocate()
        applyTimes.deallocate()
        rows.deallocate()
    }

    private static func copy(_ values: [UInt16]) -> UnsafeMutablePointer<UInt16> {
        let copy = UnsafeMutablePointer<UInt16>.allocate(capacity: values.count)
        copy.initialize(from: values, count: values.count)
        return copy
    }

    @inline(__always)
    func draw(_ local: Int) -> DeviceDraw { DeviceDraw(AudienceDraws.hash(key, first &+ local)) }

    /// Whether its message or ack is lost, or its connection breaks.
    @inline(__always)
    func isSpecial(_ draw: DeviceDraw) -> Bool { draw.loss < lossParts || draw.drop < dropParts }

    @inline(__always)
    func burst(_ local: Int, within: Int) -> Int {
        if waves == 1 { return within }
        let hash = deviceKey &+ UInt64(truncatingIfNeeded: first &+ local) &* AudienceDraws.golden
        return min(wavePlan.wave(ofDraw: UInt32(truncatingIfNeeded: hash >> 32)), waves &- 1) &* perWave &+ within
    }

    /// Which burst of its wave a device is in.
    @inline(__always)
    func within(_ local: Int) -> Int { Int((UInt64(truncatingIfNeeded: local) &* burstScale) >> 32) }

    /// The first device in this burst of each wave, or later.
    func firstDevice(inBurst within: Int) -> Int {
        burstScale == 0 ? 0 : Int(((UInt64(within) << 32) + burstScale - 1) / burstScale)
    }

    /// The row of the ack of a device whose burst is sent.
    @inline(__always)
    func ackRow(_ draw: DeviceDraw, burst: Int, isSlow: Bool) -> Int {
        let applying = min(Int64(applyTimes[draw.apply]) &<< (isSlow ? 3 : 0), DevicePlace.applyMax)
        let trip = Int64(latencies[draw.latency]) &* factors[burst] &+ applying
        let distance = Int(sends[burst] &- began) &+ Int((trip &+ 15) >> 4)
        return Int(rows[min(distance, rowCount &- 1)])
    }
}

/// What a sweep may take for granted of the flights, so that most devices need not ask their fates.
struct SweepShortcuts {
    let newest: PlainFlight
    /// The newest again if there is no older flight.
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
    private let hasThird: Bool
    private let isPriorTableOwn: Bool
    /// Draws of the newest flight below leave, in these rows.
    let leaveParts: UInt32
    let leaveRows: UnsafeMutablePointer<UInt16>
    /// Far in the past if there was none.
    let lastResend: Tick

    /// Nil if the flights are such that every device's fates have to be asked.
    init?(_ flights: [ModelledFlight], covered: Range<Int>, priorTable: OlderTable?, now: Tick, since: Tick) {
        let last = flights.count - 1, flight = flights[last]
        guard flight.deaths.isEmpty, flight.unknownParts == 0, flight.course.revived == nil,
            flight.settled - flight.began < PlainFlight.lengthMax
        else { return nil }
        let before = last > 0 ? flights[last - 1] : nil
        isPriorOpen = before.map { $0.settled > since } ?? false
        isPriorClosed = before.map { $0.closed <= since && $0.aborted == TickAxis.never } ?? true
        for index in covered.dropLast() {
            let older = flights[index]
            guard older.isTold, older.aborted == TickAxis.never || older.closed <= since else { return nil }
        }
        if let before {
            guard before.isTold, before.settled - before.began < PlainFlight.lengthMax else { return nil }
            if isPriorOpen {
                guard before.isRegular, flight.aborted == TickAxis.never,
                    covered.dropLast(2).allSatisfy({ flights[$0].closed <= before.began && flights[$0].aborted == TickAxis.never })
                else { return nil }
            }
        }
        isUnsentUnclear = before.map { before in
            before.aborted != TickAxis.never
                && !covered.dropLast(2).allSatisfy { index in
                    let older = flights[index]
                    return older.aborted == TickAxis.never && older.closed <= before.began && !older.isHoldOpen
                }
        } ?? false
        isReturnUnclear = before.map { before in
            let isOver = before.closed <= since && before.aborted == TickAxis.never && !before.isHoldOpen
            return !before.isRegular && !(isOver && before.course.faults.isEmpty)
        } ?? false
        leftParts = before?.leftParts(at: since) ?? 0
        returnedParts = before?.returnedParts(at: since) ?? 0
        caughtUpParts = before?.caughtUpParts(at: since) ?? 0
        let beforePrior = isPriorOpen && last > 1 ? flights[last - 2] : nil
        thirdCaughtUpParts = beforePrior.map { beforePrior in
            beforePrior.isRegular ? beforePrior.caughtUpParts(at: flights[last - 1].began) : 0
        } ?? 0
        leaveParts = flight.isHeld ? 0 : flight.leaveParts
        leaveRows = .allocate(capacity: Int(leaveParts) + 1)
        for presence in 0..<Int(leaveParts) {
            let leave = flight.leave(DeviceDraw(UInt64(presence) << 50))
            leaveRows[presence] = leave > now && leave != TickAxis.never ? UInt16(TickAxis.row(of: leave, from: now)) : 0
        }
        lastResend = flight.course.resends.last ?? .min
        newest = PlainFlight(flight, now: now)
        hasPrior = before != nil
        prior = PlainFlight(before ?? flight, now: now)
        third = PlainFlight(beforePrior ?? flight, now: now)
        hasThird = beforePrior != nil
        self.priorTable = priorTable ?? OlderTable()
        isPriorTableOwn = priorTable == nil
    }

    /// Whether a device that was away when the flight before the prior one began may not have confirmed it when the prior
    /// one did.
    @inline(__always)
    func isJustBack(_ local: Int) -> Bool { hasThird && third.draw(local).presence >= thirdCaughtUpParts }

    /// Whether anything of the prior flight may be open for a device that was there when it began.
    var mayBeOpen: Bool { isPriorOpen || !isPriorClosed || isUnsentUnclear }

    func free() {
        newest.free()
        prior.free()
        third.free()
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
