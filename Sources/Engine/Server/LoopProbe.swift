import NIOCore
import NIOPosix
import Synchronization

/// How late event loops and the tasks' pool run: a note is posted to each, and comes back when they get to it.
///
/// Asked by `TrafficGate` ten times a second. One note at a time is on its way to each place, so a place that is stuck holds one.
public final class LoopProbe: Sendable {
    /// Has something done at a place: an event loop's `execute`, a task.
    public typealias Post = @Sendable (@escaping @Sendable () -> Void) -> Void

    private struct Place {
        let post: Post
        /// Since when a note is on its way.
        var posted: EngineInstant?
        /// How long the last one took, ms.
        var delay: Milliseconds = 0
    }

    private let places: Mutex<[Place]>
    private let time: any TimeSource

    public init(_ posts: [Post], time: any TimeSource) {
        places = Mutex(posts.map { Place(post: $0) })
        self.time = time
    }

    /// The places of HTTP servers: their event loops, and the pool of the tasks that answer.
    /// - Parameter liveLoops: of the live lane, where it has its own.
    public static func servers(liveLoops: HTTPLoops?, time: any TimeSource) -> LoopProbe {
        let groups = [HTTPLoops(), liveLoops].compactMap { $0?.group }
        let loops: [Post] = groups.flatMap { $0.makeIterator().map { loop -> Post in { note in loop.execute(note) } } }
        let pool: Post = { note in _ = Task.detached(priority: .medium) { note() } }
        return LoopProbe(loops + [pool], time: time)
    }

    /// The longest delay, of notes that are still on their way too; posts the next ones.
    public func delay() -> Milliseconds {
        let now = time.now().instant
        let (worst, idle) = places.withLock { places in
            var worst: Milliseconds = 0
            var idle: [(index: Int, post: Post)] = []
            for index in places.indices {
                if let posted = places[index].posted {
                    worst = max(worst, (now - posted).wholeMilliseconds)
                } else {
                    places[index].posted = now
                    idle.append((index, places[index].post))
                }
                worst = max(worst, places[index].delay)
            }
            return (worst, idle)
        }
        for (index, post) in idle { post { [weak self] in self?.cameBack(index) } }
        return worst
    }

    private func cameBack(_ index: Int) {
        let now = time.now().instant
        places.withLock { places in
            guard let posted = places[index].posted else { return }
            places[index].delay = (now - posted).wholeMilliseconds
            places[index].posted = nil
        }
    }
}
