@testable import Engine
import Testing

/// Random lives of many devices against the two things that must hold after every step: all tables agree and every
/// ledger balances; and what each device applied is in order, without a gap except by reset, and without an aborted
/// stage that was aborted before it could be sent.
@Suite struct EdgeShardRandomTests {
    struct Device {
        var slot: ConnectionSlot?
        var applied: Int64 = 0
        var unacked: [Int64] = []
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func everyLedgerBalancesAndNobodySkipsAStage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = ShardWorld {
            $0.knownDevicesMax = 14
            $0.ackWithin = .seconds(3)
            $0.catchUpMax = 6
        }
        var devices = [Device](repeating: Device(), count: 20)
        var published: [Publication] = []

        for step in 0..<300 {
            let who = Int.random(in: devices.indices, using: &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0, 1, 2:
                if devices[who].slot == nil {
                    let at = devices[who].applied
                    devices[who].slot = world.connect("d\(who)", at: at == 0 || Bool.random(using: &random) ? nil : at)
                    devices[who].unacked = []
                }
            case 3:
                if let slot = devices[who].slot { world.leave(slot) }
                devices[who].slot = nil
            case 4, 5:
                if let slot = devices[who].slot, let last = devices[who].unacked.last {
                    world.ack(last, slot)
                    devices[who].unacked = []
                }
            case 6:
                let waves = Bool.random(using: &random) ? WavePlan.single : WavePlan(count: 3, interval: 700)
                let publication = ShardWorld.publication(Int64(published.count) + 1, waves: waves)
                published.append(publication)
                if Int.random(in: 0..<5, using: &random) > 0 { world.receive(.publish(publication)) }
            case 7:
                if !published.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
                    published[published.count - 1].isAborted = true
                    world.receive(.abort(ShardWorld.topic, sequence: Int64(published.count)))
                }
            case 8: world.receive(.topicLog(ShardWorld.topic, published.suffix(RouterMessage.logMax), oldest: 1))
            case 9:
                if let slot = devices[who].slot {
                    world.shard.pendingChanged(slot, bytes: Bool.random(using: &random) ? 20_000 : 0, now: world.now)
                    world.run()
                }
            case 10:
                if let last = published.last {
                    world.receive(.resend(ShardWorld.topic, sequence: last.position.sequence))
                }
            default: world.advance(.milliseconds(Int.random(in: 1...2000, using: &random)))
            }
            read(&devices, &world, step)
            let problems = world.shard.checkInvariants()
            guard problems.isEmpty else {
                Issue.record("seed \(seed), step \(step): \(problems)")
                return
            }
        }
        settle(&devices, &world, published, seed)
    }

    /// Devices apply what came.
    private func read(_ devices: inout [Device], _ world: inout ShardWorld, _ step: Int) {
        for index in devices.indices {
            guard let slot = devices[index].slot else { continue }
            var isFirst = devices[index].unacked.isEmpty
            for word in world.got(slot).split(separator: " ") where word != "welcome" {
                if let sequence = Int64(word) {
                    // A device that said no position takes the first stage wherever it is.
                    let isOld = sequence <= devices[index].applied
                    #expect(
                        isOld || sequence == devices[index].applied + 1 || isFirst,
                        "device \(index), step \(step): \(word)")
                    devices[index].applied = max(devices[index].applied, sequence)
                    devices[index].unacked.append(sequence)
                } else if let end = word.lastIndex(of: ")"), let sequence = Int64(word[word.index(after: end)...]) {
                    devices[index].applied = sequence
                    devices[index].unacked.append(sequence)
                }
                isFirst = false
            }
            if world.closed[slot] != nil { devices[index].slot = nil }
        }
    }

    /// Faults off: everyone comes back, acks, and has the newest stage.
    private func settle(
        _ devices: inout [Device], _ world: inout ShardWorld, _ published: [Publication], _ seed: UInt64
    ) {
        world.receive(.topicLog(ShardWorld.topic, published.suffix(RouterMessage.logMax), oldest: 1))
        for index in devices.indices {
            if let slot = devices[index].slot {
                world.shard.pendingChanged(slot, bytes: 0, now: world.now)
            } else {
                let at = devices[index].applied
                devices[index].slot = world.connect("d\(index)", at: at == 0 ? nil : at)
                devices[index].unacked = []
            }
        }
        world.receive(.topicLog(ShardWorld.topic, published.suffix(RouterMessage.logMax), oldest: 1))
        world.advance(.seconds(3))
        read(&devices, &world, -1)
        let newest = published.last { !$0.isAborted }?.position.sequence ?? 0
        for (index, device) in devices.enumerated() {
            guard let slot = device.slot else { continue }
            #expect(device.applied >= newest, "seed \(seed): device \(index) has \(device.applied) of \(newest)")
            if let last = device.unacked.last { world.ack(last, slot) }
        }
        #expect(world.shard.checkInvariants() == [])
        #expect(!world.closed.values.contains(.badMessage), "seed \(seed)")
    }
}
