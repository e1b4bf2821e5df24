/// Reads the four ways in which a schedule says when a stage starts.
///
/// 1. `2026-12-25T18:00`, in the event's zone; or with `Z` or an offset.
/// 2. `in 20s`: so long after the engine began this run of show.
/// 3. `live + 45m`: so long after another stage.
/// 4. `on cue`: when an operator takes it.
enum StageTimeText {
    /// Longest time between a stage and what it is counted from.
    static let delayMax: Milliseconds = 7 * 86_400_000

    static let remedy = "write 2026-12-25T18:00, in 20s, live + 45m or on cue"

    /// - Parameter zone: nil if the event's zone could not be read; then local times count as UTC.
    static func parse(_ text: String, zone: ScheduleZone?) throws(TextFault) -> StageTime {
        if text == "on cue" { return .onCue }
        if text.hasPrefix("in ") {
            return .afterStart(try QuantityText.duration(String(text.dropFirst(3)), in: 0...delayMax))
        }
        if text.contains("+"), text.first?.isLetter == true {
            let parts = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
            let delay = try QuantityText.duration(String(parts[1].drop { $0 == " " }), in: 0...delayMax)
            return .after(StageKey(parts[0].filter { $0 != " " }), delay)
        }
        if text.first?.isLetter == true, text.contains(" - ") {
            throw TextFault(
                "\(quoted(text)) counts back from a stage",
                "write the earlier stage's own time, and the later one as 'earlier + 10m'")
        }
        guard text.first?.isNumber == true else { throw TextFault("\(quoted(text)) is no time", remedy) }
        return .at(try moment(text, zone: zone))
    }

    /// RFC 3339 with or without offset, seconds and milliseconds.
    private static func moment(_ text: String, zone: ScheduleZone?) throws(TextFault) -> WallTime {
        var rest = text[...]
        func fault() -> TextFault { TextFault("\(quoted(text)) is no time", remedy) }
        func number(_ digits: Int) -> Int64? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            return Int64(part)
        }
        func skip(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
            skip("T") || skip(" "), let hour = number(2), skip(":"), let minute = number(2)
        else { throw fault() }
        var second: Int64 = 0, thousandths: Int64 = 0
        if skip(":") {
            guard let seconds = number(2) else { throw fault() }
            second = seconds
            if skip(".") {
                guard let value = number(3) else { throw fault() }
                thousandths = value
            }
        }
        guard let date = CivilDate(year: year, month: month, day: day) else {
            throw TextFault(
                "\(quoted(text)) is no day of the calendar", "write a day between 2000-01-01 and 2100-12-31")
        }
        guard hour < 24, minute < 60, second < 60 else {
            throw noTimeOfDay(text, isLeapSecond: hour < 24 && minute < 60 && second == 60)
        }
        let local = WallTime(
            milliseconds: date.daysSince1970 * 86_400_000 + (hour * 3600 + minute * 60 + second) * 1000 + thousandths)
        if rest.isEmpty { return try (zone ?? .utc).moment(ofLocal: local, written: text) }
        if rest == "Z" { return local }
        let sign: Int64 = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), rest.isEmpty,
            hours <= 14, minutes < 60
        else { throw fault() }
        return local - sign * (hours * 60 + minutes) * 60_000
    }

    private static func noTimeOfDay(_ text: String, isLeapSecond: Bool) -> TextFault {
        TextFault(
            "\(quoted(text)) is no time of day",
            isLeapSecond
                ? "write second 59, leap seconds are not counted" : "write hours 00 to 23, minutes and seconds 00 to 59"
        )
    }
}

extension CivilDate {
    /// The day, if the calendar has it and it lies in the years 2000 to 2100.
    init?(year: Int64, month: Int64, day: Int64) {
        guard (2000...2100).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        let date = CivilDate(daysSince1970: Self.days(year: year, month: month, day: day))
        guard date.month == month, date.day == day else { return nil }
        self = date
    }

    var daysSince1970: Int64 { Self.days(year: year, month: month, day: day) }

    /// Howard Hinnant's `days_from_civil` (https://howardhinnant.github.io/date_algorithms.html).
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
