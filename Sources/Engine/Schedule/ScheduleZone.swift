import Foundation

/// The zone in which a live event's times are written: local clock times in, wall time out.
///
/// The only file that asks Foundation for the rules of time zones.
struct ScheduleZone {
    let name: String
    private let rules: TimeZone

    static let utc = ScheduleZone(name: "UTC", rules: .gmt)

    private init(name: String, rules: TimeZone) {
        self.name = name
        self.rules = rules
    }

    /// - Throws: a fault if `name` is no zone of the IANA database.
    init(named name: String) throws(TextFault) {
        if name == "UTC" {
            self = .utc
            return
        }
        // Abbreviations such as CST mean several zones, and fixed offsets know no summer time.
        let known = TimeZone.knownTimeZoneIdentifiers
        guard name.contains("/"), known.contains(name), let rules = TimeZone(identifier: name) else {
            let guess = nearest(to: name, in: known)
            throw TextFault(
                "\(quoted(name)) is no time zone", "write \(guess ?? "an IANA name such as Europe/Berlin, or UTC")")
        }
        self.init(name: name, rules: rules)
    }

    /// The moment at which clocks in the zone show `local`, given as if it were UTC.
    ///
    /// - Throws: a fault that names the two moments it may mean, where clocks are set forward past it or back over it.
    func moment(ofLocal local: WallTime, written text: String) throws(TextFault) -> WallTime {
        // The offsets in force a day before and after: no zone changes twice within two days.
        let before = offset(at: local - 86_400_000), after = offset(at: local + 86_400_000)
        let candidates = before == after ? [local - before] : [local - before, local - after]
        let valid = candidates.filter { $0 + offset(at: $0) == local }
        if valid.count == 1 { return valid[0] }
        let readings = "\(written(local, offset: before)) or \(written(local, offset: after))"
        throw TextFault(
            valid.isEmpty
                ? "\(quoted(text)) does not exist in \(name), clocks are set forward past it"
                : "\(quoted(text)) comes twice in \(name), clocks are set back over it",
            "write \(readings)")
    }

    private func offset(at moment: WallTime) -> Milliseconds {
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds.floorDivided(by: 1000)))
        return Milliseconds(rules.secondsFromGMT(for: date)) * 1000
    }

    /// `2027-03-28T02:30:00+01:00`
    private func written(_ local: WallTime, offset: Milliseconds) -> String {
        let minutes = offset.magnitude / 60_000
        let sign = offset < 0 ? "-" : "+"
        return
            "\(local.description.prefix(19))\(sign)\(padded(Int64(minutes / 60), 2)):\(padded(Int64(minutes % 60), 2))"
    }
}
