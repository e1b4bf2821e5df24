@testable import Engine
import Testing

/// Where the time of a device that is behind went.
@Suite struct DeviceLagTests {
    private func lag(_ world: ShardWorld) -> DeviceLag? { world.shard.lags(in: ShardWorld.topic, now: world.now.instant).first }

    @Test func timeIsSplitIntoQueueNetworkAndClient() {
        var world = ShardWorld()
        let slot = world.connect("tv")
        world.log(1...1)
        world.ack(1, slot)
        #expect(lag(world) == nil)
        // A ping that took 30 ms.
        world.advance(.seconds(25))
        world.advance(.milliseconds(30))
        world.shard.ponged(slot, now: world.now)
        world.publish(2)
        world.advance(.milliseconds(40))
        #expect(lag(world) == DeviceLag(device: "tv", behind: 40, queue: 40, network: 0, client: 0), "not written yet")
        world.shard.wrote(slot, now: world.now.instant)
        world.advance(.milliseconds(100))
        #expect(lag(world) == DeviceLag(device: "tv", behind: 140, queue: 40, network: 30, client: 70))
        world.ack(2, slot)
        #expect(lag(world) == nil)
    }

    @Test func whatIsSentAgainIsNotMeasuredAnew() {
        var world = ShardWorld()
        let slot = world.connect("tv")
        world.log(1...1)
        world.ack(1, slot)
        world.publish(2)
        world.shard.wrote(slot, now: world.now.instant)
        world.advance(.seconds(11))
        world.shard.wrote(slot, now: world.now.instant)
        #expect(lag(world) == DeviceLag(device: "tv", behind: 11_000, queue: 0, network: 0, client: 11_000))
    }

    @Test func aDeviceThatIsNotWrittenToWaitsInTheQueue() {
        var world = ShardWorld()
        let slot = world.connect("tv")
        world.log(1...1)
        world.ack(1, slot)
        world.shard.pendingChanged(slot, bytes: 20_000, now: world.now)
        world.publish(2)
        world.advance(.seconds(2))
        #expect(lag(world) == DeviceLag(device: "tv", behind: 2000, queue: 2000, network: 0, client: 0))
    }
}
