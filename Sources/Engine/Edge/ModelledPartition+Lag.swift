// Who is behind on the newest broadcast, device by device.

extension ModelledPartition {
    /// Looks at every device that may be behind. A plain one whose ack has come is passed over after one hash and two
    /// look-ups, so a hundred million of them take about as long as a sweep.
    func lag(_ query: LagQuery, at node: NodeDescription, now: Tick) -> NodeLag {
        var answer = NodeLag(query: query, node: node, sequence: newest)
        if let name = query.device {
            answer.device = index(named: name).map { laggingDevice($0, at: node, now: now) }
            return answer
        }
        guard let flight = flights.last, query.admits(node) else { return answer }
        var tally = LagTally(sampleMax: query.sampleMax)
        let isPlain =
            flight.deaths.isEmpty && flight.unknownParts == 0 && flight.settled - flight.began < PlainFlight.lengthMax
        let plain = isPlain ? PlainFlight(flight, now: now) : nil
        for local in 0..<known where !AwayBits.isAway(away[local], 0) {
            if let plain, isAnswered(local, plain) { continue }
            let fate = flight.fate(of: local, isAway: false, isSlow: AwayBits.isSlow(away[local]))
            let line = fate.line(at: now)
            guard line != .acked else { continue }
            guard let entry = entry(local, fate, line, flight, now: now) else {
                answer.freshCount += 1
                continue
            }
            if query.admits(entry.make, entry.cause) { tally.add(entry, place: local) }
        }
        plain?.free()
        tally.fill(&answer) { laggingDevice($0, at: node, now: now) }
        return answer
    }

    /// Whether a device is plain and its ack is in.
    @inline(__always)
    private func isAnswered(_ local: Int, _ plain: PlainFlight) -> Bool {
        let draw = plain.draw(local)
        if plain.isSpecial(draw) || plain.isRepeated { return false }
        let burst = plain.burst(local, within: plain.within(local))
        guard plain.sends[burst] != TickAxis.never else { return false }
        return plain.ackRow(draw, burst: burst, bits: away[local]) == 0
    }

    /// Nil: it is not behind yet. A wave that has not begun, or waits, makes nobody late.
    private func entry(_ local: Int, _ fate: DeviceFate, _ line: DeliveryLine, _ flight: ModelledFlight, now: Tick)
        -> LagTally.Entry?
    {
        let burst = flight.burst(of: local), begins = flight.sends[burst / flight.burstsPerWave * flight.burstsPerWave]
        let due = min(begins, fate.send)
        guard due <= now, line != .notSent || flight.isSent(burst: burst) else { return nil }
        let lag = Int64(now - due) * TickAxis.milliseconds
        let isLate = line == .dropped || line == .unknownStage || lag >= place.ackWithin
        guard isLate else { return nil }
        let make = DeviceCatalogue.entry(ofDeviceHash: place.deviceHash(local)).make
        var entry = LagTally.Entry(cause: .unknown, make: make, lag: lag)
        let sent = min(fate.send, now)
        entry.queue = Int64(sent - due) * TickAxis.milliseconds
        let rest = lag - entry.queue, parts = flight.parts(of: local, isSlow: AwayBits.isSlow(away[local]), at: sent)
        // The client's part begins when a copy has reached it.
        let reached = fate.delivery <= now ? Int64(now - fate.delivery) * TickAxis.milliseconds - parts.oneWay : 0
        entry.client = fate.send <= now ? min(rest, min(max(0, reached), parts.applying)) : 0
        entry.network = fate.send <= now ? rest - entry.client : 0
        switch line {
        case .dropped: entry.cause = .dropped
        case .unknownStage: entry.cause = .unknownStage
        case .notSent: entry.cause = .queue
        default:
            let parts: [(LagCause, Int64)] = [(.network, entry.network), (.client, entry.client), (.queue, entry.queue)]
            entry.cause = parts.max { $0.1 < $1.1 }?.0 ?? .unknown
        }
        return entry
    }

    private func laggingDevice(_ local: Int, at node: NodeDescription, now: Tick) -> LaggingDevice {
        let device = device(local, now: now)
        var named = LaggingDevice(
            id: "d-\(device.index)", make: device.make, kind: .modelled, node: node.id, region: node.region,
            line: device.line?.rawValue ?? "", cause: nil, isConnected: device.isConnected, applied: device.applied,
            lag: device.lag, tries: 0)
        guard let flight = flights.last else { return named }
        let isAway = AwayBits.isAway(away[local], 0)
        let fate = flight.fate(of: local, isAway: isAway, isSlow: AwayBits.isSlow(away[local])),
            line = fate.line(at: now)
        named.tries = (fate.send <= now ? 1 : 0) + (fate.retry <= now ? 1 : 0)
        if !isAway, line != .acked, let entry = entry(local, fate, line, flight, now: now) {
            named.cause = entry.cause
            named.lag = entry.lag
        }
        return named
    }

    /// `d-17` is the topic's device 17.
    private func index(named name: String) -> Int? {
        guard name.hasPrefix("d-"), let index = Int(name.dropFirst(2)),
            (place.first..<place.first + place.count).contains(index)
        else { return nil }
        return index - place.first
    }
}
