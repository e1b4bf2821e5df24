/// The smallest piece of a document (section 2.1.6). Comments, commas and white space are no tokens.
struct Token {
    enum Kind: String {
        case end = "<EOF>"
        case bang = "!", dollar = "$", ampersand = "&", spread = "...", colon = ":", equals = "=", at = "@", pipe = "|"
        case parenthesisOpen = "(", parenthesisClose = ")"
        case bracketOpen = "[", bracketClose = "]"
        case braceOpen = "{", braceClose = "}"
        case name = "Name", int = "Int", float = "Float", string = "String", blockString = "BlockString"
        case start = "<SOF>"
    }

    var kind: Kind
    var location: SourceLocation
    /// The name, the number as written, or the value of the string; nil for punctuation.
    var text: String?

    /// As errors name it: `"}"`, `Name "hero"`.
    var description: String { text.map { "\(kind.words) \"\($0)\"" } ?? kind.words }
}

extension Token.Kind {
    var isPunctuator: Bool {
        switch self {
        case .end, .start, .name, .int, .float, .string, .blockString: false
        default: true
        }
    }

    var words: String { isPunctuator ? "\"\(rawValue)\"" : rawValue }
}
