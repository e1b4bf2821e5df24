/// The place of the first bytes that are no UTF-8, if there are any. Lines and columns are counted as the lexer counts them.
func firstInvalidCharacter(in bytes: [UInt8]) -> SourceLocation? {
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    var location = SourceLocation(line: 1, column: 1)
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var isAfterReturn = false
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
        switch scalar {
        case "\n" where isAfterReturn: break
        case "\n", "\r": location = SourceLocation(line: location.line + 1, column: 1)
        default: location.column += 1
        }
        isAfterReturn = scalar == "\r"
    }
    return location
}
