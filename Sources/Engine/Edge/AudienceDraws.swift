/// The shapes from which modelled devices draw: how long a delivery takes, how long somebody stays away.
///
/// Everything is a table of quantiles indexed by bits of a hash, made with the four IEEE operations only, so
/// the same seed gives the same audience on any machine. The shapes are log-logistic: like
/// log-normal ones, with a slightly heavier tail, and in closed form.
enum AudienceDraws {
    static let latencyBits = 12, applyBits = 10
    /// Shares (loss, drop, offline) are compared with this many equal parts.
    static let shareParts: UInt32 = 1 << 14
    static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Share of deliveries after which the connection ends before the ack.
    static let dropShare = 0.003
    /// Sends of one publication to one device, the first included; then its connection counts as dead.
    static let triesMax = 5

    /// One way from edge node to device, as a factor of the median.
    static let latencyFactors = (0..<(1 << latencyBits)).map { logLogistic($0, of: 1 << latencyBits, shape: 0.28) }
    /// Receiving to applied, ms: 40 ms in the middle, one device in fifty between 0.4 s and 5 s.
    static let applyTimes: [UInt16] = (0..<(1 << applyBits)).map {
        UInt16(min(5000, 40 * logLogistic($0, of: 1 << applyBits, shape: 0.6)))
    }
    /// How long a device is away, and after what time a present one leaves, ms: 3 min in the middle, up to hours.
    static let awayTimes: [UInt32] = (0..<Int(shareParts)).map {
        UInt32(500 + min(21_000_000, 180_000 * logLogistic($0, of: Int(shareParts), shape: 0.9)))
    }
    /// From a connection that broke to its device's return, ms: 4 s in the middle, jittered, at most 60 s.
    static let reconnectTimes: [UInt32] = (0..<1024).map {
        UInt32(500 + min(59_500, 3500 * logLogistic($0, of: 1024, shape: 0.6)))
    }
    /// Seconds from the start of following until a device has fetched the event ahead; the last few never do.
    /// 60 % hold it from before, 95 % after half a minute, 99 % after a minute.
    static let prefetchSeconds: [UInt16] = (0..<4096).map { index in
        let share = (Double(index) + 0.5) / 4096
        if share < 0.6 { return 0 }
        if share >= 0.995 { return .max }
        return UInt16(-12 * naturalLogarithm((0.995 - share) / 0.395) + 1)
    }

    /// A share (0...1) as a number of equal parts.
    static func parts(_ share: Double) -> UInt32 {
        share.isNaN ? 0 : UInt32((min(max(share, 0), 1) * Double(shareParts)).rounded())
    }

    /// A key for all draws of one kind within one topic.
    static func key(seed: UInt64, topic: Topic, sequence: Int64) -> UInt64 {
        var hash = SeededGenerator.mix(seed &+ golden)
        for byte in topic.rawValue.utf8 { hash = SeededGenerator.mix(hash ^ UInt64(byte)) }
        return SeededGenerator.mix(hash &+ UInt64(bitPattern: sequence) &* golden)
    }

    /// The draw of one device under a key.
    @inline(__always)
    static func hash(_ key: UInt64, _ device: Int) -> UInt64 {
        SeededGenerator.mix(key &+ UInt64(truncatingIfNeeded: device) &* golden)
    }

    private static func logLogistic(_ index: Int, of count: Int, shape: Double) -> Double {
        let share = (Double(index) + 0.5) / Double(count)
        return exponential(shape * naturalLogarithm(share / (1 - share)))
    }

    /// ln by halving and the series of 2·artanh; libm's last digit differs between machines.
    private static func naturalLogarithm(_ value: Double) -> Double {
        let ratio = (value.significand - 1) / (value.significand + 1), square = ratio * ratio
        var term = ratio, sum = 0.0
        for odd in stride(from: 1.0, through: 31, by: 2) {
            sum += term / odd
            term *= square
        }
        return 2 * sum + Double(value.exponent) * 0.693_147_180_559_945_3
    }

    private static func exponential(_ value: Double) -> Double {
        let small = value / 64
        var term = 1.0, sum = 1.0
        for index in 1...12 {
            term *= small / Double(index)
            sum += term
        }
        for _ in 0..<6 { sum *= sum }
        return sum
    }
}

/// What one 64-bit hash says about one device and one broadcast, field by field.
struct DeviceDraw {
    let hash: UInt64
    @inline(__always) init(_ hash: UInt64) { self.hash = hash }

    @inline(__always) var latency: Int { Int(hash & 4095) }
    @inline(__always) var apply: Int { Int(hash >> 12 & 1023) }
    @inline(__always) var loss: UInt32 { UInt32(truncatingIfNeeded: hash >> 22) & 16383 }
    @inline(__always) var drop: UInt32 { UInt32(truncatingIfNeeded: hash >> 36) & 16383 }
    /// When an absent device returns, or whether and when a present one leaves.
    @inline(__always) var presence: UInt32 { UInt32(truncatingIfNeeded: hash >> 50) }
}
