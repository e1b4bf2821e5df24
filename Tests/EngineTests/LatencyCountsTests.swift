import Foundation
import Testing

@testable import Engine

struct LatencyCountsTests {
    /// Durations of all magnitudes, the shortest most often.
    private func durations(_ count: Int, seed: UInt64) -> [Milliseconds] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Milliseconds(random.next() >> (33 + random.next() % 31)) }
    }

    private func counts(_ durations: [Milliseconds]) -> LatencyCounts {
        var counts = LatencyCounts()
        for duration in durations { counts.record(duration) }
        return counts
    }

    @Test(arguments: UInt64(1)...20)
    func aPercentileIsNeverTooLowAndAtMostASixteenthTooHigh(seed: UInt64) throws {
        let sorted = durations(500, seed: seed).sorted(), counts = counts(sorted)
        for rank in 1...500 {
            let found = try #require(counts.duration(atRank: rank)), exact = sorted[rank - 1]
            #expect(found >= exact && found <= exact + exact / 16, "rank \(rank): \(found) for \(exact)")
        }
        #expect(counts.maximum == sorted.last && counts.percentile(1) == sorted.last)
        #expect(counts.duration(atRank: 0) == nil && counts.duration(atRank: 501) == nil)
    }

    @Test func mergingIsTheSameAsCountingTogether() {
        for seed in UInt64(1)...20 {
            let first = durations(Int(seed) * 7, seed: seed), second = durations(100, seed: seed + 100)
            var merged = counts(first)
            merged.merge(counts(second))
            #expect(merged == counts(first + second))
            var other = counts(second)
            other.merge(counts(first))
            #expect(other == merged)
            merged.merge(LatencyCounts())
            #expect(other == merged)
        }
    }

    @Test func whatIsEncodedComesBack() throws {
        for seed in UInt64(0)...20 {
            let counts = counts(seed == 0 ? [] : durations(300, seed: seed))
            let bytes = try JSONEncoder().encode(counts)
            #expect(try JSONDecoder().decode(LatencyCounts.self, from: bytes) == counts)
        }
    }

    @Test(arguments: ["[]", "[1,2]", "[-1,2,5]", "[449,1,5]", "[1,-2,5]", "[1,5000000000,5]", "{}", "[\"a\"]"])
    func brokenBytesAreRefused(text: String) {
        #expect(throws: (any Error).self) { try JSONDecoder().decode(LatencyCounts.self, from: Data(text.utf8)) }
    }

    @Test func hostileCountsSaturateInsteadOfTrapping() throws {
        let bytes = Data("[7,4294967295,7,4294967295,9223372036854775807]".utf8)
        let counts = try JSONDecoder().decode(LatencyCounts.self, from: bytes)
        #expect(counts.total == Int(UInt32.max) && counts.maximum == 1 << 31)
        var record = LatencyCounts()
        record.record(-5, count: 3)
        record.record(.max, count: .max)
        record.record(5, count: -1)
        #expect(record.total == 3 + Int(UInt32.max) && record.duration(atRank: 3) == 0 && record.maximum == 1 << 31)
        #expect(record.percentile(.nan) == 0 && LatencyCounts().percentile(0.5) == nil)
    }

    @Test func doublingBucketsHoldEverythingOnce() {
        var counts = LatencyCounts()
        for duration in [0, 499, 512, 999, 1024, 3000, 5000, 70_000, 2_000_000] as [Milliseconds] {
            counts.record(duration)
        }
        #expect(counts.doublingBuckets() == [2, 2, 1, 1, 1, 0, 0, 0, 2])
        #expect(counts.doublingBuckets(count: 1) == [9])
    }
}
