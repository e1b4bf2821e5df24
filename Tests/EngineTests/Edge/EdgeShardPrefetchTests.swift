@testable import Engine
import Testing

/// What an edge node reports of real devices that fetched ahead.
@Suite struct EdgeShardPrefetchTests {
    private func newest(_ world: ShardWorld) -> TopicCount? {
        for case .report(let report) in world.told.reversed() {
            if let count = report.topics.first(where: { $0.topic == ShardWorld.topic }) { return count }
        }
        return nil
    }

    @Test func devicesThatFetchedAheadAreCountedByFamilyBeforeAndAfterTheyConnect() {
        let register = PrefetchRegister()
        var world = ShardWorld(prefetches: register)
        world.log(nil)
        register.record("d1", family: "web", events: ["a"])
        let first = world.connect("d1")
        _ = world.connect("d2")
        world.advance(.seconds(3))
        #expect(newest(world)?.known == 2 && newest(world)?.prefetched == 1)
        #expect(newest(world)?.families == [
                FamilyCoverage(family: "unknown", known: 1, prefetched: 0),
                FamilyCoverage(family: "web", known: 1, prefetched: 1),
        ])
        // Nothing else happens at the node: the register alone is news.
        register.record("d2", family: nil, events: ["a"])
        register.record("d3", family: nil, events: ["a"])
        world.advance(.seconds(3))
        #expect(newest(world)?.prefetched == 2)
        world.leave(first)
        world.advance(.seconds(3))
        #expect(newest(world)?.known == 2 && newest(world)?.prefetched == 2)
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func aNodeWithoutARegisterSaysThatItCannotKnow() {
        var world = ShardWorld()
        world.log(nil)
        _ = world.connect("d")
        world.advance(.seconds(3))
        #expect(newest(world)?.known == 1 && newest(world)?.prefetched == nil)
    }
}
