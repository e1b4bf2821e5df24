public import Engine

/// The night all fixtures happen in: Saturday 21 November 2026, UTC.
public enum Tonight {
    private static let midnight = WallTime(milliseconds: 1_795_219_200_000)

    /// A moment of that day; `hour` may pass 23 (the next day) or be negative (the day before).
    public static func at(_ hour: Int64, _ minute: Int64, _ second: Int64 = 0, _ millisecond: Int64 = 0) -> WallTime {
        midnight + (((hour * 60 + minute) * 60 + second) * 1000 + millisecond)
    }
}
