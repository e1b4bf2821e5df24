/// Section 5.3.2 (OverlappingFieldsCanBeMerged in graphql-js): fields that share a response key mean the same field
/// with the same arguments, and give results of the same shape.
///
/// As in graphql-js, every pair of fields is compared that one object could answer, each pair of fragments once. Pairs
/// can be many more than tokens, so the comparisons are counted, and a document that needs more than
/// `Limits.comparisonCountMax` is refused.
struct FieldSelectionMerging: ValidationRule {
    private var fieldMaps: [Int: FieldMap] = [:]
    private var compared = ComparedPairs()
    private var comparisonCount = 0

    /// What one selection set asks for by itself, and the fragments it spreads.
    struct FieldMap {
        /// Of the selection set.
        let number: Int
        var keys: [String] = []
        var fields: [String: [PlacedField]] = [:]
        var fragments: [String] = []
    }

    struct PlacedField {
        var parent: NamedType?
        var selection: FieldSelection
        var type: TypeReference?
    }

    struct Conflict {
        var key: String
        var reason: String
        var first: [SourceLocation]
        var second: [SourceLocation]
    }

    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .selectionSet(let selectionSet) = node, !isExhausted else { return }
        let map = fieldMap(of: selectionSet, in: context.parentType, context)
        var conflicts: [Conflict] = []
        compareWithin(map, context, &conflicts)
        for (place, fragment) in map.fragments.enumerated() {
            compare(map, withFragment: fragment, isExclusive: false, context, &conflicts)
            for other in map.fragments[(place + 1)...] {
                compare(fragment, other, isExclusive: false, context, &conflicts)
            }
        }
        for conflict in conflicts {
            let message =
                "Fields \"\(conflict.key)\" conflict because \(conflict.reason). Use different aliases on the fields to "
                + "fetch both if this was intentional."
            context.report(GraphQLError(message, at: conflict.first + conflict.second))
        }
        if isExhausted {
            context.report(.limit("Too many fields share response keys to be compared.", at: selectionSet.location))
        }
    }

    private var isExhausted: Bool { comparisonCount > Limits.comparisonCountMax }

    // MARK: Pairs of selections

    private mutating func compareWithin(_ map: FieldMap, _ context: ValidationContext, _ conflicts: inout [Conflict]) {
        for key in map.keys {
            let fields = map.fields[key]!
            for (place, field) in fields.enumerated() {
                for other in fields[(place + 1)...] where !isExhausted {
                    if let conflict = compare(key, field, other, isExclusive: false, context) {
                        conflicts.append(conflict)
                    }
                }
            }
        }
    }

    private mutating func compareBetween(
        _ map: FieldMap, _ other: FieldMap, isExclusive: Bool, _ context: ValidationContext,
        _ conflicts: inout [Conflict]
    ) {
        comparisonCount += 1
        for key in map.keys {
            guard let others = other.fields[key] else { continue }
            for field in map.fields[key]! {
                for other in others where !isExhausted {
                    if let conflict = compare(key, field, other, isExclusive: isExclusive, context) {
                        conflicts.append(conflict)
                    }
                }
            }
        }
    }

    private mutating func compare(
        _ map: FieldMap, withFragment name: String, isExclusive: Bool, _ context: ValidationContext,
        _ conflicts: inout [Conflict]
    ) {
        guard !isExhausted, let fragment = context.index.fragments[name] else { return }
        let other = fieldMap(of: fragment, context)
        // A fragment in a cycle meets itself.
        guard other.number != map.number else { return }
        compareBetween(map, other, isExclusive: isExclusive, context, &conflicts)
        for inner in other.fragments where compared.insert(inner, name, isExclusive: isExclusive) {
            compare(map, withFragment: inner, isExclusive: isExclusive, context, &conflicts)
        }
    }

    private mutating func compare(
        _ name: String, _ otherName: String, isExclusive: Bool, _ context: ValidationContext,
        _ conflicts: inout [Conflict]
    ) {
        guard !isExhausted, name != otherName, compared.insert(name, otherName, isExclusive: isExclusive),
            let fragment = context.index.fragments[name], let other = context.index.fragments[otherName]
        else { return }
        let map = fieldMap(of: fragment, context), otherMap = fieldMap(of: other, context)
        compareBetween(map, otherMap, isExclusive: isExclusive, context, &conflicts)
        for inner in otherMap.fragments { compare(name, inner, isExclusive: isExclusive, context, &conflicts) }
        for inner in map.fragments { compare(inner, otherName, isExclusive: isExclusive, context, &conflicts) }
    }

    // MARK: One pair of fields

    private mutating func compare(
        _ key: String, _ field: PlacedField, _ other: PlacedField, isExclusive: Bool, _ context: ValidationContext
    ) -> Conflict? {
        comparisonCount += 1
        let isExclusive = isExclusive || Self.areExclusive(field.parent, other.parent)
        func conflict(_ reason: String) -> Conflict {
            Conflict(key: key, reason: reason, first: [field.selection.location], second: [other.selection.location])
        }
        if !isExclusive {
            let name = field.selection.name.text, otherName = other.selection.name.text
            if name != otherName { return conflict("\"\(name)\" and \"\(otherName)\" are different fields") }
            if field.selection.comparableArguments != other.selection.comparableArguments {
                return conflict("they have differing arguments")
            }
        }
        if let type = field.type, let otherType = other.type, doConflict(type, otherType, context.schema) {
            return conflict("they return conflicting types \"\(type)\" and \"\(otherType)\"")
        }
        guard let inner = field.selection.selectionSet, let otherInner = other.selection.selectionSet else {
            return nil
        }
        let map = fieldMap(of: inner, in: context.named(field.type), context)
        let otherMap = fieldMap(of: otherInner, in: context.named(other.type), context)
        let conflicts = compareInner(map, otherMap, isExclusive: isExclusive, context)
        guard !conflicts.isEmpty else { return nil }
        let reasons = conflicts.map { "subfields \"\($0.key)\" conflict because \($0.reason)" }
        return Conflict(
            key: key, reason: reasons.joined(separator: " and "),
            first: [field.selection.location] + conflicts.flatMap(\.first),
            second: [other.selection.location] + conflicts.flatMap(\.second))
    }

    private mutating func compareInner(
        _ map: FieldMap, _ other: FieldMap, isExclusive: Bool, _ context: ValidationContext
    ) -> [Conflict] {
        var conflicts: [Conflict] = []
        compareBetween(map, other, isExclusive: isExclusive, context, &conflicts)
        for name in other.fragments { compare(map, withFragment: name, isExclusive: isExclusive, context, &conflicts) }
        for name in map.fragments { compare(other, withFragment: name, isExclusive: isExclusive, context, &conflicts) }
        for name in map.fragments {
            for otherName in other.fragments { compare(name, otherName, isExclusive: isExclusive, context, &conflicts) }
        }
        return conflicts
    }

    /// Two different object types: no object answers both.
    private static func areExclusive(_ type: NamedType?, _ other: NamedType?) -> Bool {
        guard case .object(let object) = type, case .object(let otherObject) = other else { return false }
        return object.name != otherObject.name
    }

    /// Whether the two types give results of different shape.
    private func doConflict(_ type: TypeReference, _ other: TypeReference, _ schema: Schema) -> Bool {
        switch (type, other) {
        case (.list(let item), .list(let otherItem)): doConflict(item, otherItem, schema)
        case (.nonNull(let inner), .nonNull(let otherInner)): doConflict(inner, otherInner, schema)
        case (.named(let name), .named(let otherName)):
            name != otherName && (schema.type(name)?.isLeaf == true || schema.type(otherName)?.isLeaf == true)
        default: true
        }
    }

    // MARK: Field maps

    private mutating func fieldMap(of fragment: FragmentDefinition, _ context: ValidationContext) -> FieldMap {
        fieldMap(of: fragment.selectionSet, in: context.schema.type(fragment.typeCondition.text), context)
    }

    private mutating func fieldMap(of selectionSet: SelectionSet, in parent: NamedType?, _ context: ValidationContext)
        -> FieldMap
    {
        if let map = fieldMaps[selectionSet.number] { return map }
        var map = FieldMap(number: selectionSet.number)
        collect(selectionSet, in: parent, context, &map)
        fieldMaps[selectionSet.number] = map
        return map
    }

    private func collect(
        _ selectionSet: SelectionSet, in parent: NamedType?, _ context: ValidationContext, _ map: inout FieldMap
    ) {
        for selection in selectionSet.selections {
            switch selection {
            case .field(let field):
                let key = field.responseKey
                if map.fields[key] == nil { map.keys.append(key) }
                let type = parent?.field(field.name.text)?.type
                map.fields[key, default: []].append(PlacedField(parent: parent, selection: field, type: type))
            case .inline(let fragment):
                let type = fragment.typeCondition.map { context.schema.type($0.text) } ?? parent
                collect(fragment.selectionSet, in: type, context, &map)
            case .spread(let spread):
                if !map.fragments.contains(spread.name.text) { map.fragments.append(spread.name.text) }
            }
        }
    }
}

/// Pairs of fragments that were compared. A pair that was compared for objects that may be the same needs not be
/// compared again for objects that cannot.
struct ComparedPairs {
    private var exclusive: [Pair: Bool] = [:]

    private struct Pair: Hashable {
        var first: String
        var second: String
    }

    /// - Returns: whether this pair still had to be compared.
    mutating func insert(_ first: String, _ second: String, isExclusive: Bool) -> Bool {
        let pair = first < second ? Pair(first: first, second: second) : Pair(first: second, second: first)
        if let known = exclusive[pair], !known || isExclusive { return false }
        exclusive[pair] = isExclusive
        return true
    }
}

extension FieldSelection {
    /// The arguments in a form in which their order, and that of members, does not count.
    fileprivate var comparableArguments: String {
        arguments.isEmpty ? "" : Literal(kind: .object(arguments), location: location).comparable
    }
}

extension Literal {
    fileprivate var comparable: String {
        switch kind {
        case .list(let items): "[" + items.map(\.comparable).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\($0.name.text):\($0.value.comparable)" }.sorted().joined(separator: ",") + "}"
        default: printed
        }
    }
}
