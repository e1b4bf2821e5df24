/// Decides which traffic to refuse when a lane is near its limits.
///
/// Owned by an `AdmissionLane`; told the utilisation each step. One number, `cut`, says all: its whole part is how many
/// buckets from the bottom are refused entirely, its fraction the share that is refused of the next one. So at any
/// moment nothing of a bucket is refused while something of a lower one is admitted.
///
/// Three cases:
/// 1. Below `soft`: the cut falls until everything is admitted again.
/// 2. Between soft and hard: BULK, BEST_EFFORT and DEGRADED are shed in this order, faster the further utilisation is
///    above soft.
/// 3. Above `hard`: CRITICAL too, once the others are gone.
///
/// The progressive shedding is Netflix' ("Keeping Netflix Reliable Using Prioritized Load Shedding", 2020; "Enhancing
/// Netflix Reliability with Service-Level Prioritized Load Shedding", 2024); that the cut is integrated rather than
/// read off a curve is ours: it settles where utilisation meets `soft`, whatever the requests cost.
struct Shedder: Hashable, Sendable {
    /// Shares of utilisation, 0...1.
    var soft: Double
    var hard: Double
    /// 0...4.
    private(set) var cut = 0.0

    /// How much the cut moves in a step at `hard`, and at zero utilisation. A step's utilisation is a noisy figure and
    /// cannot exceed 1 by much: a cut that rose faster than it falls would stand above what the load asks for, and
    /// waste what could be served.
    private static let rise = 0.1
    private static let fall = 0.5

    /// Time between two observations the speeds above are meant for.
    static let step: Milliseconds = 100

    init(soft: Double, hard: Double) {
        self.soft = soft
        self.hard = hard
    }

    /// - Parameter utilisation: 1 is all the lane can do; more is a queue.
    mutating func observe(utilisation: Double) {
        if utilisation > soft {
            let excess = min((utilisation - soft) / (hard - soft), 2)
            let most = utilisation > hard ? 4.0 : max(3, cut)
            cut = min(cut + Self.rise * excess, most)
        } else {
            cut = max(0, cut - Self.fall * (0.2 + 0.8 * (soft - utilisation) / soft))
        }
        // CRITICAL comes back first, and at once: what lets it go again is utilisation above hard.
        if utilisation <= hard, cut > 3 { cut = 3 }
    }

    /// Where shedding comes to rest under a steady load: what is above `soft` is refused from the lowest bucket up,
    /// CRITICAL only above `hard`. What projections and rehearsals use, where seconds stand for the steps.
    /// - Parameters:
    ///   - offered: requests a second by rank of the bucket.
    ///   - soft: requests a second at which utilisation is soft; `hard` likewise.
    /// - Returns: refused a second, in the same order.
    static func settled(_ offered: [Int], soft: Int, hard: Int) -> [Int] {
        var excess = max(0, offered.reduce(0, +) - soft)
        var refused = offered.map { _ in 0 }
        for rank in offered.indices.reversed() where rank > PriorityBucket.critical.rank {
            refused[rank] = min(excess, offered[rank])
            excess -= refused[rank]
        }
        if let critical = offered.first { refused[0] = max(0, critical - hard) }
        return refused
    }

    /// The share of a bucket's requests that is admitted, 0...1.
    func admittedShare(of bucket: PriorityBucket) -> Double {
        let lower = Double(PriorityBucket.allCases.count - 1 - bucket.rank)
        return 1 - min(max(cut - lower, 0), 1)
    }
}
