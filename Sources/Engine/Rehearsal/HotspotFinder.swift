/// Finds the times at which requests or acks reach what the installation carries.
///
/// A hotspot is a run of samples above a ceiling; two that are less than five minutes apart are one. Each names its
/// peak, the event that brings most of it, and what to change.
struct HotspotFinder {
    let traffic: RehearsalTraffic
    let shedding: RehearsalShedding
    let capacity: EdgeCapacity
    let ackRates: [(at: WallTime, perSecond: Int)]
    let codes: [(id: EventID, code: String)]

    private static let gap: Milliseconds = 5 * 60_000
    /// So many times at which acks pass their ceiling are told one by one.
    private static let spotsMax = 3
    /// A herd is worth a word from this share of the gateways on, per cent.
    private static let herdShare = 2

    private struct Hotspot {
        var from: WallTime
        var until: WallTime
        var peak: Int
        var peakAt: WallTime
        var event: EventID?
    }

    var findings: [RehearsalReport.Finding] { gateway + starts + acks + herd }

    private var gateway: [RehearsalReport.Finding] {
        let soft = capacity.gatewayPerSecond * capacity.softShare / 100
        return hotspots(traffic.samples.map(\.total), above: soft).map { spot in
            let refusedCritical = (0..<traffic.samples.count).contains { index in
                (spot.from...spot.until).contains(traffic.moment(index)) && shedding.refusesCritical(at: index)
            }
            let peak = Int(spot.peakAt.since(traffic.span.lowerBound) / RehearsalTraffic.sampleStep)
            let needed = (spot.peak * 100 + capacity.softShare - 1) / max(1, capacity.softShare)
            return finding(
                spot, refusedCritical ? .critical : .warn,
                "\(Words.count(spot.peak)) requests/s of \(Words.count(capacity.gatewayPerSecond)) at the gateways"
                    + ", refused: \(shedding.words(at: peak)),",
                "Scale the gateways to \(Words.count(needed))/s before \(Words.time(spot.from)), or spread prefetch and telemetry."
            )
        }
    }

    private var starts: [RehearsalReport.Finding] {
        hotspots(traffic.samples.map { $0[.playbackStart] }, above: capacity.startsPerSecond).map { spot in
            finding(
                spot, .critical,
                "\(Words.count(spot.peak)) playback starts/s, \(Words.count(capacity.startsPerSecond)) are carried",
                "Raise the ceiling of starts to \(Words.count(spot.peak)) before \(Words.time(spot.from)), or guide retries with a backoff."
            )
        }
    }

    /// Where every fan-out is too fast for the ceiling, that is one finding, at the worst of them.
    private var acks: [RehearsalReport.Finding] {
        var spots: [(at: WallTime, perSecond: Int)] = []
        for rate in ackRates where rate.perSecond > capacity.acksPerSecond {
            if let last = spots.indices.last, rate.at.since(spots[last].at) < Self.gap {
                if rate.perSecond > spots[last].perSecond { spots[last] = rate }
            } else {
                spots.append(rate)
            }
        }
        guard spots.count > Self.spotsMax, let first = spots.first, let last = spots.last,
            let worst = spots.max(by: { $0.perSecond < $1.perSecond })
        else { return spots.map { ackFinding($0, "") } }
        let others =
            "; \(spots.count - 1) more fan-outs pass that, from \(Words.time(first.at)) to \(Words.time(last.at))"
        return [ackFinding(worst, others)]
    }

    private func ackFinding(_ spot: (at: WallTime, perSecond: Int), _ others: String) -> RehearsalReport.Finding {
        .init(
            kind: .hotspot, severity: .warn, at: spot.at, event: nil,
            what:
                "\(Words.count(spot.perSecond)) acks/s at \(Words.time(spot.at)), \(Words.count(capacity.acksPerSecond)) are carried\(others).",
            remedy: "Spread the fan-out over more waves, or move one of two that overlap.")
    }

    private var herd: [RehearsalReport.Finding] {
        let worst = traffic.withoutJitter.max() ?? 0, used = traffic.withJitter.max() ?? 0
        guard worst * 100 > capacity.gatewayPerSecond * Self.herdShare,
            let index = traffic.withoutJitter.firstIndex(of: worst)
        else { return [] }
        let isTooMuch = used * 100 > capacity.gatewayPerSecond * capacity.softShare
        return [.init(
                kind: .herd, severity: isTooMuch ? .warn : .info, at: traffic.moment(index),
                event: traffic.loudest(at: index),
                what:
                    "Caches filled together expire together: \(Words.count(worst)) refreshes/s at \(Words.time(traffic.moment(index))) without jitter, at most "
                + "\(Words.count(used)) with ±\(CacheRefresh.standardJitter)%.",
                remedy: isTooMuch
                    ? "Stretch the TTL beyond \(Words.duration(CacheRefresh.standardTTL))."
                    : "Keep the jitter of the TTLs switched on.")
        ]
    }

    private func finding(_ spot: Hotspot, _ severity: Severity, _ what: String, _ remedy: String)
        -> RehearsalReport.Finding
    {
        let code = codes.first { $0.id == spot.event }?.code
        let lasts = Words.duration(spot.until.since(spot.from) + RehearsalTraffic.sampleStep)
        return .init(
            kind: .hotspot, severity: severity, at: spot.from, event: spot.event,
            what: "\(what) at \(Words.time(spot.peakAt)) for \(lasts)\(code.map { ", most of it \($0)" } ?? "").",
            remedy: remedy)
    }

    private func hotspots(_ values: [Int], above ceiling: Int) -> [Hotspot] {
        var found: [Hotspot] = []
        // What is a hundredth over is scatter, no hotspot.
        for (index, value) in values.enumerated() where value > ceiling + ceiling / 100 {
            let at = traffic.moment(index)
            if let last = found.indices.last, at.since(found[last].until) < Self.gap {
                found[last].until = at
                if value > found[last].peak {
                    (found[last].peak, found[last].peakAt, found[last].event) = (value, at, traffic.loudest(at: index))
                }
            } else {
                found.append(Hotspot(from: at, until: at, peak: value, peakAt: at, event: traffic.loudest(at: index)))
            }
        }
        return found
    }
}
