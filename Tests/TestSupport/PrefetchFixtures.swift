public import Engine

extension EngineSnapshot {
    /// The same picture with what the Prefetch screen shows of its events.
    public var prefetching: EngineSnapshot {
        var snapshot = self
        var server = PrefetchServerFigures()
        server.answers.hitCount = 48_211
        server.answers.missCount = 310
        server.answers.staleCount = 96
        server.answers.refreshCount = 96
        server.answers.sharedCount = 12
        server.answers.entryCount = 41
        server.answers.bytes = 3_400_000
        server.maps.hitCount = 290
        server.maps.missCount = 24
        server.maps.entryCount = 24
        server.maps.bytes = 1_900_000
        server.recommendations = "recommendations.yaml"
        server.rowCount = 6
        server.titleCount = 71
        server.deliveredAt = at - 12_000
        if alerts.contains(where: { $0.severity == .critical }) {
            server.fault = "recommendations.yaml:14:5: 'titel' is no field of a title: write title"
        }
        snapshot.prefetch = PrefetchSnapshot(
            events: events.prefix(PrefetchSnapshot.eventsMax).map(PrefetchFixture.event),
            server: events.isEmpty ? nil : server)
        return snapshot
    }
}

private enum PrefetchFixture {
    static func event(_ event: EventSnapshot) -> EventPrefetch {
        let live = event.stages.first { $0.kind == .live }?.planned, total = event.modelled.known
        let share = event.modelled.prefetched.map { Double($0) / Double(max(1, total)) } ?? 0.9
        func rows(_ names: [(String, Int, Double)]) -> [PrefetchCoverage] {
            names.map { name, parts, factor in
                let known = total / 100 * parts
                let real = name == "web" || name == "local" ? event.real : DeviceCounts()
                return PrefetchCoverage(
                    name: name, real: real,
                    modelled: DeviceCounts(known: known, prefetched: min(known, Int(Double(known) * share * factor))))
            }
        }
        // A slow rise to the last half hour, then a fall.
        let load = (0..<96).map { step in total / 4000 * (step < 66 ? step : step < 73 ? 180 : max(0, 96 - step)) }
        return EventPrefetch(
            event: event.id,
            families: rows([
                ("mobile/android", 31, 1), ("mobile/ios", 20, 1.01), ("tv/samx 2021", 15, 0.98), ("web", 11, 1),
                ("tv/other 2023", 7, 0.97),
                ("console", 6, 1), ("tv/lgx 2019", 6, 0.88), ("stick", 4, 0.96),
            ]),
            regions: rows([("ap-south", 21, 0.97), ("eu-west", 38, 1), ("local", 0, 1), ("us-east", 41, 1.01)]),
            liveAt: live,
            load: live == nil ? [] : load, forecast: live == nil ? nil : min(0.995, share + 0.01))
    }
}
