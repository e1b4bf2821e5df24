import Testing

@testable import Engine

/// The sieve may catch a device for nothing, never let one through.
struct DrawSieveTests {
    @Test(arguments: [
        (164, 49, 683), (0, 0, 0), (1, 1, 1), (16_384, 49, 683), (164, 16_384, 0), (8193, 8192, 4097), (2, 3, 16_384),
    ] as [(UInt32, UInt32, UInt32)])
    func whoIsBelowALimitIsCaught(loss: UInt32, drop: UInt32, presence: UInt32) {
        let sieve = DrawSieve(loss: loss, drop: drop, presence: presence)
        var random = SeededGenerator(seed: 5), caught = 0
        func check(_ hash: UInt64) {
            let draw = DeviceDraw(hash)
            let isBelow = draw.loss < loss || draw.drop < drop || draw.presence < presence
            caught += Int(sieve.catches(draw))
            #expect(!isBelow || sieve.catches(draw) == 1, "\(hash)")
        }
        for _ in 0..<20_000 { check(random.next()) }
        // Every field at its limits, with the others full or empty.
        for (limit, place) in [(loss, 22), (drop, 36), (presence, 50)] as [(UInt32, UInt64)] {
            for value in [0, 1, limit == 0 ? 0 : limit - 1, min(limit, 16_383), 16_383] {
                check(UInt64(value) << place)
                check(~(UInt64(16_383) << place) | UInt64(value) << place)
            }
        }
        if loss == 164 && drop == 49 { #expect(caught < 2000, "nine devices in ten pass") }
    }
}
