import Engine

/// What a fleet tells people while it runs: a line per second at most, and only when something is new.
struct FleetTeller {
    private let options: FleetOptions
    private var nextAt = EngineInstant.start
    private var hasToldAll = false
    private var toldBroadcasts = 0
    private var toldStorms = 0
    private var toldConnected = -1

    init(options: FleetOptions) { self.options = options }

    mutating func line(_ fleet: DeviceFleet, now: EngineInstant) -> String? {
        guard now >= nextAt else { return nil }
        nextAt = now + .seconds(1)
        let time = Format.clock((now - .start).wholeMilliseconds)
        let connected = fleet.connectedCount
        if connected != toldConnected, !hasToldAll || connected < options.count {
            toldConnected = connected
            hasToldAll = connected == options.count
            return "\(time)  \(Format.exact(connected)) of \(Format.exact(options.count)) devices connected"
        }
        hasToldAll = connected == options.count
        toldConnected = connected
        guard fleet.broadcastCount != toldBroadcasts || fleet.stormCount != toldStorms, fleet.hasEveryoneTheNewest
        else { return nil }
        let figures = fleet.figures
        defer { (toldBroadcasts, toldStorms) = (fleet.broadcastCount, fleet.stormCount) }
        if fleet.stormCount != toldStorms, let last = figures.storms.last {
            return "\(time)  storm over: everyone back with the newest stage after \(Format.duration(last))"
        }
        return figures.broadcasts.last.map { "\(time)  " + FleetReport.line($0) }
    }
}

/// The figures of a fleet in words.
enum FleetReport {
    /// `#7 'live' of event/tonight: 18 000 live, p50 41 ms, p99 80 ms, last 83 ms, 0 later`
    static func line(_ broadcast: FleetBroadcast) -> String {
        let latency = broadcast.latency
        let times =
            latency.total == 0
            ? ""
            : ", p50 \(Format.duration(latency.percentile(0.5))), p99 \(Format.duration(latency.percentile(0.99))), last \(Format.duration(latency.maximum))"
        return
            "\(broadcast.topic) \(broadcast.position.sequence) '\(broadcast.stage)': \(Format.exact(broadcast.live)) live\(times), \(Format.exact(broadcast.later)) later"
    }

    static func lines(_ figures: FleetFigures) -> [String] {
        let latency = figures.latency
        var lines = [
            "devices     \(Format.exact(figures.devices)), \(Format.exact(figures.connected)) connected, \(Format.exact(figures.greeted)) connections greeted",
            "received    \(Format.exact(figures.live)) live, \(Format.exact(figures.caughtUp)) caught up, \(Format.exact(figures.duplicated)) duplicated, \(Format.exact(figures.outOfOrder)) out of order",
            "missing     \(Format.exact(figures.missing)) stages at \(Format.exact(figures.behind)) devices; gaps seen \(Format.exact(figures.gapsSeen)), healed \(Format.exact(figures.gapsHealed)); lost on purpose \(Format.exact(figures.lostOnPurpose))",
        ]
        if latency.total > 0 {
            let percentiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)]
                .map { "\($0) \(Format.duration(latency.percentile($1)))" }.joined(separator: ", ")
            lines.append(
                "latency     \(percentiles), longest \(Format.duration(latency.maximum)) from the broadcast's timestamp (true where engine and fleet share a clock)"
            )
        }
        if !figures.resets.isEmpty {
            lines.append(
                "resets      " + figures.resets.map { "\($0.reason) \(Format.exact($0.count))" }.joined(separator: ", ")
            )
        }
        if !figures.ended.isEmpty { lines.append("ended       " + codes(figures.ended, none: "no close code")) }
        if !figures.refused.isEmpty { lines.append("refused     " + codes(figures.refused, none: "no connection")) }
        if !figures.storms.isEmpty {
            lines.append(
                "storms      all back after " + figures.storms.map { Format.duration($0) }.joined(separator: ", "))
        }
        return lines + figures.broadcasts.suffix(10).map { "broadcast   " + line($0) }
    }

    private static func codes(_ counts: [FleetFigures.CodeCount], none: String) -> String {
        counts.map { "\($0.code == 0 ? none : String($0.code)) \(Format.exact($0.count))" }.joined(separator: ", ")
    }
}
