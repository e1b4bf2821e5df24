/// A moment of modelled life: 16 ms steps of engine time since its start (a year fits).
typealias Tick = Int32

/// How the virtual audience rounds time, so that millions of devices share a few hundred moments.
///
/// What happens to a modelled device happens at a tick. The further the tick lies from its cause (`base`,
/// say the publication), the coarser it is: 16 ms in the first four seconds, 32 s after twenty minutes.
/// Ticks are rounded up, and to multiples of powers of two on one common grid, so a tick that was
/// rounded from an earlier base is exact on the axis of any later one. That is what lets a curve be
/// rebuilt in mid-flight without moving a single device.
enum TickAxis {
    static let milliseconds: Int64 = 16
    static let never = Tick.max
    /// Six hours; what would happen later than that after its cause never happens.
    static let span: Tick = 1_350_000

    private static let band1: Tick = 256, band2: Tick = 1250, band3: Tick = 10_000, band4: Tick = 75_000
    private static let offset1 = 256
    private static let offset2 = offset1 + Int(band2 - band1) >> 2 + 2
    private static let offset3 = offset2 + Int(band3 - band2) >> 4 + 2
    private static let offset4 = offset3 + Int(band4 - band3) >> 7 + 2
    /// Rows of a table with one row for every tick that can follow a base.
    static let rowCount = offset4 + Int(span - band4) >> 11 + 4

    static func tick(at instant: EngineInstant) -> Tick {
        Tick(clamping: instant.nanoseconds / (milliseconds * 1_000_000))
    }

    /// The first moment at which `tick` counts as passed.
    static func instant(of tick: Tick) -> EngineInstant {
        EngineInstant(nanoseconds: Int64(tick) * milliseconds * 1_000_000)
    }

    /// The tick of a moment given in ms, rounded up as its distance from `base` asks; always after `base`.
    @inline(__always)
    static func tick(atMilliseconds moment: Int64, from base: Tick) -> Tick {
        let raw = (moment &+ milliseconds &- 1) >> 4
        guard raw - Int64(base) < Int64(span) else { return never }
        return align(Tick(truncatingIfNeeded: raw), from: base)
    }

    /// `tick`, or the next one after it that the axis from `base` knows.
    @inline(__always)
    static func align(_ tick: Tick, from base: Tick) -> Tick {
        if tick == never { return never }
        let after = max(tick, base + 1)
        return after - base < band1 ? after : alignFar(after, from: base)
    }

    private static func alignFar(_ tick: Tick, from base: Tick) -> Tick {
        var aligned = tick
        while true {
            let (step, end) = band(at: aligned - base), mask = (Tick(1) &<< step) &- 1
            aligned = (aligned &+ mask) & ~mask
            if aligned &- base < end { return aligned }
        }
    }

    /// How coarse the axis is at a distance, and up to which one.
    @inline(__always)
    private static func band(at distance: Tick) -> (step: Tick, end: Tick) {
        if distance < band2 { return distance < band1 ? (0, band1) : (2, band2) }
        if distance < band3 { return (4, band3) }
        return distance < band4 ? (7, band4) : (11, .max)
    }

    private static func shift(_ distance: Tick) -> Tick {
        if distance < band1 { return 0 }
        if distance < band2 { return 2 }
        if distance < band3 { return 4 }
        return distance < band4 ? 7 : 11
    }

    /// The row of an aligned tick in a table whose base is `base` or earlier than the tick's own.
    @inline(__always)
    static func row(of tick: Tick, from base: Tick) -> Int {
        let distance = tick - base
        return distance < band1 ? Int(distance) : farRow(of: tick, from: base)
    }

    private static func farRow(of tick: Tick, from base: Tick) -> Int {
        let (start, offset) = band(ofDistance: tick - base)
        let step = shift(start)
        return offset + Int(tick >> step) - Int((base + start) >> step)
    }

    /// The inverse of `row(of:from:)`.
    static func tick(ofRow row: Int, from base: Tick) -> Tick {
        guard row >= offset1 else { return base + Tick(row) }
        let (start, offset) =
            row >= offset4 ? (band4, offset4)
            : row >= offset3 ? (band3, offset3) : row >= offset2 ? (band2, offset2) : (band1, offset1)
        let step = shift(start)
        return (Tick(row - offset) + (base + start) >> step) << step
    }

    private static func band(ofDistance distance: Tick) -> (start: Tick, offset: Int) {
        if distance < band2 { return (band1, offset1) }
        if distance < band3 { return (band2, offset2) }
        return distance < band4 ? (band3, offset3) : (band4, offset4)
    }
}
