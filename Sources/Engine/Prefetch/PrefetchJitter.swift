/// Draws times to live, so that what was stored together does not expire together.
///
/// Each is drawn evenly from TTL ± share, from a hash of who it is for: "jitter" as in Marc Brooker, "Exponential
/// Backoff And Jitter" (AWS Architecture Blog, 2015,
/// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), applied to cache lifetimes on servers
/// and devices as Netflix does for live events ("Behind the Streams: Real-Time Recommendations for Live Events Part 3",
/// 2025). The same name draws the same time, so a run repeats.
public struct PrefetchJitter: Hashable, Sendable {
    /// Time to live in the middle.
    public var ttl: Duration
    /// 0...90 per cent of it, to both sides.
    public var percent: Int
    public var seed: UInt64

    public init(ttl: Duration, percent: Int = CacheRefresh.standardJitter, seed: UInt64) {
        self.ttl = ttl
        self.percent = min(max(percent, 0), 90)
        self.seed = seed
    }

    /// The time to live for a hash.
    func ttl(for hash: UInt64) -> Duration {
        let base = ttl.wholeMilliseconds, spread = base * Milliseconds(percent) / 100
        guard spread > 0 else { return ttl }
        let draw = SeededGenerator.mix(hash ^ SeededGenerator.mix(seed)) % UInt64(2 * spread + 1)
        return .milliseconds(base - spread + Milliseconds(draw))
    }

    /// The time to live of what a device holds, whole seconds, at least one.
    func seconds(forDevice id: String) -> Int {
        max(1, Int(ttl(for: KnownDevices.hash(of: id)).wholeMilliseconds / 1000))
    }
}
