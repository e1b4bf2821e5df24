/// One line of an overlay: stretches of text, each in its style.
struct DialogLine: Hashable, Sendable {
    struct Segment: Hashable, Sendable {
        var text: String
        var style: Style
    }

    var segments: [Segment] = []

    init() {}

    init(_ text: String, _ style: Style = .plain) { append(text, style) }

    mutating func append(_ text: String, _ style: Style = .plain) {
        if !text.isEmpty { segments.append(Segment(text: text, style: style)) }
    }

    /// `text` in a column of `width`, cut or filled up.
    mutating func append(_ text: String, _ style: Style = .plain, column width: Int) {
        let fitting = TextWidth.clipped(text, to: max(0, width - 1))
        append(fitting + String(repeating: " ", count: max(0, width - TextWidth.of(fitting))), style)
    }

    var text: String { segments.map(\.text).joined() }
    var width: Int { segments.reduce(0) { $0 + TextWidth.of($1.text) } }
}

extension Canvas {
    mutating func put(_ line: DialogLine, x: Int, y: Int, width: Int) {
        var column = x
        for segment in line.segments where column < x + width {
            column = put(segment.text, x: column, y: y, style: segment.style, width: x + width - column)
        }
    }
}
