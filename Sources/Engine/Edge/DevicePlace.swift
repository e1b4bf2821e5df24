/// Where a partition's devices are: which ones, behind which node, how far away.
struct DevicePlace {
    let seed: UInt64
    /// Index of the first device within its topic; draws go by it, so they do not depend on the layout.
    let first: Int
    let count: Int
    let pace: NodePace
    let ackWithin: Milliseconds
    /// There and back and applying takes no device longer while nothing is slow, ms.
    let roundTripMax: Int64
    let deviceKey: UInt64
    /// One way, ms, by `DeviceDraw.latency`.
    let latencies: [UInt16]
    let applyTimes = AudienceDraws.applyTimes
    let reconnectTimes = AudienceDraws.reconnectTimes

    /// The longest a slow build takes to apply a stage, ms.
    static let applyMax: Int64 = 15_000

    init(
        seed: UInt64, topic: Topic, devices: Range<Int>, profile: AudienceProfile, pace: NodePace,
        ackWithin: Milliseconds
    ) {
        self.seed = seed
        first = devices.lowerBound
        count = devices.count
        self.pace = pace
        self.ackWithin = ackWithin
        deviceKey = AudienceDraws.key(seed: seed, topic: topic, sequence: 0)
        let median = Double(max(1, profile.latencyMedian)) * pace.latencyFactor
        latencies = AudienceDraws.latencyFactors.map { UInt16(min(20_000, max(1, median * $0))) }
        roundTripMax = 2 * Int64(latencies[latencies.count - 1]) + Self.applyMax + 64
    }

    /// Everything about a device that is the same in every broadcast: its build, what it has fetched, whether it knows
    /// a stage.
    func deviceHash(_ local: Int) -> UInt64 { AudienceDraws.hash(deviceKey, first + local) }

    /// Which wave it is in, evenly spread. A Weyl sequence: every stretch of devices has its share of every wave.
    @inline(__always)
    func waveDraw(_ local: Int) -> UInt32 {
        UInt32(
            truncatingIfNeeded: (deviceKey &+ UInt64(truncatingIfNeeded: first &+ local) &* AudienceDraws.golden) >> 32)
    }

    @inline(__always) func oneWay(_ draw: DeviceDraw) -> Int64 { Int64(latencies[draw.latency]) }

    @inline(__always)
    func applying(_ draw: DeviceDraw, isSlow: Bool) -> Int64 {
        let usual = Int64(applyTimes[draw.apply])
        return isSlow ? min(usual * DeviceCatalogue.slowness, Self.applyMax) : usual
    }
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
