/// One broadcast on its way to one modelled node's devices of a topic: its parameters, not its progress.
///
/// The node sends in at most 64 bursts, in equal parts of each wave: every device of a burst has
/// the same send tick. `fate(of:isAway:isSlow:)` is the whole model of one delivery. Immutable, and a class
/// only because a sweep asks it millions of times and should not copy it.
final class ModelledFlight: Sendable {
    let publication: Publication
    let course: FlightCourse
    let place: DevicePlace
    let key: UInt64
    /// The send tick of each burst, rising; `burstsPerWave` of them a wave. `never` for the waves that are held.
    let sends: [Tick]
    let burstsPerWave: Int
    /// A bit for each burst that is or will be sent.
    private let sentBursts: UInt64
    /// How many times longer the messages of each burst are under way.
    let latencies: [Int64]
    /// Every delivery that goes right is confirmed by this tick, and nobody leaves before it.
    let settled: Tick
    /// Every connected device has confirmed it by this tick, also those that it was repeated to; after an abort, all
    /// that ever will without a newer broadcast.
    let closed: Tick
    private let leavesFrom: Tick
    /// When the node is gone, as far as it concerns this broadcast.
    let deaths: [Range<Tick>]

    private let profile: AudienceProfile
    private let awayTimes = AudienceDraws.awayTimes
    /// Bursts of a wave for each device, in 2^-32.
    let burstScale: UInt64
    let lossParts: UInt32
    /// Kept here, since every look at a static one asks whether it is there yet.
    let dropParts = ModelledFlight.dropParts
    let leaveParts: UInt32
    /// Devices whose draw is below do not know the stage.
    let unknownParts: UInt32

    /// More repeats than this of one publication change nothing.
    static let resendsMax = 8
    /// More pauses than this are not taken.
    static let holdsMax = 8
    static let burstsMax = 64
    static let dropParts = AudienceDraws.parts(AudienceDraws.dropShare)

    init(_ publication: Publication, place: DevicePlace, profile: AudienceProfile, course: FlightCourse) {
        self.publication = publication
        self.place = place
        self.profile = profile
        self.course = course
        key = AudienceDraws.key(seed: place.seed, topic: publication.topic, sequence: publication.position.sequence)
        let timetable = BurstTimetable(waves: publication.waves, place: place, course: course)
        sends = timetable.sends
        burstsPerWave = timetable.burstsPerWave
        sentBursts = timetable.sends.indices.reduce(0) { sent, burst in
            let send = timetable.sends[burst / timetable.burstsPerWave * timetable.burstsPerWave]
            return send == TickAxis.never || send > course.aborted ? sent : sent | 1 << UInt64(burst)
        }
        burstScale = place.count == 0 ? 0 : (UInt64(burstsPerWave) << 32) / UInt64(place.count)
        lossParts = AudienceDraws.parts(profile.lossShare)
        unknownParts = AudienceDraws.parts(course.faults.unknowing(at: course.began))
        deaths = course.faults.deaths(endingAfter: course.began)
        let offline = min(max(profile.offlineShare, 0), 1)
        leaveParts = offline >= 0.5 ? AudienceDraws.shareParts : AudienceDraws.parts(offline / (1 - offline))
        let factors = timetable.sends.map { course.faults.latency(at: $0) }
        latencies = factors
        var settled = course.began, last = course.began
        for (send, factor) in zip(timetable.sends, factors) where send != TickAxis.never {
            let trip = place.roundTripMax * factor
            settled = max(
                settled, TickAxis.tick(atMilliseconds: Int64(send) * TickAxis.milliseconds + trip, from: course.began))
            last = send
        }
        self.settled = settled
        let wasHeld = sends.last == TickAxis.never && course.aborted != TickAxis.never
        leavesFrom = wasHeld ? max(settled, course.aborted) : settled
        let retries = place.ackWithin << (AudienceDraws.triesMax - 1) + Int64(AudienceDraws.reconnectTimes.last ?? 0)
        if course.aborted != TickAxis.never { last = max(last, course.aborted) }
        closed = TickAxis.tick(
            atMilliseconds: Int64(last) * TickAxis.milliseconds + retries + 2 * place.roundTripMax, from: course.began)
    }

    var sequence: Int64 { publication.position.sequence }
    var began: Tick { course.began }
    var aborted: Tick { course.aborted }
    var waveCount: Int { sends.count / burstsPerWave }
    /// Whether waves wait for somebody's word.
    var isHeld: Bool { sends.last == TickAxis.never && aborted == TickAxis.never }
    /// Whether who is away, and who has confirmed, can be told from a draw: the node was always there, every device
    /// knew the stage, and no wave waits.
    var isTold: Bool { deaths.isEmpty && unknownParts == 0 && course.revived == nil && !isHeld }
    /// Whether who is away comes back and is given it as the draw says: nothing is slow, stopped or waits.
    var returnsAreTold: Bool { isTold && aborted == TickAxis.never && course.faults.isEmpty && course.holds.isEmpty }
    /// Whether whoever returns now has to wait.
    var isHoldOpen: Bool { course.holds.last?.until == TickAxis.never }
    /// Whether, besides, nobody stopped, repeated or held anything.
    var isRegular: Bool {
        returnsAreTold && course.resends.isEmpty
    }

    // MARK: - The same broadcast, from a moment on

    func aborted(at now: Tick) -> ModelledFlight { changed(isAborted: true) { $0.aborted = now } }

    func resent(at now: Tick) -> ModelledFlight {
        guard course.resends.count < Self.resendsMax, course.resends.last != now else { return self }
        return changed { $0.resends.append(now) }
    }

    /// With this said of its waves; itself if it was known or changes nothing.
    func ordered(_ order: WaveOrder, at now: Tick) -> ModelledFlight {
        guard order.revision > publication.order.revision else { return self }
        return changed(order: order) { course in
            if let last = course.holds.indices.last, course.holds[last].until == TickAxis.never {
                if !order.isHeld { course.holds[last].until = now + 1 }
            } else if order.isHeld, course.holds.count < Self.holdsMax {
                course.holds.append(FlightCourse.Hold(from: now, until: TickAxis.never))
            }
        }
    }

    /// With another fault on its way; itself if it has met too many.
    func bent(by fault: NodeFault) -> ModelledFlight { changed { $0.faults.append(fault) } }

    /// With a fault over at this tick, if it had met it.
    func mended(of fault: AudienceFault, at tick: Tick) -> ModelledFlight {
        changed { _ = $0.faults.end(fault, at: tick) }
    }

    private func changed(
        order: WaveOrder? = nil, isAborted: Bool = false, _ change: (inout FlightCourse) -> Void
    ) -> ModelledFlight {
        var publication = publication, course = course
        publication.order = order ?? publication.order
        publication.isAborted = publication.isAborted || isAborted
        change(&course)
        return ModelledFlight(publication, place: place, profile: profile, course: course)
    }

    // MARK: - Waves

    @inline(__always)
    func burst(of local: Int) -> Int {
        let within = Int((UInt64(truncatingIfNeeded: local) &* burstScale) >> 32)
        return burstsPerWave == Self.burstsMax ? within : wave(of: local) * burstsPerWave + within
    }

    /// The same for a device in every broadcast with the same waves.
    func wave(of local: Int) -> Int {
        waveCount == 1 ? 0 : min(publication.waves.wave(ofDraw: place.waveDraw(local)), waveCount - 1)
    }

    /// Whether the burst is or will be sent: a wave that had begun before the abort goes out whole.
    @inline(__always)
    func isSent(burst: Int) -> Bool { sentBursts &>> UInt64(truncatingIfNeeded: burst) & 1 != 0 }

    /// Waves begun by `now`.
    func wavesSent(at now: Tick) -> Int {
        var begun = 0
        for first in stride(from: 0, to: sends.count, by: burstsPerWave)
        where sends[first] <= now && isSent(burst: first) { begun += 1 }
        return begun
    }

    // MARK: - Who leaves and returns

    /// The tick at which a device with this draw leaves after its ack; never for most, and for nobody while waves wait.
    func leave(_ draw: DeviceDraw) -> Tick {
        guard draw.presence < leaveParts, !isHeld else { return TickAxis.never }
        let quantile = Int(draw.presence) * Int(AudienceDraws.shareParts) / Int(leaveParts)
        return TickAxis.tick(
            atMilliseconds: Int64(leavesFrom) * TickAxis.milliseconds + Int64(awayTimes[quantile]), from: began)
    }

    /// When a device with this draw that was away at the beginning is back, where no fault changes it.
    func back(_ draw: DeviceDraw) -> Tick {
        TickAxis.tick(
            atMilliseconds: Int64(began) * TickAxis.milliseconds + Int64(awayTimes[Int(draw.presence)]), from: began)
    }

    /// Draws with a smaller `presence` than this have left by `now`.
    func leftParts(at now: Tick) -> UInt32 { firstPresence(below: leaveParts) { leave($0) > now } }

    /// Draws with a smaller `presence` than this are back by `now`.
    func returnedParts(at now: Tick) -> UInt32 { firstPresence(below: AudienceDraws.shareParts) { back($0) > now } }

    /// Draws with a smaller `presence` than this have been back for so long that they have confirmed.
    func caughtUpParts(at now: Tick) -> UInt32 {
        firstPresence(below: AudienceDraws.shareParts) { draw in
            let back = back(draw)
            guard back != TickAxis.never else { return true }
            return TickAxis.tick(
                atMilliseconds: Int64(back) * TickAxis.milliseconds + place.roundTripMax, from: began) > now
        }
    }

    /// Times rise with `presence`: the first one below `limit` of which `isLater` holds.
    private func firstPresence(below limit: UInt32, where isLater: (DeviceDraw) -> Bool) -> UInt32 {
        var low: UInt32 = 0, high = limit
        while low < high {
            let middle = (low + high) / 2
            if isLater(DeviceDraw(UInt64(middle) << 50)) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// What happened to a flight on its way, and when.
struct FlightCourse {
    /// No wave begins after `from` before `until`.
    struct Hold: Hashable {
        var from: Tick
        var until: Tick
    }

    /// The tick in which the publication arrived; everything happens after it.
    let began: Tick
    /// From the publication's timestamp to `began`, ms.
    let delay: Milliseconds
    /// When its waves were stopped.
    var aborted = TickAxis.never
    var resends: [Tick] = []
    var holds: [Hold] = []
    var faults = NodeFaults()
    /// When the node came back, if devices were still returning to it at `began`.
    var revived: Tick?

    init(_ publication: Publication, began: Tick, delay: Milliseconds, faults: NodeFaults) {
        self.began = began
        self.delay = delay
        self.faults = faults.remembered(at: began)
        revived = faults.revived(before: began)
        if publication.isAborted { aborted = began }
        if publication.order.isHeld { holds = [Hold(from: began, until: TickAxis.never)] }
    }

    /// When something meant for `tick` may be sent to a device that was not reached yet.
    @inline(__always)
    func released(_ tick: Tick) -> Tick { holds.isEmpty ? tick : releasedLater(tick) }

    private func releasedLater(_ tick: Tick) -> Tick {
        var tick = tick
        for hold in holds where hold.from < tick && tick <= hold.until { tick = hold.until }
        return tick
    }
}

/// When the bursts of a flight are sent: as fast as the node can, each wave when it may begin.
struct BurstTimetable {
    private(set) var sends: [Tick] = []
    let burstsPerWave: Int

    init(waves: WavePlan, place: DevicePlace, course: FlightCourse) {
        let total = min(max(waves.total, 1), WavePlan.countMax)
        burstsPerWave = ModelledFlight.burstsMax / total
        let canary = waves.canary.map { Double($0.share) / 4_294_967_296 } ?? 0
        let mainShare = (1 - canary) / Double(max(1, total - (waves.canary == nil ? 0 : 1)))
        sends.reserveCapacity(ModelledFlight.burstsMax)
        var start = Double(course.began + 1)
        for wave in 0..<total {
            let isCanary = wave == 0 && waves.canary != nil
            if wave > 0 {
                let allowed = course.released(Self.tick(start, course.began))
                if allowed == TickAxis.never {
                    sends += repeatElement(TickAxis.never, count: (total - wave) * burstsPerWave)
                    return
                }
                start = max(start, Double(allowed))
            }
            let devices = Double(place.count) * (isCanary ? canary : mainShare)
            let burstLasts = devices / Double(burstsPerWave) / max(1, place.pace.sendsPerSecond) * 1000
                / Double(TickAxis.milliseconds)
            var at = start
            for _ in 0..<burstsPerWave {
                let tick = Self.tick(at, course.began)
                sends.append(tick)
                at += burstLasts * course.faults.queueing(at: tick)
            }
            let interval = isCanary ? 0 : Double(waves.interval) / Double(TickAxis.milliseconds)
            start = max(start + interval, at)
        }
    }

    private static func tick(_ moment: Double, _ began: Tick) -> Tick {
        TickAxis.align(Tick(min(moment, Double(began) + 2.5e8)), from: began)
    }
}
