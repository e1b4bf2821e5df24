@testable import Engine

/// An edge node's process.
struct SimulatedNode {
    let id: NodeID
    /// Nil while it is down.
    var shard: EdgeShard?
    /// Counts its lives: a connection belongs to one of them.
    var incarnation = 0
    var timerNumber = 0
    var timerAt = Int64.max
    /// Until when nothing crosses the bus to it, and from it.
    var linkDownUntil: (down: Int64, up: Int64) = (0, 0)
    /// Who is on which slot, by index: the connections of `EdgeLoop`.
    var owners: [Int32: (device: Int, link: Int, slot: ConnectionSlot)] = [:]
    var turnCount = 0
}

// The edge nodes, driven as `EdgeLoop` drives a shard: inputs, then a turn.

extension Simulation {
    func startNode(_ index: Int) {
        guard nodes[index].shard == nil else { return }
        nodes[index].incarnation += 1
        note(.nodeStart, index, Int64(nodes[index].incarnation))
        let description = NodeDescription(id: nodes[index].id, kind: .real, region: "sim", connectionsMax: 64)
        nodes[index].shard = EdgeShard(description: description, configuration: configuration, now: now)
        nodes[index].shard?.fanOutStep = 4
        nodes[index].owners = [:]
        nodes[index].timerAt = .max
        turn(index)
    }

    /// The process is gone; the machine's TCP tells the far ends.
    func crashNode(_ index: Int) {
        guard nodes[index].shard != nil else { return }
        note(.nodeCrash, index)
        nodes[index].shard = nil
        nodes[index].owners = [:]
        for device in devices.indices where devices[device].link?.node == index {
            lose(device)
        }
        later(draw(50...4000), .nodeStart(index))
    }

    func arrived(_ message: RouterMessage, at index: Int) {
        guard nodes[index].shard != nil else { return }
        note(.busToNode, index)
        nodes[index].shard!.receive(message, now: now)
        turn(index)
    }

    func nodeTimer(_ index: Int, _ number: Int) {
        guard nodes[index].shard != nil, number == nodes[index].timerNumber else { return }
        nodes[index].timerAt = .max
        nodes[index].shard!.tick(now: now)
        turn(index)
    }

    /// Publications leave, decisions are performed, until nothing is due.
    func turn(_ index: Int) {
        var rounds = 0
        repeat {
            nodes[index].shard!.flush(now: now)
            performActions(of: index)
            rounds += 1
            if rounds > 10_000 { return checker.fail("INV-27", "\(nodes[index].id) never ends its turn") }
        } while nodes[index].shard!.needsFlush || !nodes[index].shard!.actions.isEmpty
        nodes[index].turnCount += 1
        if nodes[index].turnCount % 64 == 0 {
            for sentence in nodes[index].shard!.checkInvariants() {
                checker.fail("shard", "\(nodes[index].id): \(sentence)")
            }
        }
        let deadline = max(nodes[index].shard!.nextDeadline.nanoseconds, nanoseconds + 1000)
        guard deadline < nodes[index].timerAt else { return }
        nodes[index].timerAt = deadline
        nodes[index].timerNumber += 1
        agenda.add(.nodeTimer(index, number: nodes[index].timerNumber), at: deadline)
    }

    private func performActions(of index: Int) {
        var actions: [ShardAction] = []
        nodes[index].shard!.takeActions(into: &actions)
        for action in actions {
            switch action {
            case .send(let slot, let frame): deliver(frame, from: index, slot)
            case .ping(let slot): ping(index, slot)
            case .close(let slot, let reason): close(index, slot, reason)
            case .tell(let message): tell(spoilt(message), from: index)
            }
        }
    }

    private func spoilt(_ message: NodeMessage) -> NodeMessage {
        guard bug == .ackLostInReport, case .report(var report) = message,
            let place = report.broadcasts.firstIndex(where: { $0.ledger.acked > 3 }) else { return message }
        report.broadcasts[place].ledger.acked -= 1
        return .report(report)
    }

    // MARK: Connections, as the node sees them

    private func owner(_ index: Int, _ slot: ConnectionSlot) -> (device: Int, link: Int)? {
        guard let owner = nodes[index].owners[slot.index], owner.slot == slot else { return nil }
        return (owner.device, owner.link)
    }

    private func deliver(_ frame: OutboundFrame, from index: Int, _ slot: ConnectionSlot) {
        guard let (device, link) = owner(index, slot) else { return }
        guard devices[device].link?.number == link else { return } // half open: into the void
        if bug == .stageLeftOut, case .stage(_, _, let position) = frame.messages[0], position.sequence == 3,
            happens(0.05)
        {
            return
        }
        send(frame, to: device, link)
        if bug == .olderStageTaken, case .stage(let topic, _, let position) = frame.messages[0], happens(0.05),
            let older = checker.committed[topic]?.first(where: { $0.position.sequence == position.sequence - 1 }) {
            send(OutboundFrame(.stage(topic, older.stage, older.position)), to: device, link)
        }
    }

    private func send(_ frame: OutboundFrame, to device: Int, _ link: Int) {
        var at = nanoseconds + draw(5...80) * 1000
        at = max(at, devices[device].stalledUntil, devices[device].link!.lastDown)
        devices[device].link!.lastDown = at
        if devices[device].stalledUntil > nanoseconds {
            devices[device].link!.pendingBytes += frame.byteCount
            tellPending(device)
        }
        agenda.add(.toDevice(frame, device: device, link: link), at: at)
    }

    /// What waits in the connection's outbound buffer, as the shell tells the shard.
    func tellPending(_ device: Int) {
        guard let link = devices[device].link, nodes[link.node].incarnation == link.incarnation else { return }
        nodes[link.node].shard?.pendingChanged(link.slot, bytes: link.pendingBytes, now: now)
    }

    private func ping(_ index: Int, _ slot: ConnectionSlot) {
        guard let (device, number) = owner(index, slot), let link = devices[device].link, link.number == number else {
            return
        }
        guard devices[device].stalledUntil <= nanoseconds else { return }
        later(draw(10...150), .heard(link))
    }

    func heard(_ link: SimulatedDevice.Link) {
        guard nodes[link.node].incarnation == link.incarnation, nodes[link.node].shard != nil else { return }
        nodes[link.node].shard!.heard(link.slot, now: now)
    }

    private func close(_ index: Int, _ slot: ConnectionSlot, _ reason: CloseReason) {
        guard let (device, link) = owner(index, slot) else { return }
        nodes[index].owners[slot.index] = nil
        let at = max(
            nanoseconds + draw(5...80) * 1000, devices[device].link?.number == link ? devices[device].link!.lastDown : 0
        )
        agenda.add(.closed(reason, device: device, link: link), at: at)
    }

    /// The node learns that the far end has gone.
    func hangUp(_ index: Int, _ incarnation: Int, _ slot: ConnectionSlot) {
        guard nodes[index].incarnation == incarnation, nodes[index].shard != nil else { return }
        if owner(index, slot) != nil { nodes[index].owners[slot.index] = nil }
        nodes[index].shard!.disconnected(slot, now: now)
        turn(index)
    }
}
