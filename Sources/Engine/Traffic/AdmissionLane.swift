/// Requests that share a limit: those of live events on air have one, everything else the other.
public enum TrafficLane: String, Codable, Sendable, CaseIterable {
    case live
    case general
}

/// Why a request was refused.
public enum RefusalCause: String, Codable, Sendable, CaseIterable {
    /// Utilisation is above what its bucket may use.
    case shed
    /// The lane works on as many requests as it can.
    case full
    /// An operator's override.
    case override
}

/// One lane: its limit, its shedder, and what it has seen.
///
/// Owned by `AdmissionController`. Within the lane higher buckets are never refused while lower ones are admitted: the
/// shedder sees to that for utilisation, and for the limit each bucket may use a smaller part of it than the one above.
struct AdmissionLane: Sendable {
    let lane: TrafficLane
    private(set) var limit: ConcurrencyLimit
    private(set) var shedder: Shedder
    private(set) var inFlight = 0
    /// Utilisation at the last step, 0... ; 1 is all the lane can do.
    private(set) var utilisation = 0.0
    /// Offered, admitted and refused since the start.
    private(set) var totals = AdmissionTotals()
    private(set) var latencies = RecentLatencies()

    private var window = Window()

    private struct Window {
        var inFlightMax = 0
        var inFlightSum = 0
        var samples = 0
        var latencySum = 0.0
        var finished = 0
    }

    init(_ lane: TrafficLane, limits: TrafficLimits) {
        self.lane = lane
        limit = ConcurrencyLimit(start: limits.concurrencyStart, in: limits.concurrencyMin...limits.concurrencyMax)
        shedder = Self.shedder(of: lane, limits)
    }

    /// The live lane scales harder: it begins to shed where the other lane has stopped serving what is not critical.
    private static func shedder(of lane: TrafficLane, _ limits: TrafficLimits) -> Shedder {
        let hard = Double(limits.hardShare) / 100
        return switch lane {
        case .general: Shedder(soft: Double(limits.softShare) / 100, hard: hard)
        case .live: Shedder(soft: hard, hard: hard + (1 - hard) * 0.75)
        }
    }

    mutating func adopt(_ limits: TrafficLimits) {
        limit = ConcurrencyLimit(start: limits.concurrencyStart, in: limits.concurrencyMin...limits.concurrencyMax)
        shedder = Self.shedder(of: lane, limits)
    }

    /// Per cent of the limit that a bucket may fill.
    private static func part(of bucket: PriorityBucket) -> Int { 100 - 10 * bucket.rank }

    /// Whether to take a request on; if so `finish` is owed.
    /// - Parameter kept: the share an operator's override lets through, in place of the shedder's.
    mutating func admit(
        _ request: RequestFacts, in bucket: PriorityBucket, kept: Double?, using generator: inout SeededGenerator
    ) -> RefusalCause? {
        let isFull = inFlight * 100 >= limit.limit * Self.part(of: bucket)
        let cause = judge(request, in: bucket, kept: kept, isFull: isFull, using: &generator)
        if cause == nil {
            inFlight += 1
            window.inFlightMax = max(window.inFlightMax, inFlight)
        }
        return cause
    }

    /// Counts a request and says why it is refused, if it is; takes no place.
    /// - Parameter isFull: there is no room for it.
    mutating func judge(
        _ request: RequestFacts, in bucket: PriorityBucket, kept: Double?, isFull: Bool,
        using generator: inout SeededGenerator
    ) -> RefusalCause? {
        let share = kept ?? shedder.admittedShare(of: bucket)
        let isShed = share < 1 && generator.drawShare() >= share
        let cause: RefusalCause? = isShed ? (kept == nil ? .shed : .override) : isFull ? .full : nil
        totals.count(request.requestClass, bucket, cause)
        if request.isRetry { totals.retries += 1 }
        return cause
    }

    /// - Parameter latency: from admission to answer, microseconds.
    mutating func finish(_ bucket: PriorityBucket, latency: Int) {
        inFlight -= 1
        window.latencySum += Double(latency)
        window.finished += 1
        latencies.record(latency, of: bucket)
    }

    /// Every `Shedder.step`.
    /// - Parameter load: of the process, 0...; 1 is all it can do.
    mutating func step(load: Double) {
        window.inFlightSum += inFlight
        window.samples += 1
        let busy = Double(inFlight) / Double(max(1, limit.limit))
        utilisation = max(load, busy)
        shedder.observe(utilisation: utilisation)
        latencies.step()
        if window.finished >= 10 {
            limit.observe(latency: window.latencySum / Double(window.finished), inFlightMax: window.inFlightMax)
            window = Window()
        }
    }
}

/// What a lane has been offered, and what became of it, since the start. Totals, so that whoever reads them seldom
/// loses nothing.
struct AdmissionTotals: Sendable {
    private(set) var offered = RequestCounts()
    private(set) var refused = RequestCounts()
    private(set) var offeredByBucket = [Int](repeating: 0, count: PriorityBucket.allCases.count)
    /// The same by class: rules divide a class among buckets.
    private(set) var classesByBucket = [RequestCounts](repeating: RequestCounts(), count: PriorityBucket.allCases.count)
    private(set) var refusedByBucket = [Int](repeating: 0, count: PriorityBucket.allCases.count)
    private(set) var refusedByCause: [Int] = Array(repeating: 0, count: RefusalCause.allCases.count)
    var retries = 0

    mutating func count(_ requestClass: RequestClass, _ bucket: PriorityBucket, _ cause: RefusalCause?) {
        offered[requestClass] += 1
        offeredByBucket[bucket.rank] += 1
        classesByBucket[bucket.rank][requestClass] += 1
        guard let cause else { return }
        refused[requestClass] += 1
        refusedByBucket[bucket.rank] += 1
        refusedByCause[RefusalCause.allCases.firstIndex(of: cause) ?? 0] += 1
    }

    /// What was added since `earlier`.
    static func - (left: Self, earlier: Self) -> Self {
        var result = left
        result.offered -= earlier.offered
        result.refused -= earlier.refused
        result.offeredByBucket = zip(left.offeredByBucket, earlier.offeredByBucket).map { $0 - $1 }
        for rank in result.classesByBucket.indices { result.classesByBucket[rank] -= earlier.classesByBucket[rank] }
        result.refusedByBucket = zip(left.refusedByBucket, earlier.refusedByBucket).map { $0 - $1 }
        result.refusedByCause = zip(left.refusedByCause, earlier.refusedByCause).map { $0 - $1 }
        result.retries = left.retries - earlier.retries
        return result
    }
}

/// Latencies of the last ten to twenty seconds, by bucket: two halves that take turns.
struct RecentLatencies: Sendable {
    private static let stepsPerHalf = 100
    private static let empty = [LatencyCounts](repeating: LatencyCounts(), count: PriorityBucket.allCases.count)

    /// Counted in microseconds: a length that `LatencyCounts` takes for a millisecond is one here.
    private var newer = empty
    private var older = empty
    private var steps = 0

    mutating func record(_ microseconds: Int, of bucket: PriorityBucket) {
        newer[bucket.rank].record(Int64(microseconds))
    }

    /// Every `Shedder.step`.
    mutating func step() {
        steps += 1
        guard steps >= Self.stepsPerHalf else { return }
        steps = 0
        older = newer
        newer = Self.empty
    }

    /// Microseconds within which `share` of the requests were answered; nil while there were none.
    func percentile(_ share: Double, of bucket: PriorityBucket) -> Int? {
        var both = older[bucket.rank]
        both.merge(newer[bucket.rank])
        return both.percentile(share).map { Int($0) }
    }
}
