/// Block strings between their written and their meant form (section 2.9.4, BlockStringValue).
enum BlockString {
    /// Takes off the indentation that all lines but the first share, and blank lines at both ends.
    static func value(ofLines lines: [[UInt8]]) -> String {
        let indents = lines.map { line in line.prefix { isBlank($0) }.count }
        let isFilled = lines.indices.map { indents[$0] < lines[$0].count }
        guard let first = isFilled.firstIndex(of: true), let last = isFilled.lastIndex(of: true) else { return "" }
        let shared = lines.indices.dropFirst().filter { isFilled[$0] }.map { indents[$0] }.min() ?? 0
        var value: [UInt8] = []
        for index in first...last {
            if index > first { value.append(UInt8(ascii: "\n")) }
            value += index == 0 ? lines[index][...] : lines[index].dropFirst(shared)
        }
        return String(decoding: value, as: UTF8.self)
    }

    /// `"""…"""`, over several lines where that reads better, such that reading it gives `value` again.
    static func printed(_ value: String) -> String {
        let escaped = value.replacing("\"\"\"", with: "\\\"\"\"")
        let lines = escaped.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        let startsBlank = value.first == " " || value.first == "\t"
        let isIndented =
            lines.count > 1 && lines.dropFirst().allSatisfy { $0.isEmpty || $0.first == " " || $0.first == "\t" }
        let endsAwkwardly = value.hasSuffix("\\") || value.hasSuffix("\"")
        let isLong = lines.count > 1 || value.count > 70 || endsAwkwardly
        let before = isLong && !(lines.count == 1 && startsBlank) || isIndented ? "\n" : ""
        return "\"\"\"" + before + escaped + (isLong ? "\n" : "") + "\"\"\""
    }

    /// Whether the block form can say this value at all.
    static func canPrint(_ value: String) -> Bool {
        guard !value.isEmpty else { return true }
        let lines = value.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        let isFilled = lines.map { !$0.allSatisfy { $0 == " " || $0 == "\t" } }
        let isIndented = lines.indices.filter { isFilled[$0] }.allSatisfy {
            lines[$0].first == " " || lines[$0].first == "\t"
        }
        return value.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" || $0 == "\t" }
            && isFilled.first == true && isFilled.last == true && !(isIndented && lines.count > 1)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
