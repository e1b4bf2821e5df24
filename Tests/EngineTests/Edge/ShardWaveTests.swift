@testable import Engine
import Testing

/// Waves of real devices: canary, pause, promotion; and devices that do not know a stage.
@Suite struct ShardWaveTests {
    private let plan: WavePlan = WavePlan(
        count: 2, interval: 1000, canary: CanaryPlan(devices: 10, check: 800).forAudience(of: 100))

    private func world() -> (ShardWorld, [ConnectionSlot], [Int]) {
        var world = ShardWorld()
        let devices = (0..<90).map { world.connect("d\($0)") }
        world.log(nil)
        for device in devices { _ = world.got(device) }
        return (world, devices, (0..<90).map { plan.wave(ofDeviceHash: KnownDevices.hash(of: "d\($0)")) })
    }

    @Test func theCanaryGoesFirstAndTheRestWaitForTheWord() {
        var (world, devices, waves) = world()
        #expect((2...20).contains(waves.count { $0 == 0 }))
        world.publish(1, waves: plan)
        world.advance(.seconds(5))
        for (device, wave) in zip(devices, waves) {
            world.expect(device, wave == 0 ? "1" : "")
            if wave == 0 { world.ack(1, device) }
        }
        let late = world.connect("late")
        world.expect(late, plan.wave(ofDeviceHash: KnownDevices.hash(of: "late")) == 0 ? "welcome 1" : "welcome")
        world.receive(.order(ShardWorld.topic, sequence: 1, WaveOrder(revision: 1, isHeld: false)))
        for (device, wave) in zip(devices, waves) {
            world.expect(device, wave == 1 ? "1" : "")
            if wave == 1 { world.ack(1, device) }
        }
        world.receive(.order(ShardWorld.topic, sequence: 1, WaveOrder(revision: 2, isHeld: true)))
        world.advance(.seconds(5))
        for device in devices { world.expect(device, "") }
        world.receive(.order(ShardWorld.topic, sequence: 1, WaveOrder(revision: 1, isHeld: false)))
        for device in devices { world.expect(device, "") }
        world.receive(.order(ShardWorld.topic, sequence: 1, WaveOrder(revision: 3, isHeld: false)))
        for (device, wave) in zip(devices, waves) { world.expect(device, wave == 2 ? "1" : "") }
        #expect(world.delivery(1)?.orderRevision == 3 && world.ledger(1)?.notSent == 0)
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func aDeviceThatDoesNotKnowTheStageIsCountedApartAndNotSentItAgain() {
        var world = ShardWorld()
        let device = world.connect("tv"), other = world.connect("web")
        world.log(nil)
        world.publish(1)
        world.ack(1, other)
        world.say(.unknownStage(ShardWorld.topic, sequence: 1), device)
        #expect(world.ledger(1)?.unknownStage == 1 && world.ledger(1)?.isBalanced == true)
        _ = world.got(device)
        world.advance(.seconds(24))
        world.expect(device, "")
        #expect(world.shard.checkInvariants() == [])
        world.publish(2)
        world.ack(2, device)
        #expect(world.ledger(1)?.unknownStage == 0 && world.ledger(1)?.acked == 2)
        world.say(.unknownStage(ShardWorld.topic, sequence: 9), device)
        #expect(world.closed[device] == .badMessage)
    }

    @Test func whoIsBehindIsAnsweredWithCauseAndMake() throws {
        var world = ShardWorld()
        let slow = world.accept()
        world.say(
            .hello(device: "tv", token: nil, make: DeviceMake(family: "tv/lgx 2019", build: "9.14"),
                   topics: [TopicRequest(topic: ShardWorld.topic, position: nil)]), slow)
        let gone = world.connect("web")
        world.log(nil)
        world.publish(1)
        world.shard.wrote(slow, now: world.now.instant)
        world.leave(gone)
        world.advance(.seconds(12))
        let lag = try #require(world.shard.lag(LagQuery(topic: ShardWorld.topic), now: world.now.instant))
        #expect(lag.counts.map(\.cause) == [.client, .dropped] && lag.freshCount == 0)
        #expect(lag.sample.map(\.id) == ["tv", "web"] && lag.sample.first?.make.build == "9.14")
        let one = try #require(
            world.shard.lag(LagQuery(topic: ShardWorld.topic, device: "web"), now: world.now.instant)?.device)
        #expect(one.cause == .dropped && !one.isConnected && one.applied == 0)
        #expect(world.shard.lag(LagQuery(topic: "event/none"), now: world.now.instant) == nil)
    }
}
