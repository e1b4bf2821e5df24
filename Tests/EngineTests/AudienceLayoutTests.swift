import Synchronization
import TestSupport
import Testing

@testable import Engine

struct AudienceLayoutTests {
    @Test func tenMillionDevicesSpreadEvenlyOverFiftyNodesInADozenRegions() {
        var layout = AudienceLayout(seed: 1)
        let shares = layout.place("event/a", devices: 10_000_000)
        #expect(shares.count == 50 && shares.allSatisfy { $0.devices.count == 200_000 })
        #expect(Set(layout.nodes.map(\.description.region)).count == 12)
        #expect(Set(layout.nodes.map(\.description.id)).count == 50)
        #expect(layout.nodes.contains { $0.description.id == "v-eu-west-03" })
        #expect(layout.nodes.contains { $0.pace.sendsPerSecond < 100_000 })
    }

    @Test func nodesAreSharedUntilTheyAreFullAndRoomComesBack() {
        var layout = AudienceLayout(seed: 1)
        for (topic, size) in [("event/a", 1_000_000), ("event/b", 1_000_001), ("event/c", 2_500_000)] {
            let shares = layout.place(Topic(topic), devices: size)
            #expect(shares.reduce(0) { $0 + $1.devices.count } == size)
            #expect(zip(shares, shares.dropFirst()).allSatisfy { $0.devices.upperBound == $1.devices.lowerBound })
        }
        var load = [Int](repeating: 0, count: layout.nodes.count)
        for topic in ["event/a", "event/b", "event/c"] {
            for share in layout.shares(of: Topic(topic)) { load[share.node] += share.devices.count }
        }
        #expect(load.max() ?? 0 <= AudienceLayout.devicesPerNodeMax)
        let nodes = layout.nodes.count
        layout.remove("event/c")
        _ = layout.place("event/d", devices: 2_500_000)
        #expect(layout.nodes.count == nodes)
    }

    @Test func nobodyOneAndTooManyArePlacedAsFarAsThereIsRoom() {
        var layout = AudienceLayout(seed: 1)
        #expect(layout.place("event/none", devices: 0).isEmpty)
        #expect(layout.place("event/none", devices: -5).isEmpty)
        #expect(layout.place("event/one", devices: 1).map(\.devices) == [0..<1])
        var placed = 0
        for number in 0..<4 {
            placed += layout.place(Topic("event/\(number)"), devices: 1_000_000_000_000).reduce(0) {
                $0 + $1.devices.count
            }
        }
        #expect(layout.nodes.count == AudienceLayout.nodesMax)
        #expect(placed == AudienceLayout.nodesMax * AudienceLayout.devicesPerNodeMax - 1)
    }

    @Test func aTickSurvivesTheWayThroughTheTableFromAnyLaterBase() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            let base = Tick(random.next() % 10_000_000), reach = Int64(1) << Int64(random.next() % 25)
            let tick = TickAxis.tick(atMilliseconds: (Int64(base) + Int64(random.next() >> 1) % reach) * 16, from: base)
            guard tick != TickAxis.never else { continue }
            #expect(tick > base)
            let later = base + Tick(random.next() % UInt64(tick - base))
            let row = TickAxis.row(of: tick, from: later)
            #expect(row < TickAxis.rowCount && TickAxis.tick(ofRow: row, from: later) == tick)
        }
    }

    /// The shell on a clock that only moves by hand: what is sent, and that nothing is sent after `stop`.
    @Test func theShellSpeaksForItsNodesUntilItIsStopped() async throws {
        final class Ears: Bus {
            let heard = Mutex<[NodeMessage]>([])
            func send(_ message: RouterMessage, to node: NodeID) {}
            func send(_ message: NodeMessage, from node: NodeID) { heard.withLock { $0.append(message) } }
        }
        let ears = Ears(), time = ManualTime(wall: ModelledNodeTests.wall)
        let audience = VirtualAudience(seed: 1, bus: ears, time: time)
        let placed = audience.follow(topic: ModelledNodeTests.topic, profile: AudienceProfile(devices: 600))
        #expect(placed.devices == 600 && placed.newNodes.count == 12)
        audience.start()
        for node in placed.newNodes { node.receive(.publish(ModelledNodeTests.publication(1, at: 0))) }
        time.advance(by: .seconds(30))
        audience.stop()
        let heard = ears.heard.withLock { $0 }
        #expect(heard.filter { if case .interest(_, true) = $0 { true } else { false } }.count >= 12)
        #expect(heard.filter { if case .confirmed = $0 { true } else { false } }.count == 12)
        for node in placed.newNodes { node.receive(.unknownTopic(ModelledNodeTests.topic)) }
        // Returns once the lanes have done what they were given.
        audience.stop()
        #expect(ears.heard.withLock { $0.count } == heard.count)
    }
}
