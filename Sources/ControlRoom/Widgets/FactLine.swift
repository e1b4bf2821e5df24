/// One line of labelled facts, `elapsed 00:00:19   wave 6/8`. A fact is shown whole or not at all: when
/// the line is too narrow, those with the highest priority number are left out first.
struct Fact {
    var label: String
    var value: String
    var style: Style
    /// 0 is dropped last.
    var priority: Int

    init(_ label: String, _ value: String, _ style: Style = .plain, priority: Int = 0) {
        self.label = label
        self.value = value
        self.style = style
        self.priority = priority
    }

    var width: Int {
        let label = TextWidth.of(label), value = TextWidth.of(value)
        return label + value + (label > 0 && value > 0 ? 1 : 0)
    }
}

extension Canvas {
    /// Draws as many of `facts` as fit in `width`, in order, `gap` columns apart.
    /// - Returns: the first column after them.
    @discardableResult
    mutating func put(_ facts: [Fact], x: Int, y: Int, width: Int, gap: Int = 3) -> Int {
        var kept = facts
        func needed() -> Int { kept.reduce(0) { $0 + $1.width } + max(0, kept.count - 1) * gap }
        while kept.count > 1, needed() > width, let last = kept.indices.max(by: { left, right in
            (kept[left].priority, left) < (kept[right].priority, right)
        }) {
            kept.remove(at: last)
        }
        let end = x + width
        var column = x
        for (index, fact) in kept.enumerated() {
            if index > 0 { column += gap }
            column = put(fact.label, x: column, y: y, style: .dim, width: end - column)
            if !fact.label.isEmpty, !fact.value.isEmpty { column += 1 }
            column = put(fact.value, x: column, y: y, style: fact.style, width: end - column)
        }
        return column
    }
}
