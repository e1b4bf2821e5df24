import Synchronization

/// Where the engine leaves its newest picture, and whoever draws it fetches it: a box for one value
/// behind a lock held for one assignment. A reader that is slow skips pictures; the engine never waits.
public final class SnapshotBox: Sendable {
    private let newest = Mutex<EngineSnapshot?>(nil)

    public init() {}

    /// The newest picture; nil before the first.
    public var snapshot: EngineSnapshot? { newest.withLock { $0 } }

    /// Replaces the picture.
    public func put(_ snapshot: EngineSnapshot) { newest.withLock { $0 = snapshot } }
}
