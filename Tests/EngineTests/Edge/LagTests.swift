@testable import Engine
import Testing

/// Where the time of a device that is behind went.
@Suite struct EdgeShardLagTests {
    /// `cause lag queue+network+client` of the only device that is behind; nil: none is.
    private func lag(_ world: ShardWorld) -> String? {
        let answer = world.shard.lag(LagQuery(topic: ShardWorld.topic), now: world.now.instant)
        return answer?.counts.first.map { "\($0.cause) \($0.oldest) \($0.queue)+\($0.network)+\($0.client)" }
    }

    private func followed() -> (ShardWorld, ConnectionSlot) {
        var world = ShardWorld()
        let slot = world.connect("tv")
        world.log(1...1)
        world.ack(1, slot)
        return (world, slot)
    }

    @Test func timeIsSplitIntoQueueNetworkAndClient() {
        var (world, slot) = followed()
        // A ping that took 30 ms.
        world.advance(.seconds(25))
        world.advance(.milliseconds(30))
        world.shard.ponged(slot, now: world.now)
        world.publish(2)
        world.advance(.milliseconds(40))
        world.shard.wrote(slot, now: world.now.instant)
        world.advance(.seconds(12))
        #expect(lag(world) == "client 12040 40+30+11970")
        world.ack(2, slot)
        #expect(lag(world) == nil)
    }

    @Test func whatIsSentAgainIsNotMeasuredAnew() {
        var (world, slot) = followed()
        world.publish(2)
        world.shard.wrote(slot, now: world.now.instant)
        world.advance(.seconds(11))
        world.shard.wrote(slot, now: world.now.instant)
        #expect(lag(world) == "client 11000 0+0+11000")
    }

    @Test func aDeviceThatIsNotWrittenToWaitsInTheQueue() {
        var (world, slot) = followed()
        world.publish(2)
        world.shard.pendingChanged(slot, bytes: 10_000, now: world.now)
        world.advance(.seconds(10))
        #expect(lag(world) == "queue 10000 10000+0+0")
    }

    @Test func anUnansweredPingMeansTheNetwork() {
        var (world, slot) = followed()
        world.publish(2)
        world.shard.wrote(slot, now: world.now.instant)
        world.advance(.seconds(27))
        #expect(lag(world) == "network 27000 0+27000+0")
    }
}
