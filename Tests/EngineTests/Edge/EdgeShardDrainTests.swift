@testable import Engine
import Testing

/// Cordon and drain, as an edge node obeys them.
@Suite struct EdgeShardDrainTests {
    private func world(devices: Int) -> (ShardWorld, [ConnectionSlot]) {
        var world = ShardWorld()
        let slots = (0..<devices).map { world.connect("tv-\($0)") }
        world.log(1...1)
        for slot in slots { world.ack(1, slot) }
        return (world, slots)
    }

    private func wish(_ revision: Int64, _ kind: NodeDuty.Kind) -> RouterMessage {
        .duty(NodeDuty(revision: revision, kind: kind))
    }

    @Test func aCordonedNodeTakesNobodyNewAndKeepsWhoIsThere() {
        var (world, slots) = world(devices: 2)
        world.receive(wish(1, .cordoned))
        let slot = world.shard.accept(now: world.now)
        #expect(slot == nil)
        _ = world.got(slots[0])
        world.publish(2)
        world.expect(slots[0], "2")
        world.receive(wish(2, .open))
        let welcome = world.shard.accept(now: world.now)
        #expect(welcome != nil)
    }

    @Test func aDrainIsSpreadEvenlyOverItsWindow() {
        var (world, _) = world(devices: 10)
        world.receive(wish(1, .draining(over: 1000)))
        var counts = [world.closed.count]
        for _ in 0..<4 {
            world.advance(.milliseconds(250))
            counts.append(world.closed.count)
        }
        #expect(counts == [1, 3, 6, 8, 10])
        #expect(world.closed.values.allSatisfy { $0 == .draining })
        let slot = world.shard.accept(now: world.now)
        #expect(slot == nil)
    }

    @Test func whoHasNotGoneYetGetsStagesToTheLast() {
        var (world, slots) = world(devices: 4)
        world.receive(wish(1, .draining(over: 4000)))
        _ = world.got(slots[3])
        world.publish(2)
        world.expect(slots[3], "2")
    }

    @Test func whoIsSentElsewhereIsNotCountedHereAnyMore() {
        var (world, _) = world(devices: 4)
        world.receive(wish(1, .draining(over: 0)))
        let report = world.shard.report(now: world.now)
        #expect(report.connections == 0 && report.offline == 0)
        #expect(world.ledger(1)?.isBalanced == true)
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func aDrainThatIsCalledOffLeavesTheOthersThere() {
        var (world, _) = world(devices: 10)
        world.receive(wish(1, .draining(over: 1000)))
        world.advance(.milliseconds(450))
        world.receive(wish(2, .open))
        world.advance(.seconds(5))
        #expect(world.closed.count == 5 && world.shard.connections.count == 5)
    }

    @Test func copiesAndLateWishesChangeNothing() {
        var (world, _) = world(devices: 10)
        world.receive(wish(2, .draining(over: 1000)))
        world.advance(.milliseconds(450))
        for revision: Int64 in [2, 1, 0] {
            world.receive(wish(revision, revision == 2 ? .draining(over: 1000) : .open))
        }
        #expect(world.told.suffix(1) == [.duty(NodeDuty(revision: 2, kind: .draining(over: 1000)))])
        world.advance(.milliseconds(550))
        #expect(world.closed.count == 10)
    }
}
