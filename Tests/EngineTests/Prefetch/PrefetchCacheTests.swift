@testable import Engine
import Foundation
import Synchronization
import TestSupport
import Testing

/// Lifetimes, one maker, bounds; who has fetched; where recommendations come from.
@Suite struct PrefetchCacheTests {
    private func cache(bytesMax: Int = 1000) -> ExpiringCache<String, Int> {
        ExpiringCache(
            bytesMax: bytesMax, jitter: PrefetchJitter(ttl: .seconds(10), percent: 20, seed: 1), staleFor: .seconds(100)
        )
    }

    private func at(_ seconds: Int) -> EngineInstant { .start + .seconds(seconds) }

    private func word(_ answer: ExpiringCache<String, Int>.Answer) -> String {
        switch answer {
        case .hit(let item): "hit \(item)"
        case .stale(let item, let mustRefresh): "stale \(item)\(mustRefresh ? " refresh" : "")"
        case .miss: "miss"
        case .underWay: "under way"
        }
    }

    @Test func aLifeOfAnEntry() {
        var cache = cache()
        #expect(word(cache.look(up: "a", epoch: 1, now: at(0))) == "miss")
        #expect(word(cache.look(up: "a", epoch: 1, now: at(0))) == "under way")
        cache.store(7, bytes: 10, for: "a", epoch: 1, now: at(0))
        #expect(word(cache.look(up: "a", epoch: 1, now: at(7))) == "hit 7")
        #expect(word(cache.look(up: "a", epoch: 1, now: at(13), mayRefresh: false)) == "stale 7")
        #expect(word(cache.look(up: "a", epoch: 1, now: at(13))) == "stale 7 refresh")
        #expect(word(cache.look(up: "a", epoch: 1, now: at(13))) == "stale 7")
        cache.store(8, bytes: 10, for: "a", epoch: 1, now: at(13))
        #expect(word(cache.look(up: "a", epoch: 1, now: at(14))) == "hit 8")
        #expect(word(cache.look(up: "a", epoch: 2, now: at(14))) == "miss")
        cache.giveUp("a", epoch: 2)
        #expect(word(cache.look(up: "a", epoch: 2, now: at(14))) == "miss")
        #expect(cache.counts.refreshCount == 1 && cache.counts.staleCount == 3 && cache.counts.missCount == 3)
    }

    @Test func whatWasUsedLongestAgoGivesWay() {
        var cache = cache(bytesMax: 400)
        for key in ["a", "b", "c", "d"] { cache.store(1, bytes: 100, for: key, epoch: 1, now: at(0)) }
        _ = cache.look(up: "a", epoch: 1, now: at(1))
        cache.store(1, bytes: 100, for: "e", epoch: 1, now: at(1))
        cache.store(1, bytes: 101, for: "huge", epoch: 1, now: at(1))
        #expect(cache.counts.bytes == 400 && cache.counts.evictedCount == 1)
        #expect(word(cache.look(up: "a", epoch: 1, now: at(1))) == "hit 1")
        #expect(word(cache.look(up: "b", epoch: 1, now: at(1))) == "miss")
        #expect(word(cache.look(up: "huge", epoch: 1, now: at(1))) == "miss")
    }

    @Test func lifetimesAreSpreadEvenlyAndTheSameForTheSameName() {
        let jitter = PrefetchJitter(ttl: .seconds(1800), percent: 20, seed: 7)
        let drawn = (0..<10_000).map { jitter.seconds(forDevice: "tv-\($0)") }
        #expect(drawn == (0..<10_000).map { jitter.seconds(forDevice: "tv-\($0)") })
        #expect(drawn.min()! >= 1440 && drawn.max()! <= 2160)
        for tenth in 0..<10 {
            let count = drawn.count { ($0 - 1440) * 10 / 721 == tenth }
            #expect((850...1150).contains(count), "tenth \(tenth): \(count)")
        }
    }

    @Test func theRegisterForgetsWhoCameFirst() {
        var table = PrefetchTable(devicesMax: 2)
        for device in ["a", "b", "c"] { table.record(device, family: nil, events: ["x"]) }
        #expect(!table.hasFetched("a", "x") && table.hasFetched("b", "x"))
        #expect(table.hasFetched("c", "x"))
        let revision = table.revision
        table.record("c", family: nil, events: ["x"])
        #expect(table.revision == revision)
        table.record("c", family: "web", events: ["y"])
        #expect(table.revision > revision && table.hasFetched("c", "y") && table.family(of: "c") == "web")
    }

    @Test func aFileOfRecommendationsStaysBelowItsFolder() async throws {
        let folder = try ScratchFolder()
        let good = "recommendations: [{row: A, titles: [{id: a, title: A}]}]\n"
        _ = try folder.file("r.yaml", good)
        try FileManager.default.createDirectory(atPath: folder.path + "/in", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/in/out.yaml", withDestinationPath: "../r.yaml")
        #expect(mkfifo(folder.path + "/in/fifo", 0o600) == 0)
        for path in ["../r.yaml", "/etc/passwd", "in/../../r.yaml", "~/r.yaml", "", "a\u{0}b"] {
            #expect(throws: RecommendationFault.self, "\(path)") {
                try FileRecommendations(path: path, below: folder.path)
            }
        }
        for (path, below) in [
            ("out.yaml", folder.path + "/in"), ("fifo", folder.path + "/in"), ("absent.yaml", folder.path),
        ] {
            let source = try FileRecommendations(path: path, below: below)
            await #expect(throws: RecommendationFault.self, "\(path)") { try await source.fetch() }
        }
        let file = try await FileRecommendations(path: "r.yaml", below: folder.path).fetch()
        #expect(RecommendationReader.read(file).catalogue?.rows.count == 1)
    }

    @Test func faultsOfACatalogueAreSaidWithTheirPlaces() {
        let text = "recommendations:\n  - row: A\n    colour: red\n    titles: [{id: a}]\n  - titles: []\n"
        let (catalogue, problems) = RecommendationReader.read(ScheduleFile(name: "r.yaml", bytes: Array(text.utf8)))
        #expect(catalogue == nil)
        #expect(problems.map { "\($0.line):\($0.column)" } == ["3:5", "4:14", "5:5"])
    }

    @Test func recommendationsByJSONAndHTTPAreReadAndABrokenDeliveryChangesNothing() async throws {
        struct Source: RecommendationSource {
            let name = "script"
            let deliveries: Deliveries
            func fetch() async throws(RecommendationFault) -> ScheduleFile { try deliveries.next() }
        }
        let good =
            #"{"recommendations": [{"row": "A", "titles": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]}]}"#
        let deliveries = Deliveries([good, "recommendations: 7", nil])
        let time = ManualTime(wall: RoomFixture.now), prefetch = DevicePrefetch(snapshots: RoomFixture.box())
        let feed = RecommendationFeed(source: Source(deliveries: deliveries), prefetch: prefetch, time: time)
        try await feed.take()
        for _ in 0..<2 {
            await #expect(throws: RecommendationFault.self) { try await feed.take() }
            #expect(prefetch.current()?.catalogue.titleCount == 2)
        }
        #expect(throws: RecommendationFault.self) { try HTTPRecommendations(url: "file:///etc/passwd") }
    }

    /// Deliveries in their order; nil is one that failed.
    private final class Deliveries: Sendable {
        private let rest: Mutex<[String?]>
        init(_ all: [String?]) { rest = Mutex(all) }
        func next() throws(RecommendationFault) -> ScheduleFile {
            guard let text = rest.withLock({ $0.removeFirst() }) else {
                throw RecommendationFault("could not be reached")
            }
            return ScheduleFile(name: "script", bytes: Array(text.utf8))
        }
    }
}
