import DequeModule

/// A bounded cache of things that are expensive to make: jittered lifetimes, one maker for each thing, and what is old
/// may still be given out while it is made anew.
///
/// A value: time comes in, what to do comes out, whoever owns it does the making. The life of an entry:
/// 1. `miss`: nobody has it. The caller makes it and calls `store`, or `giveUp`.
/// 2. `underWay`: it is missing and somebody makes it already; the caller waits for that.
/// 3. `hit`: it is younger than its time to live.
/// 4. `stale`: older, by at most `staleFor`. It is given out; the first to meet it makes it anew (`mustRefresh`).
/// 5. An entry of another `epoch` than asked for (the schedule or the stage has changed) counts as absent.
///
/// Bound: `bytesMax`; what was used longest ago goes first, and a thing larger than a quarter of it is never kept.
struct ExpiringCache<Key: Hashable & Sendable, Item: Sendable>: Sendable {
    enum Answer {
        case hit(Item)
        case stale(Item, mustRefresh: Bool)
        case miss
        case underWay
    }

    let bytesMax: Int
    let staleFor: Duration
    private let jitter: PrefetchJitter
    private(set) var counts = CacheCounts()

    private struct Entry {
        var item: Item
        var bytes: Int
        var epoch: UInt64
        var expires: EngineInstant
        var isRefreshing = false
        var use: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var making: [Key: UInt64] = [:]
    /// Uses, oldest first; a line whose number is not its entry's last use is passed over.
    private var uses = Deque<(key: Key, use: UInt64)>()
    private var useNumber: UInt64 = 0
    /// Counts what was stored, so that an entry draws another lifetime each time.
    private var storeNumber: UInt64 = 0

    init(bytesMax: Int, jitter: PrefetchJitter, staleFor: Duration) {
        self.bytesMax = bytesMax
        self.jitter = jitter
        self.staleFor = staleFor
    }

    /// - Parameter mayRefresh: false: what is old is given out, and nobody is asked to make it anew.
    mutating func look(up key: Key, epoch: UInt64, now: EngineInstant, mayRefresh: Bool = true) -> Answer {
        if let entry = entries[key], entry.epoch == epoch {
            if now < entry.expires {
                touch(key)
                counts.hitCount += 1
                return .hit(entry.item)
            }
            if now - entry.expires < staleFor {
                touch(key)
                counts.staleCount += 1
                let mustRefresh = mayRefresh && !entry.isRefreshing
                if mustRefresh {
                    entries[key]?.isRefreshing = true
                    counts.refreshCount += 1
                }
                return .stale(entry.item, mustRefresh: mustRefresh)
            }
        }
        if making[key] == epoch {
            counts.sharedCount += 1
            return .underWay
        }
        making[key] = epoch
        counts.missCount += 1
        return .miss
    }

    /// Keeps what was made for an epoch, unless something newer is there already.
    mutating func store(_ item: Item, bytes: Int, for key: Key, epoch: UInt64, now: EngineInstant) {
        if making[key] == epoch { making[key] = nil }
        if let old = entries[key] {
            guard old.epoch <= epoch else { return }
            remove(key)
        }
        guard bytes <= bytesMax / 4 else { return }
        storeNumber += 1
        let lifetime = jitter.ttl(for: SeededGenerator.mix(storeNumber))
        entries[key] = Entry(item: item, bytes: bytes, epoch: epoch, expires: now + lifetime, use: 0)
        counts.bytes += bytes
        counts.entryCount = entries.count
        touch(key)
        while counts.bytes > bytesMax, let oldest = oldestUsed() {
            remove(oldest)
            counts.evictedCount += 1
        }
    }

    /// Whether somebody makes it now.
    func isMaking(_ key: Key) -> Bool { making[key] != nil }

    /// The making failed: the next who asks tries again.
    mutating func giveUp(_ key: Key, epoch: UInt64) {
        if making[key] == epoch { making[key] = nil }
        entries[key]?.isRefreshing = false
    }

    private mutating func touch(_ key: Key) {
        useNumber += 1
        entries[key]?.use = useNumber
        uses.append((key, useNumber))
        if uses.count > 4 * entries.count + 64 { uses.removeAll { entries[$0.key]?.use != $0.use } }
    }

    private mutating func remove(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        counts.bytes -= entry.bytes
        counts.entryCount = entries.count
    }

    private mutating func oldestUsed() -> Key? {
        while let line = uses.popFirst() {
            if entries[line.key]?.use == line.use { return line.key }
        }
        return nil
    }
}

/// What a cache has done since the engine's start, and what it holds.
public struct CacheCounts: Hashable, Codable, Sendable {
    public var hitCount = 0
    /// Given out although old, while it was made anew.
    public var staleCount = 0
    public var missCount = 0
    /// Asked for while somebody made it already.
    public var sharedCount = 0
    /// Made anew behind a stale answer.
    public var refreshCount = 0
    /// Thrown out for want of room.
    public var evictedCount = 0
    public var entryCount = 0
    public var bytes = 0

    public init() {}

    /// Everything that was asked.
    public var askedCount: Int { hitCount + staleCount + missCount + sharedCount }
}
