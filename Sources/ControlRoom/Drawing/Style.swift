/// What a cell means, from which a theme makes what it looks like. Screens name roles, never colours;
/// a role is always accompanied by a glyph or a word, so that monochrome loses nothing.
enum Role: UInt8, Hashable, Sendable, CaseIterable {
    case plain
    /// Context.
    case dim
    /// Headings of boxes and tables.
    case title
    /// Act now: with `!!` and a word.
    case critical
    /// Act soon: with `!`.
    case warn
    /// Inside limits: with `✓`.
    case good
    /// About to happen, armed.
    case next
    /// The lit lamp: this stage is on air.
    case onAir
    /// The clock is stopped: with the word HOLD.
    case hold
    /// REHEARSAL, REPLAY, FORECAST: with the word and another border.
    case notReal
    /// Under the cursor: with `▸`.
    case selected
}

/// A role and the emphasis a cell has beyond it.
struct Style: Hashable, Sendable {
    var role: Role
    var bold = false
    var inverse = false
    var underline = false

    init(_ role: Role = .plain, bold: Bool = false, inverse: Bool = false, underline: Bool = false) {
        self.role = role
        self.bold = bold
        self.inverse = inverse
        self.underline = underline
    }

    static let plain = Style(.plain)
    static let dim = Style(.dim)
    static let title = Style(.title)
    static let critical = Style(.critical)
    static let warn = Style(.warn)
    static let good = Style(.good)
    static let next = Style(.next)
    static let onAir = Style(.onAir)
    static let hold = Style(.hold)
    static let notReal = Style(.notReal)
    static let selected = Style(.selected)
    static let bold = Style(.plain, bold: true)
}

/// One place of the canvas. A wide character stands in the left of its two cells with width 2; the
/// right one has width 0 and is never drawn by itself.
struct Cell: Hashable, Sendable {
    var character: Character
    var style: Style
    var width: UInt8

    init(_ character: Character = " ", style: Style = .plain, width: UInt8 = 1) {
        self.character = character
        self.style = style
        self.width = width
    }

    static let blank = Cell()
}
