@testable import Engine
import OrderedCollections
import TestSupport

/// What can go wrong, beside the bus.
enum Fault {
    case partition, deviceCut, deviceStall, nodeCrash, engineCrash, journalFault, clockStep, command
    /// An operator cordons, drains or opens an edge node.
    case duty
    /// The operator restarts an engine whose disk is in doubt.
    case endDoubt
}

// What goes wrong, and what people do, while the faults last.

extension Simulation {
    func beginFaults() {
        for fault in [
            Fault.partition, .deviceCut, .deviceStall, .nodeCrash, .engineCrash, .journalFault, .clockStep, .command,
            .duty,
        ] {
            again(fault)
        }
    }

    private func mean(_ fault: Fault) -> Int64? {
        switch fault {
        case .partition: mix.partitions
        case .deviceCut: mix.deviceCuts
        case .deviceStall: mix.deviceStalls
        case .nodeCrash: mix.nodeCrashes
        case .engineCrash: mix.engineCrashes
        case .journalFault: mix.journalFaults
        case .clockStep: mix.clockSteps
        case .command: mix.commands
        case .duty: mix.duties
        case .endDoubt: nil
        }
    }

    private func again(_ fault: Fault) {
        guard let mean = mean(fault) else { return }
        later(draw(1...2 * mean), .fault(fault))
    }

    func strike(_ fault: Fault) {
        if case .endDoubt = fault {
            if host.isInDoubt, host.plane != nil { dieAndRestart(after: 500) }
            return
        }
        guard !isCalm else { return }
        again(fault)
        switch fault {
        case .partition: partition()
        case .deviceCut: cut(Int.random(in: devices.indices, using: &random))
        case .deviceStall: stall(Int.random(in: devices.indices, using: &random))
        case .nodeCrash: crashNode(Int.random(in: nodes.indices, using: &random))
        case .engineCrash: if host.plane != nil { dieAndRestart(after: Int64.random(in: 20...8000, using: &random)) }
        case .journalFault: breakJournal()
        case .clockStep: stepClock()
        case .command: command()
        case .duty: changeDuty()
        case .endDoubt: break
        }
    }

    private func partition() {
        let node = Int.random(in: nodes.indices, using: &random)
        let until = nanoseconds + draw(200...8000) * 1000
        note(.partition, node, until)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: nodes[node].linkDownUntil.down = until
        case 1: nodes[node].linkDownUntil.up = until
        default: nodes[node].linkDownUntil = (until, until)
        }
    }

    private func stall(_ device: Int) {
        note(.deviceStall, device)
        devices[device].stalledUntil = nanoseconds + draw(100...6000) * 1000
    }

    private func breakJournal() {
        let isDoubtful = Int.random(in: 0..<4, using: &random) == 0
        host.doubtfulWrite = isDoubtful && Bool.random(using: &random)
        note(.journalFault, isDoubtful ? 1 : 0)
        if isDoubtful {
            host.journal.failNextCommits(
                1, with: .doubtful(path: "memory", detail: "sync failed"), isWritten: host.doubtfulWrite)
        } else {
            host.journal.failNextCommits(Int.random(in: 1...15, using: &random), with: .diskFull(path: "memory"))
        }
    }

    private func stepClock() {
        let size = [-3_600_000, 3_600_000, -1000, 1000, -60_000, 60_000].randomElement(using: &random)!
        note(.clockStep, size)
        wallStep += Int64(size)
    }

    // MARK: Operators

    private func changeDuty() {
        let node = nodes.randomElement(using: &random)!.id
        let intent: Intent = switch Int.random(in: 0..<4, using: &random) {
        case 0: .cordon(node)
        case 1: .uncordon(node)
        default: .drain(node, over: Int64.random(in: 100...4000, using: &random))
        }
        note(.duty)
        give(intent)
    }

    /// In the end every node takes devices again; said until an engine hears it.
    func openNodes() {
        for node in nodes { give(.uncordon(node.id)) }
        armEngine()
        later(2_000_000, .openNodes)
    }

    private func give(_ intent: Intent) {
        guard case .plan(let plan)? = give(.prepare(intent)) else { return }
        _ = give(.apply(plan.id, .key, why: "simulated"))
        armEngine()
    }

    /// Somebody does something that the state allows; a plan is applied with all that its guard asks for.
    private func command() {
        guard let plane = host.plane else { return }
        let event = events.randomElement(using: &random)!
        guard let run = plane.runs[event.id], let intent = intent(for: run, plane) else { return }
        note(.command)
        carryOut(intent)
    }

    /// Lets the waves go on that somebody has paused, as an operator does in the end.
    /// - Returns: whether any waited.
    func promoteWhatWaits() -> Bool {
        guard let plane = host.plane else { return false }
        let waiting = plane.runs.values.compactMap { plane.newestBroadcast(of: $0.id)?.record }.filter(Self.waits)
        for record in waiting { carryOut(.promote(record.event, record.id)) }
        return !waiting.isEmpty
    }

    private static func waits(_ record: BroadcastRecord) -> Bool {
        record.state == .sending && record.publication.order.isHeld
    }

    private func carryOut(_ intent: Intent) {
        var reply = give(.perform(intent))
        if case .refused? = reply { reply = give(.prepare(intent)) }
        if case .plan(let plan)? = reply {
            reply = give(.apply(plan.id, plan.code.map(Confirmation.code) ?? .key, why: "simulated"))
        }
        if case .awaitingSecondOperator(let plan)? = reply { _ = give(.approve(plan), as: Desk.ana) }
        armEngine()
    }

    private func give(_ command: EngineCommand, as actor: Actor = Desk.kris) -> EngineReply? {
        let reply = step(.command(command, actor))
        if let reply { checker.told(reply) }
        return reply
    }

    private func intent(for run: RunOfShow, _ plane: ControlPlane) -> Intent? {
        let taken = run.event.stages.map(\.key).filter {
            run.index(of: $0)! <= run.current.flatMap(run.index(of:)) ?? -1
        }
        let ahead = run.event.stages.indices.filter { run.progress[$0].outcome == .upcoming }.map {
            run.event.stages[$0].key
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .hold(run.id)
        case 1, 2:
            return run.hold == nil ? .vote(run.id, gate: "ingest", go: Bool.random(using: &random)) : .resume(run.id)
        case 3: return ahead.randomElement(using: &random).map {
            .reschedule(run.id, $0, .by(Int64.random(in: -3000...5000, using: &random))) }
        case 4: return ahead.randomElement(using: &random).map { .trigger(run.id, $0) }
        case 5: return taken.randomElement(using: &random).map { .recycle(run.id, $0) }
        case 6, 7: return plane.newestBroadcast(of: run.id).map { .abort(run.id, $0.record.id) }
        case 8: return plane.newestBroadcast(of: run.id).map { machine in
            let id = machine.record.id
            if Self.waits(machine.record) { return .promote(run.id, id) }
            return machine.record.publication.waves.total > 1 ? .pauseWaves(run.id, id) : .resend(run.id, id)
        }
        default: return run.next.map { .take(run.id, $0) }
        }
    }
}
