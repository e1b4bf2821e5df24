@testable import Engine
import TestSupport
import Testing

/// Synthetic traffic keeps to its projections, and a herd loses nobody.
@Suite struct EventTrafficTests {
    private static func starts(_ event: LiveEvent) -> [EventTraffic.StageStart] {
        StageStarts.expected(of: RunOfShow(event: event, startedAt: evening))
    }

    private static func match(devices: Int = 30_000_000, peaks: [TrafficProjection.Peak] = []) -> LiveEvent {
        let stages = [
            StageDefinition(key: "pre-show", kind: .preShow, mode: .auto, time: .at(evening)),
            StageDefinition(key: "live", kind: .live, mode: .auto, time: .at(evening + 3_600_000)),
            StageDefinition(key: "intermission", kind: .intermission, mode: .manual, time: .onCue),
            StageDefinition(key: "second-half", kind: .live, mode: .manual, time: .after("intermission", 900_000)),
            StageDefinition(key: "ending", kind: .ending, mode: .manual, time: .onCue),
            StageDefinition(key: "ended", kind: .ended, mode: .auto, time: .after("ending", 600_000)),
        ]
        return LiveEvent(
            id: "match", title: "Match", code: "MA", tier: .bigBet, stages: stages,
            audience: AudienceProfile(devices: devices),
            traffic: TrafficProjection(profile: .match, peaks: peaks))
    }

    @Test func stagesOnCueFollowAfterTheTypicalLengthOfTheOneBefore() {
        let starts = Self.starts(Self.match()).map { $0.at.since(evening) / 60_000 }
        #expect(starts == [0, 60, 150, 165, 255, 265])
    }

    @Test func thePeakIsReachedAtTheStartAndNeverExceeded() {
        let event = Self.match(peaks: [.init(.playbackStart, perSecond: 100_000)])
        let traffic = EventTraffic(event, starts: Self.starts(event))
        #expect(traffic.requestsPerSecond(of: .playbackStart, at: evening + 3_600_000) == 100_000)
        for second in stride(from: Int64(-21_600), to: 36_000, by: 30) {
            let counts = traffic.requestsPerSecond(at: evening + second * 1000)
            #expect(counts[.playbackStart] <= 100_000)
        }
        #expect(traffic.requestsPerSecond(at: evening - 86_400_000).total == 0)
    }

    @Test func anAudienceWithoutPeaksBringsWhatItsSizeSays() {
        let small = Self.match(devices: 1_000_000), large = Self.match(devices: 400_000_000)
        func starts(_ event: LiveEvent) -> Int {
            EventTraffic(event, starts: Self.starts(event)).requestsPerSecond(
                of: .playbackStart, at: evening + 3_600_000)
        }
        #expect(starts(small) == 1000 && starts(large) == TrafficProjection.startsPerSecondMax)
        #expect(
            EventTraffic(Self.match(devices: 0), starts: Self.starts(small)).requestsPerSecond(at: evening + 3_600_000)
                .total == 0)
    }

    @Test func theSameSeedDrawsTheSameSecondAndScattersAroundTheMean() {
        let event = Self.match(), traffic = EventTraffic(event, starts: Self.starts(event))
        let at = evening + 3_600_000
        #expect(traffic.drawn(at: at, seed: 7) == traffic.drawn(at: at, seed: 7))
        #expect(traffic.drawn(at: at, seed: 7) != traffic.drawn(at: at, seed: 8))
        let mean = traffic.requestsPerSecond(of: .playbackStart, at: at)
        let drawn = (0..<400).map { traffic.drawn(at: at, seed: UInt64($0))[.playbackStart] }
        #expect(abs(drawn.reduce(0, +) / 400 - mean) < 30)
        #expect(drawn.allSatisfy { abs($0 - mean) < 700 })
    }

    @Test func withoutJitterAHerdComesBackTogetherAndWithItSpreadsOut() throws {
        let herd = CacheRefresh.Herd(at: evening, window: 60_000, devices: 1_000_000)
        let span = evening...(evening + 4 * 3_600_000)
        let together = CacheRefresh(jitter: 0).requests(of: [herd], in: span)
        let apart = CacheRefresh(jitter: 20).requests(of: [herd], in: span)
        #expect(together.max() == 166_667 || together.max() == 166_666)
        #expect(together[180..<186].reduce(0, +) == 1_000_000, "after one TTL everybody, within the same minute")
        let peak = try #require(apart.max())
        #expect(peak * 8 < together.max()!)
        #expect(apart[0..<280].reduce(0, +) == 1_000_000, "the first generation loses nobody")
    }

    @Test func guidedRetriesComeOnceAndUnguidedOnesTenTimes() {
        let unguided = RetryStorm(at: evening, devices: 1_000_000)
        let guided = RetryStorm(at: evening, devices: 1_000_000, isGuided: true)
        func total(_ storm: RetryStorm) -> Int {
            (0..<400).reduce(0) { $0 + storm.requestsPerSecond(at: evening + Int64($1) * 1000) }
        }
        #expect(abs(total(guided) - 1_000_000) < 40_000)
        #expect(abs(total(unguided) - 10_000_000) < 600_000)
        #expect(unguided.requestsPerSecond(at: evening) > 10 * guided.requestsPerSecond(at: evening))
    }

    @Test func lowerBucketsAreShedBeforeHigherOnes() {
        var capacity = EdgeCapacity()
        capacity.gatewayPerSecond = 1000
        #expect(capacity.refused([300, 300, 0, 200]) == [0, 0, 0, 200])
        #expect(capacity.refused([900, 300, 0, 200]) == [100, 300, 0, 200])
    }
}
