/// One fan-out in the air: planned, or under way.
struct Flight: Hashable, Sendable {
    var event: EventID
    /// `FN12 LIVE`
    var name: String
    var tier: Tier
    var stage: StageKey
    var start: WallTime
    /// When 99.9 % will have acked, or where that cannot be told, when the last device has been sent to.
    var end: WallTime
    var shape: FanOutShape
    /// What is under way cannot be moved.
    var isUnderWay = false
}

/// The fan-outs of all events over the next half hour, held against each other like aircraft.
///
/// Two of different events collide when, while both are in the air, more devices ack within a second than the edge is
/// meant to take, or when an edge node would have to send for both at once. That their tails overlap (devices that
/// lost a frame or their connection) is no collision: it is said in plans and harms nobody.
struct Airspace: Sendable {
    /// By start.
    private(set) var flights: [Flight]
    private let ceiling: Int

    struct Collision: Hashable, Sendable {
        /// The one that should move: of the lower tier, then to the fewer devices, then the later.
        var mover: Flight
        var other: Flight
        var overlap: Milliseconds
        /// Most devices that ack within one second to which both add, over all events; 0 where none is.
        var peakRate: Int
        /// Edge nodes that would send for both at once.
        var sharedNodes: Int
    }

    /// - Parameter ceiling: `EdgeCapacity.acksPerSecond`.
    init(_ flights: [Flight], ceiling: Int) {
        self.flights = flights.sorted { ($0.start, $0.event, $0.stage) < ($1.start, $1.event, $1.stage) }
        self.ceiling = ceiling
    }

    /// Every collision, the earliest first.
    var collisions: [Collision] {
        flights.indices.flatMap { first in
            flights[(first + 1)...].prefix { $0.start < flights[first].end }.compactMap {
                collision(flights[first], $0)
            }
        }
    }

    /// Whether any fan-out of the event collides with another's.
    func isClear(_ event: EventID) -> Bool {
        let own = flights.filter { $0.event == event }
        return own.allSatisfy { flight in flights.allSatisfy { collision(flight, $0) == nil } }
    }

    /// The fan-out of another event that this one is in the air with for longest, and for how long.
    func longestOverlap(of flight: Flight) -> (other: Flight, overlap: Milliseconds)? {
        flights.filter { $0.event != flight.event }
            .map { (other: $0, overlap: Self.overlap(flight, $0)) }
            .filter { $0.overlap > 0 }
            .max { ($0.overlap, $1.other.start) < ($1.overlap, $0.other.start) }
    }

    func collision(_ one: Flight, _ two: Flight) -> Collision? {
        let overlap = Self.overlap(one, two)
        guard one.event != two.event, overlap > 0, !(one.isUnderWay && two.isUnderWay) else { return nil }
        let peak = peakRate(of: one, and: two)
        let alone = max(one.shape.peakRate, two.shape.peakRate)
        // Where one alone is above the ceiling, more waves are the cure; the other is in its way only if it adds a good
        // part.
        let isOver = peak > ceiling && (alone <= ceiling || peak - alone >= ceiling / 5)
        let shared = Self.sharedNodes(one, two)
        guard isOver || shared > 0 else { return nil }
        let (mover, other) = Self.moves(two, ratherThan: one) ? (two, one) : (one, two)
        return Collision(mover: mover, other: other, overlap: overlap, peakRate: peak, sharedNodes: shared)
    }

    private static func moves(_ one: Flight, ratherThan other: Flight) -> Bool {
        if one.isUnderWay != other.isUnderWay { return other.isUnderWay }
        let tiers = Tier.allCases
        let rank = { (flight: Flight) in tiers.firstIndex(of: flight.tier) ?? 0 }
        let left = (rank(one), one.shape.population.connected), right = (rank(other), other.shape.population.connected)
        return left == right ? (other.start, other.event) < (one.start, one.event) : left < right
    }

    private static func overlap(_ one: Flight, _ two: Flight) -> Milliseconds {
        max(0, min(one.end, two.end).since(max(one.start, two.start)))
    }

    /// Most devices of all flights that ack within one second, of the seconds to which both of these add noticeably: a
    /// tail that trickles through another event's peak is not to blame for it.
    private func peakRate(of one: Flight, and two: Flight) -> Int {
        let from = max(one.start, two.start), to = min(one.end, two.end)
        let near = flights.filter { $0.start < to && from < $0.end }
        var peak = 0, moment = from
        while moment < to {
            if min(one.rate(at: moment), two.rate(at: moment)) * 20 >= ceiling {
                peak = max(peak, near.reduce(0) { $0 + $1.rate(at: moment) })
            }
            moment = moment + FanOutShape.slot
        }
        return peak
    }

    /// Nodes, both sorted by id, whose times of sending for the two meet.
    private static func sharedNodes(_ one: Flight, _ two: Flight) -> Int {
        guard min(one.sendsUntil, two.sendsUntil) > max(one.start, two.start) else { return 0 }
        let left = one.shape.population.shares, right = two.shape.population.shares
        var shared = 0, place = 0
        for share in left {
            while place < right.count, right[place].node < share.node { place += 1 }
            guard place < right.count, right[place].node == share.node else { continue }
            let ends = min(
                one.start + one.shape.sendsFor[share.group], two.start + two.shape.sendsFor[right[place].group])
            if ends > max(one.start, two.start) { shared += 1 }
        }
        return shared
    }
}

extension Flight {
    var sendsUntil: WallTime { start + shape.sendsUntil }

    /// Devices that ack within the second from this moment on.
    func rate(at moment: WallTime) -> Int {
        let slot = moment.since(start) / FanOutShape.slot
        return shape.rates.indices.contains(Int(slot)) && slot >= 0 ? Int(shape.rates[Int(slot)]) : 0
    }
}
