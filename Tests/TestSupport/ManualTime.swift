public import Engine
import Synchronization

/// A clock that moves only when told to.
public final class ManualTime: TimeSource {
    private let moment: Mutex<Moment>

    public init(wall: WallTime) { moment = Mutex(Moment(instant: .start, wall: wall)) }

    public func now() -> Moment { moment.withLock { $0 } }

    /// Both clocks run on by `duration`.
    public func advance(by duration: Duration) {
        moment.withLock {
            $0 = Moment(instant: $0.instant + duration, wall: $0.wall + duration.wholeMilliseconds)
        }
    }
}
