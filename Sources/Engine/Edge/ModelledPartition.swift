/// The devices of one topic behind one modelled edge node.
///
/// Stored per device: 16 bits, whether it was away at the start of each of the newest 16 broadcasts (bit 0 is
/// the newest). All else is recomputed from hashes: `fates` lays the broadcasts that are kept over
/// each other for one device, newest first.
///
/// One sweep serves all that happens (publish, abort, resend): what has happened stays counted, what is to
/// come is forgotten and counted anew for every device. A device that is connected, lost nothing and has long
/// confirmed the older broadcasts, as nearly all have, costs two hashes.
struct ModelledPartition {
    let topic: Topic
    private(set) var profile: AudienceProfile
    private(set) var place: DevicePlace
    /// What the devices hold from before the first flight here.
    private(set) var held: Int64 = 0
    private var heldPosition: BroadcastPosition?
    private var heldStage: StageKey?
    /// Oldest first.
    private(set) var flights: [ModelledFlight] = []
    /// One for each flight.
    private var curves: [DeliveryCurve] = []
    private var away: [UInt16]
    private var awayCount = 0
    private let followedAt: Tick
    /// Devices by family and, within it, by the second in which they fetch ahead; the last second holds those who never do.
    private var prefetches: [UInt32]

    static let flightsMax = 16

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
            if DeviceDraw(hash).presence < offline {
                away[local] = 1
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

    func prefetched(at now: Tick) -> Int {
        families(at: now).reduce(0) { $0 + $1.prefetched }
    }

    /// Largest family first, as the catalogue has them; families without a device are left out.
    func families(at now: Tick) -> [FamilyCoverage] {
        let second = max(0, min(Int(Int64(now - followedAt) * TickAxis.milliseconds / 1000), Self.prefetchSpan - 1))
        let width = Self.prefetchSpan + 1
        return DeviceCatalogue.families.enumerated().compactMap { index, family in
            let line = prefetches[index * width..<(index + 1) * width]
            let known = line.reduce(0) { $0 + Int($1) }, fetched = line.prefix(second + 1).reduce(0) { $0 + Int($1) }
            return known == 0 ? nil : FamilyCoverage(family: family, known: known, prefetched: fetched)
        }
    }

    func delivery(_ index: Int, node: NodeID, now: Tick) -> NodeDelivery {
        let flight = flights[index], curve = curves[index]
        return NodeDelivery(
            node: node, kind: .modelled, topic: topic, sequence: flight.sequence, ledger: curve.ledger(),
            wavesSent: flight.wavesSent(at: now), ackTimes: curve.ackTimes, lags: curve.lags(at: now, flight))
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

    func device(_ local: Int, now: Tick) -> ModelledDeviceState {
        let fates = fates(of: local, from: 0)
        var state = ModelledDeviceState(sequence: held, stage: heldStage)
        for (flight, fate) in zip(flights, fates) where fate.applied <= now {
            state.sequence = flight.sequence
            state.stage = flight.publication.stage
        }
        let second = Int64(AudienceDraws.prefetchSeconds[DeviceDraw(place.deviceHash(local)).latency])
        state.hasPrefetched = second < Int64(Self.prefetchSpan)
            && Int64(now - followedAt) * TickAxis.milliseconds >= second * 1000
        guard let fate = fates.last, let flight = flights.last else {
            state.isConnected = away[local] & 1 == 0
            return state
        }
        state.isConnected = flight.fate(of: local, isAway: fate.isAway).isConnected(at: now)
        state.line = fate.line(at: now)
        state.wave = flight.wave(of: local)
        if fate.send <= now {
            state.lag = Int64(min(now, fate.ack) - fate.send) * TickAxis.milliseconds
        }
        return state
    }

    /// The line of each reported broadcast that the device stands in, oldest broadcast first.
    func lines(_ local: Int, now: Tick) -> [DeliveryLine] {
        fates(of: local, from: reported.lowerBound).map { $0.line(at: now) }
    }

    // MARK: - What happens

    /// Counts what has happened until `now`; whether a figure changed.
    mutating func advance(to now: Tick) -> Bool {
        var changed = false
        for index in reported where curves[index].advance(to: now, flights[index]) { changed = true }
        return changed
    }

    /// Takes it that every device holds the topic up to here: the state after a restart of the engine.
    mutating func hold(_ publication: Publication) {
        guard flights.isEmpty, publication.position.sequence > held else { return }
        held = publication.position.sequence
        heldPosition = publication.position
        heldStage = publication.stage
    }

    /// Another history began: nothing that was known of the topic counts.
    mutating func forget(now: Tick) {
        for local in 0..<known { away[local] = isAwayNow(local, flights.last, now) ? 1 : 0 }
        awayCount = away.reduce(0) { $0 + Int($1) }
        flights = []
        curves = []
        (held, heldPosition, heldStage) = (0, nil, nil)
    }

    mutating func begin(_ publication: Publication, now: Tick, delay: Milliseconds) {
        _ = advance(to: now)
        if flights.count == Self.flightsMax {
            held = flights[0].sequence
            heldStage = flights[0].publication.stage
            flights.removeFirst()
            curves.removeFirst()
        }
        if flights.count >= NodeReport.broadcastsMax { curves[flights.count - NodeReport.broadcastsMax].close() }
        flights.append(ModelledFlight(
            publication, place: place, profile: profile, began: now, delay: delay,
            aborted: publication.isAborted ? now : TickAxis.never))
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

    // MARK: - The sweep

    private mutating func sweep(now: Tick, isBeginning: Bool) {
        let covered = reported
        for index in covered { curves[index].forgetFuture() }
        let flights = flights, last = flights.count - 1, flight = flights[last]
        let prior = last > 0 ? flights[last - 1] : nil
        let table = SweepTable()
        // Made when the first open device is met, one for each older broadcast.
        var olderTables = [SweepTable?](repeating: nil, count: last)
        var connected = 0
        var bursts = curves[last].bursts

        // What the loop needs of the two newest flights, by value.
        let key = flight.key, priorKey = prior?.key ?? 0, first = place.first, count = place.count
        let lossParts = flight.lossParts, dropParts = ModelledFlight.dropParts
        let leaveParts = flight.leaveParts
        let priorLossParts = prior?.lossParts ?? 0
        let isPriorSettled = prior.map { $0.settled <= (isBeginning ? now : flight.began) && $0.aborted == TickAxis.never } ?? true
        let priorLeft = prior?.leftParts(at: now) ?? 0
        let isPlain = flight.resends.isEmpty && flight.aborted == TickAxis.never
        let began = flight.began, burstScale = flight.burstScale, perWave = flight.burstsPerWave
        let waves = flight.sends.count / perWave

        // Taken out of self while the loop calls self's functions, which get the bits handed.
        var awayNow: [UInt16] = []
        swap(&awayNow, &away)
        awayNow.withUnsafeMutableBufferPointer { away in
        flight.sends.withUnsafeBufferPointer { sends in
        place.latencies.withUnsafeBufferPointer { latencies in
        AudienceDraws.applyTimes.withUnsafeBufferPointer { applyTimes in
        bursts.withUnsafeMutableBufferPointer { bursts in
            for local in 0..<count {
                var isOlderOpen = false
                var bits = away[local]
                if isBeginning {
                    var isAway = bits & 1 != 0
                    if let prior {
                        let draw = DeviceDraw(AudienceDraws.hash(priorKey, first + local))
                        if isPriorSettled, !isAway, draw.loss >= priorLossParts, draw.drop >= dropParts {
                            isAway = draw.presence < priorLeft
                        } else {
                            let fate = prior.fate(of: local, isAway: isAway)
                            isAway = !fate.isConnected(at: now)
                            isOlderOpen = fate.ack > now
                        }
                        bits = bits << 1 | (isAway ? 1 : 0)
                        away[local] = bits
                    }
                    if !isAway { connected += 1 }
                } else if let prior {
                    let draw = DeviceDraw(AudienceDraws.hash(priorKey, first + local)), wasAway = bits & 2 != 0
                    isOlderOpen = !(isPriorSettled && !wasAway && draw.loss >= priorLossParts && draw.drop >= dropParts)
                        && prior.fate(of: local, isAway: wasAway).ack > began
                }

                let draw = DeviceDraw(AudienceDraws.hash(key, first + local))
                if isPlain, bits & 1 == 0, draw.loss >= lossParts, draw.drop >= dropParts {
                    var burst = Int((UInt64(truncatingIfNeeded: local) &* burstScale) >> 32)
                    if waves > 1 { burst += flight.wave(of: local) * perWave }
                    let send = sends[burst]
                    if send > now { bursts[burst] &+= 1 }
                    let trip = 2 * Int64(latencies[draw.latency]) + Int64(applyTimes[draw.apply])
                    let ack = TickAxis.tick(atMilliseconds: Int64(send) * TickAxis.milliseconds + trip, from: began)
                    if ack > now { table.add(ack, burst, base: now) }
                    if draw.presence < leaveParts {
                        let leave = flight.leave(draw)
                        if leave > now, leave != TickAxis.never {
                            table.add(leave, DeliveryCurve.Column.leaves, base: now)
                        }
                    }
                } else {
                    let fate = flight.fate(of: local, isAway: bits & 1 != 0)
                    if fate.send > now, fate.send != TickAxis.never { bursts[fate.burst] &+= 1 }
                    Self.count(fate, after: now, isNewest: true) { table.add($0, $1, base: now) }
                }
                if isOlderOpen { Self.countOlder(local, bits, flights, covered.lowerBound, now, &olderTables) }
            }
        }}}}}
        swap(&awayNow, &away)

        curves[last].bursts = bursts
        curves[last].take(table, base: now)
        for index in covered.dropLast() {
            if let older = olderTables[index] { curves[index].take(older, base: now) }
        }
        if isBeginning {
            curves[last].connected = connected
            curves[last].offline = count - connected
        }
    }

    /// Counts what is to come for the older broadcasts that this device has not confirmed yet.
    private static func countOlder(
        _ local: Int, _ bits: UInt16, _ flights: [ModelledFlight], _ lowest: Int, _ now: Tick,
        _ tables: inout [SweepTable?]
    ) {
        withFates(of: local, in: flights, from: lowest, bits: bits, openAt: now) { fates in
            for offset in 1..<fates.count {
                let index = flights.count - 1 - offset
                let table = tables[index] ?? SweepTable()
                tables[index] = table
                count(fates[offset], after: now, isNewest: false) { table.add($0, $1, base: now) }
            }
        }
    }

    /// Every change of line after `now`.
    @inline(__always)
    private static func count(_ fate: DeviceFate, after now: Tick, isNewest: Bool, add: (Tick, Int) -> Void) {
        func at(_ tick: Tick, _ column: Int) {
            if tick > now, tick != TickAxis.never { add(tick, column) }
        }
        typealias Column = DeliveryCurve.Column
        at(fate.duplicate, Column.duplicate)
        if isNewest {
            at(fate.back, Column.joins)
            if !fate.isAway {
                at(fate.drop, Column.leaves)
                at(fate.leave, Column.leaves)
            }
        }
        if fate.isAway {
            at(fate.ack, Column.caughtUp)
            return
        }
        if !isNewest { at(fate.send, Column.sent) }
        let isRetried = fate.retry < min(fate.drop, fate.ack), isDropped = fate.drop < fate.ack
        if isRetried { at(fate.retry, Column.waitingToRetrying) }
        if isDropped {
            at(fate.drop, isRetried ? Column.retryingToDropped : Column.waitingToDropped)
            at(fate.ack, Column.droppedAcked)
        } else if isRetried {
            at(fate.ack, Column.retryingAcked)
        }
        at(fate.ack, fate.burst < 0 ? Column.elsewhere : fate.burst)
    }

    // MARK: - One device

    /// The device's fate in each flight from `lowest` on, oldest first.
    private func fates(of local: Int, from lowest: Int) -> [DeviceFate] {
        Self.withFates(of: local, in: flights, from: lowest, bits: away[local], openAt: nil) { $0.reversed() }
    }

    /// The device's fates, newest first. With `openAt`, stops at the first flight, going back, that the device
    /// had confirmed by then: it has confirmed all before it, too.
    private static func withFates<Answer>(
        of local: Int, in flights: [ModelledFlight], from lowest: Int, bits: UInt16, openAt: Tick?,
        _ body: (UnsafeBufferPointer<DeviceFate>) -> Answer
    ) -> Answer {
        withUnsafeTemporaryAllocation(of: DeviceFate.self, capacity: flightsMax) { fates in
            let newest = flights.count - 1
            var count = 0
            for index in stride(from: newest, through: lowest, by: -1) {
                var fate = flights[index].fate(of: local, isAway: bits >> (newest - index) & 1 != 0)
                for newer in index + 1..<max(index + 1, flights.count) where fate.ack > flights[newer].began {
                    lay(fates[newest - newer], of: flights[newer], over: &fate, of: flights[index], local,
                        until: newer < newest ? flights[newer + 1].began : TickAxis.never)
                    if fates[newest - newer].isReached { break }
                }
                fates.initializeElement(at: count, to: fate)
                count += 1
                if let openAt, index < newest, fate.ack <= openAt { break }
            }
            return body(UnsafeBufferPointer(rebasing: fates[..<count]))
        }
    }

    /// What a newer flight makes of the fate in an older one.
    private static func lay(
        _ over: DeviceFate, of newer: ModelledFlight, over fate: inout DeviceFate, of older: ModelledFlight,
        _ local: Int, until limit: Tick
    ) {
        guard over.isReached else {
            fate.resume(
                after: over, began: newer.began, aborted: newer.aborted, mayReturn: over.back <= older.aborted,
                roundTrip: older.roundTrip(of: local))
            return
        }
        let wasOpen = fate.ack > newer.began
        fate.overtake(by: over, began: newer.began)
        // The device's connection broke over the newer one, which was aborted before it came back: it is given this one.
        if wasOpen, older.aborted == TickAxis.never, over.back != TickAxis.never, over.back > newer.aborted {
            fate.back = over.back
            fate.catchUp(older.roundTrip(of: local), from: newer.aborted, by: limit)
        }
    }

    private func isAwayNow(_ local: Int, _ flight: ModelledFlight?, _ now: Tick) -> Bool {
        let isAway = away[local] & 1 != 0
        return flight.map { !$0.fate(of: local, isAway: isAway).isConnected(at: now) } ?? isAway
    }

    private static let prefetchSpan = 128
}

/// What is known of one modelled device.
struct ModelledDeviceState: Hashable, Sendable {
    /// The newest broadcast it has applied; 0 if none.
    var sequence: Int64
    var stage: StageKey?
    var isConnected = false
    var hasPrefetched = false
    /// Where it stands in the newest broadcast; nil before the first.
    var line: DeliveryLine?
    /// Its wave of the newest broadcast.
    var wave: Int?
    /// From its send to its ack, so far if there is none; nil while it is not sent.
    var lag: Milliseconds?

    init(sequence: Int64, stage: StageKey?) {
        self.sequence = sequence
        self.stage = stage
    }
}
