/// Neighbours in one burst of a partition, at most `SweepBlock.devicesMax`.
struct SweepSpan {
    /// Index of the first device.
    let first: Int
    let count: Int
    /// Their burst within its wave.
    let within: Int
    /// Their `AwayBits`.
    let bits: UnsafeMutablePointer<UInt16>

    var presentCount: Int {
        var away = 0
        for index in 0..<count { away &+= Int(bits[index] & 1) }
        return count - away
    }
}

/// What a sweep keeps of the devices of one span while it looks at them together.
///
/// Its steps are short loops without branches, one thing each: every device takes the same way, is counted as if it
/// were plain, and is noted down and taken away again if it is not. A processor guesses one device in twenty wrong,
/// which costs it more than the device; and a loop that does all at once has more to keep at hand than a processor has
/// registers.
struct SweepBlock {
    /// `ModelledSweep.Older` of each.
    let older: UnsafeMutablePointer<UInt8>
    /// Places of those that have to be looked at one by one.
    let rest: UnsafeMutablePointer<UInt16>
    /// Draws of each in the newest flight, and in the prior one where that is open.
    let draws: UnsafeMutablePointer<DeviceDraw>
    let prior: UnsafeMutablePointer<DeviceDraw>
    /// Of each in the newest flight: its burst, and the row of its ack.
    let burstOf: UnsafeMutablePointer<UInt8>
    let rows: UnsafeMutablePointer<UInt16>
    /// When those leave who will: their `presence`.
    let leaving: UnsafeMutablePointer<UInt16>
    /// Devices of each burst of the newest flight, and those of them that are given it in place of the prior one.
    let sent: UnsafeMutablePointer<UInt32>
    let replaced: UnsafeMutablePointer<UInt32>

    /// What is kept of so many devices stays in the nearest cache.
    static let devicesMax = 512

    init() {
        func zeros<Number: FixedWidthInteger>(_ count: Int) -> UnsafeMutablePointer<Number> {
            let pointer = UnsafeMutablePointer<Number>.allocate(capacity: count)
            pointer.initialize(repeating: 0, count: count)
            return pointer
        }
        older = zeros(Self.devicesMax)
        rest = zeros(Self.devicesMax)
        draws = .allocate(capacity: Self.devicesMax)
        prior = .allocate(capacity: Self.devicesMax)
        burstOf = zeros(Self.devicesMax)
        rows = zeros(Self.devicesMax)
        leaving = zeros(Self.devicesMax)
        sent = zeros(ModelledFlight.burstsMax)
        replaced = zeros(ModelledFlight.burstsMax)
    }

    func free() {
        older.deallocate()
        rest.deallocate()
        draws.deallocate()
        prior.deallocate()
        burstOf.deallocate()
        rows.deallocate()
        leaving.deallocate()
        sent.deallocate()
        replaced.deallocate()
    }

    // MARK: - How they stand in the broadcasts before

    /// The newest flight begins, and every connected device has confirmed those before: who is away now.
    func begin(_ span: SweepSpan, _ short: SweepShortcuts) {
        let flight = short.prior, left = short.leftParts, returned = short.returnedParts, all = span.bits, older = older
        let unclearFrom = short.isReturnUnclear ? 0 : short.caughtUpParts
        var counter = flight.counter(span.first)
        for index in 0..<span.count {
            let draw = DeviceDraw(SeededGenerator.mix(counter)), bits = all[index]
            counter &+= AudienceDraws.golden
            let wasAway = bits & 1, presence = draw.presence
            let isStillAway: UInt16 = presence >= returned ? 1 : 0, hasLeft: UInt16 = presence < left ? 1 : 0
            let isAway = wasAway & isStillAway | (1 &- wasAway) & hasLeft & (1 &- flight.specialty(draw))
            all[index] = bits & 0x8000 | (bits &<< 1 & 0x7FFE) | isAway
            let isUnclear = wasAway & (1 &- isAway) & (presence >= unclearFrom ? 1 : 0)
            older[index] = UInt8(truncatingIfNeeded: isUnclear) &* ModelledSweep.Older.unclear.rawValue
        }
    }

    /// The same when who is away is known: only those who have come back may not have confirmed.
    func stand(_ span: SweepSpan, _ short: SweepShortcuts) {
        var count = 0
        for index in 0..<span.count {
            older[index] = 0
            rest[count] = UInt16(truncatingIfNeeded: index)
            count &+= span.bits[index] & 3 == 2 ? 1 : 0
        }
        for place in 0..<count {
            let index = Int(rest[place])
            let isUnclear =
                short.isReturnUnclear || short.prior.draw(span.first + index).presence >= short.caughtUpParts
            older[index] = isUnclear ? ModelledSweep.Older.unclear.rawValue : 0
        }
    }
}
