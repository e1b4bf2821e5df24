import Synchronization

/// How late event loops run: a note is posted to each, and comes back when it gets to it.
///
/// Asked by `TrafficGate` ten times a second. One note at a time is on its way to each place, so a place that is stuck
/// holds one.
public final class LoopProbe: Sendable {
    /// Has something done at a place: an event loop's `execute`.
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
