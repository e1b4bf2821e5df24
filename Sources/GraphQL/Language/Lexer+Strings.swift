/// The two forms of a string (section 2.9.4).
extension Lexer {
    /// `"…"`: on one line, with escapes.
    mutating func string() throws(GraphQLError) -> String {
        advance()
        var value: [UInt8] = []
        while let byte = byte() {
            switch byte {
            case UInt8(ascii: "\""):
                advance()
                return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                value.append(contentsOf: try escape())
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                throw .syntax("Unterminated string.", at: here)
            default:
                try refuseControlCharacter(byte)
                value.append(byte)
                advance()
            }
        }
        throw .syntax("Unterminated string.", at: here)
    }

    /// `"""…"""`: over lines; only `\"""` is an escape; common indentation and blank first and last lines are taken off.
    mutating func blockString() throws(GraphQLError) -> String {
        advance(3)
        var lines: [[UInt8]] = [[]]
        while let byte = byte() {
            let isTriple = { (offset: Int, lexer: Lexer) in
                (offset..<offset + 3).allSatisfy { lexer.byte($0) == UInt8(ascii: "\"") }
            }
            switch byte {
            case UInt8(ascii: "\"") where isTriple(0, self):
                advance(3)
                return BlockString.value(ofLines: lines)
            case UInt8(ascii: "\\") where isTriple(1, self):
                lines[lines.count - 1] += [UInt8](repeating: UInt8(ascii: "\""), count: 3)
                advance(4)
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                advanceLine()
                lines.append([])
            default:
                try refuseControlCharacter(byte)
                lines[lines.count - 1].append(byte)
                advance()
            }
        }
        throw .syntax("Unterminated string.", at: here)
    }

    private func refuseControlCharacter(_ byte: UInt8) throws(GraphQLError) {
        guard byte < 0x20, byte != UInt8(ascii: "\t") else { return }
        throw .syntax("Invalid character within String: \(character()).", at: here)
    }

    private mutating func escape() throws(GraphQLError) -> [UInt8] {
        let letter = byte(1)
        if letter == UInt8(ascii: "u") { return try unicodeEscape() }
        guard let letter, let value = Self.escapes[letter] else {
            throw .syntax("Invalid character escape sequence: \"\(written(2))\".", at: here)
        }
        advance(2)
        return [value]
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "/"): UInt8(ascii: "/"),
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]

    /// `\u00E9`, or two of them that make a surrogate pair; half a pair is no character.
    private mutating func unicodeEscape() throws(GraphQLError) -> [UInt8] {
        let high = codeUnit(at: 2)
        if let high, let scalar = UnicodeScalar(high) {
            advance(6)
            return [UInt8](String(Character(scalar)).utf8)
        }
        if let high, (0xD800...0xDBFF).contains(high), byte(6) == UInt8(ascii: "\\"), byte(7) == UInt8(ascii: "u"),
            let low = codeUnit(at: 8), (0xDC00...0xDFFF).contains(low) {
            advance(12)
            let scalar = UnicodeScalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))!
            return [UInt8](String(Character(scalar)).utf8)
        }
        throw .syntax("Invalid Unicode escape sequence: \"\(written(6))\".", at: here)
    }

    private func codeUnit(at offset: Int) -> UInt32? {
        var value: UInt32 = 0
        for index in offset..<offset + 4 {
            guard let digit = byte(index)?.hexadecimalValue else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    /// The next `count` characters as they are written.
    private func written(_ count: Int) -> String {
        let rest = String(decoding: bytes[position..<min(bytes.count, position + 4 * count)], as: UTF8.self)
        return String(String.UnicodeScalarView(rest.unicodeScalars.prefix(count)))
    }
}
