/// Reads JSON (RFC 8259) from bytes that are known to be UTF-8, strictly, without building a tree: the caller
/// walks the members and takes what it knows. Written for messages of at most 1 KiB.
struct JSONReader {
    /// The text is not JSON, or not of the asked shape. What exactly is of no use to a device.
    struct Fault: Error {}

    private static let depthMax = 8
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads an object; `member` must read (or `skip`) the value of each key.
    mutating func object(_ member: (inout JSONReader, String) throws(Fault) -> Void) throws(Fault) {
        try expect(UInt8(ascii: "{"))
        if take(UInt8(ascii: "}")) { return }
        repeat {
            let key = try string()
            try expect(UInt8(ascii: ":"))
            try member(&self, key)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    /// Reads an array; `element` must read each element.
    mutating func array(_ element: (inout JSONReader) throws(Fault) -> Void) throws(Fault) {
        try expect(UInt8(ascii: "["))
        if take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
    }

    mutating func string() throws(Fault) -> String {
        try expect(UInt8(ascii: "\""))
        let start = offset
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: bytes[start..<offset - 1], as: UTF8.self)
            case UInt8(ascii: "\\"):
                return try stringWithEscapes(from: start)
            case ..<0x20:
                throw Fault()
            default:
                offset += 1
            }
        }
        throw Fault()
    }

    /// A string, or nil for `null`.
    mutating func stringOrNull() throws(Fault) -> String? {
        skipSpace()
        guard bytes[safe: offset] == UInt8(ascii: "n") else { return try string() }
        try literal("null")
        return nil
    }

    /// An integer. One beyond 64 bits comes as the nearest that fits: it is a lie about a position, and answered as
    /// one.
    mutating func integer() throws(Fault) -> Int64 {
        skipSpace()
        let isNegative = bytes[safe: offset] == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        let start = offset
        var value: Int64 = 0
        while let byte = bytes[safe: offset], isDigit(byte) {
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (tens, tooBig) = value.multipliedReportingOverflow(by: 10)
            let (sum, tooBigToo) = tens.addingReportingOverflow(digit)
            value = tooBig || tooBigToo ? .max : sum
            offset += 1
        }
        let digits = offset - start
        guard digits > 0, digits == 1 || bytes[start] != UInt8(ascii: "0") else { throw Fault() }
        switch bytes[safe: offset] {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): throw Fault()
        default: return isNegative ? -value : value
        }
    }

    /// Reads any value and forgets it.
    mutating func skip(depth: Int = 0) throws(Fault) {
        guard depth < Self.depthMax else { throw Fault() }
        skipSpace()
        switch bytes[safe: offset] {
        case UInt8(ascii: "{"):
            try object { (reader, _) throws(Fault) in try reader.skip(depth: depth + 1) }
        case UInt8(ascii: "["):
            try array { (reader) throws(Fault) in try reader.skip(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: try number()
        }
    }

    /// Nothing but space may follow.
    mutating func end() throws(Fault) {
        skipSpace()
        guard offset == bytes.count else { throw Fault() }
    }

    private mutating func number() throws(Fault) {
        if bytes[safe: offset] == UInt8(ascii: "-") { offset += 1 }
        let start = offset
        try digits()
        guard offset - start == 1 || bytes[start] != UInt8(ascii: "0") else { throw Fault() }
        if bytes[safe: offset] == UInt8(ascii: ".") {
            offset += 1
            try digits()
        }
        if let byte = bytes[safe: offset], byte | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if let sign = bytes[safe: offset], sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(Fault) {
        let start = offset
        while let byte = bytes[safe: offset], isDigit(byte) { offset += 1 }
        guard offset > start else { throw Fault() }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func literal(_ word: StaticString) throws(Fault) {
        let end = offset + word.utf8CodeUnitCount
        guard end <= bytes.count, bytes[offset..<end].elementsEqual(word.description.utf8) else { throw Fault() }
        offset = end
    }

    /// The rare string with escapes, from its first character on.
    private mutating func stringWithEscapes(from start: Int) throws(Fault) -> String {
        var text = Array(bytes[start..<offset])
        while let byte = bytes[safe: offset] {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(contentsOf: String(try escape()).utf8)
            case ..<0x20: throw Fault()
            default: text.append(byte)
            }
        }
        throw Fault()
    }

    private mutating func escape() throws(Fault) -> Unicode.Scalar {
        guard let byte = bytes[safe: offset] else { throw Fault() }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw Fault()
        }
    }

    /// `\uXXXX`, or two of them for what lies beyond U+FFFF; half of a pair alone is no character.
    private mutating func unicodeEscape() throws(Fault) -> Unicode.Scalar {
        let first = try fourHex()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800...0xDBFF).contains(first),
            bytes[safe: offset] == UInt8(ascii: "\\"), bytes[safe: offset + 1] == UInt8(ascii: "u")
        else { throw Fault() }
        offset += 2
        let second = try fourHex()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw Fault() }
        return scalar
    }

    private mutating func fourHex() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = bytes[safe: offset], let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80
            else { throw Fault() }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }

    private mutating func skipSpace() {
        while let byte = bytes[safe: offset], byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard bytes[safe: offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(Fault) {
        guard take(byte) else { throw Fault() }
    }
}

extension Array {
    /// The element there, if there is one.
    fileprivate subscript(safe index: Int) -> Element? { index < count ? self[index] : nil }
}
