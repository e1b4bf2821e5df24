import Engine

/// What the Traffic screen says, in words and cells.
enum TrafficModel {
    /// One sentence on whether shedding works.
    static func verdict(_ report: TrafficReport) -> (text: String, style: Style) {
        if report.isCongested { return ("CONGESTIVE FAILURE: more is asked and less gets done. Pull a lever (L) or refuse BULK (o)", .critical) }
        let offered = report.buckets.reduce(0) { $0 + $1.offeredPerSecond }
        let admitted = report.buckets.reduce(0) { $0 + $1.admittedPerSecond }
        guard offered > admitted else { return ("everything is admitted", .good) }
        return ("\(Format.count(admitted))/s of \(Format.count(offered))/s admitted: shedding works, no congestive failure", .plain)
    }

    /// The classes that make up a bucket now, most first.
    static func classes(of bucket: PriorityBucket, _ report: TrafficReport) -> String {
        let found = report.classes.filter { $0.requestClass.bucket == bucket && $0.offered > 0 }
            .sorted { ($1.offeredPerSecond, $0.requestClass.rawValue) < ($0.offeredPerSecond, $1.requestClass.rawValue) }
        return found.isEmpty ? "-" : found.map(\.requestClass.rawValue).joined(separator: ", ")
    }

    /// Share of all requests since the start that were answered.
    static func availability(_ bucket: BucketReport) -> String {
        bucket.offered == 0 ? "-" : Format.percent(bucket.offered - bucket.refused, of: bucket.offered)
    }

    static func latency(_ microseconds: Int?) -> String {
        guard let microseconds else { return "-" }
        return microseconds < 10_000 ? "\(microseconds / 1000).\(microseconds / 100 % 10) ms" : "\(microseconds / 1000) ms"
    }

    static func override(_ override: BucketOverride?, now: WallTime) -> TableCell {
        guard let override else { return "-" }
        let left = max(0, override.until.since(now))
        return TableCell("keep \(override.kept)% \(Format.clock(left))", left < 60_000 ? .warn : .hold)
    }

    static func ratio(_ line: KnockOnReport) -> TableCell {
        guard let ratio = line.ratio else { return TableCell(line.now == 0 ? "-" : "new", line.isKnockedOn ? .warn : .plain) }
        return TableCell("\(ratio / 100).\(ratio / 10 % 10)x\(line.isKnockedOn ? " !" : "")", line.isKnockedOn ? .warn : .plain)
    }

    /// `surge since 20:59:52Z: 24100 requests/s, above 20000`
    static func rulesets(_ report: TrafficReport) -> String {
        guard !report.active.isEmpty else { return "no ruleset is on" }
        return report.active.map { "\($0.ruleset) since \($0.since.clock())Z: \($0.why)" }.joined(separator: " · ")
    }
}
