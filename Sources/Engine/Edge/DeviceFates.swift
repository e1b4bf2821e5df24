/// The fates of one device in the newest broadcasts, laid over each other: what really becomes of it.
enum DeviceFates {
    /// The fates from the flight `lowest` on, newest first. With `openAt`, stops at the first flight, going back, that
    /// the device had confirmed by then: it has confirmed all before it, too.
    @inline(__always)
    static func with<Answer>(
        of local: Int, in flights: [ModelledFlight], from lowest: Int, bits: UInt16, openAt: Tick?,
        _ body: (UnsafeBufferPointer<DeviceFate>) -> Answer
    ) -> Answer {
        withUnsafeTemporaryAllocation(of: DeviceFate.self, capacity: AwayBits.flightsMax) { fates in
            let newest = flights.count - 1, isSlow = AwayBits.isSlow(bits)
            var count = 0
            for index in stride(from: newest, through: lowest, by: -1) {
                var fate = flights[index].fate(
                    of: local, isAway: AwayBits.isAway(bits, newest - index), isSlow: isSlow,
                    tellsApplied: openAt == nil)
                for newer in index + 1..<max(index + 1, flights.count) where fate.ack > flights[newer].began {
                    lay(fates[newest - newer], of: flights[newer], over: &fate, of: flights[index], local, isSlow,
                        until: newer < newest ? flights[newer + 1].began : TickAxis.never)
                    if fates[newest - newer].isReached { break }
                }
                fates.initializeElement(at: count, to: fate)
                count += 1
                if let openAt, index < newest, fate.ack <= openAt { break }
            }
            return body(UnsafeBufferPointer(rebasing: fates[..<count]))
        }
    }

    /// What a newer flight makes of the fate in an older one.
    private static func lay(
        _ over: DeviceFate, of newer: ModelledFlight, over fate: inout DeviceFate, of older: ModelledFlight,
        _ local: Int, _ isSlow: Bool, until limit: Tick
    ) {
        func roundTrip() -> Int64 { older.roundTrip(of: local, isSlow: isSlow, at: over.back) }
        guard over.isReached else {
            fate.resume(
                after: over, began: newer.began, aborted: newer.aborted, mayReturn: over.back <= older.aborted,
                roundTrip: roundTrip())
            return
        }
        let wasOpen = fate.ack > newer.began
        fate.overtake(by: over, began: newer.began)
        // The device's connection broke over the newer one, which was aborted before it came back: it is given this
        // one.
        if wasOpen, older.aborted == TickAxis.never, over.back != TickAxis.never, over.back > newer.aborted {
            fate.back = over.back
            fate.catchUp(roundTrip(), from: newer.aborted, by: limit)
        }
    }
}
