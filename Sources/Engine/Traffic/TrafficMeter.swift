/// Turns totals into the rates of the last second, and keeps five minutes of what was refused.
struct TrafficMeter: Sendable {
    struct LaneRates: Hashable, Sendable {
        var offered = 0
        var admitted = 0
        var retries = 0

        init() {}

        init(_ totals: AdmissionTotals) {
            offered = totals.offered.total
            admitted = totals.offered.total - totals.refused.total
            retries = totals.retries
        }
    }

    /// Of the last second.
    private(set) var offered = RequestCounts()
    private(set) var refused = RequestCounts()
    private(set) var offeredByBucket = [Int](repeating: 0, count: PriorityBucket.allCases.count)
    private(set) var refusedByBucket = [Int](repeating: 0, count: PriorityBucket.allCases.count)
    private(set) var retries = 0
    private(set) var guided = 0
    private(set) var counters = AdmissionController.Counters()
    private(set) var live = LaneRates()
    private(set) var general = LaneRates()
    private(set) var countersTotal = AdmissionController.Counters()
    /// Per cent refused in each `secondsPerPoint`, by bucket, oldest first, at most `pointsMax`.
    private(set) var refusedHistory = [[Int]](repeating: [], count: PriorityBucket.allCases.count)

    /// Of the last half a minute to a minute, by bucket: what each is made of, so that a class that comes seldom does
    /// not flicker.
    private var recentClasses = (newer: [RequestCounts](), older: [RequestCounts](), seconds: 0)

    private var before = Totals()
    private var sums = [(offered: Int, refused: Int)](repeating: (0, 0), count: PriorityBucket.allCases.count)
    private var seconds = 0

    static let secondsPerPoint = 5
    static let pointsMax = 60

    private static let secondsPerHalf = 30

    private struct Totals {
        var live = AdmissionTotals()
        var general = AdmissionTotals()
        var guided = 0
    }

    /// Every second.
    mutating func observe(
        live: AdmissionTotals, general: AdmissionTotals, guided: Int, counters: AdmissionController.Counters
    ) {
        let (liveRates, generalRates) = (live - before.live, general - before.general)
        offered = liveRates.offered
        offered += generalRates.offered
        refused = liveRates.refused
        refused += generalRates.refused
        for rank in offeredByBucket.indices {
            offeredByBucket[rank] = liveRates.offeredByBucket[rank] + generalRates.offeredByBucket[rank]
            refusedByBucket[rank] = liveRates.refusedByBucket[rank] + generalRates.refusedByBucket[rank]
        }
        keepClasses(live: liveRates.classesByBucket, general: generalRates.classesByBucket)
        retries = liveRates.retries + generalRates.retries
        self.live = LaneRates(liveRates)
        self.general = LaneRates(generalRates)
        self.guided = guided - before.guided
        self.counters = counters - countersTotal
        countersTotal = counters
        before = Totals(live: live, general: general, guided: guided)
        keepHistory()
    }

    /// The classes that a bucket is made of, most first.
    func classes(of bucket: PriorityBucket) -> [RequestClass] {
        let counts = [recentClasses.newer, recentClasses.older].filter { !$0.isEmpty }.map { $0[bucket.rank] }
        func count(_ requestClass: RequestClass) -> Int { counts.reduce(0) { $0 + $1[requestClass] } }
        return RequestClass.allCases.filter { count($0) > 0 }
            .sorted { (count($1), $0.rawValue) < (count($0), $1.rawValue) }
    }

    private mutating func keepClasses(live: [RequestCounts], general: [RequestCounts]) {
        if recentClasses.newer.isEmpty || recentClasses.seconds >= Self.secondsPerHalf {
            recentClasses = (live.map { _ in RequestCounts() }, recentClasses.newer, 0)
        }
        recentClasses.seconds += 1
        for rank in live.indices {
            recentClasses.newer[rank] += live[rank]
            recentClasses.newer[rank] += general[rank]
        }
    }

    private mutating func keepHistory() {
        for rank in sums.indices {
            sums[rank].offered += offeredByBucket[rank]
            sums[rank].refused += refusedByBucket[rank]
        }
        seconds += 1
        guard seconds >= Self.secondsPerPoint else { return }
        seconds = 0
        for rank in sums.indices {
            refusedHistory[rank].append(sums[rank].offered == 0 ? 0 : sums[rank].refused * 100 / sums[rank].offered)
            if refusedHistory[rank].count > Self.pointsMax { refusedHistory[rank].removeFirst() }
            sums[rank] = (0, 0)
        }
    }
}

extension AdmissionController.Counters {
    fileprivate static func - (left: Self, right: Self) -> Self {
        var result = Self()
        result.logBytesWritten = left.logBytesWritten - right.logBytesWritten
        result.logLinesDropped = left.logLinesDropped - right.logLinesDropped
        result.prefetchMisses = left.prefetchMisses - right.prefetchMisses
        return result
    }
}
