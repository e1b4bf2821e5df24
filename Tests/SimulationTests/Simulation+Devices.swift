@testable import Engine

// The far ends: devices connect, read, ack, lose their connection and come back.

extension Simulation {
    func connect(_ device: Int) {
        guard devices[device].link == nil else { return }
        let index = Int.random(in: nodes.indices, using: &random)
        guard nodes[index].shard != nil, let slot = nodes[index].shard!.accept(now: now) else {
            note(.deviceRefused, device, Int64(index))
            return retry(device)
        }
        lastLink += 1
        note(.deviceConnects, device, Int64(index), Int64(lastLink))
        let link = SimulatedDevice.Link(
            number: lastLink, node: index, incarnation: nodes[index].incarnation, slot: slot)
        nodes[index].owners[slot.index] = (device, lastLink, slot)
        devices[device].link = link
        devices[device].attempts = 0
        say(devices[device].hello, device)
        turn(index)
    }

    private func retry(_ device: Int) {
        devices[device].attempts += 1
        let ceiling: Int64 = min(4000, 200 << min(devices[device].attempts, 5))
        later(draw(50...ceiling), .connect(device))
    }

    private func say(_ message: DeviceMessage, _ device: Int) {
        let at = max(nanoseconds + draw(5...80) * 1000, devices[device].stalledUntil, devices[device].link!.lastUp)
        devices[device].link!.lastUp = at
        agenda.add(.fromDevice(message, device: device, link: devices[device].link!), at: at)
    }

    func arrived(_ message: DeviceMessage, from device: Int, _ link: SimulatedDevice.Link) {
        guard nodes[link.node].incarnation == link.incarnation, nodes[link.node].shard != nil else { return }
        nodes[link.node].shard!.received(message, from: link.slot, now: now)
        turn(link.node)
    }

    func arrived(_ frame: OutboundFrame, at device: Int, _ link: Int) {
        guard devices[device].link?.number == link else { return }
        if devices[device].link!.pendingBytes > 0 {
            devices[device].link!.pendingBytes = max(0, devices[device].link!.pendingBytes - frame.byteCount)
            tellPending(device)
            let node = devices[device].link!.node
            if nodes[node].shard != nil { turn(node) }
        }
        guard devices[device].link?.number == link else { return }
        for message in frame.messages {
            let before = devices[device].held
            let acked = devices[device].take(message, &checker, bug: bug)
            guard let topic = acked, let held = devices[device].held[topic] else { continue }
            note(
                devices[device].held == before ? .deviceFrame : .deviceApplies, device, held.position.sequence,
                Int64(topic == events[0].topic ? 0 : 1))
            if isCalm || !happens(mix.acksForgotten) { say(.ack(topic, sequence: held.position.sequence), device) }
        }
    }

    /// The node ended the connection and said why.
    func closed(_ reason: CloseReason, _ device: Int, _ link: Int) {
        note(.deviceCloses, device, Int64(reason.code))
        switch reason {
        case .superseded, .silent, .slow, .helloTimeout, .restarting, .draining, .goingAway: break
        default:
            checker.fail(
                "protocol", "\(devices[device].id), an honest device, is closed with \(reason.code) \(reason.reason)")
        }
        guard devices[device].link?.number == link else { return }
        devices[device].link = nil
        retry(device)
    }

    /// The connection breaks. The device notices at once; the node in a while, or by the silence.
    func cut(_ device: Int) {
        guard let link = devices[device].link else { return }
        note(.deviceCut, device, Int64(link.node))
        if happens(0.7) { later(draw(0...500), .hangUp(node: link.node, incarnation: link.incarnation, link.slot)) }
        if happens(mix.positionsLost) {
            devices[device].held = [:]
            devices[device].applied = [:]
        }
        lose(device)
    }

    func lose(_ device: Int) {
        devices[device].link = nil
        retry(device)
    }
}
