/// How many columns a text takes, and what of it may reach a terminal. Has its own table, so that tests
/// and terminals agree whatever the locale.
///
/// A cell shows one base character with at most three combining marks. Sequences that terminals measure
/// differently are reduced to something they agree on: emoji joined with ZWJ or a skin tone to their first
/// emoji, flags to their two letters. Control, escape, bidirectional and private characters become `?`: a
/// title in a schedule file must never move the cursor.
enum TextWidth {
    /// Columns that `text` takes when drawn.
    static func of(_ text: String) -> Int {
        var columns = 0
        for character in text { columns += forDisplay(character).reduce(0) { $0 + Int($1.width) } }
        return columns
    }

    /// A character that is safe to draw, and its columns (1 or 2).
    struct Glyph: Hashable, Sendable {
        var character: Character
        var width: UInt8
    }

    /// What to draw for one grapheme: mostly one glyph; two letters for a flag; nothing for one without extent.
    static func forDisplay(_ character: Character) -> [Glyph] {
        if let ascii = character.asciiValue, character != "\r\n" {
            return [Glyph(character: ascii >= 0x20 && ascii < 0x7F ? character : "?", width: 1)]
        }
        let scalars = character.unicodeScalars
        let letters = scalars.compactMap(regionalLetter)
        if letters.count == 2 { return letters.map { Glyph(character: $0, width: 1) } }
        guard let base = scalars.first else { return [] }
        if base.value == 0xFEFF || base.value == 0xAD || (0xFE00...0xFE0F).contains(base.value) { return [] }
        guard isPrintable(base), !isMark(base) else { return [Glyph(character: "?", width: 1)] }
        var kept = String.UnicodeScalarView()
        kept.append(base)
        for scalar in scalars.dropFirst().prefix(while: { $0.value != 0x200D })
        where isMark(scalar) && !isSelector(scalar) {
            if kept.count < 4 { kept.append(scalar) }
        }
        let composed = Character(String(kept))
        return [Glyph(character: composed, width: isWide(base) ? 2 : 1)]
    }

    /// The longest beginning of `text` that fits `columns`; ends in `ellipsis` if anything was cut.
    static func clipped(_ text: String, to columns: Int, ellipsis: Character = "…") -> String {
        guard of(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var used = 0, result = ""
        for character in text {
            let glyphs = forDisplay(character), width = glyphs.reduce(0) { $0 + Int($1.width) }
            if used + width > columns - 1 { break }
            for glyph in glyphs { result.append(glyph.character) }
            used += width
        }
        result.append(ellipsis)
        return result
    }

    private static func regionalLetter(_ scalar: Unicode.Scalar) -> Character? {
        guard (0x1F1E6...0x1F1FF).contains(scalar.value), let letter = Unicode.Scalar(scalar.value - 0x1F1E6 + 0x41)
        else { return nil }
        return Character(letter)
    }

    private static func isSelector(_ scalar: Unicode.Scalar) -> Bool {
        (0xFE00...0xFE0F).contains(scalar.value) || (0xE0100...0xE01EF).contains(scalar.value)
    }

    /// Drawn on top of the character before: combining marks, and the vowels and finals of conjoining Hangul.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: (0x1160...0x11FF).contains(scalar.value)
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        guard value >= 0x1100 else { return false }
        var low = 0, high = wide.count - 1
        while low <= high {
            let middle = (low + high) / 2
            if value < wide[middle].lowerBound {
                high = middle - 1
            } else if value > wide[middle].upperBound {
                low = middle + 1
            } else {
                return true
            }
        }
        return false
    }

    /// East Asian Wide and Fullwidth (UAX #11), which includes every emoji that is drawn as one by default.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0...0x23F0, 0x23F3...0x23F3,
        0x25FD...0x25FE, 0x2614...0x2615, 0x2648...0x2653, 0x267F...0x267F, 0x2693...0x2693, 0x26A1...0x26A1,
        0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26CE...0x26CE, 0x26D4...0x26D4, 0x26EA...0x26EA,
        0x26F2...0x26F3, 0x26F5...0x26F5, 0x26FA...0x26FA, 0x26FD...0x26FD, 0x2705...0x2705, 0x270A...0x270B,
        0x2728...0x2728, 0x274C...0x274C, 0x274E...0x274E, 0x2753...0x2755, 0x2757...0x2757, 0x2795...0x2797,
        0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2B55...0x2B55, 0x2E80...0x303E,
        0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA48C, 0xA490...0xA4C6, 0xA960...0xA97C, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18D08,
        0x1AFF0...0x1B2FB, 0x1F004...0x1F004, 0x1F0CF...0x1F0CF, 0x1F18E...0x1F18E, 0x1F191...0x1F19A,
        0x1F200...0x1F202, 0x1F210...0x1F23B, 0x1F240...0x1F248, 0x1F250...0x1F251, 0x1F260...0x1F265,
        0x1F300...0x1F320, 0x1F32D...0x1F335, 0x1F337...0x1F37C, 0x1F37E...0x1F393, 0x1F3A0...0x1F3CA,
        0x1F3CF...0x1F3D3, 0x1F3E0...0x1F3F0, 0x1F3F4...0x1F3F4, 0x1F3F8...0x1F43E, 0x1F440...0x1F440,
        0x1F442...0x1F4FC, 0x1F4FF...0x1F53D, 0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A...0x1F57A,
        0x1F595...0x1F596, 0x1F5A4...0x1F5A4, 0x1F5FB...0x1F64F, 0x1F680...0x1F6C5, 0x1F6CC...0x1F6CC,
        0x1F6D0...0x1F6D2, 0x1F6D5...0x1F6D7, 0x1F6DC...0x1F6DF, 0x1F6EB...0x1F6EC, 0x1F6F4...0x1F6FC,
        0x1F7E0...0x1F7EB, 0x1F7F0...0x1F7F0, 0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF,
        0x1FA70...0x1FAFF, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
    ]
}
