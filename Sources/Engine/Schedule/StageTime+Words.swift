extension StageTime {
    /// The time as plans and the journal write it: `20:00:00Z`, `live + 45 min`, `start + 20 s`, `on cue`.
    public var words: String { words() }

    /// - Parameter withDate: whether a moment is written with its day, `2026-12-25 20:00:00Z`.
    public func words(withDate: Bool = false) -> String {
        switch self {
        case .at(let moment): moment.words(withDate: withDate)
        case .after(let stage, let delay): "\(stage) \(signedDuration(delay))"
        case .afterStart(let delay): "start \(signedDuration(delay))"
        case .onCue: "on cue"
        }
    }
}

extension WallTime {
    /// `20:00:00Z`, with milliseconds only where there are any, with the day if asked for.
    public func words(withDate: Bool = false) -> String {
        let clock = clock(withMilliseconds: milliseconds.floorRemainder(by: 1000) != 0) + "Z"
        guard withDate else { return clock }
        return "\(CivilDate(daysSince1970: milliseconds.floorDivided(by: 86_400_000))) \(clock)"
    }
}

/// A length of time in words, largest unit first, zero units left out: `1 h 30 min`, `45 min`, `500 ms`, `0 s`.
public func durationWords(_ duration: Milliseconds) -> String {
    var rest = duration.magnitude
    var parts: [String] = []
    for (unit, name) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms")]
        as [(UInt64, String)]
    {
        if rest >= unit { parts.append("\(rest / unit) \(name)") }
        rest %= unit
    }
    return (duration < 0 ? "-" : "") + (parts.isEmpty ? "0 s" : parts.joined(separator: " "))
}

/// A move in words: `+30 s`, `-1 h`; empty for none.
public func deltaWords(_ delta: Milliseconds) -> String {
    delta == 0 ? "" : (delta > 0 ? "+" : "") + durationWords(delta)
}

private func signedDuration(_ delay: Milliseconds) -> String {
    (delay < 0 ? "- " : "+ ") + durationWords(delay < 0 ? -delay : delay)
}
