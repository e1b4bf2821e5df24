extension Value {
    /// A text that is not JSON.
    public struct JSONFault: Error, Hashable, Sendable {
        /// What is wrong, as a sentence without full stop: `expected a value at byte 12`.
        public var reason: String
    }

    /// Reads JSON (RFC 8259) strictly, nested at most 64 deep: variables, or a whole request.
    ///
    /// A number without fraction and exponent that fits 64 bits is an `int`, any other a `float`. Of members with one
    /// name the last counts.
    public init(json bytes: [UInt8]) throws(JSONFault) {
        var reader = JSONValueReader(bytes)
        self = try reader.document()
    }

    /// This value as JSON.
    public var json: [UInt8] {
        var text = JSONText()
        text.write(value: self)
        return text.bytes
    }
}

private struct JSONValueReader {
    let bytes: [UInt8]
    private var position = 0
    private var nesting = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(Value.JSONFault) -> Value {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Value.JSONFault(reason: "not UTF-8") }
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw fault("expected nothing more") }
        return value
    }

    private func fault(_ what: String) -> Value.JSONFault { Value.JSONFault(reason: "\(what) at byte \(position)") }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard byte == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Value.JSONFault) {
        guard take(character) else { throw fault("expected '\(character)'") }
    }

    private mutating func value() throws(Value.JSONFault) -> Value {
        skipSpace()
        switch byte {
        case UInt8(ascii: "{"): return .object(try nested { (reader) throws(Value.JSONFault) in try reader.object() })
        case UInt8(ascii: "["): return .list(try nested { (reader) throws(Value.JSONFault) in try reader.list() })
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested<Result>(
        _ read: (inout JSONValueReader) throws(Value.JSONFault) -> Result
    ) throws(Value.JSONFault) -> Result {
        nesting += 1
        guard nesting <= Limits.nestingMax else { throw fault("nested deeper than \(Limits.nestingMax) levels") }
        position += 1
        let result = try read(&self)
        nesting -= 1
        return result
    }

    private mutating func object() throws(Value.JSONFault) -> ObjectValue {
        var object = ObjectValue()
        if take("}") { return object }
        repeat {
            skipSpace()
            guard byte == UInt8(ascii: "\"") else { throw fault("expected a name") }
            let name = try string()
            try expect(":")
            object[name] = try value()
        } while take(",")
        try expect("}")
        return object
    }

    private mutating func list() throws(Value.JSONFault) -> [Value] {
        var items: [Value] = []
        if take("]") { return items }
        repeat { items.append(try value()) } while take(",")
        try expect("]")
        return items
    }

    private mutating func word(_ word: StaticString, _ value: Value) throws(Value.JSONFault) -> Value {
        let length = word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        guard isThere else { throw fault("expected a value") }
        position += length
        return value
    }

    private mutating func number() throws(Value.JSONFault) -> Value {
        let start = position
        var isInteger = true
        if byte == UInt8(ascii: "-") { position += 1 }
        let first = byte
        try digits()
        if first == UInt8(ascii: "0"),
            bytes[position - 1] != first || bytes[start..<position].filter(\.isDigit).count > 1
        {
            throw fault("unexpected digit after 0")
        }
        if byte == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int(text) { return .int(value) }
        guard let value = Double(text), value.isFinite else { throw fault("number out of range") }
        return .float(value)
    }

    private mutating func digits() throws(Value.JSONFault) {
        guard let byte, byte.isDigit else { throw fault("expected a value") }
        while let digit = self.byte, digit.isDigit { position += 1 }
    }

    private mutating func string() throws(Value.JSONFault) -> String {
        position += 1
        var value: [UInt8] = []
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"): value += try escape()
            case ..<0x20: throw fault("control character in a string")
            default:
                value.append(byte)
                position += 1
            }
        }
        throw fault("unterminated string")
    }

    private mutating func escape() throws(Value.JSONFault) -> [UInt8] {
        position += 1
        guard let letter = byte else { throw fault("unterminated string") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"): return [UInt8](String(Character(try escapedScalar())).utf8)
        default: throw fault("unknown escape")
        }
    }

    private mutating func escapedScalar() throws(Value.JSONFault) -> UnicodeScalar {
        let unit = try codeUnit()
        if let scalar = UnicodeScalar(unit) { return scalar }
        guard unit < 0xDC00, take("\\"), take("u") else { throw fault("half a surrogate pair") }
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low) else { throw fault("half a surrogate pair") }
        return UnicodeScalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))!
    }

    private mutating func codeUnit() throws(Value.JSONFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = byte?.hexadecimalValue else { throw fault("expected four hexadecimal digits") }
            value = value << 4 | digit
            position += 1
        }
        return value
    }
}
