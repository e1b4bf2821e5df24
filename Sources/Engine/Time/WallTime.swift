/// A raw count of milliseconds, where a value has to be written down (schedules, snapshots, wire).
/// Code that computes with time uses `Duration`.
public typealias Milliseconds = Int64

extension Duration {
    public static func milliseconds(_ count: Milliseconds) -> Duration { .milliseconds(Int(count)) }

    /// Whole milliseconds, rounded towards zero.
    public var wholeMilliseconds: Milliseconds {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

/// A moment of civil time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Schedules, positions and the journal are in wall time. The wall clock may step, so nothing that
/// measures how long something took uses it.
public struct WallTime: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }
    public static func + (left: Self, right: Milliseconds) -> Self {
        Self(milliseconds: left.milliseconds + right)
    }
    public static func - (left: Self, right: Milliseconds) -> Self {
        Self(milliseconds: left.milliseconds - right)
    }

    /// Milliseconds from `earlier` to this moment; negative if it is later.
    public func since(_ earlier: WallTime) -> Milliseconds { milliseconds - earlier.milliseconds }

    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-21T20:00:00.000Z`.
    public var description: String {
        let date = CivilDate(daysSince1970: milliseconds.floorDivided(by: 86_400_000))
        return "\(date)T\(clock(withMilliseconds: true))Z"
    }

    /// The time of day in UTC: `20:00:00`, or `20:00:00.000`.
    public func clock(withMilliseconds: Bool = false) -> String {
        let ofDay = milliseconds.floorRemainder(by: 86_400_000)
        let hours = ofDay / 3_600_000, minutes = ofDay / 60_000 % 60, seconds = ofDay / 1000 % 60
        let base = "\(padded(hours, 2)):\(padded(minutes, 2)):\(padded(seconds, 2))"
        return withMilliseconds ? base + ".\(padded(ofDay % 1000, 3))" : base
    }
}

/// A day of the proleptic Gregorian calendar, computed without a library so that it is the same everywhere.
/// The method is Howard Hinnant's `civil_from_days` (https://howardhinnant.github.io/date_algorithms.html).
public struct CivilDate: Hashable, Sendable, CustomStringConvertible {
    public let year: Int64
    public let month: Int64
    public let day: Int64

    public init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    public var description: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
}

extension Int64 {
    func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
    func floorRemainder(by divisor: Int64) -> Int64 { self - floorDivided(by: divisor) * divisor }
}

/// `number` with leading zeros up to `width` digits.
func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
