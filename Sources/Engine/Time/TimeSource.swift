import Foundation
import Synchronization

/// Where shells get the time from. The core is handed `Moment`s and never asks.
public protocol TimeSource: Sendable {
    func now() -> Moment
}

/// The clocks of the machine.
public struct SystemTime: TimeSource {
    private let startedAt: UInt64

    /// Engine time starts at the moment of this call.
    public init() { startedAt = DispatchTime.now().uptimeNanoseconds }

    public func now() -> Moment {
        Moment(
            instant: EngineInstant(nanoseconds: Int64(DispatchTime.now().uptimeNanoseconds - startedAt)),
            wall: WallTime(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
        )
    }
}

/// A clock that moves only when told to, for tests.
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
