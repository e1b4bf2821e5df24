import Engine

/// How numbers and times are written, everywhere: units next to digits, widths that do not jump, UTC with
/// its Z. Integer arithmetic, so that a figure reads the same on every machine.
enum Format {
    /// A count in at most six columns: `0`, `999`, `1.2 k`, `10.0 M`, `100 M`.
    static func count(_ number: Int) -> String {
        if number < 0 { return "-" + count(-number) }
        switch number {
        case ..<1000: return String(number)
        case ..<999_950: return scaled(number, by: 1000) + " k"
        case ..<999_950_000: return scaled(number, by: 1_000_000) + " M"
        default: return scaled(number, by: 1_000_000_000) + " G"
        }
    }

    /// A count with its thousands apart: `10 000 000`.
    static func exact(_ number: Int) -> String {
        var digits = String(number.magnitude), groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (number < 0 ? "-" : "") + groups.joined(separator: " ")
    }

    /// A share of `whole` to two places, never rounded up to 100 while something is missing: `97.31%`.
    static func percent(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return "-" }
        let hundredths = Int(Double(part) / Double(whole) * 10_000)
        let bounded = part < whole ? min(hundredths, 9999) : hundredths
        return "\(bounded / 100).\(twoDigits(bounded % 100))%"
    }

    /// `00:04:12`; the sign is left to the caller.
    static func clock(_ duration: Milliseconds) -> String {
        let seconds = Int(duration.magnitude / 1000)
        return "\(twoDigits(seconds / 3600)):\(twoDigits(seconds / 60 % 60)):\(twoDigits(seconds % 60))"
    }

    /// The T-clock: `T-00:04:12` before, `T+00:00:07` after, `T- on cue` without a time.
    /// Rounded up before the moment, so that zero is shown when it is reached.
    static func countdown(_ countdown: Milliseconds?) -> String {
        guard let countdown else { return "T- on cue" }
        return countdown >= 0 ? "T-" + clock(countdown + 999) : "T+" + clock(-countdown)
    }

    /// A length of time in words of at most seven columns: `340 ms`, `1.7 s`, `26 s`, `4m12s`, `2h05m`.
    static func duration(_ duration: Milliseconds) -> String {
        if duration < 0 { return "-" + self.duration(-duration) }
        switch duration {
        case ..<1000: return "\(duration) ms"
        case ..<10_000: return "\(duration / 1000).\(duration / 100 % 10) s"
        case ..<60_000: return "\(duration / 1000) s"
        case ..<3_600_000: return "\(duration / 60_000)m\(twoDigits(Int(duration / 1000 % 60)))s"
        default: return "\(duration / 3_600_000)h\(twoDigits(Int(duration / 60_000 % 60)))m"
        }
    }

    static func duration(_ value: Milliseconds?) -> String { value.map { duration($0) } ?? "-" }

    /// A change of time: `+30 s`, `-1m30s`, `+0 s`.
    static func delta(_ change: Milliseconds) -> String {
        let sign = change < 0 ? "-" : "+", size = Milliseconds(change.magnitude)
        if size < 60_000, size % 1000 == 0 { return "\(sign)\(size / 1000) s" }
        return sign + duration(size)
    }

    /// How long ago, roughly: `now`, `4 s`, `3 min`, `2 h`, `5 d`.
    static func age(_ milliseconds: Milliseconds) -> String {
        switch milliseconds {
        case ..<1000: "now"
        case ..<60_000: "\(milliseconds / 1000) s"
        case ..<3_600_000: "\(milliseconds / 60_000) min"
        case ..<86_400_000: "\(milliseconds / 3_600_000) h"
        default: "\(milliseconds / 86_400_000) d"
        }
    }

    /// The time of day in UTC: `20:55:48Z`.
    static func time(_ moment: WallTime) -> String { moment.clock() + "Z" }

    /// The day in UTC: `Sat 12 Sep`.
    static func day(_ moment: WallTime) -> String {
        let days = Int64((Double(moment.milliseconds) / 86_400_000).rounded(.down))
        let date = CivilDate(daysSince1970: days)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(((days % 7) + 7) % 7)]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(weekday) \(date.day) \(months[Int(date.month) - 1])"
    }

    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1024: "\(count) B"
        case ..<(1024 * 1024): scaled(count, by: 1024) + " KiB"
        case ..<(1024 * 1024 * 1024): scaled(count, by: 1024 * 1024) + " MiB"
        default: scaled(count, by: 1024 * 1024 * 1024) + " GiB"
        }
    }

    static func tier(_ tier: Tier) -> String {
        switch tier {
        case .low: "LOW"
        case .high: "HIGH"
        case .bigBet: "BIG BET"
        }
    }

    /// The mark that stands before whatever has this severity; two columns.
    static func mark(_ severity: Severity) -> String {
        switch severity {
        case .critical: "!!"
        case .warn: "! "
        case .info: ". "
        case .calm: "  "
        }
    }

    static func style(_ severity: Severity) -> Style {
        switch severity {
        case .critical: .critical
        case .warn: .warn
        case .info, .calm: .plain
        }
    }

    /// `12.3`, and `123` from a hundred on.
    private static func scaled(_ number: Int, by unit: Int) -> String {
        let tenths = (number * 10 + unit / 2) / unit
        return tenths >= 1000 ? String((number + unit / 2) / unit) : "\(tenths / 10).\(tenths % 10)"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
