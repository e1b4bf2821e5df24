/// How a fan-out would run: when how many devices ack, and how long each edge node sends.
///
/// Pure and quick (well below a millisecond for 512 nodes): single waves are laid over each other in slots of
/// 250 ms, and a percentile is then found to the millisecond within its slot.
struct FanOutShape: Hashable, Sendable {
    static let slot: Milliseconds = 250
    /// Slots kept, an hour and a half; what would come later is not foretold.
    static let slotsMax = 21_600

    let population: FanOutPopulation
    let waves: WavePlan
    /// From the timestamp until so many of the connected devices have acked; nil where that lies beyond the slots.
    private(set) var t50: Milliseconds?
    private(set) var t99: Milliseconds?
    private(set) var t999: Milliseconds?
    /// Devices that ack within the second from the beginning of each slot on.
    private(set) var rates: [Int32] = []
    /// How long each group's nodes send, ms.
    private(set) var sendsFor: [Milliseconds] = []

    /// Most devices that ack within one second.
    var peakRate: Int { Int(rates.max() ?? 0) }
    /// When the stage is out: the longest any edge node sends.
    var sendsUntil: Milliseconds { sendsFor.max() ?? 0 }

    init(of population: FanOutPopulation, waves: WavePlan, lags: (DeliveryLags.Key) -> DeliveryLags) {
        self.population = population
        self.waves = waves
        let curves = population.groups.map { WaveCurve($0, waves: waves, lags: lags($0.lags)) }
        sendsFor = curves.map { Milliseconds($0.sendsFor) }
        let acked = Self.ackedBySlot(curves)
        rates = acked.indices.dropLast().map { Int32(acked[min($0 + 4, acked.count - 1)] - acked[$0]) }
        t50 = percentile(0.5, acked, curves)
        t99 = percentile(0.99, acked, curves)
        t999 = percentile(0.999, acked, curves)
    }

    /// Devices acked by the beginning of each slot.
    private static func ackedBySlot(_ curves: [WaveCurve]) -> [Double] {
        let length = min(slotsMax, Int((curves.map(\.end).max() ?? 0) / Double(slot)) + 2)
        var acks = [Double](repeating: 0, count: length)
        for (interval, alike) in Dictionary(grouping: curves, by: \.interval).sorted(by: { $0.key < $1.key }) {
            let single = singleWave(alike, length: length)
            let waves = alike[0].waves
            for wave in 0..<waves {
                let shift = Int((Double(wave) * interval / Double(slot)).rounded())
                guard shift < length else { break }
                for index in 0..<min(single.count, length - shift) { acks[index + shift] += single[index] }
            }
        }
        var sum = 0.0
        return acks.map { count in
            defer { sum += count }
            return sum
        }
    }

    /// Devices of one wave that ack in each slot.
    private static func singleWave(_ curves: [WaveCurve], length: Int) -> [Double] {
        let slots = min(length, Int((curves.map(\.waveEnd).max() ?? 0) / Double(slot)) + 1)
        var single = [Double](repeating: 0, count: slots)
        for curve in curves {
            var before = 0.0
            for index in 0..<slots {
                let now = curve.ackedOfWave(Double(index + 1) * Double(slot))
                single[index] += now - before
                before = now
            }
        }
        return single
    }

    private func percentile(_ share: Double, _ acked: [Double], _ curves: [WaveCurve]) -> Milliseconds? {
        guard population.connected > 0 else { return nil }
        let wanted = Double(population.connected) * share
        guard let slot = acked.firstIndex(where: { $0 >= wanted }) else { return nil }
        var low = Double(max(0, slot - 1)) * Double(Self.slot), high = Double(slot) * Double(Self.slot)
        while high - low > 1 {
            let middle = (low + high) / 2
            if curves.reduce(0, { $0 + $1.acked(middle) }) >= wanted { high = middle } else { low = middle }
        }
        // The audience rounds up to its ticks, and the figures to the upper edge of their bucket; so does the forecast.
        let tick = TickAxis.tick(atMilliseconds: Int64(high), from: 0)
        return LatencyCounts.roundedUp(Int64(tick) * TickAxis.milliseconds)
    }
}

/// One group's acks over time: equal waves, each the same curve, one after the other.
private struct WaveCurve {
    let waves: Int
    /// Between the starts of two waves, ms.
    let interval: Double
    /// How long the sends of a wave take.
    private let span: Double
    private let perWave: Double
    private let lags: DeliveryLags
    /// The first tick after the publication's, and half a tick that acks are rounded up by on average.
    private static let delay = 1.5 * Double(TickAxis.milliseconds)

    init(_ group: FanOutPopulation.Group, waves plan: WavePlan, lags: DeliveryLags) {
        waves = min(max(plan.count, 1), WavePlan.countMax)
        let bursts = ModelledFlight.burstsMax / waves
        let lasts = Double(group.known) / Double(group.nodeCount) / Double(waves) / group.sendsPerSecond * 1000
        interval = max(Double(plan.interval), lasts)
        span = lasts * Double(bursts - 1) / Double(bursts)
        perWave = Double(group.connected) / Double(waves)
        self.lags = lags
    }

    var sendsFor: Double { Double(waves - 1) * interval + span }
    /// Later acks are too few to matter.
    var waveEnd: Double { span + lags.settled }
    var end: Double { Double(waves - 1) * interval + waveEnd }

    func ackedOfWave(_ moment: Double) -> Double { perWave * lags.share(at: moment - Self.delay, sentOver: span) }

    func acked(_ moment: Double) -> Double {
        var sum = 0.0
        for wave in 0..<waves {
            let begun = moment - Double(wave) * interval
            if begun <= 0 { break }
            sum += ackedOfWave(begun)
        }
        return sum
    }
}
