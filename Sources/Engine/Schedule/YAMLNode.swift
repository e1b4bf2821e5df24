import Yams

/// What a YAML file says, as far as a schedule may say it: text, lists, and fields; every one with its place.
///
/// The only file that imports Yams. Nothing is resolved by YAML's guesses: `no` and `010` stay the text that was
/// written. Aliases are refused, so what a file means is never larger than the file; tags are
/// refused; a field that stands twice is a problem like any other, found together with the rest.
struct YAMLNode {
    enum Content {
        case text(String)
        case list([YAMLNode])
        case fields([YAMLField])
        /// Something that is not used in schedules, and that has been reported.
        case refused
    }
    var place: TextPlace
    var content: Content
}

/// `name: value`
struct YAMLField {
    var name: String
    var place: TextPlace
    var value: YAMLNode
}

extension YAMLNode {
    /// Deepest nesting; a schedule needs seven levels.
    static let depthMax = 32

    /// The one document in `text`; nil if it has none or is not YAML, and then `log` says why.
    static func parse(_ text: String, log: inout ProblemLog) -> YAMLNode? {
        var source = YAMLSource(text)
        for _ in 0...source.attempts {
            do {
                let parser = try Parser(yaml: source.text, resolver: .basic, encoding: .utf8)
                guard let root = try parser.singleRoot() else {
                    log.add(.start, "the file holds no \(log.holds)", "write \(log.holds): and a list of them")
                    return nil
                }
                let tree = convert(root, depth: 0, source: source, log: &log)
                log.reportAliases()
                return tree
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                let place = TextPlace(line: context.mark.line, column: context.mark.column)
                guard source.rename(fieldAt: place, among: names) else {
                    log.add(place, "a field of this group stands twice", "keep one of them")
                    return nil
                }
            } catch let error as YamlError {
                let (place, fault) = describe(error, source: source)
                log.add(place, fault)
                return nil
            } catch {
                log.add(.start, "the file is not YAML", "check it with the examples in Schedules/")
                return nil
            }
        }
        log.add(.start, "more than \(source.attempts) fields stand twice", "keep one of each")
        return nil
    }

    private static func convert(_ node: Node, depth: Int, source: YAMLSource, log: inout ProblemLog) -> YAMLNode {
        let place = TextPlace(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        guard depth < depthMax else {
            log.add(place, "this is nested more than \(depthMax) levels deep", "write it as Schedules/README.md shows")
            return YAMLNode(place: place, content: .refused)
        }
        let tag = node.tag.rawValue
        guard [Tag.Name.str, .seq, .map].contains(where: { $0.rawValue == tag }) else {
            log.add(place, "tags such as \(quoted(tag)) are not used in schedules", "remove it")
            return YAMLNode(place: place, content: .refused)
        }
        switch node {
        case .scalar(let scalar):
            return text(of: scalar, place: place, log: &log)
        case .sequence(let items):
            let list = items.map { convert($0, depth: depth + 1, source: source, log: &log) }
            return YAMLNode(place: place, content: .list(list))
        case .mapping(let pairs):
            return YAMLNode(
                place: place, content: .fields(fields(of: pairs, depth: depth, source: source, log: &log)))
        case .alias:
            return YAMLNode(place: place, content: .refused)
        }
    }

    private static func text(of scalar: Node.Scalar, place: TextPlace, log: inout ProblemLog) -> YAMLNode {
        let written = YAMLSource.restored(scalar.string)
        guard !(scalar.style == .plain && YAMLSource.isAlias(scalar.string)) else {
            log.alias(place, written)
            return YAMLNode(place: place, content: .refused)
        }
        if written.unicodeScalars.contains(where: { isUnprintable($0) && $0 != "\n" && $0 != "\t" }) {
            log.add(place, "\(quoted(written)) holds a character that cannot be shown", "remove its escape")
            return YAMLNode(place: place, content: .refused)
        }
        return YAMLNode(place: place, content: .text(written))
    }

    private static func fields(
        of pairs: Node.Mapping, depth: Int, source: YAMLSource, log: inout ProblemLog
    ) -> [YAMLField] {
        var fields: [YAMLField] = []
        var firstLine: [String: Int] = [:]
        for (key, value) in pairs {
            guard case .scalar(var scalar) = key else {
                let place = TextPlace(line: key.mark?.line ?? 1, column: key.mark?.column ?? 1)
                log.add(place, "a list or group cannot be the name of a field", "write a field's name")
                continue
            }
            let mark = TextPlace(line: key.mark?.line ?? 1, column: key.mark?.column ?? 1)
            scalar.string = source.originalName(scalar.string, at: mark)
            guard case .text(let name) = text(of: scalar, place: mark, log: &log).content else {
                continue
            }
            if let line = firstLine[name] {
                log.add(mark, "\(quoted(name)) stands twice, first in line \(line)", "keep one of them")
                continue
            }
            firstLine[name] = mark.line
            let value = convert(value, depth: depth + 1, source: source, log: &log)
            fields.append(YAMLField(name: name, place: mark, value: value))
        }
        return fields
    }

    private static func describe(_ error: YamlError, source: YAMLSource) -> (TextPlace, TextFault) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let place = TextPlace(line: mark.line, column: mark.column)
            return (place, TextFault("this is not YAML: \(problem)", remedy(for: problem, at: place, in: source)))
        default:
            return (.start, TextFault("this is not YAML", "check it with the examples in Schedules/"))
        }
    }

    private static func remedy(for problem: String, at place: TextPlace, in source: YAMLSource) -> String {
        if source[place] == "\t" { return "write spaces in place of the tab" }
        if problem.contains("mapping values are not allowed") { return "put text that contains ': ' in quotes" }
        if problem.contains("end of stream") { return "close the quote or bracket, the file may be cut off" }
        if problem.contains("another document") { return "keep one document in a file, without a second ---" }
        if problem.contains("nesting") { return "write it as Schedules/README.md shows" }
        return "check indentation, quotes and brackets here and in the line above"
    }
}

/// The text that is given to the parser: as long as the file, scalar for scalar, so that places stay true.
///
/// Two kinds of character are exchanged for ones that no schedule may hold. A `*` becomes `asterisk`, so that
/// aliases arrive as plain text and expand to nothing: the parser compares whole subtrees, and a nest of aliases would
/// keep it busy for ever. And when the parser refuses a repeated field, the first character of the first one
/// is exchanged, so that the rest of the file can still be read.
private struct YAMLSource {
    private static let asterisk: Unicode.Scalar = "\u{E02A}"
    private static let firstMark: UInt32 = 0xE100

    private(set) var text: String
    private var originals: [TextPlace: Unicode.Scalar] = [:]

    init(_ text: String) {
        let parts = text.split(separator: "*" as Character, omittingEmptySubsequences: false)
        self.text = parts.count == 1 ? text : parts.joined(separator: String(Self.asterisk))
    }

    /// How often a file of this size may be parsed once more: eight times, and a mebibyte altogether.
    var attempts: Int { min(8, ScheduleFile.bytesMax / max(1, text.utf8.count)) }

    subscript(place: TextPlace) -> Unicode.Scalar? { index(of: place).map { text.unicodeScalars[$0] } }

    static func isAlias(_ text: String) -> Bool { text.unicodeScalars.first == asterisk }

    static func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(asterisk) else { return text }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text.unicodeScalars.map { $0 == asterisk ? "*" : $0 })
        return String(view)
    }

    /// Exchanges the first character of the field's name at `place`; false if none of `names` is written there.
    mutating func rename(fieldAt place: TextPlace, among names: [String]) -> Bool {
        var view = text.unicodeScalars
        guard var index = index(of: place) else { return false }
        if view[index] == "\"" || view[index] == "'" { index = view.index(after: index) }
        guard index < view.endIndex, names.contains(where: { $0.unicodeScalars.first == view[index] }),
            let mark = Unicode.Scalar(Self.firstMark + UInt32(originals.count))
        else { return false }
        originals[place] = view[index]
        view.replaceSubrange(index...index, with: CollectionOfOne(mark))
        text = String(view)
        return true
    }

    /// The name of the field at `place` as the file has it.
    func originalName(_ name: String, at place: TextPlace) -> String {
        guard let original = originals[place], !name.isEmpty else { return name }
        var view = String.UnicodeScalarView()
        view.append(original)
        view.append(contentsOf: name.unicodeScalars.dropFirst())
        return String(view)
    }

    private func index(of place: TextPlace) -> String.Index? {
        let view = text.unicodeScalars
        var index = view.startIndex
        for _ in 1..<max(1, place.line) {
            guard let end = view[index...].firstIndex(where: { $0 == "\n" || $0 == "\r" }) else { return nil }
            index = view.index(after: end)
            if view[end] == "\r", index < view.endIndex, view[index] == "\n" { index = view.index(after: index) }
        }
        guard let found = view.index(index, offsetBy: place.column - 1, limitedBy: view.endIndex), found < view.endIndex
        else { return nil }
        return found
    }
}
