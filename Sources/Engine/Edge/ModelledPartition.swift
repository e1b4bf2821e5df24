/// The devices of one topic behind one modelled edge node.
///
/// Stored per device: 16 bits (`AwayBits`), whether it was away at the start of each of the newest 15 broadcasts, and
/// whether its build is slow. All else is recomputed from hashes: `DeviceFates` lays the broadcasts that are kept over
/// each other for one device, newest first.
///
/// One sweep serves all that happens (publish, abort, resend, a word about the waves, a fault): what has happened stays
/// counted, what is to come is forgotten and counted anew for every device.
struct ModelledPartition {
    let topic: Topic
    private(set) var profile: AudienceProfile
    private(set) var place: DevicePlace
    /// What the devices hold from before the first flight here.
    private(set) var held: Int64 = 0
    private var heldPosition: BroadcastPosition?
    /// Oldest first.
    private(set) var flights: [ModelledFlight] = []
    /// One for each flight.
    private var curves: [DeliveryCurve] = []
    /// `AwayBits` of each device.
    private(set) var away: [UInt16]
    private var awayCount = 0
    private let followedAt: Tick
    /// What is fetched ahead by family, and in which second that was so; it changes once a second at most.
    private var coverage: (second: Int, families: [FamilyCoverage])?
    /// What was last reported of overtaken broadcasts, by sequence, while it is true; at most
    /// `NodeReport.broadcastsMax`.
    private var told: [Int64: NodeDelivery] = [:]
    /// Devices by family and, within it, by the second in which they fetch ahead; the last second holds those who never
    /// do.
    private var prefetches: [UInt32]

    init(topic: Topic, profile: AudienceProfile, place: DevicePlace, now: Tick) {
        self.topic = topic
        self.profile = profile
        self.place = place
        followedAt = now
        let offline = AudienceDraws.parts(profile.offlineShare)
        away = [UInt16](repeating: 0, count: place.count)
        prefetches = []
        var absent = 0
        var seconds = [UInt32](repeating: 0, count: DeviceCatalogue.families.count * (Self.prefetchSpan + 1))
        for local in 0..<place.count {
            let hash = place.deviceHash(local)
            if DeviceCatalogue.isSlow(deviceHash: hash) { away[local] = 0x8000 }
            if DeviceDraw(hash).presence < offline {
                away[local] |= 1
                absent += 1
            }
            let second = min(Int(AudienceDraws.prefetchSeconds[DeviceDraw(hash).latency]), Self.prefetchSpan)
            seconds[DeviceCatalogue.familyIndex(ofDeviceHash: hash) * (Self.prefetchSpan + 1) + second] += 1
        }
        awayCount = absent
        prefetches = seconds
    }

    // MARK: - What can be asked

    var known: Int { place.count }
    var connections: Int { curves.last?.present ?? known - awayCount }
    /// The newest position that is held here.
    var position: BroadcastPosition? { flights.last?.publication.position ?? heldPosition }
    var newest: Int64 { flights.last?.sequence ?? held }
    /// The flights that reports cover, by index.
    var reported: Range<Int> { max(0, flights.count - NodeReport.broadcastsMax)..<flights.count }

    /// Largest family first, as the catalogue has them; families without a device are left out.
    mutating func families(at now: Tick) -> [FamilyCoverage] {
        let second = max(0, min(Int(Int64(now - followedAt) * TickAxis.milliseconds / 1000), Self.prefetchSpan - 1))
        if let coverage, coverage.second == second { return coverage.families }
        let families = families(within: second)
        coverage = (second, families)
        return families
    }

    private func families(within second: Int) -> [FamilyCoverage] {
        let width = Self.prefetchSpan + 1
        return DeviceCatalogue.families.enumerated().compactMap { index, family in
            let line = prefetches[index * width..<(index + 1) * width]
            let known = line.reduce(0) { $0 + Int($1) }, fetched = line.prefix(second + 1).reduce(0) { $0 + Int($1) }
            return known == 0 ? nil : FamilyCoverage(family: family, known: known, prefetched: fetched)
        }
    }

    /// How far a broadcast is. Of an overtaken one nothing is worked out again until something has changed; only lags
    /// so far stand still meanwhile.
    mutating func delivery(_ index: Int, node: NodeID, now: Tick) -> NodeDelivery {
        let isNewest = index == flights.count - 1
        if !isNewest, let known = told[flights[index].sequence] { return known }
        let delivery = freshDelivery(index, node: node, now: now)
        told[flights[index].sequence] = isNewest ? nil : delivery
        return delivery
    }

    private func freshDelivery(_ index: Int, node: NodeID, now: Tick) -> NodeDelivery {
        let flight = flights[index]
        var delivery = NodeDelivery(
            node: node, kind: .modelled, topic: topic, sequence: flight.sequence, ledger: curves[index].ledger(),
            wavesSent: flight.wavesSent(at: now), ackTimes: curves[index].ackTimes,
            lags: curves[index].lags(at: now, flight))
        delivery.orderRevision = flight.publication.order.revision
        return delivery
    }

    /// The next tick at which a figure changes.
    func nextChange(after now: Tick) -> Tick? {
        var next = TickAxis.never
        for index in reported {
            if let change = curves[index].nextChange(flights[index]) { next = min(next, change) }
        }
        let second = Int64(now - followedAt) * TickAxis.milliseconds / 1000 + 1
        if second < Int64(Self.prefetchSpan) {
            let at = followedAt + Tick((second * 1000 + TickAxis.milliseconds - 1) / TickAxis.milliseconds)
            next = min(next, at)
        }
        return next == TickAxis.never ? nil : next
    }

    /// One device exactly as it stands.
    func device(_ local: Int, now: Tick) -> ModelledDevice {
        let bits = away[local]
        var device = ModelledDevice(
            index: place.first + local, make: DeviceCatalogue.entry(ofDeviceHash: place.deviceHash(local)).make,
            applied: held,
            isConnected: !AwayBits.isAway(bits, 0))
        let fates = fates(of: local, from: 0)
        for (flight, fate) in zip(flights, fates) where fate.applied <= now { device.applied = flight.sequence }
        guard let fate = fates.last, let flight = flights.last else { return device }
        let own = flight.fate(of: local, isAway: fate.isAway, isSlow: AwayBits.isSlow(bits))
        device.isConnected = own.isConnected(at: now)
        device.line = fate.line(at: now)
        if fate.send <= now {
            device.lag = Int64(min(now, min(fate.ack, fate.refused)) - fate.send) * TickAxis.milliseconds
        }
        return device
    }

    // MARK: - What happens

    /// Counts what has happened until `now`; whether a figure changed.
    mutating func advance(to now: Tick) -> Bool {
        var changed = false
        for index in reported where curves[index].advance(to: now, flights[index]) {
            told[flights[index].sequence] = nil
            changed = true
        }
        return changed
    }

    /// Whether the newest broadcast is on its way to devices that are there.
    var isInFlight: Bool {
        guard !curves.isEmpty else { return false }
        let ledger = curves[curves.count - 1].ledger()
        return ledger.waiting + ledger.retrying > 0 || (ledger.notSent > 0 && flights.last?.aborted == TickAxis.never)
    }

    /// Takes it that every device holds the topic up to here: the state after a restart of the engine.
    mutating func hold(_ publication: Publication) {
        guard flights.isEmpty, publication.position.sequence > held else { return }
        held = publication.position.sequence
        heldPosition = publication.position
    }

    /// Another history began: nothing that was known of the topic counts.
    mutating func forget(now: Tick) {
        for local in 0..<known { away[local] = away[local] & 0x8000 | (isAwayNow(local, flights.last, now) ? 1 : 0) }
        awayCount = away.count { AwayBits.isAway($0, 0) }
        flights = []
        curves = []
        (held, heldPosition) = (0, nil)
    }

    mutating func begin(_ publication: Publication, now: Tick, delay: Milliseconds, faults: NodeFaults) {
        _ = advance(to: now)
        if flights.count == AwayBits.flightsMax {
            held = flights[0].sequence
            flights.removeFirst()
            curves.removeFirst()
        }
        if flights.count >= NodeReport.broadcastsMax { curves[flights.count - NodeReport.broadcastsMax].close() }
        flights.append(ModelledFlight(
            publication, place: place, profile: profile,
            course: FlightCourse(publication, began: now, delay: delay, faults: faults)))
        curves.append(DeliveryCurve())
        sweep(now: now, isBeginning: true)
    }

    /// Stops the waves that have not begun. An overtaken broadcast has none left to stop.
    mutating func abort(_ sequence: Int64, now: Tick) -> Bool {
        guard let last = flights.last, last.sequence == sequence, !last.publication.isAborted else { return false }
        _ = advance(to: now)
        flights[flights.count - 1] = last.aborted(at: now)
        sweep(now: now, isBeginning: false)
        return true
    }

    /// Sends once more to the connected devices that have not confirmed. Those of an overtaken
    /// broadcast are being given the newer one already.
    mutating func resend(_ sequence: Int64, now: Tick) -> Bool {
        guard let last = flights.last, last.sequence == sequence else { return false }
        _ = advance(to: now)
        flights[flights.count - 1] = last.resent(at: now)
        sweep(now: now, isBeginning: false)
        return true
    }

    /// Takes in what was said of the waves: a higher revision of the order counts, and only for the newest broadcast.
    /// An overtaken one's devices are being given the newer.
    mutating func order(_ order: WaveOrder, of sequence: Int64, now: Tick) -> Bool {
        guard let last = flights.last, last.sequence == sequence, order.revision > last.publication.order.revision,
            last.aborted == TickAxis.never
        else { return false }
        _ = advance(to: now)
        flights[flights.count - 1] = last.ordered(order, at: now)
        sweep(now: now, isBeginning: false)
        return true
    }

    /// Something goes wrong with the node: every broadcast that is still on its way meets it, and the newest in any
    /// case.
    mutating func bend(by fault: NodeFault, now: Tick) {
        guard fault.kind != .unknownStage else { return }
        change(now) { $0.bent(by: fault) }
    }

    /// A fault ends sooner than was said, with the next tick.
    mutating func mend(_ fault: AudienceFault, now: Tick) {
        guard fault.kind != .unknownStage else { return }
        change(now) { $0.mended(of: fault, at: now + 1) }
    }

    private mutating func change(_ now: Tick, _ change: (ModelledFlight) -> ModelledFlight) {
        guard !flights.isEmpty else { return }
        _ = advance(to: now)
        for index in flights.indices where index == flights.count - 1 || flights[index].closed > now {
            flights[index] = change(flights[index])
        }
        sweep(now: now, isBeginning: false)
    }

    // MARK: - Devices

    private mutating func sweep(now: Tick, isBeginning: Bool) {
        told = [:]
        for index in reported { curves[index].forgetFuture() }
        var sweep = ModelledSweep(flights, covered: reported, now: now, isBeginning: isBeginning)
        // Taken out of self: nobody else looks at the bits while they change, and they are not copied.
        var bits: [UInt16] = []
        swap(&bits, &away)
        sweep.run(&bits, &curves)
        swap(&bits, &away)
    }

    /// The device's fate in each flight from `lowest` on, oldest first.
    func fates(of local: Int, from lowest: Int) -> [DeviceFate] {
        DeviceFates.with(of: local, in: flights, from: lowest, bits: away[local], openAt: nil) { $0.reversed() }
    }

    private func isAwayNow(_ local: Int, _ flight: ModelledFlight?, _ now: Tick) -> Bool {
        let bits = away[local], isAway = AwayBits.isAway(bits, 0)
        return flight.map { !$0.fate(of: local, isAway: isAway, isSlow: AwayBits.isSlow(bits)).isConnected(at: now) }
            ?? isAway
    }

    private static let prefetchSpan = 128
}

/// One device of the virtual audience, exactly as it stands.
struct ModelledDevice {
    /// Its place among the topic's devices, from 0; with the topic, its name.
    var index: Int
    var make: DeviceMake
    /// Sequence of the newest broadcast it has applied; 0 if none.
    var applied: Int64
    var isConnected: Bool
    /// Where it stands in the newest broadcast, which is also why it lags; nil before the first.
    var line: DeliveryLine?
    /// From its send to its answer, so far if there is none, ms; nil while it is not sent.
    var lag: Milliseconds?
}
