/// One broadcast on its way to one modelled node's devices of a topic: its parameters, not its progress.
///
/// The node sends in at most 64 bursts, in equal parts of each wave: every device of a burst has
/// the same send tick. `fate(of:isAway:)` is the whole model of one delivery. Immutable, and a class
/// only because a sweep asks it millions of times and should not copy it.
final class ModelledFlight: Sendable {
    let publication: Publication
    /// The tick in which the publication arrived; everything happens after it.
    let began: Tick
    /// From the publication's timestamp to `began`, ms.
    let delay: Milliseconds
    let key: UInt64
    /// The send tick of each burst, rising; `burstsPerWave` of them a wave.
    let sends: [Tick]
    let burstsPerWave: Int
    /// Every delivery that goes right is confirmed by this tick, and nobody leaves before it.
    let settled: Tick
    /// When its waves were stopped.
    let aborted: Tick
    let resends: [Tick]

    private let profile: AudienceProfile
    private let place: DevicePlace
    private let awayTimes = AudienceDraws.awayTimes
    /// Bursts of a wave for each device, in 2^-32.
    let burstScale: UInt64
    let lossParts: UInt32
    let leaveParts: UInt32

    /// More repeats than this of one publication change nothing.
    static let resendsMax = 8
    static let burstsMax = 64
    static let dropParts = AudienceDraws.parts(AudienceDraws.dropShare)

    init(
        _ publication: Publication, place: DevicePlace, profile: AudienceProfile, began: Tick, delay: Milliseconds,
        aborted: Tick = TickAxis.never, resends: [Tick] = []
    ) {
        self.publication = publication
        self.place = place
        self.profile = profile
        self.aborted = aborted
        self.resends = resends
        self.began = began
        self.delay = delay
        key = AudienceDraws.key(seed: place.seed, topic: publication.topic, sequence: publication.position.sequence)
        let waves = min(max(publication.waves.count, 1), WavePlan.countMax)
        let perWave = Self.burstsMax / waves
        let first = began + 1
        burstsPerWave = perWave
        burstScale = place.count == 0 ? 0 : (UInt64(perWave) << 32) / UInt64(place.count)
        let waveLasts = Double(place.count) / Double(waves) / max(1, place.pace.sendsPerSecond) * 1000
        let interval = max(Double(publication.waves.interval), waveLasts)
        sends = (0..<waves * perWave).map { burst in
            let offset = Double(burst / perWave) * interval + Double(burst % perWave) * waveLasts / Double(perWave)
            return TickAxis.align(first + Tick(min(offset, 4e9) / Double(TickAxis.milliseconds)), from: began)
        }
        lossParts = AudienceDraws.parts(profile.lossShare)
        let offline = min(max(profile.offlineShare, 0), 1)
        leaveParts = offline >= 0.5 ? AudienceDraws.shareParts : AudienceDraws.parts(offline / (1 - offline))
        settled = TickAxis.tick(
            atMilliseconds: Int64(sends[sends.count - 1]) * TickAxis.milliseconds + place.roundTripMax, from: began)
    }

    var sequence: Int64 { publication.position.sequence }

    /// The same broadcast, stopped at `now`.
    func aborted(at now: Tick) -> ModelledFlight {
        var stopped = publication
        stopped.isAborted = true
        return ModelledFlight(
            stopped, place: place, profile: profile, began: began, delay: delay, aborted: now, resends: resends)
    }

    /// The same broadcast, sent once more at `now`.
    func resent(at now: Tick) -> ModelledFlight {
        guard resends.count < Self.resendsMax, resends.last != now else { return self }
        return ModelledFlight(
            publication, place: place, profile: profile, began: began, delay: delay, aborted: aborted,
            resends: resends + [now])
    }

    @inline(__always)
    func burst(of local: Int) -> Int {
        let within = Int((UInt64(truncatingIfNeeded: local) &* burstScale) >> 32)
        return burstsPerWave == Self.burstsMax ? within : wave(of: local) * burstsPerWave + within
    }

    /// The same for a device in every broadcast with the same wave count.
    func wave(of local: Int) -> Int {
        let waves = sends.count / burstsPerWave
        return waves == 1 ? 0 : Int(place.deviceHash(local) % UInt64(waves))
    }

    /// Whether the burst is or will be sent: a wave that had begun before the abort goes out whole.
    func isSent(burst: Int) -> Bool {
        aborted == TickAxis.never || sends[burst / burstsPerWave * burstsPerWave] <= aborted
    }

    /// Waves begun by `now`.
    func wavesSent(at now: Tick) -> Int {
        var begun = 0
        for first in stride(from: 0, to: sends.count, by: burstsPerWave)
        where sends[first] <= now && isSent(burst: first) { begun += 1 }
        return begun
    }

    /// The tick at which a device with this draw leaves after its ack; never for most.
    func leave(_ draw: DeviceDraw) -> Tick {
        guard draw.presence < leaveParts else { return TickAxis.never }
        let quantile = Int(draw.presence) * Int(AudienceDraws.shareParts) / Int(leaveParts)
        return TickAxis.tick(
            atMilliseconds: Int64(settled) * TickAxis.milliseconds + Int64(awayTimes[quantile]), from: began)
    }

    /// Draws with a smaller `presence` than this have left by `now`.
    func leftParts(at now: Tick) -> UInt32 {
        var low: UInt32 = 0, high = leaveParts
        while low < high {
            let middle = (low + high) / 2
            if leave(DeviceDraw(UInt64(middle) << 50)) <= now { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: - One device

    /// What this broadcast alone does to a device, as if no other one followed.
    func fate(of local: Int, isAway: Bool) -> DeviceFate {
        let draw = DeviceDraw(AudienceDraws.hash(key, place.first + local))
        var fate = DeviceFate(isAway: isAway)
        if isAway {
            let away = Int64(awayTimes[Int(draw.presence)])
            fate.back = tick(Int64(began) * TickAxis.milliseconds + away)
            returns(&fate, draw)
            return fate
        }
        fate.burst = burst(of: local)
        if isSent(burst: fate.burst) {
            sendTo(&fate, local, draw)
        } else {
            fate.isReached = false
        }
        let leave = leave(draw)
        let busyUntil = max(fate.ack == TickAxis.never ? 0 : fate.ack, fate.back == TickAxis.never ? 0 : fate.back)
        if leave > busyUntil { fate.leave = leave }
        for resend in resends { sendAgain(&fate, local, draw, at: resend) }
        return fate
    }

    /// There and back and applying, ms.
    func roundTrip(of local: Int) -> Int64 {
        place.roundTrip(DeviceDraw(AudienceDraws.hash(key, place.first + local)))
    }

    @inline(__always) private func tick(_ moment: Int64) -> Tick { TickAxis.tick(atMilliseconds: moment, from: began) }

    /// A device that is back is given everything it missed at once, unless it was aborted meanwhile.
    private func returns(_ fate: inout DeviceFate, _ draw: DeviceDraw) {
        guard fate.back != TickAxis.never, fate.back <= aborted else {
            fate.isReached = fate.back == TickAxis.never && aborted == TickAxis.never
            return
        }
        let moment = Int64(fate.back) * TickAxis.milliseconds
        fate.delivery = fate.back
        fate.applied = tick(moment + place.oneWay(draw) + place.applying(draw))
        fate.ack = tick(moment + place.roundTrip(draw))
    }

    private func sendTo(_ fate: inout DeviceFate, _ local: Int, _ draw: DeviceDraw) {
        fate.send = sends[fate.burst]
        fate.delivery = fate.send
        let moment = Int64(fate.send) * TickAxis.milliseconds
        if draw.drop < Self.dropParts {
            breaks(&fate, draw, at: moment + 1 + place.oneWay(draw) / 2)
        } else if draw.loss < lossParts {
            retries(&fate, draw, from: moment)
        } else {
            fate.applied = tick(moment + place.oneWay(draw) + place.applying(draw))
            fate.ack = tick(moment + place.roundTrip(draw))
        }
    }

    /// The first send or its ack was lost; the node repeats after `ackWithin`, and each time waits twice as long.
    private func retries(_ fate: inout DeviceFate, _ draw: DeviceDraw, from moment: Int64) {
        var next = SeededGenerator(seed: draw.hash)
        let ackWithin = place.ackWithin
        var failures = 1
        while failures < AudienceDraws.triesMax, UInt32(next.next() >> 50) < lossParts { failures += 1 }
        fate.retry = tick(moment + ackWithin)
        guard failures < AudienceDraws.triesMax else {
            breaks(&fate, draw, at: moment + ackWithin * (1 << AudienceDraws.triesMax - 1))
            return
        }
        let success = moment + ackWithin * (1 << failures - 1)
        fate.delivery = tick(success)
        fate.ack = tick(success + place.roundTrip(draw))
        // Every second time it was the ack that got lost: the device has it, and gets it twice.
        if next.next() & 1 == 0 {
            fate.applied = tick(moment + place.oneWay(draw) + place.applying(draw))
            fate.duplicate = tick(success + place.oneWay(draw))
        } else {
            fate.applied = tick(success + place.oneWay(draw) + place.applying(draw))
        }
    }

    private func breaks(_ fate: inout DeviceFate, _ draw: DeviceDraw, at moment: Int64) {
        fate.drop = tick(moment)
        let wait = AudienceDraws.reconnectTimes[Int(SeededGenerator.mix(~draw.hash) & 1023)]
        fate.back = TickAxis.align(
            max(tick(moment + Int64(wait)), fate.drop == TickAxis.never ? fate.drop : fate.drop + 1), from: began)
        returns(&fate, draw)
        fate.isReached = true
    }

    private func sendAgain(_ fate: inout DeviceFate, _ local: Int, _ draw: DeviceDraw, at resend: Tick) {
        guard fate.send <= resend, fate.ack > resend, fate.drop > resend || fate.back <= resend else { return }
        let spread = Int64(Double(local) / max(1, place.pace.sendsPerSecond) * 1000)
        let moment = Int64(resend + 1) * TickAxis.milliseconds + spread
        let again = TickAxis.tick(atMilliseconds: moment, from: resend)
        guard again < fate.ack, again < fate.drop || fate.back <= resend else { return }
        fate.retry = min(fate.retry, again)
        let luck = SeededGenerator.mix(draw.hash ^ UInt64(truncatingIfNeeded: resend))
        guard UInt32(luck >> 50) >= lossParts else { return }
        let ack = TickAxis.tick(atMilliseconds: moment + place.roundTrip(draw), from: resend)
        guard ack < fate.ack else { return }
        let arrives = TickAxis.tick(atMilliseconds: moment + place.oneWay(draw), from: resend)
        if fate.applied <= arrives {
            fate.duplicate = min(fate.duplicate, arrives)
        } else {
            fate.applied = TickAxis.tick(
                atMilliseconds: moment + place.oneWay(draw) + place.applying(draw), from: resend)
            if fate.duplicate > resend { fate.duplicate = TickAxis.never }
        }
        fate.delivery = again
        fate.ack = ack
        if fate.drop > resend {
            fate.drop = TickAxis.never
            fate.back = TickAxis.never
        }
    }
}

/// Where a partition's devices are: which ones, behind which node, how far away.
struct DevicePlace {
    let seed: UInt64
    /// Index of the first device within its topic; draws go by it, so they do not depend on the layout.
    let first: Int
    let count: Int
    let pace: NodePace
    let ackWithin: Milliseconds
    let roundTripMax: Int64
    let deviceKey: UInt64
    let latencies: [UInt16]
    private let applyTimes = AudienceDraws.applyTimes

    init(seed: UInt64, topic: Topic, devices: Range<Int>, profile: AudienceProfile, pace: NodePace, ackWithin: Milliseconds) {
        self.seed = seed
        first = devices.lowerBound
        count = devices.count
        self.pace = pace
        self.ackWithin = ackWithin
        deviceKey = AudienceDraws.key(seed: seed, topic: topic, sequence: 0)
        let median = Double(max(1, profile.latencyMedian)) * pace.latencyFactor
        latencies = AudienceDraws.latencyFactors.map { UInt16(min(20_000, max(1, median * $0))) }
        roundTripMax = 2 * Int64(latencies[latencies.count - 1]) + Int64(AudienceDraws.applyTimes.last ?? 0) + 64
    }

    func deviceHash(_ local: Int) -> UInt64 { AudienceDraws.hash(deviceKey, first + local) }
    @inline(__always) func oneWay(_ draw: DeviceDraw) -> Int64 { Int64(latencies[draw.latency]) }
    @inline(__always) func applying(_ draw: DeviceDraw) -> Int64 { Int64(applyTimes[draw.apply]) }
    @inline(__always) func roundTrip(_ draw: DeviceDraw) -> Int64 { 2 * oneWay(draw) + applying(draw) }
}

/// How fast a modelled node sends, and how far its devices are.
public struct NodePace: Hashable, Codable, Sendable {
    /// Most devices a second the node sends to.
    public var sendsPerSecond: Double
    /// Multiplies the audience's median latency.
    public var latencyFactor: Double

    public init(sendsPerSecond: Double = 400_000, latencyFactor: Double = 1) {
        self.sendsPerSecond = sendsPerSecond
        self.latencyFactor = latencyFactor
    }
}
