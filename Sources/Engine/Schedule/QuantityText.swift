/// Reads the small notations of a schedule: `10M`, `4%`, `1h 30m`. Pure text in, a value or a fault out.
package enum QuantityText {
    /// `12000`, `250k`, `1.5M`: a count of devices within `range`.
    package static func count(_ text: String, in range: ClosedRange<Int>, of what: String) throws(TextFault) -> Int {
        let scale: Int64 = switch text.last {
        case "k": 1000
        case "M": 1_000_000
        default: 1
        }
        let digits = scale == 1 ? text[...] : text.dropLast()
        guard let thousandths = decimal(digits), scale > 1 || !digits.contains(".") else {
            throw TextFault("\(quoted(text)) is no number of \(what)", "write it as 12000, 250k or 1.5M")
        }
        let whole = thousandths / 1000 * scale + thousandths % 1000 * scale / 1000
        guard range.contains(Int(whole)) else {
            throw TextFault(
                "\(quoted(text)) is outside \(grouped(range.lowerBound))...\(grouped(range.upperBound)) \(what)",
                "write a number within it")
        }
        return Int(whole)
    }

    /// `100k/s`, `2.5M/s`, `800/s`: requests a second within `range`.
    static func rate(_ text: String, in range: ClosedRange<Int>, of what: String) throws(TextFault) -> Int {
        guard text.hasSuffix("/s") else {
            throw TextFault("\(quoted(text)) is no rate of \(what)", "write it per second, as 800/s, 100k/s or 2.5M/s")
        }
        return try count(String(text.dropLast(2)), in: range, of: "\(what) a second")
    }

    /// `4%`, `0.5%`: a share, 0...1.
    package static func share(_ text: String, atMost most: Int = 100) throws(TextFault) -> Double {
        guard text.hasSuffix("%"), let thousandths = decimal(text.dropLast()) else {
            throw TextFault("\(quoted(text)) is no share", "write it in per cent, as 4%")
        }
        guard thousandths <= Int64(most) * 1000 else {
            throw TextFault("\(quoted(text)) is more than \(most)%", "write 0% to \(most)%")
        }
        return Double(thousandths) / 100_000
    }

    /// `500ms`, `20s`, `1h30m`, `1h 30m`: a length of time, ms, within `range`.
    package static func duration(_ text: String, in range: ClosedRange<Milliseconds>) throws(TextFault) -> Milliseconds
    {
        let fault = TextFault("\(quoted(text)) is no length of time", "write it as 500ms, 20s, 45m or 1h30m")
        var rest = text.filter { $0 != " " }[...]
        var total: Milliseconds = 0
        var smallest = Milliseconds.max
        guard !rest.isEmpty, text.count <= 40 else { throw fault }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            // Units from large to small, each once, so that a slip of the finger is not added up.
            guard let thousandths = decimal(digits), let scale = units[String(unit)], scale < smallest else {
                throw fault
            }
            smallest = scale
            total += thousandths / 1000 * scale + thousandths % 1000 * scale / 1000
        }
        guard range.contains(total) else {
            throw TextFault(
                "\(quoted(text)) is outside \(durationWords(range.lowerBound)) to \(durationWords(range.upperBound))",
                "write a length of time within it")
        }
        return total
    }

    private static let units: [String: Milliseconds] = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]

    /// `8`: a whole number within `range`. No leading zero, which elsewhere means octal.
    static func whole(_ text: String, in range: ClosedRange<Int>) throws(TextFault) -> Int {
        let isWhole = !text.isEmpty && text.count <= 9 && text.utf8.allSatisfy { (48...57).contains($0) }
        guard isWhole, text == "0" || !text.hasPrefix("0"), let number = Int(text) else {
            throw TextFault("\(quoted(text)) is no whole number", "write \(range.lowerBound) to \(range.upperBound)")
        }
        guard range.contains(number) else {
            throw TextFault(
                "\(number) is outside \(range.lowerBound)...\(range.upperBound)", "write a number within it")
        }
        return number
    }

    /// Thousandths of a plain decimal number with at most nine digits before and three after the point, no
    /// sign, no exponent, no leading zero; nil if it is none.
    private static func decimal(_ text: some StringProtocol) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), (1...9).contains(parts[0].count),
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            parts[0] == "0" || !parts[0].hasPrefix("0"), let whole = Int64(parts[0])
        else { return nil }
        guard parts.count == 2 else { return whole * 1000 }
        guard (1...3).contains(parts[1].count) else { return nil }
        return whole * 1000 + (Int64(parts[1] + String(repeating: "0", count: 3 - parts[1].count)) ?? 0)
    }

    private static func grouped(_ number: Int) -> String {
        number >= 1_000_000 && number % 1_000_000 == 0 ? "\(number / 1_000_000)M" : "\(number)"
    }
}

/// The entry of `known` that was probably meant by `word`; nil if none is near.
func nearest(to word: String, in known: [String]) -> String? {
    let most = max(1, min(3, word.count / 3))
    let near = known.filter { abs($0.count - word.count) <= most }
    let distances = near.map { (name: $0, distance: editDistance(word.lowercased(), $0.lowercased())) }
    return distances.filter { $0.distance <= most }.min { $0.distance < $1.distance }?.name
}

/// Insertions, deletions, exchanges and swaps of neighbours that turn one word into the other
/// (optimal string alignment). Looks at the first 64 characters.
private func editDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left.prefix(64)), b = Array(right.prefix(64))
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
            row.append(best)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
