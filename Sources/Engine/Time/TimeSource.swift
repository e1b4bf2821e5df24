import Foundation

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
