/// Counts of durations in log-linear buckets: mergeable, sparse on the wire, constant in memory.
///
/// The buckets are those of HdrHistogram with 5 significant bits: exact up to 32 ms, then 16 buckets an
/// octave, so a percentile is at most 1/16 too high. Longest duration: 2^31 ms (24 days); longer ones count
/// as that. What this keeps over the library's own type is a `Codable` form of a few bytes: it crosses
/// the bus four times a second for every edge node.
public struct LatencyCounts: Hashable, Sendable {
    /// Counts by bucket; trailing zeros are not kept.
    private var counts: [UInt32] = []
    public private(set) var total = 0
    public private(set) var maximum: Milliseconds = 0

    public init() {}

    /// Adds `count` occurrences of `duration` (negative counts as 0). A bucket holds 4.2 thousand million at most.
    public mutating func record(_ duration: Milliseconds, count: Int = 1) {
        guard count > 0 else { return }
        let duration = min(max(duration, 0), Self.longest), bucket = Self.bucket(of: duration)
        if bucket >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: bucket + 1 - counts.count))
        }
        add(count, to: bucket)
        maximum = max(maximum, duration)
    }

    public mutating func merge(_ other: LatencyCounts) {
        if counts.isEmpty {
            self = other
            return
        }
        if other.counts.count > counts.count {
            counts.append(contentsOf: repeatElement(0, count: other.counts.count - counts.count))
        }
        for bucket in other.counts.indices where other.counts[bucket] > 0 {
            add(Int(other.counts[bucket]), to: bucket)
        }
        maximum = max(maximum, other.maximum)
    }

    private mutating func add(_ count: Int, to bucket: Int) {
        let sum = min(Int(counts[bucket]) + min(count, Int(UInt32.max)), Int(UInt32.max))
        total += sum - Int(counts[bucket])
        counts[bucket] = UInt32(sum)
    }

    /// The duration within which `rank` occurrences lie, counted from the shortest; nil while there are fewer.
    public func duration(atRank rank: Int) -> Milliseconds? {
        guard rank > 0, rank <= total else { return nil }
        var seen = 0
        for (bucket, count) in counts.enumerated() {
            seen += Int(count)
            if seen >= rank { return min(Self.upperEdge(of: bucket), maximum) }
        }
        return maximum
    }

    /// The duration within which `share` (0...1) of the occurrences lie; nil while there are none.
    public func percentile(_ share: Double) -> Milliseconds? {
        duration(atRank: Self.rank(of: share, in: total))
    }

    /// How many of `total` make up `share` of them, rounded up, at least one. A product that misses a whole
    /// number by a rounding error counts as that number.
    static func rank(of share: Double, in total: Int) -> Int {
        let exact = (share.isNaN ? 0 : min(max(share, 0), 1)) * Double(total)
        return max(1, Int((exact - 1e-6).rounded(.up)))
    }

    /// Counts in buckets that double: [0, 0.5 s), [0.5, 1), [1, 2), … the last one open.
    public func doublingBuckets(count: Int = 9) -> [Int] {
        var result = [Int](repeating: 0, count: count)
        for (bucket, occurrences) in counts.enumerated() where occurrences > 0 {
            var edge: Milliseconds = 500, index = 0
            while index < count - 1, Self.lowerEdge(of: bucket) >= edge {
                edge *= 2
                index += 1
            }
            result[index] += Int(occurrences)
        }
        return result
    }

    private static let longest: Milliseconds = 1 << 31
    private static let bucketsMax = bucket(of: longest) + 1
    private static let linear = 32
    private static let perOctave = 16

    private static func bucket(of duration: Milliseconds) -> Int {
        let value = Int(duration)
        guard value >= linear else { return value }
        let octave = value.bitWidth - value.leadingZeroBitCount - 6
        return linear + octave * perOctave + ((value >> (octave + 1)) - perOctave)
    }

    private static func lowerEdge(of bucket: Int) -> Milliseconds {
        guard bucket >= linear else { return Milliseconds(bucket) }
        let octave = (bucket - linear) / perOctave, step = (bucket - linear) % perOctave
        return Milliseconds((perOctave + step) << (octave + 1))
    }

    /// As a percentile of durations like this one reads: the upper edge of its bucket.
    static func roundedUp(_ duration: Milliseconds) -> Milliseconds {
        upperEdge(of: bucket(of: min(max(duration, 0), longest)))
    }

    private static func upperEdge(of bucket: Int) -> Milliseconds { lowerEdge(of: bucket + 1) - 1 }
}

extension LatencyCounts: Codable {
    /// Pairs of (bucket, count), then the maximum.
    /// - Throws: `DecodingError` for a bucket that does not exist or a missing maximum.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        while true {
            let number = try container.decode(Int64.self)
            guard !container.isAtEnd else {
                maximum = min(max(number, maximum), Self.longest)
                return
            }
            guard (0..<Int64(Self.bucketsMax)).contains(number) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "bucket \(number) is outside 0..<\(Self.bucketsMax)")
            }
            record(Self.lowerEdge(of: Int(number)), count: Int(try container.decode(UInt32.self)))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        for (bucket, count) in counts.enumerated() where count > 0 {
            try container.encode(bucket)
            try container.encode(count)
        }
        try container.encode(maximum)
    }
}
