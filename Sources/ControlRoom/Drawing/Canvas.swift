/// A frame being drawn: cells in rows. Drawing outside is cut off, never an error, and only characters
/// that `TextWidth` lets through reach a cell. Knows no terminal.
struct Canvas: Hashable, Sendable {
    let size: Size
    let glyphs: GlyphSet
    private(set) var cells: [Cell]

    init(size: Size, glyphs: GlyphSet = .box) {
        self.size = Size(width: max(0, size.width), height: max(0, size.height))
        self.glyphs = glyphs
        cells = Array(repeating: .blank, count: self.size.width * self.size.height)
    }

    var bounds: Rect { Rect(size) }

    /// The cell at a place inside the canvas.
    subscript(x: Int, y: Int) -> Cell { cells[y * size.width + x] }

    /// Writes one line of `text` from `x` on. Cut at `width` columns with `…`, and at the canvas edge.
    /// - Returns: the first column after what was written.
    @discardableResult
    mutating func put(_ text: String, x: Int, y: Int, style: Style = .plain, width: Int? = nil) -> Int {
        let room = max(0, min(width ?? .max, size.width - x))
        guard y >= 0, y < size.height, room > 0 else { return x }
        let fitting = width == nil ? text : TextWidth.clipped(text, to: room, ellipsis: glyphs.ellipsis)
        var column = x
        for character in fitting {
            for glyph in TextWidth.forDisplay(character) {
                for adapted in glyphs.adapt(glyph) {
                    guard column + Int(adapted.width) <= x + room else { return column }
                    set(adapted, x: column, y: y, style: style)
                    column += Int(adapted.width)
                }
            }
        }
        return column
    }

    /// Writes `text` so that it ends before column `right`; cut at `width` columns with `…`.
    mutating func putRight(_ text: String, right: Int, y: Int, style: Style = .plain, width: Int? = nil) {
        let fitting = TextWidth.clipped(text, to: max(0, min(width ?? .max, right)), ellipsis: glyphs.ellipsis)
        put(fitting, x: right - TextWidth.of(fitting), y: y, style: style)
    }

    /// Writes `text` in the middle of a line of `area`; `line` counts from the area's top.
    mutating func putCentred(_ text: String, in area: Rect, line: Int, style: Style = .plain) {
        let fitting = TextWidth.clipped(text, to: area.width, ellipsis: glyphs.ellipsis)
        put(fitting, x: area.x + (area.width - TextWidth.of(fitting)) / 2, y: area.y + line, style: style)
    }

    mutating func fill(_ area: Rect, with character: Character = " ", style: Style = .plain) {
        let inside = area.intersection(bounds)
        let glyph = glyphs.adapt(TextWidth.Glyph(character: character, width: 1))[0]
        for y in inside.y..<inside.bottom {
            for x in inside.x..<inside.right { set(glyph, x: x, y: y, style: style) }
        }
    }

    /// Changes the styles of an area and leaves its characters.
    mutating func restyle(_ area: Rect, _ change: (inout Style) -> Void) {
        let inside = area.intersection(bounds)
        for y in inside.y..<inside.bottom {
            for x in inside.x..<inside.right { change(&cells[y * size.width + x].style) }
        }
    }

    /// Marks an area as under the cursor: what has no meaning of its own takes the selected role, the rest turns bold.
    mutating func select(_ area: Rect) {
        restyle(area) { style in
            if style.role == .plain || style.role == .dim { style.role = .selected } else { style.bold = true }
        }
    }

    /// Draws a frame around `area` with `title` at the upper left and `right` at the upper right, and clears its
    /// inside.
    /// - Returns: the inside.
    @discardableResult
    mutating func box(
        _ area: Rect, title: String = "", right: String = "", border: GlyphSet.Border = .single, style: Style = .plain
    ) -> Rect {
        let inner = area.inset(by: 1)
        guard area.width >= 2, area.height >= 2 else { return inner }
        fill(area)
        let lines = glyphs.border(border), lineStyle = style.role == .plain ? Style.dim : style
        for x in area.x + 1..<area.right - 1 {
            put(String(lines.horizontal), x: x, y: area.y, style: lineStyle)
            put(String(lines.horizontal), x: x, y: area.bottom - 1, style: lineStyle)
        }
        for y in area.y + 1..<area.bottom - 1 {
            put(String(lines.vertical), x: area.x, y: y, style: lineStyle)
            put(String(lines.vertical), x: area.right - 1, y: y, style: lineStyle)
        }
        put(String(lines.topLeft), x: area.x, y: area.y, style: lineStyle)
        put(String(lines.topRight), x: area.right - 1, y: area.y, style: lineStyle)
        put(String(lines.bottomLeft), x: area.x, y: area.bottom - 1, style: lineStyle)
        put(String(lines.bottomRight), x: area.right - 1, y: area.bottom - 1, style: lineStyle)
        var end = area.x + 2
        if !title.isEmpty, area.width > 6 {
            end = put(
                " \(title) ", x: area.x + 2, y: area.y, style: style.role == .plain ? .title : style,
                width: area.width - 4)
        }
        let rightWidth = TextWidth.of(right) + 2
        if !right.isEmpty, area.right - 2 - rightWidth > end {
            putRight(" \(right) ", right: area.right - 2, y: area.y, style: .dim)
        }
        return inner
    }

    /// Sets a cell; half a wide character that is left over becomes a space.
    private mutating func set(_ glyph: TextWidth.Glyph, x: Int, y: Int, style: Style) {
        guard x >= 0, y >= 0, y < size.height, x + Int(glyph.width) <= size.width else { return }
        let place = y * size.width + x
        unjoin(place)
        if glyph.width == 2 {
            unjoin(place + 1)
            cells[place + 1] = Cell(" ", style: style, width: 0)
        }
        cells[place] = Cell(glyph.character, style: style, width: glyph.width)
    }

    private mutating func unjoin(_ place: Int) {
        if cells[place].width == 0 {
            cells[place - 1] = Cell(" ", style: cells[place - 1].style)
        } else if cells[place].width == 2 {
            cells[place + 1] = Cell(" ", style: cells[place + 1].style)
        }
    }
}
