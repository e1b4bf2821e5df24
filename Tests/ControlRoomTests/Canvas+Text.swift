@testable import ControlRoom

extension Canvas {
    /// The characters, one line a row, without trailing spaces.
    var text: String { rows { $0.width == 0 ? nil : $0.character } }

    /// One letter a cell for its style, one line a row; trailing plain blanks are left out.
    var styles: String { rows { $0.style == .plain && $0.character == " " ? " " : $0.style.letter } }

    private func rows(_ show: (Cell) -> Character?) -> String {
        (0..<size.height).map { y in
            var line = String((0..<size.width).compactMap { x in show(self[x, y]) })
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}

extension Role {
    /// The letter of a style dump. Bold makes it a capital where it has one.
    fileprivate var letter: Character {
        switch self {
        case .plain: "."
        case .dim: "d"
        case .title: "t"
        case .critical: "!"
        case .warn: "w"
        case .good: "g"
        case .next: "n"
        case .onAir: "a"
        case .hold: "h"
        case .notReal: "r"
        case .selected: ">"
        }
    }
}

extension Style {
    /// One letter for dumps: the role's, a capital if bold, `i` and `u` for inverse and underlined plain text.
    fileprivate var letter: Character {
        if role == .plain {
            if inverse { return "i" }
            if underline { return "u" }
            return bold ? "B" : "."
        }
        return bold ? Character(role.letter.uppercased()) : role.letter
    }
}
