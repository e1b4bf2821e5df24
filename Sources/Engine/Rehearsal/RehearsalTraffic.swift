/// The synthetic requests of a whole rehearsal: events by their actual stages, refreshes of what was fetched ahead,
/// retry storms.
///
/// Looked at every ten seconds from six hours before the first stage until two hours after the last, at most 48 hours.
struct RehearsalTraffic {
    static let sampleStep: Milliseconds = CacheRefresh.step
    static let before: Milliseconds = 6 * 3_600_000
    static let after: Milliseconds = 2 * 3_600_000
    static let spanMax: Milliseconds = 48 * 3_600_000
    /// Points of a curve in the report.
    static let pointsMax = 720

    let span: ClosedRange<WallTime>
    /// Requests a second at each sample.
    private(set) var samples: [RequestCounts]
    /// The part of each event, in the order of `events`.
    private(set) var totals: [[Int]]
    let events: [EventTraffic]
    /// What the stages say to the rules.
    let stages: [StageSignal]
    let withJitter: [Int]
    let withoutJitter: [Int]

    init(runs: [RunOfShow], storms: [RetryStorm], seed: UInt64) {
        let starts = runs.map(StageStarts.expected(of:))
        let moments = starts.flatMap { $0.map(\.at) }
        let first = moments.min() ?? RehearsalShow.standardStart, last = moments.max() ?? first
        let from = first - Self.before
        span = from...min(last + Self.after, from + Self.spanMax)
        events = zip(runs, starts).map { EventTraffic($0.event, starts: $1) }
        stages = zip(runs, starts).flatMap { run, starts in
            starts.map { StageSignal(event: run.id, kind: $0.kind, at: $0.at) }
        }
        let herds = zip(runs, starts).flatMap { CacheRefresh.herds(of: $0.event, $1) }
        let length = Int(span.upperBound.since(span.lowerBound) / Self.sampleStep) + 1
        withJitter = Self.perSecond(CacheRefresh(), herds, span, length)
        withoutJitter = Self.perSecond(CacheRefresh(jitter: 0), herds, span, length)
        samples = Array(repeating: RequestCounts(), count: length)
        totals = Array(repeating: Array(repeating: 0, count: length), count: events.count)
        for index in 0..<length {
            let at = moment(index)
            for (place, event) in events.enumerated() {
                let drawn = event.drawn(at: at, seed: seed)
                samples[index] += drawn
                totals[place][index] = drawn.total
            }
            samples[index][.cacheRefresh] += withJitter[index]
            samples[index][.playbackStart] += storms.reduce(0) { $0 + $1.requestsPerSecond(at: at) }
        }
    }

    func moment(_ index: Int) -> WallTime { span.lowerBound + Milliseconds(index) * Self.sampleStep }

    /// The event that brings most of a sample.
    func loudest(at index: Int) -> EventID? {
        totals.indices.max { (totals[$0][index], -$0) < (totals[$1][index], -$1) }.map { events[$0].event }
    }

    private static func perSecond(
        _ refresh: CacheRefresh, _ herds: [CacheRefresh.Herd], _ span: ClosedRange<WallTime>, _ length: Int
    ) -> [Int] {
        let perStep = refresh.requests(of: herds, in: span).map { $0 * 1000 / Int(CacheRefresh.step) }
        return Array((perStep + Array(repeating: 0, count: max(0, length - perStep.count))).prefix(length))
    }

    // MARK: As the report shows it

    /// Samples that one point of a curve stands for.
    private var samplesPerPoint: Int { max(1, (samples.count + Self.pointsMax - 1) / Self.pointsMax) }

    func report(_ shedding: RehearsalShedding) -> RehearsalReport.Traffic {
        let totals = samples.map(\.total), peak = totals.max() ?? 0
        let classes = RequestClass.allCases.map { requestClass in
            let values = samples.map { $0[requestClass] }
            return RehearsalReport.Traffic.Series(
                requestClass: requestClass, bucket: requestClass.bucket, perSecond: thinned(values),
                peak: values.max() ?? 0)
        }
        return RehearsalReport.Traffic(
            from: span.lowerBound, step: Milliseconds(samplesPerPoint) * Self.sampleStep, classes: classes,
            total: thinned(totals),
            peak: peak, peakAt: moment(totals.firstIndex(of: peak) ?? 0), refused: refused(shedding),
            switches: shedding.switches)
    }

    private func refused(_ shedding: RehearsalShedding) -> [RehearsalReport.Refused] {
        PriorityBucket.allCases.reversed().compactMap { bucket in
            let values = shedding.refused.map { $0[bucket.rank] }, total = values.reduce(0, +)
            guard total > 0 else { return nil }
            let offered = shedding.offered.reduce(0) { $0 + $1[bucket.rank] }
            return .init(
                bucket: bucket, perSecond: thinned(values), peak: values.max() ?? 0,
                share: total * 1000 / max(1, offered))
        }
    }

    var refreshReport: RehearsalReport.Refresh {
        RehearsalReport.Refresh(
            from: span.lowerBound, step: Milliseconds(samplesPerPoint) * Self.sampleStep, ttl: CacheRefresh.standardTTL,
            jitter: CacheRefresh.standardJitter, withJitter: thinned(withJitter), withoutJitter: thinned(withoutJitter))
    }

    private func thinned(_ values: [Int]) -> [Int] {
        stride(from: 0, to: values.count, by: samplesPerPoint).map {
            values[$0..<min($0 + samplesPerPoint, values.count)].max() ?? 0
        }
    }
}
