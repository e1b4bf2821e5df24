/// The fields of one group in a schedule file, taken by name; unknown names are reported when it is opened.
struct FieldGroup {
    let place: TextPlace
    /// `event`, `stage`: what the group describes, for messages.
    let what: String
    private let fields: [YAMLField]

    /// - Parameter known: every name the group may hold, in the order of the documentation.
    /// - Returns: nil if `node` is no group of fields, and then `log` says so.
    init?(_ node: YAMLNode, what: String, known: [String], log: inout ProblemLog) {
        place = node.place
        self.what = what
        guard case .fields(let fields) = node.content else {
            if case .refused = node.content { return nil }
            log.add(node.place, "the \(what) has no fields", "write \(known[0]): and its other fields, indented alike")
            return nil
        }
        self.fields = fields
        for field in fields where !known.contains(field.name) {
            let guess = log.isFull ? nil : nearest(to: field.name, in: known).map { "write \($0)" }
            log.add(
                field.place, "\(quoted(field.name)) is no field of \(article(what))",
                guess ?? "use \(listed(known)), or remove it")
        }
    }

    func field(_ name: String) -> YAMLField? { fields.first { $0.name == name } }

    /// The field, or a problem at the group's place.
    func required(_ name: String, example: String, log: inout ProblemLog) -> YAMLField? {
        if let field = field(name) { return field }
        log.add(place, "the \(what) has no \(name)", "write \(name): \(example)")
        return nil
    }

    /// What `read` makes of the field's text; nil if the field is absent or wrong, and then `log` says how.
    func value<Value>(
        _ name: String, log: inout ProblemLog, read: (String) throws(TextFault) -> Value
    ) -> Value? {
        field(name)?.value(log: &log, read: read)
    }
}

extension YAMLField {
    func value<Value>(log: inout ProblemLog, read: (String) throws(TextFault) -> Value) -> Value? {
        value.value(of: name, log: &log, read: read)
    }
}

extension YAMLNode {
    /// What `read` makes of the text; nil if there is none or it is wrong, and then `log` says how.
    func value<Value>(of name: String, log: inout ProblemLog, read: (String) throws(TextFault) -> Value) -> Value? {
        guard case .text(let text) = content else {
            if case .refused = content { return nil }
            log.add(place, "\(name) is not a single value", "write it on one line after '\(name):'")
            return nil
        }
        guard !text.isEmpty else {
            log.add(place, "\(name) is empty", "write its value, or remove it")
            return nil
        }
        do throws(TextFault) {
            return try read(text)
        } catch {
            log.add(place, error)
            return nil
        }
    }

    /// The items of a list; nil if it is none, and then `log` says so.
    func items(of name: String, log: inout ProblemLog) -> [YAMLNode]? {
        if case .list(let items) = content { return items }
        if case .refused = content { return nil }
        log.add(place, "\(name) is not a list", "begin each of its entries with '- '")
        return nil
    }
}

/// Readers of a field's text that belong to no kind of quantity.
enum WordText {
    /// One line of 1 to `most` characters.
    static func line(_ text: String, most: Int) throws(TextFault) -> String {
        guard !text.contains(where: \.isNewline), !text.contains("\t") else {
            throw TextFault("\(quoted(text)) has more than one line or a tab", "write it on one line, with spaces")
        }
        guard text.count <= most else {
            throw TextFault("\(quoted(text)) has \(text.count) characters", "write at most \(most)")
        }
        return text
    }

    /// An id or key: small letters, digits and inner hyphens, 1 to `most` of them.
    static func name(_ text: String, most: Int) throws(TextFault) -> String {
        let allowed = text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        guard allowed, text.utf8.count <= most, !text.hasPrefix("-"), !text.hasSuffix("-") else {
            throw TextFault(
                "\(quoted(text)) is no name", "write small letters, digits and hyphens, at most \(most), as fight-night"
            )
        }
        return text
    }

    /// One of the words of an enumeration.
    static func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String, what: String, from: Choice.Type
    ) throws(TextFault) -> Choice where Choice.RawValue == String {
        if let choice = Choice(rawValue: text) { return choice }
        let all = Choice.allCases.map(\.rawValue)
        throw TextFault("\(quoted(text)) is no \(what)", "write \(nearest(to: text, in: all) ?? listed(all))")
    }

    static func truth(_ text: String) throws(TextFault) -> Bool {
        if text == "true" { return true }
        if text == "false" { return false }
        throw TextFault("\(quoted(text)) is neither true nor false", "write true or false")
    }
}

/// `low, high or big-bet`
private func listed(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
}

private func article(_ noun: String) -> String { ("aeiou".contains(noun.first ?? "x") ? "an " : "a ") + noun }
