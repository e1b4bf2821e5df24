/// A moment of the monotonic clock: nanoseconds since the engine started. Never steps.
///
/// Everything that waits or measures uses it; only `TimeSource` relates it to wall time.
public struct EngineInstant: Hashable, Comparable, Codable, Sendable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let start = EngineInstant(nanoseconds: 0)
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    public static func + (left: Self, right: Duration) -> Self {
        Self(nanoseconds: left.nanoseconds + right.wholeNanoseconds)
    }
    public static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

extension Duration {
    var wholeNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

/// Both clocks read at once. The core is handed one and never reads a clock itself.
public struct Moment: Hashable, Codable, Sendable {
    public var instant: EngineInstant
    public var wall: WallTime

    public init(instant: EngineInstant, wall: WallTime) {
        self.instant = instant
        self.wall = wall
    }

    /// When the wall clock, running on as it does now, will show `wall`.
    public func instant(at wall: WallTime) -> EngineInstant {
        instant + .milliseconds(wall.since(self.wall))
    }

    /// What the wall clock, running on as it does now, will show at `instant`.
    public func wall(at instant: EngineInstant) -> WallTime {
        wall + (instant - self.instant).wholeMilliseconds
    }
}
