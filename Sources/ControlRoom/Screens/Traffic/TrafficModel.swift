import Engine

/// What the Traffic screen says, in words and cells.
enum TrafficModel {
    /// One sentence on whether shedding works.
    static func verdict(_ report: TrafficReport) -> (text: String, style: Style) {
        if report.isCongested {
            return (
                "CONGESTIVE FAILURE: more is asked and less gets done. Pull a lever (L) or refuse BULK (o)", .critical
            )
        }
        let offered = report.buckets.reduce(0) { $0 + $1.offeredPerSecond }
        let admitted = report.buckets.reduce(0) { $0 + $1.admittedPerSecond }
        guard offered > admitted else { return ("everything is admitted", .good) }
        return (
            "\(Format.count(admitted))/s of \(Format.count(offered))/s admitted: shedding works, no congestive failure",
            .plain
        )
    }

    /// The classes that make up a bucket by the rules in force, most first.
    static func classes(of bucket: BucketReport) -> String {
        bucket.classes.isEmpty ? "-" : bucket.classes.map(\.rawValue).joined(separator: ", ")
    }

    /// Share of all requests since the start that were answered.
    static func availability(_ bucket: BucketReport) -> String {
        bucket.offered == 0 ? "-" : Format.percent(bucket.offered - bucket.refused, of: bucket.offered)
    }

    static func latency(_ microseconds: Int?) -> String {
        guard let microseconds else { return "-" }
        return microseconds < 10_000
            ? "\(microseconds / 1000).\(microseconds / 100 % 10) ms" : "\(microseconds / 1000) ms"
    }

    static func override(_ override: BucketOverride?, now: WallTime) -> TableCell {
        guard let override else { return "-" }
        let left = max(0, override.until.since(now))
        return TableCell("keep \(override.kept)% \(Format.clock(left))", left < 60_000 ? .warn : .hold)
    }

    static func ratio(_ line: KnockOnReport) -> TableCell {
        guard let ratio = line.ratio else {
            return TableCell(line.now == 0 ? "-" : "new", line.isKnockedOn ? .warn : .plain)
        }
        return TableCell(
            "\(ratio / 100).\(ratio / 10 % 10)x\(line.isKnockedOn ? " !" : "")", line.isKnockedOn ? .warn : .plain)
    }

    /// `surge since 20:59:52Z: 24100 requests/s, above 20000`
    static func rulesets(_ report: TrafficReport) -> String {
        let nodes =
            report.nodes.isEmpty ? "" : " · devices to nodes " + report.nodes.map(\.label).joined(separator: ", ")
        guard !report.active.isEmpty else { return "no ruleset is on" + nodes }
        return report.active.map { "\($0.ruleset) since \($0.since.clock())Z: \($0.why)" }.joined(separator: " · ")
            + nodes
    }

    // MARK: What comes

    /// One of the two curves of refreshes.
    struct RefreshLine {
        var label: String
        /// Requests a second.
        var values: [Int]
        var facts: [Fact]
        var style: Style
    }

    static func refreshLines(_ refresh: RefreshForecast) -> [RefreshLine] {
        let risk: Style = switch refresh.risk {
        case .none: .good
        case .low: .plain
        case .high: .warn
        }
        return [
            RefreshLine(
                label: "without jitter", values: refresh.withoutJitter,
                facts: [Fact("peak", "\(Format.count(refresh.peakWithoutJitter))/s")], style: .warn),
            RefreshLine(
                label: "with jitter ±\(refresh.jitter)%", values: refresh.withJitter,
                facts: [
                    Fact("peak", "\(Format.count(refresh.peakWithJitter))/s"),
                    Fact("mini-herd risk", refresh.risk.rawValue, risk),
                ], style: .plain),
        ]
    }

    /// A curve at another number of points: the highest of several where there are fewer, the same again where there
    /// are more.
    static func stretched(_ values: [Int], parts count: Int) -> [Int] {
        guard values.count < count, !values.isEmpty else { return PrefetchModel.highest(values, parts: count) }
        return (0..<count).map { values[$0 * values.count / count] }
    }

    static let forecastLinesMax = 4
    /// What gateways need to start: more of them is wanted so long before a peak.
    private static let scaleLead: Milliseconds = 180_000

    /// A fact is shown whole or not at all: in narrow rooms what belongs together stands on several lines.
    static func forecastLines(_ report: TrafficReport, _ snapshot: EngineSnapshot, isNarrow: Bool) -> [[Fact]] {
        let guarded = [
            Fact(
                "guard", report.isRetryBudgetSpent ? "budget spent" : "armed", report.isRetryBudgetSpent ? .warn : .good
            ),
            Fact(
                "retries", "\(report.retryShare)% of requests", report.isRetryBudgetSpent ? .warn : .plain, priority: 1),
            Fact(
                "backoff told", "\(Format.count(report.guidedPerSecond))/s, 2-\(report.spreadMax / 1000) s", priority: 2
            ),
        ]
        let log = [
            Fact("log", "\(Format.count(report.logBytesWritten)) B written"),
            Fact(
                "left out", "\(Format.count(report.logLinesDropped)) lines", report.logLinesDropped > 0 ? .warn : .plain
            ),
        ]
        guard let forecast = snapshot.trafficForecast else {
            return [[Fact("", "no live event is on the desk", .dim)], guarded, log]
        }
        let cut = forecast.interruption
        let storm = Fact(
            "30 s cut",
            "\(Format.count(cut.devices)) come again: \(Format.count(cut.unguided))/s, guided \(Format.count(cut.guided))/s of \(Format.count(cut.ceiling))/s",
            cut.guided > cut.ceiling ? .warn : .plain)
        let remedy = forecast.remedy.map {
            Fact("L plan", "\($0.intent.shortTitle) takes off \(Format.count($0.saves))/s", .next)
        }
        var peak = peakLines(forecast, snapshot)
        if isNarrow { return peak + (remedy.map { [[$0]] } ?? []) + [[storm], guarded, log] }
        if let remedy { peak[peak.count - 1].append(remedy) }
        return peak + [[storm] + guarded, log]
    }

    private static func peakLines(_ forecast: TrafficForecast, _ snapshot: EngineSnapshot) -> [[Fact]] {
        guard let peak = forecast.peak else {
            return [[Fact("next peak", "none in sight: no request is expected in the next two hours", .dim)]]
        }
        let style: Style =
            peak.buckets.first { $0.bucket == .critical }.map { $0.refused > 0 } ?? false
            ? .critical : peak.isOverSoft ? .warn : .good
        let away = peak.at.since(snapshot.at)
        let when = away < 10_000 ? "now" : "\(Format.time(peak.at)) in \(Format.duration(away))"
        let desired = peak.lanes.map { Fact($0.lane.rawValue, "\(Format.count($0.desired))/s", priority: 1) }
        let wanted = peak.lanes.reduce(0) { $0 + $1.desired }
        let by = peak.at - scaleLead <= snapshot.at ? "now" : Format.time(peak.at - scaleLead)
        return [
            [
                Fact("next peak", "\(when) \(place(of: peak, snapshot))"),
                Fact(
                    "", "\(Format.count(peak.perSecond))/s of \(Format.count(peak.capacity.gatewayPerSecond))/s", style),
                Fact("sheds", refusals(peak), peak.refused > 0 ? style : .dim, priority: 1),
            ],
            [
                Fact(
                    "wants", peak.isOverSoft ? "gateways \(Format.count(wanted))/s by \(by)" : "no more than there is",
                    peak.isOverSoft ? .warn : .good)
            ] + desired,
        ]
    }

    /// `FN12 live`
    static func place(of surge: SurgeReport, _ snapshot: EngineSnapshot) -> String {
        let code = snapshot.events.first { $0.id == surge.event }?.code ?? surge.event?.rawValue
        return [code, surge.stage?.rawValue].compactMap { $0 }.joined(separator: " ")
    }

    /// `BULK 100%, BEST_EFFORT 40%`
    static func refusals(_ surge: SurgeReport) -> String {
        let words = surge.buckets.reversed().filter { $0.refused > 0 }.map {
            "\($0.bucket.rawValue) \(max(1, $0.refused * 100 / max(1, $0.offered)))%"
        }
        return words.isEmpty ? "nothing" : words.joined(separator: ", ")
    }

    static func surgeTable(width: Int) -> Table<SurgeReport.ClassLine> {
        Table([
            Column("AT THE PEAK", 16, grows: true) { TableCell($0.requestClass.rawValue) },
            Column("BUCKET", 11) { TableCell($0.bucket.rawValue, .dim) },
            Column("OFFERED", 9, .right) { "\(Format.count($0.perSecond))/s" },
        ], fitting: width)
    }
}

extension TrafficIntent {
    /// What it does, without the words around it.
    var shortTitle: String {
        switch self {
        case .pull(let lever), .letGo(let lever): lever.effect
        case .override(let bucket, _): "override of \(bucket.rawValue)"
        case .relax(let name), .restore(let name): "ruleset \(name)"
        case .adoptRules: "the edited rules"
        }
    }
}
