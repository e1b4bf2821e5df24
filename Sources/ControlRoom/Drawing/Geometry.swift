/// Sizes and rectangles in terminal cells, with the few ways a screen divides its area. A rectangle never
/// has a negative side: what does not fit is cut off, so a layout made for 120×36 survives 1×1.

/// Columns and rows.
struct Size: Hashable, Sendable {
    var width: Int
    var height: Int
}

/// An area of cells; `x` and `y` count from 0 at the upper left.
struct Rect: Hashable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = max(0, width)
        self.height = max(0, height)
    }

    init(_ size: Size) { self.init(x: 0, y: 0, width: size.width, height: size.height) }

    /// First column and row outside.
    var right: Int { x + width }
    var bottom: Int { y + height }
    var isEmpty: Bool { width == 0 || height == 0 }

    func inset(by margin: Int) -> Rect { inset(columns: margin, rows: margin) }

    func inset(columns: Int, rows: Int) -> Rect {
        Rect(
            x: x + min(columns, width), y: y + min(rows, height), width: width - 2 * columns, height: height - 2 * rows)
    }

    func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x), top = max(y, other.y)
        return Rect(x: left, y: top, width: min(right, other.right) - left, height: min(bottom, other.bottom) - top)
    }

    /// A rectangle of at most `size` in the middle of this one.
    func centred(_ size: Size) -> Rect {
        let width = min(size.width, self.width), height = min(size.height, self.height)
        return Rect(x: x + (self.width - width) / 2, y: y + (self.height - height) / 2, width: width, height: height)
    }

    /// Cuts up to `rows` off the top; what is left is this rectangle.
    mutating func takeTop(_ rows: Int) -> Rect {
        let cut = min(max(0, rows), height)
        let taken = Rect(x: x, y: y, width: width, height: cut)
        self = Rect(x: x, y: y + cut, width: width, height: height - cut)
        return taken
    }

    mutating func takeBottom(_ rows: Int) -> Rect {
        let cut = min(max(0, rows), height)
        let taken = Rect(x: x, y: bottom - cut, width: width, height: cut)
        self = Rect(x: x, y: y, width: width, height: height - cut)
        return taken
    }

    mutating func takeLeft(_ columns: Int) -> Rect {
        let cut = min(max(0, columns), width)
        let taken = Rect(x: x, y: y, width: cut, height: height)
        self = Rect(x: x + cut, y: y, width: width - cut, height: height)
        return taken
    }

    mutating func takeRight(_ columns: Int) -> Rect {
        let cut = min(max(0, columns), width)
        let taken = Rect(x: right - cut, y: y, width: cut, height: height)
        self = Rect(x: x, y: y, width: width - cut, height: height)
        return taken
    }

    /// `count` columns side by side, as equal as cells allow.
    func columns(_ count: Int) -> [Rect] {
        (0..<max(1, count)).map { index in
            let from = width * index / count, to = width * (index + 1) / count
            return Rect(x: x + from, y: y, width: to - from, height: height)
        }
    }
}
