@testable import Engine
import Testing

@Suite struct TrackRecordTests {
    private func forecast(band: Int, error: Int, scale: Int = 1000, model: Int = BroadcastForecast.modelNow)
        -> BroadcastForecast
    {
        BroadcastForecast(
            model: model, devices: 1000, t50: 500, t99: 10_000, t999: 20_000, peakRate: 900, band: band, scale: scale,
            error: error)
    }

    /// PRODUCT.md F, row 18.
    @Test func theBandCoversWhatHappensNineTimesInTen() {
        var random = SeededGenerator(seed: 18), record = TrackRecord(), covered = 0
        let count = 60
        for index in 0..<count {
            let profile = AudienceProfile(
                devices: Int.random(in: 6...16, using: &random) * 1200,
                offlineShare: Double.random(in: 0...0.1, using: &random),
                lossShare: Double.random(in: 0...0.03, using: &random),
                latencyMedian: Milliseconds.random(in: 60...300, using: &random))
            let waves = [WavePlan.single, WavePlan(count: 4, interval: 1000), WavePlan(count: 8, interval: 2000)][
                index % 3]
            var truth = VirtualTruth(seed: UInt64(index), profile: profile, paces: VirtualTruth.paces(&random))
            let shape = truth.shape(waves: waves)
            var forecast = BroadcastForecast(
                devices: shape.population.connected, t50: shape.t50, t99: shape.t99, t999: shape.t999,
                peakRate: shape.peakRate,
                band: record.band(of: .high))
            forecast.score(against: truth.broadcast(waves: waves), until: 3_600_000)
            if forecast.isWithinBand == true { covered += 1 }
            record.note(forecast, of: "fight-night", tier: .high)
        }
        #expect(record.count(of: .high) == count)
        #expect(covered * 10 >= count * 9, "\(covered) of \(count), band now \(record.band(of: .high))")
    }

    @Test func withLittleHistoryTheBandIsThePriorOrTheWorstSoFar() {
        var record = TrackRecord()
        #expect(record.band(of: .low) == TrackRecord.prior)
        record.note(forecast(band: 150, error: 40), of: "a", tier: .low)
        #expect(record.band(of: .low) == TrackRecord.prior)
        record.note(forecast(band: 150, error: -310), of: "a", tier: .low)
        #expect(record.band(of: .low) == 310)
        #expect(record.band(of: .high) == TrackRecord.prior, "each tier has its own")
    }

    @Test func aLongHistoryOfGoodForecastsNarrowsTheBand() {
        var record = TrackRecord()
        for index in 0..<50 { record.note(forecast(band: 150, error: index % 2 == 0 ? 30 : -50), of: "a", tier: .high) }
        #expect(record.band(of: .high) == 50)
        record.note(forecast(band: 150, error: 9000, model: BroadcastForecast.modelNow + 1), of: "a", tier: .high)
        #expect(record.count(of: .high) == 50, "another model's misses say nothing of this one")
    }

    /// An event whose broadcasts really take longer than the model says is foretold to take longer.
    @Test func anEventsOwnBroadcastsAreMixedIn() {
        var record = TrackRecord()
        #expect(record.scale(of: "a") == 1000)
        for _ in 0..<2 { record.note(forecast(band: 150, error: 500), of: "a", tier: .high) }
        #expect(record.scale(of: "a") == 1250)
        #expect(record.scale(of: "b") == 1000)
        record.note(forecast(band: 150, error: 200, scale: 1250), of: "a", tier: .high)
        #expect(record.scale(of: "a") == 1300)
    }

    @Test func theEventThatWasNotScoredForLongestIsForgotten() {
        var record = TrackRecord()
        func note(_ event: Int) {
            record.note(forecast(band: 150, error: 500), of: EventID(rawValue: "event-\(event)"), tier: .high)
        }
        for event in 0..<TrackRecord.eventsMax { note(event) }
        note(0)
        note(TrackRecord.eventsMax)
        #expect(record.scale(of: "event-1") == 1000, "forgotten")
        #expect(record.scale(of: "event-0") > 1000 && record.scale(of: "event-2") > 1000)
    }

    @Test func whatWasNotReachedInTimeIsAMissOfAtLeastThatMuch() {
        var figures = BroadcastFigures()
        figures.t99 = 10_500
        var late = forecast(band: 150, error: 0)
        late.score(against: figures, until: 140_000)
        #expect(late.error == 6000 && late.isWithinBand == false)
        var overtaken = forecast(band: 150, error: 0)
        overtaken.score(against: figures, until: 15_000)
        #expect(overtaken.error == 50, "t99.9 was foretold for later than the newer broadcast: nobody knows")
        var early = forecast(band: 150, error: 0)
        early.score(against: figures, until: 5000)
        #expect(early.error == nil)
    }
}
