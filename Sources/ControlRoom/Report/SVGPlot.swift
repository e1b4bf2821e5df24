/// A plot as inline SVG: areas, lines and marks on a field of fixed units that stretches to its place. Labels stand
/// beside it in HTML, so that they stay readable when it shrinks.
struct SVGPlot {
    static let width = 720
    static let height = 200

    /// The value at the top edge.
    let maximum: Int
    private var shapes: [String] = []

    init(maximum: Int) { self.maximum = max(1, maximum) }

    /// Areas on top of each other, the first at the bottom; all of the same length over the whole width.
    mutating func stack(_ layers: [(values: [Int], color: String)]) {
        guard let count = layers.first?.values.count, count > 0 else { return }
        var base = [Int](repeating: 0, count: count)
        for layer in layers where layer.values.contains(where: { $0 > 0 }) {
            let top = zip(base, layer.values).map { $0 + $1 }
            let path = points(top) + points(base).reversed()
            shapes.append("<path d=\"M\(path.joined(separator: "L"))Z\" style=\"fill:var(\(layer.color))\"/>")
            base = top
        }
    }

    mutating func line(_ values: [Int], color: String, isDashed: Bool = false) {
        guard values.count > 1 else { return }
        let dash = isDashed ? ";stroke-dasharray:5 4" : ""
        shapes.append(
            "<path d=\"M\(points(values).joined(separator: "L"))\" style=\"fill:none;stroke:var(\(color));stroke-width:1.6\(dash)\"/>"
        )
    }

    /// A level across the whole width.
    mutating func level(_ value: Int, color: String) {
        guard value <= maximum else { return }
        let y = y(value)
        shapes.append(
            "<line x1=\"0\" y1=\"\(y)\" x2=\"\(Self.width)\" y2=\"\(y)\" style=\"stroke:var(\(color));stroke-width:1;stroke-dasharray:6 4\"/>"
        )
    }

    /// A mark at per mille of the width.
    mutating func mark(atPerMille place: Int, color: String, isDashed: Bool = true) {
        guard (0...1000).contains(place) else { return }
        let x = place * Self.width / 1000
        let dash = isDashed ? ";stroke-dasharray:3 3" : ""
        shapes.append(
            "<line x1=\"\(x)\" y1=\"0\" x2=\"\(x)\" y2=\"\(Self.height)\" style=\"stroke:var(\(color));stroke-width:1\(dash)\"/>"
        )
    }

    /// A bar between two places, per mille of the width, over the whole height.
    mutating func bar(fromPerMille from: Int, toPerMille to: Int, color: String, title: String) {
        let left = min(max(from, 0), 1000) * Self.width / 1000, right = min(max(to, 0), 1000) * Self.width / 1000
        shapes.append(
            "<rect x=\"\(left)\" y=\"20\" width=\"\(max(1, right - left))\" height=\"160\" style=\"fill:var(\(color));stroke:var(--paper);stroke-width:1\"><title>\(HTML.escaped(title))</title></rect>"
        )
    }

    func svg(label: String) -> String {
        "<svg viewBox=\"0 0 \(Self.width) \(Self.height)\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"\(HTML.escaped(label))\">\(shapes.joined())</svg>"
    }

    private func points(_ values: [Int]) -> [String] {
        values.enumerated().map { "\($0 * Self.width / max(1, values.count - 1)),\(y($1))" }
    }

    private func y(_ value: Int) -> Int { Self.height - min(max(0, value), maximum) * Self.height / maximum }
}
