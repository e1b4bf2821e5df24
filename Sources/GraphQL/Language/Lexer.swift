/// Cuts a document into tokens, one at a time, and knows line and column of each.
///
/// The bytes are known to be UTF-8. Columns count characters (Unicode scalars), so each continuation byte that is
/// passed is taken off again. By the October 2021 specification control characters other than tab and line ends are no
/// source characters, and `\u` takes exactly four hexadecimal digits.
struct Lexer {
    let bytes: [UInt8]
    var position = 0
    private var line = 1
    private var lineStart = 0
    /// UTF-8 continuation bytes between `lineStart` and `position`.
    private var continuationCount = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var here: SourceLocation { SourceLocation(line: line, column: 1 + position - lineStart - continuationCount) }

    func byte(_ offset: Int = 0) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    /// Passes `count` bytes that hold no line end.
    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count {
            if bytes[position] & 0xC0 == 0x80 { continuationCount += 1 }
            position += 1
        }
    }

    /// Passes one line end: LF, CR, or CR LF.
    mutating func advanceLine() {
        position += byte() == UInt8(ascii: "\r") && byte(1) == UInt8(ascii: "\n") ? 2 : 1
        line += 1
        lineStart = position
        continuationCount = 0
    }

    mutating func next() throws(GraphQLError) -> Token {
        skipIgnored()
        let location = here
        guard let first = byte() else { return Token(kind: .end, location: location) }
        if let kind = Self.punctuators[first] {
            advance()
            return Token(kind: kind, location: location)
        }
        switch first {
        case UInt8(ascii: "."):
            guard byte(1) == first, byte(2) == first else { throw unexpected() }
            advance(3)
            return Token(kind: .spread, location: location)
        case UInt8(ascii: "\""):
            if byte(1) == first, byte(2) == first {
                return Token(kind: .blockString, location: location, text: try blockString())
            }
            return Token(kind: .string, location: location, text: try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number(at: location)
        case let byte where byte.isNameStart:
            return Token(kind: .name, location: location, text: name())
        default:
            throw unexpected()
        }
    }

    private static let punctuators: [UInt8: Token.Kind] = {
        let kinds: [Token.Kind] = [
            .bang, .dollar, .ampersand, .colon, .equals, .at, .pipe,
            .parenthesisOpen, .parenthesisClose, .bracketOpen, .bracketClose, .braceOpen, .braceClose,
        ]
        return Dictionary(uniqueKeysWithValues: kinds.map { ($0.rawValue.utf8.first!, $0) })
    }()

    /// White space, commas, comments and byte order marks mean nothing between tokens.
    private mutating func skipIgnored() {
        while let byte = byte() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ","): advance()
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): advanceLine()
            case 0xEF where self.byte(1) == 0xBB && self.byte(2) == 0xBF: advance(3)
            case UInt8(ascii: "#"): while let inside = self.byte(), inside != 10, inside != 13 { advance() }
            default: return
            }
        }
    }

    private mutating func name() -> String {
        let start = position
        while let byte = byte(), byte.isNameStart || byte.isDigit { advance() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func number(at location: SourceLocation) throws(GraphQLError) -> Token {
        let start = position
        var isFloat = false
        if byte() == UInt8(ascii: "-") { advance() }
        if byte() == UInt8(ascii: "0") {
            advance()
            if let byte = byte(), byte.isDigit {
                throw .syntax("Invalid number, unexpected digit after 0: \(character()).", at: here)
            }
        } else {
            try digits()
        }
        if byte() == UInt8(ascii: ".") {
            isFloat = true
            advance()
            try digits()
        }
        if byte() == UInt8(ascii: "e") || byte() == UInt8(ascii: "E") {
            isFloat = true
            advance()
            if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { advance() }
            try digits()
        }
        if let byte = byte(), byte == UInt8(ascii: ".") || byte.isNameStart { throw expectedDigit() }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return Token(kind: isFloat ? .float : .int, location: location, text: text)
    }

    private mutating func digits() throws(GraphQLError) {
        guard let first = byte(), first.isDigit else { throw expectedDigit() }
        while let byte = byte(), byte.isDigit { advance() }
    }

    private func expectedDigit() -> GraphQLError {
        .syntax("Invalid number, expected digit but got: \(character()).", at: here)
    }

    private func unexpected() -> GraphQLError {
        if byte() == UInt8(ascii: "'") {
            let hint = "Unexpected single quote character ('), did you mean to use a double quote (\")?"
            return .syntax(hint, at: here)
        }
        return .syntax("Unexpected character: \(character()).", at: here)
    }

    /// The character at the position, as errors show it: printable ASCII in quotes, anything else as `U+00E9`.
    func character() -> String {
        guard let first = byte() else { return Token.Kind.end.rawValue }
        if first == UInt8(ascii: "\"") { return "'\"'" }
        if (0x20...0x7E).contains(first) { return "\"\(Character(UnicodeScalar(first)))\"" }
        let end = min(position + 4, bytes.count)
        let scalar = String(decoding: bytes[position..<end], as: UTF8.self).unicodeScalars.first!
        let hexadecimal = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - hexadecimal.count)) + hexadecimal
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isNameStart: Bool {
        let lower = self | 0x20
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) || self == UInt8(ascii: "_")
    }

    var hexadecimalValue: UInt32? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
