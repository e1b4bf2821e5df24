/// Writes results as JSON (RFC 8259) straight to bytes.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }

    mutating func truncate(to count: Int) { bytes.removeSubrange(count...) }

    mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ byte: UInt8) { bytes.append(byte) }

    mutating func write(raw other: [UInt8]) { bytes.append(contentsOf: other) }

    mutating func write(value: Value) {
        switch value {
        case .null: write("null")
        case .boolean(let value): write(value ? "true" : "false")
        case .int(let value): bytes.append(contentsOf: String(value).utf8)
        case .float(let value): bytes.append(contentsOf: (value.isFinite ? String(value) : "null").utf8)
        case .string(let value): write(string: value)
        case .list(let items): write(items, between: "[", "]") { $0.write(value: $1) }
        case .object(let object):
            write(object.members, between: "{", "}") { text, member in
                text.write(string: member.name)
                text.write(":")
                text.write(value: member.value)
            }
        }
    }

    mutating func write<Item>(
        _ items: [Item], between open: StaticString, _ close: StaticString, _ item: (inout JSONText, Item) -> Void
    ) {
        write(open)
        for (index, element) in items.enumerated() {
            if index > 0 { write(",") }
            item(&self, element)
        }
        write(close)
    }

    mutating func write(string: String) {
        write(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { utf8 in
            var start = 0
            for index in utf8.indices where Self.isEscaped(utf8[index]) {
                bytes.append(contentsOf: utf8[start..<index])
                escape(utf8[index])
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        write(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private mutating func escape(_ byte: UInt8) {
        write(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): write(byte)
        case 10: write("n")
        case 13: write("r")
        case 9: write("t")
        default:
            let digits = Array("0123456789abcdef".utf8)
            write("u00")
            write(digits[Int(byte >> 4)])
            write(digits[Int(byte & 15)])
        }
    }
}
