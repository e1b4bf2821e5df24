import OrderedCollections

// A broadcast's waves: the canary that goes first, pause and promotion.

extension ControlPlane {
    /// The stage's waves, with the canary's share of the audience as it is known now.
    func waves(of stage: StageDefinition?, _ topic: Topic) -> WavePlan {
        var waves = stage?.waves ?? .single
        waves.canary = waves.canary?.forAudience(of: router.audience(of: topic).all.known)
        return waves
    }

    /// Promotes a broadcast whose canary is good, stops one whose canary is bad, and says again what a node has not
    /// heard.
    mutating func judgeCanary(of id: BroadcastID, in transaction: inout Transaction) {
        guard isNewest(broadcasts[id]!) else {
            orderChecks[id] = nil
            return
        }
        switch broadcasts[id]!.judgeCanary(now: transaction.now.instant) {
        case .good: _ = order(id, isHeld: false, .wavesPromoted, .engine, "the canary is good", in: &transaction)
        case .bad: stopItself(id, in: &transaction)
        case nil: repeatOrder(of: id, in: &transaction)
        }
    }

    /// Whether no newer broadcast of its event has taken its place.
    func isNewest(_ machine: BroadcastMachine) -> Bool {
        machine.record.publication.position == runs[machine.record.event]?.head
    }

    /// The stage is unknown to the devices: nobody else is given it, and the clock waits for a person.
    private mutating func stopItself(_ id: BroadcastID, in transaction: inout Transaction) {
        broadcasts[id]!.abort(as: .stopped)
        let machine = broadcasts[id]!, publication = machine.record.publication, total = machine.total
        transaction.broadcasts.append(machine.record)
        transaction.actions += router.abort(
            publication.topic, sequence: publication.position.sequence, now: transaction.now.instant
        )
            .map(Action.init)
        let answered =
            "\(total.unknownStage) of \(total.acked + total.unknownStage) canaries do not know '\(publication.stage)'"
        journal(.broadcastStopped, event: machine.record.event, actor: .engine, before: publication.stage.rawValue,
                after: "\(answered); \(total.notSent) devices were spared", broadcast: id, in: &transaction)
        hold(
            machine.record.event, actor: .engine, why: "\(id) stopped itself in the canary: \(answered)",
            in: &transaction)
    }

    mutating func paused(
        _ id: EventID, _ broadcast: BroadcastID, _ actor: Actor, _ why: String?, in transaction: inout Transaction
    ) -> EngineReply {
        guard let publication = wavesUnderWay(id, broadcast) else { return refusal(broadcast) }
        guard !publication.order.isHeldByPerson else {
            return .refused("The waves of \(broadcast) wait already: O promotes it.")
        }
        guard publication.waves.total > 1 else {
            return .refused("\(broadcast) went out in one wave: there is none to pause.")
        }
        let entry = order(broadcast, isHeld: true, .wavesPaused, actor, why, in: &transaction)
        return .done(entry, "PAUSE: no further wave of \(broadcast) begins. O promotes it, ! aborts it.")
    }

    mutating func promoted(
        _ id: EventID, _ broadcast: BroadcastID, _ actor: Actor, _ why: String?, in transaction: inout Transaction
    ) -> EngineReply {
        guard let publication = wavesUnderWay(id, broadcast) else { return refusal(broadcast) }
        guard publication.order.isHeld else {
            return .refused("The waves of \(broadcast) are going out: nothing waits.")
        }
        let entry = order(broadcast, isHeld: false, .wavesPromoted, actor, why, in: &transaction)
        return .done(entry, "PROMOTE: the waves of \(broadcast) go on.")
    }

    private func wavesUnderWay(_ id: EventID, _ broadcast: BroadcastID) -> Publication? {
        guard let record = broadcasts[broadcast]?.record, record.event == id, record.state == .sending,
            runs[id]?.head == record.publication.position
        else { return nil }
        return record.publication
    }

    private func refusal(_ broadcast: BroadcastID) -> EngineReply {
        .refused(
            "\(broadcast) is not being sent, or a newer one has taken its place: it has no waves to pause or promote.")
    }

    private mutating func order(
        _ id: BroadcastID, isHeld: Bool, _ kind: JournalEntry.Kind, _ actor: Actor, _ why: String?,
        in transaction: inout Transaction
    ) -> EntryNumber {
        let order = broadcasts[id]!.order(isHeld: isHeld, now: transaction.now.instant)
        let machine = broadcasts[id]!, publication = machine.record.publication, total = machine.total
        transaction.broadcasts.append(machine.record)
        transaction.actions += router.order(order, of: publication.topic, sequence: publication.position.sequence).map(
            Action.init)
        orderChecks[id] = transaction.now.instant + configuration.repeatAfter
        return journal(
            kind, event: machine.record.event, actor: actor, before: "\(total.sent) of \(total.connected) sent to",
            after: isHeld ? "no further wave begins" : "the waves go on", why: why, broadcast: id, in: &transaction)
    }

    /// What is said of waves may be lost on the bus: a node whose reports do not show it is told again.
    private mutating func repeatOrder(of id: BroadcastID, in transaction: inout Transaction) {
        guard let due = orderChecks[id], due <= transaction.now.instant, let machine = broadcasts[id] else { return }
        let publication = machine.record.publication
        let behind = machine.nodesBehindOrder
        guard !behind.isEmpty, !publication.isAborted else {
            orderChecks[id] =
                machine.isFinal || machine.hasHeardFromAll ? nil : transaction.now.instant + configuration.repeatMax
            return
        }
        transaction.actions += router.order(
            publication.order, of: publication.topic, sequence: publication.position.sequence
        )
            .filter { behind.contains($0.node) }.map(Action.init)
        orderChecks[id] = transaction.now.instant + configuration.repeatMax
    }
}
