import Foundation

/// Which characters the room may draw with: plain ASCII for terminals and locales that know no more,
/// line and block characters, or those and braille dots for curves.
enum GlyphSet: String, Hashable, Sendable, CaseIterable {
    case ascii
    case box
    case braille

    enum Border: Sendable {
        /// REAL.
        case single
        /// REHEARSAL.
        case double
        /// REPLAY and forecasts.
        case dashed
    }

    /// Corners and lines of a box.
    struct BorderGlyphs: Sendable {
        var topLeft: Character, topRight: Character, bottomLeft: Character, bottomRight: Character
        var horizontal: Character, vertical: Character
    }

    func border(_ border: Border) -> BorderGlyphs {
        switch (self, border) {
        case (.ascii, .single): make("++++-|")
        case (.ascii, .double): make("####=H")
        case (.ascii, .dashed): make("....~:")
        case (_, .single): make("┌┐└┘─│")
        case (_, .double): make("╔╗╚╝═║")
        case (_, .dashed): make("┌┐└┘╌╎")
        }
    }

    var cursor: Character { self == .ascii ? ">" : "▸" }
    var good: Character { self == .ascii ? "v" : "✓" }
    var ellipsis: Character { self == .ascii ? "~" : "…" }
    var dot: Character { self == .ascii ? "." : "·" }
    /// The stretch of a stage rail that lies behind, and the one ahead.
    var railDone: Character { self == .ascii ? "=" : "━" }
    var railAhead: Character { self == .ascii ? "-" : "─" }
    var railHere: Character { self == .ascii ? "|" : "┿" }
    var barFull: Character { self == .ascii ? "#" : "█" }
    var barEmpty: Character { self == .ascii ? "." : "░" }
    var divider: Character { self == .ascii ? "|" : "│" }
    /// Rising levels of a sparkline or an area plot; the first is nothing.
    var levels: [Character] { self == .ascii ? Array(" .:-=+*#") : Array(" ▁▂▃▄▅▆▇█") }

    /// The nearest this set has for a character; the same column count.
    func adapt(_ glyph: TextWidth.Glyph) -> [TextWidth.Glyph] {
        guard self == .ascii, !glyph.character.isASCII else { return [glyph] }
        if let known = Self.asciiFor[glyph.character] { return [TextWidth.Glyph(character: known, width: 1)] }
        let plain = String(glyph.character).decomposedStringWithCanonicalMapping.unicodeScalars.first
        if let plain, plain.isASCII { return [TextWidth.Glyph(character: Character(plain), width: 1)] }
        return Array(repeating: TextWidth.Glyph(character: "?", width: 1), count: Int(glyph.width))
    }

    private static let asciiFor: [Character: Character] = [
        "▸": ">", "✓": "v", "×": "x", "…": "~", "·": ".", "—": "-", "–": "-", "−": "-", "→": ">", "←": "<",
        "↑": "^", "↓": "v", "‘": "'", "’": "'", "“": "\"", "”": "\"", "±": "~", "≥": ">", "≤": "<", "│": "|",
        "─": "-", "━": "=", "┿": "|", "┃": "|", "█": "#", "░": ".", "▀": "\"", "▄": "_", "⏎": "E", "Δ": "d",
        "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+", "╌": "~",
        "▌": "#", "▐": "#", "■": "#", "●": "o", "○": "o", "°": "o", "µ": "u",
    ]

    private func make(_ six: String) -> BorderGlyphs {
        let glyphs = Array(six)
        return BorderGlyphs(
            topLeft: glyphs[0], topRight: glyphs[1], bottomLeft: glyphs[2], bottomRight: glyphs[3],
            horizontal: glyphs[4], vertical: glyphs[5]
        )
    }
}
