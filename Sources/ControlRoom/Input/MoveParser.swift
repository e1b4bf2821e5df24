import Engine

/// Reads how far or to when a stage is to be moved, as operators type it: `+30s`, `-1m`, `+1h30m`, `45`
/// (seconds), `21:05`, `21:05:00Z`, `T+2m` (from its present time).
enum MoveParser {
    struct Failure: Error, Hashable { var sentence: String }

    /// - Parameter now: a time of day means its next occurrence, or one of the last twelve hours.
    static func parse(_ text: String, now: WallTime) -> Result<Move, Failure> {
        let trimmed = text.trimmingPrefix { $0 == " " }
        var rest = String(trimmed.reversed().trimmingPrefix { $0 == " " }.reversed()).uppercased()
        if rest.contains(":") { return timeOfDay(rest, now: now) }
        if rest.hasPrefix("T+") || rest.hasPrefix("T-") { rest.removeFirst() }
        var sign: Milliseconds = 1
        if let first = rest.first, first == "+" || first == "-" {
            sign = first == "-" ? -1 : 1
            rest.removeFirst()
        }
        guard let length = length(rest), length > 0 else { return .failure(unreadable(text)) }
        guard length <= 86_400_000 else {
            return .failure(Failure(sentence: "‘\(text)’ moves by more than a day: edit the schedule file for that"))
        }
        return .success(.by(sign * length))
    }

    /// `30s`, `1h30m`, `45` (seconds).
    private static func length(_ text: String) -> Milliseconds? {
        if text.isEmpty { return nil }
        var total: Milliseconds = 0, digits = ""
        for character in text where character != " " {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            let units: [Character: Milliseconds] = ["S": 1000, "M": 60_000, "H": 3_600_000]
            guard digits.count <= 6, let number = Milliseconds(digits), let unit = units[character] else { return nil }
            total += number * unit
            digits = ""
        }
        if digits.isEmpty { return total }
        guard total == 0, digits.count <= 6, let seconds = Milliseconds(digits) else { return nil }
        return seconds * 1000
    }

    /// `03:14`, `3:14:31Z` as milliseconds since midnight; nil if it is no time of day.
    static func clock(_ text: String) -> Milliseconds? {
        guard text.contains(":") else { return nil }
        let parts = (text.uppercased().hasSuffix("Z") ? String(text.dropLast()) : text).split(
            separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.count <= 2 && $0.allSatisfy(\.isASCII) ? Int64($0) : nil }
        guard numbers.count == parts.count, (2...3).contains(numbers.count), (0..<24).contains(numbers[0]),
            numbers.dropFirst().allSatisfy({ (0..<60).contains($0) })
        else { return nil }
        return (numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)) * 1000
    }

    private static func timeOfDay(_ text: String, now: WallTime) -> Result<Move, Failure> {
        guard let ofDay = clock(text) else { return .failure(unreadable(text)) }
        let midnight = now.milliseconds - ((now.milliseconds % 86_400_000) + 86_400_000) % 86_400_000
        var moment = WallTime(milliseconds: midnight + ofDay)
        if moment.since(now) < -43_200_000 { moment = moment + 86_400_000 }
        return .success(.to(moment))
    }

    private static func unreadable(_ text: String) -> Failure {
        Failure(sentence: "‘\(text)’ is no time: type +30s, -1m, +1h, 21:05 or 21:05:00Z (UTC)")
    }
}
