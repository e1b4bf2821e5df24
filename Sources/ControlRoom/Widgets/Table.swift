/// A table whose columns are data: what a column is called, how wide it is, when it is dropped and what it
/// shows stands in one line, so a screen's table reads as a list.
///
/// Columns never wrap and never jump width: when the area is too narrow, those with the highest priority
/// number go first; what room is left over goes to the columns that grow.
struct Column<Row> {
    enum Alignment { case left, right }

    var title: String
    var width: Int
    /// 0 is dropped last, the highest number first.
    var priority: Int
    var alignment: Alignment
    var grows: Bool
    var cell: (Row) -> TableCell

    init(
        _ title: String, _ width: Int, priority: Int = 0, _ alignment: Alignment = .left, grows: Bool = false,
        cell: @escaping (Row) -> TableCell
    ) {
        self.title = title
        self.width = width
        self.priority = priority
        self.alignment = alignment
        self.grows = grows
        self.cell = cell
    }
}

/// What stands in one place of a table.
struct TableCell: ExpressibleByStringInterpolation {
    var text: String
    var style: Style

    init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }

    init(stringLiteral value: String) { self.init(value) }
}

/// The columns that fit a width, each with its place.
struct Table<Row> {
    private struct Placed {
        var column: Column<Row>
        var x: Int
        var width: Int
    }

    private var placed: [Placed] = []
    let width: Int
    /// Columns before the first one, for the cursor.
    static var indent: Int { 2 }

    init(_ columns: [Column<Row>], fitting width: Int) {
        self.width = width
        var kept = columns
        func needed() -> Int { Self.indent + kept.reduce(0) { $0 + $1.width } + max(0, kept.count - 1) }
        while kept.count > 1, needed() > width, let last = kept.indices.max(by: { left, right in
            (kept[left].priority, left) < (kept[right].priority, right)
        }) {
            kept.remove(at: last)
        }
        let growing = kept.count { $0.grows }, spare = max(0, width - needed())
        var x = Self.indent, grown = 0
        for column in kept {
            var share = 0
            if column.grows {
                share = spare * (grown + 1) / growing - spare * grown / growing
                grown += 1
            }
            placed.append(Placed(column: column, x: x, width: column.width + share))
            x += column.width + share + 1
        }
    }

    /// Where the first growing column begins and what follows it, for a second line under a row.
    var textColumn: Int { placed.first { $0.column.grows }?.x ?? Self.indent }

    func drawHeader(x: Int, y: Int, on canvas: inout Canvas) {
        for place in placed {
            draw(TableCell(place.column.title, .title), in: place, x: x, y: y, on: &canvas)
        }
    }

    func drawRow(_ row: Row, x: Int, y: Int, isSelected: Bool = false, on canvas: inout Canvas) {
        for place in placed { draw(place.column.cell(row), in: place, x: x, y: y, on: &canvas) }
        if isSelected {
            canvas.select(Rect(x: x, y: y, width: width, height: 1))
            canvas.put(String(canvas.glyphs.cursor), x: x, y: y, style: .selected)
        }
    }

    private func draw(_ cell: TableCell, in place: Placed, x: Int, y: Int, on canvas: inout Canvas) {
        let left = x + place.x, room = min(place.width, width - place.x)
        switch place.column.alignment {
        case .left: canvas.put(cell.text, x: left, y: y, style: cell.style, width: room)
        case .right:
            let text = TextWidth.clipped(cell.text, to: max(0, room), ellipsis: canvas.glyphs.ellipsis)
            canvas.put(text, x: left + room - TextWidth.of(text), y: y, style: cell.style, width: room)
        }
    }
}
