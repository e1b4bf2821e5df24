import OrderedCollections

// Where the desk's events come from: the journal of the last engine, the schedule files, and edits of
// those files while the room is open.

/// An edited schedule that nobody has adopted yet.
struct ScheduleOffer: Sendable {
    var files: [String]
    var proposed: [LiveEvent]
    var capacity: EdgeCapacity
    /// What is wrong with the files themselves.
    var faults: [String]
}

extension ControlPlane {
    /// Takes up what the last engine left and what the schedule files say.
    ///
    /// An event that is in the journal goes on where it was, whatever the engine died of; if its file says something
    /// else by now, the difference is offered. The exception is an event whose times count from the engine's start
    /// (`in 20s`): once it is over, or an operator ended the engine by `quit`, the next start begins it anew, as a new
    /// edition with the same topic. Events of the journal that no file names stay in the database and off the desk;
    /// with no file at all, every unfinished one is on the desk.
    ///
    /// - Parameter fresh: begin such events anew in any case (`--fresh`).
    public mutating func start(
        from recovered: RecoveredState, reading: ScheduleReading, files: [String], fresh: Bool, now: Moment
    ) -> Outcome {
        var transaction = Transaction(now: now, time: clock.time(at: now))
        lastEntry = recovered.lastEntry
        lastBroadcast = recovered.lastBroadcast
        if let signature = recovered.lastSignature, signature.opensHandover { handover = signature }
        capacity = reading.capacity
        outlook.past = recovered.past
        outlook.record = TrackRecord(recovered.forecasts.map { ($0.event, $0.tier, $0.forecast) })
        let crashed = recovered.lastLifeSign == .engineStarted
        journal(
            .engineStarted, actor: .engine, before: lifeSignWords(recovered), after: "process \(info.process)",
            in: &transaction)

        archive = recovered.logs.reduce(into: [:]) { archive, topic in
            archive[topic.key] = TopicLog(publications: topic.value, oldest: recovered.oldest[topic.key] ?? 1)
        }
        let known = OrderedDictionary(uniqueKeysWithValues: recovered.runs.map { ($0.id, $0) })
        let wanted = files.isEmpty ? recovered.runs.filter { !$0.isOver }.map(\.event) : reading.events
        for event in wanted {
            runs[event.id] = run(
                of: event, known: known[event.id], restart: fresh || recovered.lastLifeSign == .engineQuit,
                in: &transaction)
            // A changed audience is offered like any other change; until then the adopted one stands.
            open(runs[event.id]?.event ?? event, in: &transaction)
        }
        resumeBroadcasts(recovered.unfinished, crashed: crashed, in: &transaction)
        if !files.isEmpty { offerSchedule(reading, files: files) }
        alerts.refresh(causes(now: now))
        return transaction.outcome(runs: runs, reply: nil)
    }

    private func lifeSignWords(_ recovered: RecoveredState) -> String {
        let at = recovered.lastEntryAt.map { ", last entry \($0)" } ?? ""
        return switch recovered.lastLifeSign {
        case nil: "new database"
        case .engineStarted: "the last engine did not end in order\(at)"
        default: "the last engine ended in order\(at)"
        }
    }

    private mutating func run(of event: LiveEvent, known: RunOfShow?, restart: Bool, in transaction: inout Transaction)
        -> RunOfShow
    {
        guard let known else {
            journal(
                .eventScheduled, event: event.id, actor: .engine, after: "\(event.stages.count) stages, plan v1",
                in: &transaction)
            var run = RunOfShow(event: event, startedAt: transaction.time)
            run.head = archive[event.topic]?.head?.position
            return run
        }
        guard event.startsWithEngine, restart || known.isOver else { return known }
        var run = RunOfShow(event: event, startedAt: transaction.time, edition: known.edition + 1)
        run.head = known.head
        run.revision = known.revision + 1
        journal(.eventScheduled, event: event.id, actor: .engine, before: "edition \(known.edition)",
                after: "edition \(run.edition), times count from now", in: &transaction)
        return run
    }

    /// The event's topic goes on from what the database has of it, also when the event was off the desk for a while.
    private mutating func open(_ event: LiveEvent, in transaction: inout Transaction) {
        let log = archive.removeValue(forKey: event.topic) ?? TopicLog()
        transaction.actions += router.open(event.topic, log: log).map(Action.init)
        transaction.actions.append(.follow(event.topic, event.audience))
    }

    /// Broadcasts that were committed and not final are sent again with the same position if they are still
    /// the newest of their topic; older ones keep the figures they had.
    private mutating func resumeBroadcasts(
        _ unfinished: [BroadcastRecord], crashed: Bool, in transaction: inout Transaction
    ) {
        for var record in unfinished {
            guard let run = runs[record.event] else { continue }
            let publication = record.publication
            guard publication.position == run.head else {
                record.state = .complete
                record.completed = transaction.now.wall
                transaction.broadcasts.append(record)
                continue
            }
            broadcasts[record.id] = machine(for: record, budget: run.event.audience.budget)
            transaction.actions += router.republishHead(of: publication.topic, now: transaction.now.instant).map(
                Action.init)
            journal(.engineResumed, event: record.event, actor: .engine,
                    before: crashed ? "fan-out cut short" : "fan-out unfinished",
                    after: "\(record.id) '\(publication.stage)' sent again at its position \(publication.position)",
                    broadcast: record.id, in: &transaction)
        }
    }

    // MARK: Edits while the room is open

    /// Works out what the files would change now. Nothing is applied by itself.
    mutating func offerSchedule(_ reading: ScheduleReading, files: [String]) {
        offer = ScheduleOffer(
            files: files, proposed: reading.events, capacity: reading.capacity, faults: reading.report())
        if offered == nil { offer = nil }
    }

    /// What adopting the edited files would change as things stand now; nil if nothing.
    var offered: OfferedSchedule? {
        guard let offer else { return nil }
        guard offer.faults.isEmpty else {
            return OfferedSchedule(files: offer.files, changes: [], problems: offer.faults)
        }
        let difference = ScheduleDifference(running: Array(runs.values), proposed: offer.proposed)
        guard !difference.isEmpty else { return nil }
        let changes = difference.problems.isEmpty ? difference.changes : []
        return OfferedSchedule(files: offer.files, changes: changes, problems: difference.problems)
    }

    mutating func adoptOffer(actor: Actor, why: String?, in transaction: inout Transaction) -> EngineReply {
        guard let offer, let offered else {
            return .refused("There is no edited schedule to adopt: the files say what runs.")
        }
        // Against the shows as they are now, not as they were when the file was read.
        let difference = ScheduleDifference(running: Array(runs.values), proposed: offer.proposed)
        guard offered.problems.isEmpty, let adoption = difference.adopt(now: transaction.time, actor: actor) else {
            return .refused(
                "The edited schedule cannot be adopted while it is wrong: \(Self.summary(of: offered.problems))")
        }
        for id in adoption.removed { remove(id, actor: actor, why: why, in: &transaction) }
        var next: OrderedDictionary<EventID, RunOfShow> = [:]
        for run in adoption.runs { next[run.id] = run }
        let before = runs
        runs = next
        for id in adoption.added {
            runs[id]?.head = archive[Topic(event: id)]?.head?.position
            if let event = runs[id]?.event { open(event, in: &transaction) }
            journal(.eventScheduled, event: id, actor: actor, after: "plan v1", why: why, in: &transaction)
        }
        for id in adoption.changed {
            guard let old = before[id], let new = runs[id] else { continue }
            undos[id] = nil
            if old.event.audience != new.event.audience {
                transaction.actions.append(.follow(new.event.topic, new.event.audience))
            }
            journal(
                .scheduleAdopted, event: id, actor: actor, before: "plan v\(old.planVersion)",
                after: "plan v\(new.planVersion)",
                    why: why, in: &transaction)
        }
        capacity = offer.capacity
        self.offer = nil
        return .done(lastEntry, "The edited schedule is adopted: \(offered.changes.count) changes.")
    }

    /// The first problem, and how many more there are.
    static func summary(of problems: [String]) -> String {
        let more = problems.count - 1
        return (problems.first ?? "") + (more > 0 ? " (and \(more) more: control-room validate lists them)" : "")
    }

    private mutating func remove(_ id: EventID, actor: Actor, why: String?, in transaction: inout Transaction) {
        guard let run = runs.removeValue(forKey: id) else { return }
        archive[run.event.topic] = router.logs[run.event.topic]
        transaction.actions += router.close(run.event.topic).map(Action.init)
        transaction.actions.append(.unfollow(run.event.topic))
        undos[id] = nil
        for machine in broadcasts.values where machine.record.event == id && !machine.isFinal {
            transaction.broadcasts.append(machine.cutShort(at: transaction.now))
            milestones[machine.record.id] = nil
        }
        broadcasts.removeAll { $0.value.record.event == id }
        journal(.eventRemoved, event: id, actor: actor, before: run.event.title, why: why, in: &transaction)
    }

    /// The store has forgotten publications that are past their retention.
    public mutating func noteRetention(_ oldest: [(topic: Topic, oldest: Int64)]) {
        for (topic, sequence) in oldest {
            router.setOldest(sequence, of: topic)
            archive[topic]?.oldest = sequence
        }
    }
}
