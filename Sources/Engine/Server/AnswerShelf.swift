import GraphQL
import HTTPTypes
import NIOCore
import Synchronization

/// Whole answers, ready for the socket: one maker for each, everybody else waits for it or is given the one before.
///
/// Shared by the HTTP server's tasks. One lock, held for a look; nothing is made under it. Bounds:
/// `PrefetchConfiguration.answerBytesMax` bytes of answers, `waitersMax` requests that wait for one answer (further
/// ones make it themselves).
final class AnswerShelf: Sendable {
    /// What distinguishes answers. The hash is the document's alone: documents are long, and few.
    struct Key: Hashable, Sendable {
        var request: GraphQLRequest
        var documentHash: UInt64
        var cohort: Cohort
        var media: GraphQLMedia
        /// The name by which the answer says where to connect.
        var host: String?
        /// Whether it has recommended rows: false while the lever `drop-rows` is pulled.
        var hasRows = true

        func hash(into hasher: inout Hasher) {
            hasher.combine(documentHash)
            hasher.combine(cohort)
            hasher.combine(media)
        }
    }

    private struct State {
        var cache: ExpiringCache<Key, StoredAnswer>
        var waiters: [Key: [CheckedContinuation<Bool, Never>]] = [:]
    }

    private static let waitersMax = 4096
    private let state: Mutex<State>

    init(_ configuration: PrefetchConfiguration) {
        let jitter = PrefetchJitter(
            ttl: configuration.answerTTL, percent: configuration.jitterPercent,
            seed: SeededGenerator.mix(configuration.seed))
        state = Mutex(State(cache: ExpiringCache(
            bytesMax: configuration.answerBytesMax, jitter: jitter, staleFor: configuration.answerTTL * 10)))
    }

    var counts: CacheCounts { state.withLock { $0.cache.counts } }

    /// The kept answer, or what `make` makes now.
    /// - Parameter mayRefresh: false: an answer past its time is given out as it is, and nobody makes it anew.
    func answer(
        _ key: Key, epoch: UInt64, now: EngineInstant, mayRefresh: Bool = true,
        make: @escaping @Sendable () async -> StoredAnswer
    ) async -> StoredAnswer {
        while true {
            switch state.withLock({ $0.cache.look(up: key, epoch: epoch, now: now, mayRefresh: mayRefresh) }) {
            case .hit(let answer): return answer
            case .stale(let answer, let mustRefresh):
                if mustRefresh { Task.detached { self.keep(await make(), key, epoch: epoch, now: now) } }
                return answer
            case .miss:
                let answer = await make()
                keep(answer, key, epoch: epoch, now: now)
                return answer
            case .underWay:
                guard await waitsForOther(key) else { return await make() }
            }
        }
    }

    /// Returns when the one who makes the answer is done.
    /// - Returns: false at once if too many wait already.
    private func waitsForOther(_ key: Key) async -> Bool {
        await withCheckedContinuation { (done: CheckedContinuation<Bool, Never>) in
            let verdict: Bool? = state.withLock { state in
                guard state.cache.isMaking(key) else { return true }
                guard state.waiters[key, default: []].count < Self.waitersMax else { return false }
                state.waiters[key, default: []].append(done)
                return nil
            }
            if let verdict { done.resume(returning: verdict) }
        }
    }

    private func keep(_ answer: StoredAnswer, _ key: Key, epoch: UInt64, now: EngineInstant) {
        let waiters = state.withLock { state in
            if answer.isKept {
                state.cache.store(answer, bytes: answer.bytes, for: key, epoch: epoch, now: now)
            } else {
                state.cache.giveUp(key, epoch: epoch)
            }
            return state.waiters.removeValue(forKey: key) ?? []
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }
}
