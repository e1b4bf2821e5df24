@testable import Engine
import Foundation
import TestSupport

/// The engine's process: what `Engine.swift` keeps beside the control plane.
struct EngineHost {
    var journal: MemoryJournal
    /// Nil while no engine runs.
    var plane: ControlPlane?
    /// Counts engines: what one had under way is not the next one's.
    var life = 0
    /// The one timer that is armed.
    var timerNumber = 0
    var timerAt = Int64.max
    var retryAt: EngineInstant?
    var nextPicture = EngineInstant.start
    /// How far the schedule's clock stands off the true one since this engine began, ms.
    var scheduleStep: Milliseconds = 0
    /// Since when engine and journal have worked without a fault.
    var healthySince: Int64 = 0
    var isInDoubt = false
    /// Whether the batch that meets a failing sync reaches the disk all the same.
    var doubtfulWrite = false
    /// For the bugs that need an older disk.
    var batches: [JournalBatch] = []
}

// The engine, driven as `Engine.swift` drives it: apply to a copy, commit, keep the copy, perform.

extension Simulation {
    /// What the schedule's clock is promised to show: wall time that did not jump since the engine began.
    var scheduleTime: WallTime { evening + nanoseconds / 1_000_000 + host.scheduleStep }

    func startEngine() {
        guard host.plane == nil else { return }
        host.life += 1
        note(.engineStart, host.life)
        host.scheduleStep = wallStep
        host.healthySince = nanoseconds
        host.retryAt = nil
        host.nextPicture = now.instant
        let info = EngineInfo(process: Int32(host.life), startedAt: now.wall, host: "sim", database: "memory")
        var plane = ControlPlane(configuration: configuration, info: info, now: now)
        var reading = ScheduleReading()
        reading.events = events
        guard let recovered = try? host.journal.recover() else {
            return checker.fail("INV-9", "the journal cannot be read")
        }
        let outcome = plane.start(from: recovered, reading: reading, files: ["sim.yaml"], fresh: false, now: now)
        guard commit(outcome.batch) else { return later(500_000, .engineStart) }
        host.plane = plane
        perform(outcome.actions)
        _ = step(.operatorArrived(Operator(name: "kris", role: "SCO", terminal: "pts/1")))
        wake()
    }

    func engineTimer(_ number: Int) {
        guard number == host.timerNumber, host.plane != nil else { return }
        host.timerAt = .max
        wake()
    }

    private func wake() {
        if host.retryAt.map({ $0 <= now.instant }) ?? true { _ = step(.tick) }
        guard host.plane != nil else { return }
        if host.nextPicture <= now.instant {
            _ = host.plane?.snapshot(now: now)
            host.nextPicture = now.instant + .milliseconds(500)
        }
        armEngine()
    }

    func armEngine() {
        guard let plane = host.plane else { return }
        let wanted = min(max(plane.nextDeadline ?? host.nextPicture, host.retryAt ?? .start), host.nextPicture)
        let deadline = wanted.nanoseconds > nanoseconds ? wanted.nanoseconds : nanoseconds + Self.millisecond
        guard deadline < host.timerAt else { return }
        host.timerAt = deadline
        host.timerNumber += 1
        agenda.add(.engineTimer(number: host.timerNumber), at: deadline)
    }

    /// - Returns: nil if the journal refused or the engine died of it.
    func step(_ input: ControlPlane.Input) -> EngineReply? {
        guard let plane = host.plane else { return nil }
        var next = plane
        let outcome = next.apply(input, now: engineNow)
        if bug == .sentBeforeCommit { perform(outcome.actions) }
        if !outcome.batch.isEmpty {
            guard commit(outcome.batch) else {
                host.plane?.noteJournalFailure("the disk is full")
                perform(host.plane?.carryOn(now: now) ?? [])
                host.retryAt = now.instant + .milliseconds(250)
                return bug == .doneWithoutDisk ? outcome.reply : nil
            }
            host.retryAt = nil
            host.nextPicture = min(host.nextPicture, now.instant)
            if !isCalm, happens(mix.deathsAfterCommit) {
                dieAndRestart(after: Int64.random(in: 50...5000, using: &random))
                return nil
            }
        }
        host.plane = next
        if bug != .sentBeforeCommit { perform(outcome.actions) }
        return outcome.reply
    }

    /// The time the engine is told, which is the true one unless a bug is planted.
    private var engineNow: Moment {
        switch bug {
        case .firedEarly: Moment(instant: now.instant + .seconds(2), wall: now.wall + 2000)
        case .wallClockBelieved:
            Moment(instant: now.instant + .milliseconds(wallStep - host.scheduleStep), wall: now.wall)
        default: now
        }
    }

    private func commit(_ batch: JournalBatch) -> Bool {
        do {
            try host.journal.commit(batch)
            wrote(batch)
            return true
        } catch {
            note(.commitFails)
            host.healthySince = nanoseconds
            if case JournalError.doubtful = error {
                if !host.isInDoubt, host.doubtfulWrite { wrote(batch) }
                if !host.isInDoubt { later(draw(500...3000), .fault(.endDoubt)) }
                host.isInDoubt = true
            }
            if case JournalError.conflict(_, let detail) = error {
                checker.fail("INV-7", "the journal refuses a batch: \(detail)")
            }
            return false
        }
    }

    private func wrote(_ batch: JournalBatch) {
        for record in batch.broadcasts {
            note(.commit, Int(record.publication.position.sequence), record.id.number, record.state == .sending ? 1 : 0)
        }
        host.batches.append(batch)
        checker.wrote(
            batch, scheduleTime: scheduleTime, healthyFor: (nanoseconds - host.healthySince) / Self.millisecond,
            at: nanoseconds)
    }

    private func perform(_ actions: [ControlPlane.Action]) {
        for case .send(let message, let node) in actions { send(message, to: node) }
    }

    // MARK: What nodes say

    func arrived(_ message: NodeMessage, from node: NodeID) {
        guard host.plane != nil else { return }
        if case .report(let report) = message { checker.heard(report) }
        perform(host.plane!.receive(message, from: node, now: now))
        if case .historyWanted(let topic, let after) = message {
            later(draw(1...20), .history(topic, after: after, node: node, life: host.life))
        }
        armEngine()
    }

    func answerHistory(_ topic: Topic, _ after: Int64, _ node: NodeID, _ life: Int) {
        guard life == host.life, let plane = host.plane else { return }
        let found = (try? host.journal.publications(of: topic, after: after, limit: RouterMessage.logMax)) ?? []
        perform([plane.historyAnswer(topic, found, to: node)])
    }

    // MARK: The bus

    private func send(_ message: RouterMessage, to node: NodeID) {
        checker.left(message)
        guard let index = nodes.firstIndex(where: { $0.id == node }), nodes[index].linkDownUntil.down <= nanoseconds
        else { return }
        let message = carried(message)
        for delay in crossings() { later(delay, .toNode(message, index)) }
    }

    func tell(_ message: NodeMessage, from index: Int) {
        guard nodes[index].linkDownUntil.up <= nanoseconds else { return }
        let message = carried(message)
        for delay in crossings() { later(delay, .toRouter(message, nodes[index].id)) }
    }

    /// In one seed of eight every message crosses as text: what does not come back as it was breaks the promises.
    private func carried<Message: Codable & Equatable>(_ message: Message) -> Message {
        guard seed % 8 == 0 else { return message }
        do {
            let copy = try JSONDecoder().decode(Message.self, from: JSONEncoder().encode(message))
            checker.require(copy == message, "bus", "\(message) is not what was sent")
            return copy
        } catch {
            checker.fail("bus", "\(message) cannot cross: \(error)")
            return message
        }
    }

    /// Microseconds until each copy of a message arrives; none if it is lost.
    private func crossings() -> [Int64] {
        guard !isCalm else { return [1000] }
        if happens(mix.busLoss) {
            note(.busLost)
            return []
        }
        func delay() -> Int64 { happens(mix.busDelays) ? draw(10...3000) : draw(1...5) }
        return happens(mix.busCopies) ? [delay(), delay()] : [delay()]
    }

    // MARK: Death

    /// Kill -9: what was committed is all that is left.
    func dieAndRestart(after milliseconds: Int64) {
        note(.engineDies, host.life)
        host.plane = nil
        host.timerAt = .max
        host.timerNumber += 1
        host.isInDoubt = false
        host.journal = host.journal.crash()
        if bug == .commitForgotten || bug == .runForgotten { hurtJournal() }
        later(milliseconds * 1000, .engineStart)
    }

    /// Makes the disk an older one, for the bugs that need it.
    private func hurtJournal() {
        guard
            let last = host.batches.lastIndex(where: {
                $0.broadcasts.contains { $0.state == .sending && $0.figures == BroadcastFigures() }
            })
        else { return }
        let journal = MemoryJournal()
        if bug == .commitForgotten { host.batches.removeSubrange(last...) }
        for (index, batch) in host.batches.enumerated() {
            var batch = batch
            if bug == .runForgotten, index >= last, index > 0 { batch.runs = [] }
            try? journal.commit(batch)
        }
        host.journal = journal
    }
}
