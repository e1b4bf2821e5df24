/// How long after its send a device acks: the share of deliveries that are acked by each moment.
///
/// Made from the same tables and chances that `ModelledFlight` draws a device's fate from, so that the forecast and the
/// virtual audience agree by construction: the round trip, the repeats after `ackWithin`, twice that, …, and the
/// connections that end before the ack and come back. Only the four IEEE operations: the same on any machine.
struct DeliveryLags: Sendable {
    /// What the distribution depends on.
    struct Key: Hashable, Sendable {
        /// Median time of one way, in sixteenths of a millisecond.
        var median16: Int
        /// Share of deliveries lost, in `AudienceDraws.shareParts`.
        var lossParts: UInt32
        var ackWithin: Milliseconds
    }

    /// At each row of the axis: the share acked by then, and the sum of that share over all time before, in ms.
    private var shares: [Double] = []
    private var areas: [Double] = []
    /// When all but one in ten thousand have acked, ms; at most the end of the axis.
    private(set) var settled: Double = Axis.end

    init(_ key: Key) {
        let trips = RoundTrips(median: Double(key.median16) / 16)
        let loss = Double(key.lossParts) / Double(AudienceDraws.shareParts)
        let drop = Double(AudienceDraws.parts(AudienceDraws.dropShare)) / Double(AudienceDraws.shareParts)
        let ackWithin = Double(key.ackWithin)
        shares.reserveCapacity(Axis.rows)
        areas.reserveCapacity(Axis.rows)
        for row in 0..<Axis.rows {
            let moment = Axis.moment(row)
            var tries = trips.share(moment) * (1 - loss), chance = loss
            for tryNumber in 1..<AudienceDraws.triesMax where tries < 1 {
                let repeated = ackWithin * Double((1 << tryNumber) - 1)
                if repeated > moment { break }
                tries += trips.share(moment - repeated) * chance * (1 - loss)
                chance *= loss
            }
            // Five sends in vain: the connection counts as dead, and the device is given the stage when it returns.
            let dead = ackWithin * Double((1 << AudienceDraws.triesMax) - 1)
            if dead < moment { tries += trips.returned(moment - dead) * power(loss, AudienceDraws.triesMax) }
            shares.append(min(1, tries * (1 - drop) + trips.returned(moment) * drop))
            let step = row == 0 ? 0 : moment - Axis.moment(row - 1)
            areas.append(row == 0 ? 0 : areas[row - 1] + step * (shares[row - 1] + shares[row]) / 2)
            if shares[row] >= 0.9999 { settled = min(settled, moment) }
        }
    }

    /// The share acked `moment` ms after the first of sends that are spread evenly over `span` ms.
    func share(at moment: Double, sentOver span: Double) -> Double {
        guard moment > 0 else { return 0 }
        guard span >= 1 else { return share(moment) }
        // What is not sent yet is not acked: the area below nought is nought.
        return (area(moment) - area(moment - span)) / span
    }

    private func share(_ moment: Double) -> Double {
        let (row, part) = Axis.place(moment)
        return shares[row] + (shares[min(row + 1, Axis.rows - 1)] - shares[row]) * part
    }

    private func area(_ moment: Double) -> Double {
        guard moment > 0 else { return 0 }
        guard moment < Axis.end else { return areas[Axis.rows - 1] + (moment - Axis.end) * shares[Axis.rows - 1] }
        let (row, part) = Axis.place(moment), next = min(row + 1, Axis.rows - 1)
        let step = Axis.moment(next) - Axis.moment(row)
        return areas[row] + step * part * (shares[row] + (shares[next] - shares[row]) * part / 2)
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { product, _ in product * base }
    }

    /// Moments, dense where much happens: every 16 ms for four seconds, 2 s apart after three minutes, eleven minutes
    /// in all.
    private enum Axis {
        private static let bands: [(from: Double, step: Double, row: Int)] = [
            (0, 16, 0), (4096, 64, 256), (20_480, 256, 512), (163_840, 2048, 1072),
        ]
        static let rows = 1313
        static let end: Double = 655_360

        static func moment(_ row: Int) -> Double {
            let band = bands.last { $0.row <= row } ?? bands[0]
            return band.from + Double(row - band.row) * band.step
        }

        /// The row at or before a moment, and how far it is to the next one (0..<1).
        @inline(__always)
        static func place(_ moment: Double) -> (row: Int, part: Double) {
            guard moment < end else { return (rows - 1, 0) }
            let place: Double = moment < 4096 ? moment / 16
                : moment < 20_480 ? 256 + (moment - 4096) / 64
                : moment < 163_840 ? 512 + (moment - 20_480) / 256 : 1072 + (moment - 163_840) / 2048
            let row = Int(place)
            return (row, place - Double(row))
        }
    }
}

/// There, applying and back: the share of round trips that are over by each moment, in steps of 16 ms.
private struct RoundTrips {
    private let shares: [Double]
    private let reconnects: [Double]

    /// - Parameter median: of one way, ms.
    init(median: Double) {
        let ways = stride(from: 4, to: AudienceDraws.latencyFactors.count, by: 8).map {
            Int(min(20_000, max(1, median * AudienceDraws.latencyFactors[$0])))
        }
        let applies = stride(from: 8, to: AudienceDraws.applyTimes.count, by: 16).map {
            Int(AudienceDraws.applyTimes[$0])
        }
        let longest = 2 * (ways.last ?? 0) + (applies.last ?? 0)
        var counts = [Int](repeating: 0, count: longest / 16 + 2)
        for way in ways {
            for apply in applies { counts[(2 * way + apply + 15) / 16] += 1 }
        }
        let total = Double(ways.count * applies.count)
        var sum = 0
        shares = counts.map { count in
            sum += count
            return Double(sum) / total
        }
        // The frame was half-way when the connection ended; the device is back after its reconnect delay.
        let times = AudienceDraws.reconnectTimes, atoms = 48
        reconnects = (0..<atoms).map { Double(times[(2 * $0 + 1) * times.count / (2 * atoms)]) + median / 2 }
    }

    @inline(__always)
    func share(_ moment: Double) -> Double {
        guard moment > 0 else { return 0 }
        let place = moment / 16, row = Int(place)
        guard row + 1 < shares.count else { return 1 }
        return shares[row] + (shares[row + 1] - shares[row]) * (place - Double(row))
    }

    /// The share that have come back and acked by so long after their connection began to end.
    func returned(_ moment: Double) -> Double {
        reconnects.reduce(0) { $0 + share(moment - $1) } / Double(reconnects.count)
    }
}
