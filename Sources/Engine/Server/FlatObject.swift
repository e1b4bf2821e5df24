/// A strict reader for the only JSON that production signals speak: one object whose values are texts or
/// truth values. A field that stands twice, text after the object or a damaged escape is an error, because
/// a general decoder would quietly take one of two contradicting verbs.
struct FlatObject: Equatable {
    enum Value: Equatable {
        case text(String)
        case truth(Bool)
    }
    struct Field: Equatable {
        var name: String
        var value: Value
    }

    /// In the order they were written; no name twice.
    private(set) var fields: [Field] = []

    /// - Throws: `SignalFault` in words, with the place counted in bytes from 1.
    init(json: [UInt8]) throws(SignalFault) {
        guard String(validating: json, as: UTF8.self) != nil else {
            throw SignalFault("The body is not UTF-8 text.")
        }
        var reader = Reader(bytes: json)
        try reader.expect(UInt8(ascii: "{"), "an object, { … }")
        if !reader.skip(UInt8(ascii: "}")) {
            repeat { fields.append(try field(from: &reader)) } while reader.skip(UInt8(ascii: ","))
            try reader.expect(UInt8(ascii: "}"), "a comma or }")
        }
        guard reader.isAtEnd else { throw reader.fault("nothing more after the object") }
    }

    private func field(from reader: inout Reader) throws(SignalFault) -> Field {
        let name = try reader.text("a field's name in quotes")
        guard !fields.contains(where: { $0.name == name }) else {
            throw SignalFault("The field “\(name)” stands twice: send it once.")
        }
        try reader.expect(UInt8(ascii: ":"), "a colon")
        return Field(name: name, value: try reader.value(of: name))
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        func fault(_ expected: String) -> SignalFault {
            SignalFault(
                "The body is not the JSON of a signal: expected \(expected) at byte \(min(index, bytes.count) + 1).")
        }

        private mutating func skipSpace() {
            while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
        }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return index == bytes.count
            }
        }

        mutating func skip(_ byte: UInt8) -> Bool {
            skipSpace()
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func expect(_ byte: UInt8, _ what: String) throws(SignalFault) {
            guard skip(byte) else { throw fault(what) }
        }

        mutating func value(of name: String) throws(SignalFault) -> Value {
            skipSpace()
            if index < bytes.count, bytes[index] == UInt8(ascii: "\"") { return .text(try text("a text")) }
            for (word, truth) in [("true", true), ("false", false)] where bytes[index...].starts(with: word.utf8) {
                index += word.utf8.count
                return .truth(truth)
            }
            throw fault("a text in quotes, true or false as the value of “\(name)”")
        }

        mutating func text(_ what: String) throws(SignalFault) -> String {
            try expect(UInt8(ascii: "\""), what)
            var result: [UInt8] = []
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
                case UInt8(ascii: "\\"): result.append(contentsOf: String(try escape()).utf8)
                case 0..<0x20: throw fault("no raw control character inside a text")
                default: result.append(byte)
                }
            }
            throw fault("the closing quote of a text")
        }

        private mutating func escape() throws(SignalFault) -> Unicode.Scalar {
            guard index < bytes.count else { throw fault("an escape") }
            index += 1
            switch bytes[index - 1] {
            case UInt8(ascii: "\""): return "\""
            case UInt8(ascii: "\\"): return "\\"
            case UInt8(ascii: "/"): return "/"
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "u"): return try scalar()
            default: throw fault("an escape of JSON")
            }
        }

        /// `XXXX`, or a surrogate pair `XXXX\uXXXX`.
        private mutating func scalar() throws(SignalFault) -> Unicode.Scalar {
            let first = try codeUnit()
            if let scalar = Unicode.Scalar(first) { return scalar }
            guard (0xD800..<0xDC00).contains(first), bytes[index...].starts(with: "\\u".utf8) else {
                throw fault("both halves of a surrogate pair")
            }
            index += 2
            let second = try codeUnit()
            guard (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            else { throw fault("both halves of a surrogate pair") }
            return scalar
        }

        private mutating func codeUnit() throws(SignalFault) -> UInt32 {
            var unit: UInt32 = 0
            for _ in 0..<4 {
                guard index < bytes.count, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                    throw fault("four hexadecimal digits")
                }
                unit = unit << 4 | UInt32(digit)
                index += 1
            }
            return unit
        }
    }
}
