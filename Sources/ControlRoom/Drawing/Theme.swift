/// From what a cell means to what a terminal shows. The hues are those of Okabe and Ito, which people
/// with any kind of colour vision tell apart; the terminal's own background is kept.
enum ColorMode: String, Hashable, Sendable, CaseIterable {
    case mono
    case sixteen = "16"
    case indexed = "256"
    case trueColor = "true"
}

/// A colour for the foreground, in the three ways terminals name one.
struct Hue: Hashable, Sendable {
    /// 0...15 of the basic palette.
    var basic: Int
    /// 16...255 of the 256-colour cube.
    var indexed: Int
    /// 0xRRGGBB.
    var rgb: Int
}

/// How a terminal draws a cell.
struct Appearance: Hashable, Sendable {
    /// The terminal's own foreground if nil.
    var hue: Hue?
    var bold = false
    var inverse = false
    var underline = false
    var faint = false
}

enum Theme {
    static let vermilion = Hue(basic: 1, indexed: 166, rgb: 0xD55E00)
    static let orange = Hue(basic: 3, indexed: 178, rgb: 0xE69F00)
    static let bluishGreen = Hue(basic: 6, indexed: 36, rgb: 0x009E73)
    static let skyBlue = Hue(basic: 4, indexed: 74, rgb: 0x56B4E9)
    static let yellow = Hue(basic: 3, indexed: 221, rgb: 0xF0E442)
    static let reddishPurple = Hue(basic: 5, indexed: 175, rgb: 0xCC79A7)

    /// Every hue, in the order in which a terminal may number its colour pairs from 1.
    static let hues = [vermilion, orange, bluishGreen, skyBlue, yellow, reddishPurple]

    static func appearance(of style: Style, in mode: ColorMode) -> Appearance {
        var look = Appearance(bold: style.bold, inverse: style.inverse, underline: style.underline)
        switch style.role {
        case .plain: break
        case .dim: look.faint = mode != .mono
        case .title: look.bold = true
        case .critical:
            look.hue = vermilion
            look.bold = true
        case .warn: look.hue = orange
        case .good: look.hue = bluishGreen
        case .next:
            look.hue = skyBlue
            look.bold = look.bold || mode == .sixteen
            look.underline = look.underline || mode == .mono
        case .onAir:
            look.inverse = true
            look.bold = true
        case .hold:
            look.hue = yellow
            look.inverse = true
        case .notReal: look.hue = reddishPurple
        case .selected: look.bold = true
        }
        if mode == .mono { look.hue = nil }
        return look
    }
}
