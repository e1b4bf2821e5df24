/// Validates UTF-8 as it arrives, in any cuts, and fails at the first byte that no continuation could save
/// (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
struct UTF8Validator {
    /// Continuation bytes that the character begun still needs.
    private var missing: UInt8 = 0
    /// The range the next continuation byte must lie in; narrower than 80...BF only directly after E0, ED, F0 and F4.
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xBF

    /// Whether the text could end here.
    var isComplete: Bool { missing == 0 }

    /// - Returns: false if the text cannot become valid any more.
    mutating func consume(_ bytes: some Sequence<UInt8>) -> Bool {
        for byte in bytes {
            if missing == 0 {
                guard byte >= 0x80 else { continue }
                guard begin(byte) else { return false }
            } else {
                guard (lower...upper).contains(byte) else { return false }
                missing -= 1
                (lower, upper) = (0x80, 0xBF)
            }
        }
        return true
    }

    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, lower) = (2, 0xA0)
        case 0xED: (missing, upper) = (2, 0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, lower) = (3, 0x90)
        case 0xF1...0xF3: missing = 3
        case 0xF4: (missing, upper) = (3, 0x8F)
        default: return false
        }
        return true
    }
}
