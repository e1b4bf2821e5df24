@testable import Engine
import Testing

/// A whole fleet against a real shard, bytes and all, without a socket and on a virtual clock.
@Suite struct DeviceFleetTests {
    /// What the sockets between fleet and shard would do.
    private struct World {
        var fleet: DeviceFleet
        var shard: EdgeShard
        var now = Moment(instant: .start, wall: WallTime(milliseconds: 1_000_000))
        private var published: [Publication] = []
        private var slots: [Int: ConnectionSlot] = [:]
        private var decoders: [Int: WebSocketFrameDecoder] = [:]
        private var requests: [Int: OpeningHandshake] = [:]

        init(_ options: FleetOptions) {
            fleet = DeviceFleet(options, now: now)
            var configuration = EngineConfiguration()
            configuration.retryMin = .milliseconds(100)
            let description = NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: 1000)
            shard = EdgeShard(description: description, configuration: configuration, now: now)
        }

        mutating func publish(_ sequence: Int64) {
            let publication = Publication(
                broadcast: BroadcastID(sequence), topic: "event/a", stage: "live",
                position: BroadcastPosition(sequence: sequence, timestamp: now.wall))
            published.append(publication)
            shard.receive(.publish(publication), now: now)
        }

        /// Both sides act until nothing is due, then time passes.
        mutating func run(for duration: Duration) {
            let end = now.instant + duration
            while now.instant <= end {
                fleet.tick(now: now)
                shard.tick(now: now)
                repeat { performFleet(); performShard() } while !fleet.actions.isEmpty || shard.needsFlush
                now = Moment(instant: now.instant + .milliseconds(10), wall: now.wall + 10)
            }
        }

        private mutating func performFleet() {
            var actions: [DeviceFleet.Action] = []
            fleet.takeActions(into: &actions)
            for action in actions {
                switch action {
                case .connect(let device, _):
                    slots[device] = shard.accept(now: now)
                    requests[device] = OpeningHandshake()
                    decoders[device] = nil
                    fleet.connected(device, now: now)
                case .send(let device, let bytes): receive(bytes, from: device)
                case .hangUp(let device, _):
                    if let slot = slots.removeValue(forKey: device) { shard.disconnected(slot, now: now) }
                }
            }
        }

        private mutating func receive(_ bytes: [UInt8], from device: Int) {
            guard let slot = slots[device] else { return }
            bytes.withUnsafeBytes { raw in
                var offset = 0
                if decoders[device] == nil {
                    guard
                        case .accepted(let response, _) = requests[device]!.receive(
                            raw, offset: &offset, policy: .init(), retryAfter: nil)
                    else { return }
                    decoders[device] = WebSocketFrameDecoder(limits: .init(messageBytesMax: 1024))
                    response.withUnsafeBytes { fleet.received(device, $0, now: now) }
                }
                while let event = try? decoders[device]!.next(raw, offset: &offset) {
                    if case .text(let json) = event, let message = try? DeviceMessage(json: json) {
                        shard.received(message, from: slot, now: now)
                    } else { shard.heard(slot, now: now) }
                }
            }
        }

        private mutating func performShard() {
            shard.flush(now: now)
            var actions: [ShardAction] = []
            shard.takeActions(into: &actions)
            for action in actions {
                switch action {
                case .send(let slot, let frame): deliver(frame.bytes, slot)
                case .ping(let slot): deliver(OutboundFrame.ping.bytes, slot)
                case .close(let slot, let reason): deliver(WebSocketFrame.close(reason), slot)
                case .tell(.interest(let topic, isInterested: true)):
                    shard.receive(.topicLog(topic, published, oldest: 1), now: now)
                case .tell: break
                }
            }
        }

        private mutating func deliver(_ bytes: [UInt8], _ slot: ConnectionSlot) {
            guard let device = slots.first(where: { $0.value == slot })?.key else { return }
            bytes.withUnsafeBytes { fleet.received(device, $0, now: now) }
        }
    }

    private func options(_ change: (inout FleetOptions) -> Void = { _ in }) -> FleetOptions {
        var options = FleetOptions(count: 30, name: "tv", topics: ["event/a"], edges: ["edge"], rampPerSecond: 100)
        change(&options)
        return options
    }

    @Test func everyoneIsConnectedAndGetsEveryStageOnce() {
        var world = World(options())
        world.run(for: .seconds(1))
        #expect(world.fleet.connectedCount == 30)
        for sequence: Int64 in 1...5 {
            world.publish(sequence)
            world.run(for: .seconds(1))
        }
        let figures = world.fleet.figures
        #expect(figures.live + figures.caughtUp == 150)
        #expect(figures.latency.total == figures.live && figures.latency.maximum <= 20)
        #expect(figures.duplicated == 0 && figures.missing == 0 && figures.broadcasts.count == 5)
        #expect(figures.brokenPromises == [])
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func whatIsLostOnPurposeHealsByGapOrByAnotherSend() {
        var world = World(options { $0.loss = 0.3; $0.ackDelay = .milliseconds(50) })
        world.run(for: .seconds(1))
        for sequence: Int64 in 1...20 {
            world.publish(sequence)
            world.run(for: .seconds(1))
        }
        world.fleet.comeToRest()
        world.run(for: .seconds(15))
        let figures = world.fleet.figures
        #expect(figures.lostOnPurpose > 100 && figures.gapsSeen > 20 && figures.gapsHealed > 20)
        #expect(world.fleet.hasEveryoneTheNewest)
        #expect(figures.brokenPromises == [])
    }

    @Test func afterAStormEveryoneComesBackAndCatchesUp() {
        var world = World(options { $0.stormEvery = .seconds(3) })
        world.run(for: .seconds(1))
        for sequence: Int64 in 1...8 {
            world.publish(sequence)
            world.run(for: .seconds(1))
        }
        world.fleet.comeToRest()
        world.run(for: .seconds(10))
        let figures = world.fleet.figures
        #expect(figures.storms.count >= 2 && figures.connected == 30)
        #expect(figures.ended == [.init(code: 0, count: 30 * figures.storms.count)])
        #expect(figures.live + figures.caughtUp == 240, "\(figures)")
        #expect(figures.brokenPromises == [])
    }

    @Test func aStageThatNeverComesBreaksThePromise() {
        var world = World(options())
        world.run(for: .seconds(1))
        world.publish(1)
        world.run(for: .seconds(1))
        let frame = OutboundFrame(.stage("event/a", "live", BroadcastPosition(sequence: 2, timestamp: world.now.wall)))
        frame.bytes.withUnsafeBytes { world.fleet.received(0, $0, now: world.now) }
        #expect(world.fleet.figures.brokenPromises.count == 1)
        #expect(world.fleet.figures.missing == 29)
    }

    @Test func aMaskedFrameOfAnEdgeIsAgainstTheProtocol() {
        var world = World(options { $0.count = 1 })
        world.run(for: .seconds(1))
        WebSocketFrame.encode(.text, "{}".utf8, maskedWith: 1).withUnsafeBytes {
            world.fleet.received(0, $0, now: world.now)
        }
        #expect(world.fleet.figures.nonsense == 1)
    }
}
