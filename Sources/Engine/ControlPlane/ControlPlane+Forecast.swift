import OrderedCollections

// What is expected of the fan-outs to come: who they go to, how long they take, and where two of them would collide.

extension ControlPlane {
    /// Works the next half hour out anew, at most once a second.
    mutating func refreshOutlook(in transaction: Transaction) {
        let now = transaction.now.instant
        if let last = outlook.refreshedAt, now - last < .seconds(1) { return }
        outlook.refreshedAt = now
        outlook.populations = populations()
        outlook.keep(events: eventIDs, broadcasts: Set(runs.values.flatMap(\.broadcasts)))
        let ahead = configuration.airspaceAhead.wholeMilliseconds
        // Somewhat further than is warned of: what is moved out of the half hour must not land on something there.
        let reach = Airspace.moveMax + 60_000
        let all = flights(from: transaction.time, to: transaction.time + ahead + reach, in: transaction)
        let airspace = Airspace(all, ceiling: capacity.acksPerSecond)
        outlook.collisions = [:]
        outlook.proposals = [:]
        for collision in airspace.collisions where collision.mover.start < transaction.time + ahead {
            let event = collision.mover.event
            guard outlook.collisions[event] == nil else { continue }
            outlook.collisions[event] = collision
            outlook.proposals[event] = proposal(against: collision, all, in: transaction)
        }
    }

    /// Who follows each event on the desk, by what the edge nodes report.
    func populations() -> [EventID: FanOutPopulation] {
        var found: [EventID: FanOutPopulation] = [:]
        let ackWithin = configuration.ackWithin.wholeMilliseconds
        for place in router.nodes.indices {
            let description = router.nodes[place].description, isStale = router.nodes[place].isStale
            for count in router.nodes[place].report.topics {
                guard let event = count.topic.event, let run = runs[event] else { continue }
                if isStale {
                    found[event, default: FanOutPopulation()].addUnreached(count.known)
                } else {
                    found[event, default: FanOutPopulation()].add(
                        description.id, known: count.known, connected: count.connections, pace: description.pace,
                        profile: run.event.audience, ackWithin: ackWithin)
                }
            }
        }
        return found
    }

    /// The event's devices as they would be once its audience is as the schedule says, before it has been laid out.
    mutating func expectAudience(of event: LiveEvent) {
        var layout = AudienceLayout(seed: 0), population = FanOutPopulation()
        let shares = layout.place(event.topic, devices: event.audience.devices)
        for share in shares {
            let node = layout.nodes[share.node], known = share.devices.count
            population.add(
                node.description.id, known: known, connected: Int(Double(known) * (1 - event.audience.offlineShare)),
                pace: node.pace, profile: event.audience, ackWithin: configuration.ackWithin.wholeMilliseconds)
        }
        outlook.populations[event.id] = population
    }

    /// What is foretold of a broadcast to the event with these waves; nil while no device is connected.
    mutating func forecast(of run: RunOfShow, waves: WavePlan) -> BroadcastForecast? {
        outlook.shape(of: run.id, waves: waves).map { outlook.forecast($0, of: run.id, tier: run.event.tier) }
    }

    // MARK: Flights

    /// The fan-outs of all events that begin between the two moments, and those under way.
    mutating func flights(from: WallTime, to: WallTime, in transaction: Transaction) -> [Flight] {
        var found = runs.values.filter { $0.hold == nil }.flatMap { flights(of: $0, from: from, to: to) }
        for machine in broadcasts.values where machine.record.state == .sending && !machine.isFinal {
            let publication = machine.record.publication
            guard let run = runs[machine.record.event] else { continue }
            let began = transaction.time - max(0, transaction.now.wall.since(publication.position.timestamp))
            if var flight = flight(run, publication.stage, waves: publication.waves, at: began) {
                flight.isUnderWay = true
                found.append(flight)
            }
        }
        return found
    }

    /// The event's planned fan-outs between the two moments.
    mutating func flights(of run: RunOfShow, from: WallTime, to: WallTime) -> [Flight] {
        guard let next = run.nextIndex else { return [] }
        var found: [Flight] = []
        for index in next..<run.progress.count where run.progress[index].outcome == .upcoming {
            let stage = run.event.stages[index]
            guard let at = run.startTime(of: stage.key), at >= from, at < to else { continue }
            if let flight = flight(run, stage.key, waves: stage.waves, at: at) { found.append(flight) }
        }
        return found
    }

    mutating func flight(_ run: RunOfShow, _ key: StageKey, waves: WavePlan, at start: WallTime) -> Flight? {
        guard let shape = outlook.shape(of: run.id, waves: waves) else { return nil }
        let lasts = outlook.forecast(shape, of: run.id, tier: run.event.tier).t999 ?? shape.sendsUntil
        return Flight(
            event: run.id, name: Words.stage(key, of: run), tier: run.event.tier, stage: key, start: start,
            end: start + lasts, shape: shape)
    }

    // MARK: Moves

    /// The smallest move of the stage, in steps of 30 s, after which nothing of its event collides any more. Later
    /// goes before earlier; what the run of show does not allow (its order, a time that has passed) is left out.
    private mutating func proposal(
        against collision: Airspace.Collision, _ flights: [Flight], in transaction: Transaction
    ) -> ProposedMove? {
        let mover = collision.mover
        guard let run = runs[mover.event], !mover.isUnderWay else { return nil }
        let others = flights.filter { $0.event != mover.event || $0.isUnderWay }
        let end = transaction.time + configuration.airspaceAhead.wholeMilliseconds + 2 * Airspace.moveMax
        for size in stride(from: Airspace.moveStep, through: Airspace.moveMax, by: Int(Airspace.moveStep)) {
            for by in [size, -size] {
                var moved = run
                guard (try? moved.move(mover.stage, .by(by), now: transaction.time, actor: .engine)) != nil,
                      let at = moved.startTime(of: mover.stage), at > transaction.time + Airspace.moveLead
                else { continue }
                let own = self.flights(of: moved, from: transaction.time, to: end)
                if Airspace(others + own, ceiling: capacity.acksPerSecond).isClear(mover.event) {
                    return ProposedMove(stage: mover.stage, by: by)
                }
            }
        }
        return nil
    }

    /// An event whose fan-out would run into another's.
    func collisionCauses(now: Moment) -> [Alert] {
        runs.keys.compactMap { event in
            guard let collision = outlook.collisions[event] else { return nil }
            let move = outlook.proposals[event] == nil ? "; no move by up to 10 min clears it" : ""
            return Alert(
                id: AlertID("airspace/\(event)"), severity: .warn, since: now.wall, event: event,
                text: "\(collision.mover.name) \(collision.sentence(ceiling: capacity.acksPerSecond))\(move)")
        }
    }

    /// Most requests a second at the gateways around a moment, of every event, as their projections say.
    func peakRequests(around start: WallTime) -> Int {
        let traffic = runs.values.map { run in
            EventTraffic(run.event, starts: run.event.stages.compactMap { stage in
                run.startTime(of: stage.key).map { .init(stage: stage.key, kind: stage.kind, at: $0) }
            })
        }
        let moments = stride(from: Milliseconds(-120_000), through: Airspace.moveMax, by: 10_000)
        return moments.reduce(0) { peak, offset in
            max(peak, traffic.reduce(0) { $0 + $1.requestsPerSecond(at: start + offset).total })
        }
    }

    /// How far fetching ahead will be when so much time has passed; nil where nobody can know.
    func prefetchShare(of run: RunOfShow, after wait: Milliseconds) -> Double? {
        let counts = router.audience(of: run.event.topic).all
        guard let prefetched = counts.prefetched, counts.known > 0 else { return nil }
        return PrefetchOutlook.share(Double(prefetched) / Double(counts.known), after: wait)
    }
}

extension Airspace {
    /// Moves are proposed in these steps, and at most this far.
    static let moveStep: Milliseconds = 30_000
    static let moveMax: Milliseconds = 600_000
    /// Nothing is proposed to be sent sooner than this: a person has to read it first.
    static let moveLead: Milliseconds = 60_000
}

extension Airspace.Collision {
    /// `runs 9 s into FN12 LIVE -> peak 7.1 M dev/s vs 6.0 M ceiling`
    func sentence(ceiling: Int) -> String {
        let length = Words.duration(max(1000, overlap))
        let meets = mover.start < other.start ? "runs \(length) into \(other.name)"
            : mover.start == other.start
                ? "starts with \(other.name)" : "starts while \(other.name) goes out for \(length) more"
        if peakRate > ceiling {
            return "\(meets) -> peak \(Words.count(peakRate)) dev/s vs \(Words.count(ceiling)) ceiling"
        }
        return "\(meets) -> \(sharedNodes) edge node\(sharedNodes == 1 ? "" : "s") would send for both"
    }
}
