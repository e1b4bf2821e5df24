/// Pictures of numbers: sparklines, bars, curves, big digits. Each has a form for every glyph set.
extension Canvas {
    /// A share (0...1) as a bar of `width` columns.
    mutating func bar(_ share: Double, x: Int, y: Int, width: Int, style: Style = .plain) {
        guard width > 0 else { return }
        let bounded = share.isNaN ? 0 : min(max(share, 0), 1)
        let full = Int((bounded * Double(width)).rounded(.down))
        put(String(repeating: glyphs.barFull, count: full), x: x, y: y, style: style)
        put(String(repeating: glyphs.barEmpty, count: width - full), x: x + full, y: y, style: .dim)
    }

    /// The newest of `values` (oldest first) as a line of `width` columns, against `maximum` or their own.
    mutating func sparkline(_ values: [Int], x: Int, y: Int, width: Int, maximum: Int? = nil, style: Style = .plain) {
        put(Sparkline.text(values, width: width, maximum: maximum, glyphs: glyphs), x: x, y: y, style: style)
    }

    /// The area under a curve whose points stand at equal steps, the whole of `values` over the whole of `area`.
    mutating func curve(_ values: [Int], maximum: Int, in area: Rect, style: Style = .plain) {
        guard !values.isEmpty, !area.isEmpty, maximum > 0 else { return }
        if glyphs == .braille { return brailleCurve(values, maximum: maximum, in: area, style: style) }
        let levels = glyphs.levels, steps = levels.count - 1
        for column in 0..<area.width {
            let value = values[column * values.count / area.width]
            let height = min(max(0, value), maximum) * area.height * steps / maximum
            for row in 0..<area.height {
                let level = min(max(0, height - row * steps), steps)
                if level > 0 { put(String(levels[level]), x: area.x + column, y: area.bottom - 1 - row, style: style) }
            }
        }
    }

    /// Two by four dots a cell; dots below the curve are set.
    private mutating func brailleCurve(_ values: [Int], maximum: Int, in area: Rect, style: Style) {
        for row in 0..<area.height {
            for column in 0..<area.width {
                var dots: UInt32 = 0
                for half in 0..<2 {
                    let value = values[(column * 2 + half) * values.count / (area.width * 2)]
                    let height = min(max(0, value), maximum) * area.height * 4 / maximum
                    dots |= Sparkline.brailleColumn(height: height - row * 4, half: half)
                }
                guard dots > 0, let scalar = Unicode.Scalar(0x2800 + dots) else { continue }
                put(String(Character(scalar)), x: area.x + column, y: area.bottom - 1 - row, style: style)
            }
        }
    }
}

/// A row of numbers as one line of text.
enum Sparkline {
    static func text(_ values: [Int], width: Int, maximum: Int? = nil, glyphs: GlyphSet) -> String {
        guard width > 0 else { return "" }
        let perCell = glyphs == .braille ? 2 : 1
        let shown = values.suffix(width * perCell)
        let top = max(1, maximum ?? shown.max() ?? 1)
        let padding = Array(repeating: 0, count: width * perCell - shown.count) + shown
        if glyphs == .braille {
            return String((0..<width).map { cell in
                var dots: UInt32 = 0
                for half in 0..<2 {
                    dots |= brailleColumn(height: level(padding[cell * 2 + half], of: top, steps: 4), half: half)
                }
                return Unicode.Scalar(0x2800 + dots).map(Character.init) ?? " "
            }.map { $0 == "\u{2800}" ? " " : $0 })
        }
        let levels = glyphs.levels
        return String(padding.map { levels[level($0, of: top, steps: levels.count - 1)] })
    }

    /// The lowest step for anything above nothing, so that a trickle is seen.
    private static func level(_ value: Int, of top: Int, steps: Int) -> Int {
        guard value > 0 else { return 0 }
        return max(1, min(steps, Int(Double(value) / Double(top) * Double(steps))))
    }

    /// The dots of the left (0) or right (1) half of a braille cell up to `height` (0...4) from below.
    static func brailleColumn(height: Int, half: Int) -> UInt32 {
        let bits: [UInt32] = half == 0 ? [0x40, 0x04, 0x02, 0x01] : [0x80, 0x20, 0x10, 0x08]
        return bits.prefix(max(0, min(4, height))).reduce(0, |)
    }
}

/// Digits to be read across the room: three rows high, made of half blocks.
enum BigDigits {
    static let height = 3

    /// Columns `text` takes; `scale` is the width of a dot, 1 or 2.
    static func width(of text: String, scale: Int = 2) -> Int {
        text.reduce(0) { $0 + dots(of: $1)[0].count * scale + 1 } - 1
    }

    /// Draws digits and `T - + : .`; other characters are left blank.
    static func draw(_ text: String, x: Int, y: Int, scale: Int = 2, style: Style = .bold, on canvas: inout Canvas) {
        var column = x
        for character in text {
            let rows = dots(of: character)
            for line in 0..<height {
                let upper = Array(rows[line * 2]), lower = line * 2 + 1 < rows.count ? Array(rows[line * 2 + 1]) : []
                for index in upper.indices {
                    let top = upper[index] == "#", bottom = index < lower.count && lower[index] == "#"
                    let glyph: Character = top && bottom ? "█" : top ? "▀" : bottom ? "▄" : " "
                    canvas.put(
                        String(repeating: glyph, count: scale), x: column + index * scale, y: y + line, style: style)
                }
            }
            column += rows[0].count * scale + 1
        }
    }

    private static func dots(of character: Character) -> [String] {
        switch character {
        case "0": ["###", "# #", "# #", "# #", "###"]
        case "1": [" # ", "## ", " # ", " # ", "###"]
        case "2": ["###", "  #", "###", "#  ", "###"]
        case "3": ["###", "  #", "###", "  #", "###"]
        case "4": ["# #", "# #", "###", "  #", "  #"]
        case "5": ["###", "#  ", "###", "  #", "###"]
        case "6": ["###", "#  ", "###", "# #", "###"]
        case "7": ["###", "  #", "  #", "  #", "  #"]
        case "8": ["###", "# #", "###", "# #", "###"]
        case "9": ["###", "# #", "###", "  #", "###"]
        case "T": ["###", " # ", " # ", " # ", " # "]
        case "-": ["  ", "  ", "##", "  ", "  "]
        case "+": ["   ", " # ", "###", " # ", "   "]
        case ":": [" ", "#", " ", "#", " "]
        case ".": [" ", " ", " ", " ", "#"]
        default: ["  ", "  ", "  ", "  ", "  "]
        }
    }
}
