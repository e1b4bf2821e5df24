import Engine

/// Frames the parts of a screen: a box where there is room for one, a titled line where there is not.
struct PanelStyle: Hashable, Sendable {
    var isBoxed: Bool
    var border: GlyphSet.Border

    /// Boxes from 100 columns on; the data mode chooses the border.
    init(width: Int, mode: DataMode) {
        isBoxed = width >= 100
        border = switch mode {
        case .real: .single
        case .rehearsal, .staging: .double
        case .replay: .dashed
        }
    }

    /// Rows a panel takes beyond its content.
    var overhead: Int { isBoxed ? 2 : 1 }
}

extension Canvas {
    /// Draws a panel's frame; `hint` stands at the right if there is room.
    /// - Returns: the area inside.
    mutating func panel(_ area: Rect, _ style: PanelStyle, title: String, hint: String = "", titleStyle: Style = .title)
        -> Rect
    {
        guard !area.isEmpty else { return area }
        if style.isBoxed {
            let inner = box(area, title: title, right: hint, border: style.border)
            if titleStyle != .title { put(title, x: area.x + 3, y: area.y, style: titleStyle, width: area.width - 6) }
            return inner
        }
        let line = glyphs.border(style.border).horizontal
        put(String(repeating: line, count: area.width), x: area.x, y: area.y, style: .dim)
        let end = put(" \(title) ", x: area.x + 1, y: area.y, style: titleStyle, width: area.width - 2)
        let hintWidth = TextWidth.of(hint) + 2
        if !hint.isEmpty, end + hintWidth < area.right {
            putRight(" \(hint) ", right: area.right - 1, y: area.y, style: .dim)
        }
        var rest = area
        _ = rest.takeTop(1)
        return rest
    }
}

/// Divides rows among panels that stand below one another: each gets its minimum, the important ones
/// first; then its wish; what is left goes to the one that grows.
struct PanelStack {
    struct Wish {
        var minimum: Int
        var wanted: Int
        /// 0 first; a panel whose minimum finds no room is left out.
        var priority: Int
        var grows = false
    }

    /// Rows for each wish, in order; 0 for a panel that is left out.
    static func rows(_ wishes: [Wish], in height: Int) -> [Int] {
        var rows = [Int](repeating: 0, count: wishes.count), left = max(0, height)
        let order = wishes.indices.sorted { (wishes[$0].priority, $0) < (wishes[$1].priority, $1) }
        for index in order where wishes[index].minimum <= left && wishes[index].minimum > 0 {
            rows[index] = wishes[index].minimum
            left -= wishes[index].minimum
        }
        for index in order where rows[index] > 0 {
            let extra = min(left, max(0, wishes[index].wanted - rows[index]))
            rows[index] += extra
            left -= extra
        }
        if let grower = wishes.indices.first(where: { wishes[$0].grows && rows[$0] > 0 }) { rows[grower] += left }
        return rows
    }

    /// The same as rectangles of `area`, from the top.
    static func areas(_ wishes: [Wish], in area: Rect) -> [Rect] {
        var rest = area
        return rows(wishes, in: area.height).map { rest.takeTop($0) }
    }
}
