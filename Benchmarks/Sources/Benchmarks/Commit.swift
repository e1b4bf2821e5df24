import Store
import TestSupport

/// How long the disk takes for what one TAKE writes: entry, run of show, broadcast, in one synced transaction.
func measureCommits(_ report: inout Report) async throws {
    let samples = try await withStore { store in
        try (1...1000 as ClosedRange<Int64>).map { number in
            let batch = JournalFixture.take(number)
            var failure: (any Error)?
            let took = measure { do { try store.commit(batch) } catch { failure = error } }
            if let failure { throw failure }
            return took.nanoseconds / 1e6
        }
    }
    report.add("store: commit of a TAKE, synchronous = FULL", samples, unit: "ms")
}
