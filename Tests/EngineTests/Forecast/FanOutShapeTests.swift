@testable import Engine
import Testing

/// The model against the virtual audience that it is made from.
@Suite struct FanOutShapeTests {
    @Test(arguments: [
        (loss: 0.01, latency: 120, waves: WavePlan.single),
        (loss: 0.01, latency: 120, waves: WavePlan(count: 8, interval: 2000)),
        (loss: 0.0, latency: 300, waves: WavePlan(count: 4, interval: 500)),
        (loss: 0.05, latency: 60, waves: WavePlan(count: 64, interval: 1000)),
    ])
    func theForecastIsWhatTheVirtualAudienceDoes(loss: Double, latency: Int, waves: WavePlan) throws {
        let profile = AudienceProfile(devices: 48_000, lossShare: loss, latencyMedian: Milliseconds(latency))
        var random = SeededGenerator(seed: 9)
        var truth = VirtualTruth(seed: 3, profile: profile, paces: VirtualTruth.paces(&random))
        let shape = truth.shape(waves: waves), figures = truth.broadcast(waves: waves)
        func expectNear(_ foretold: Milliseconds?, _ real: Milliseconds?, percent: Milliseconds, _ what: String) {
            guard let foretold, let real else {
                Issue.record("\(what) is missing: \(String(describing: foretold)) \(String(describing: real))"); return
            }
            #expect(abs(real - foretold) * 100 <= percent * foretold, "\(what): foretold \(foretold), happened \(real)")
        }
        expectNear(shape.t50, figures.t50, percent: 7, "t50")
        expectNear(shape.t99, figures.t99, percent: 7, "t99")
        expectNear(shape.t999, figures.t999, percent: 15, "t99.9")
    }

    /// Pinned on purpose: a rehearsal's digest holds forecasts, and is the same on any machine.
    @Test func theForecastOfAnAudienceIsTheSameOnAnyMachine() {
        var layout = AudienceLayout(seed: 42), population = FanOutPopulation()
        let profile = AudienceProfile(devices: 100_000_000)
        for share in layout.place("event/a", devices: profile.devices) {
            let node = layout.nodes[share.node]
            population.add(
                node.description.id, known: share.devices.count, connected: share.devices.count * 96 / 100,
                pace: node.pace,
                profile: profile, ackWithin: 10_000)
        }
        let shape = FanOutShape(of: population, waves: WavePlan(count: 8, interval: 2000)) { DeliveryLags($0) }
        #expect([shape.t50, shape.t99, shape.t999] == Self.pinned)
        #expect(shape.peakRate == Self.pinnedPeak)
    }
    static let pinned: [Milliseconds?] = [8703, 15_871, 25_599]
    static let pinnedPeak = 11_250_909

    @Test func manyNodesAlikeAreFewGroups() {
        var population = FanOutPopulation()
        for index in 0..<512 {
            population.add(
                NodeID("v-\(1000 + index)"), known: 195_000 + index % 3, connected: 190_000,
                pace: NodePace(latencyFactor: index % 2 == 0 ? 1 : 2),
                profile: AudienceProfile(), ackWithin: 10_000)
        }
        #expect(population.groups.count == 2)
        #expect(population.groups.reduce(0) { $0 + $1.nodeCount } == 512)
        #expect(population.connected == 512 * 190_000)
    }

    @Test func nobodyConnectedIsNoForecast() {
        var population = FanOutPopulation()
        population.add("edge-1", known: 10, connected: 0, pace: nil, profile: AudienceProfile(), ackWithin: 10_000)
        let shape = FanOutShape(of: population, waves: .single) { DeliveryLags($0) }
        #expect(shape.t50 == nil && shape.t999 == nil && shape.peakRate == 0)
    }

    @Test func fetchingAheadGoesOnAlongItsCurve() {
        #expect(PrefetchOutlook.share(0.6, after: 0) == 0.6)
        let half = PrefetchOutlook.share(0.6, after: 30_000), full = PrefetchOutlook.share(0.6, after: 120_000)
        #expect(half > 0.93 && half < 0.97 && full > 0.99)
        #expect(PrefetchOutlook.share(1, after: 60_000) == 1)
    }
}
