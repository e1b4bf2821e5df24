/// Gathers what a selection asks of an object (section 6.3.2, CollectFields): fragments that apply are opened, @skip
/// and @include obeyed, and fields with one response key put together.
///
/// The result for one kind of object is remembered: a list of a hundred rows collects once.
struct FieldCollector {
    let schema: Schema
    let fragments: [String: FragmentDefinition]
    let variables: ObjectValue
    private var remembered: [Key: [CollectedField]] = [:]

    private struct Key: Hashable {
        var type: String
        var selectionSets: [Int]
    }

    init(schema: Schema, fragments: [String: FragmentDefinition], variables: ObjectValue) {
        self.schema = schema
        self.fragments = fragments
        self.variables = variables
    }

    /// - Parameter type: an object type.
    /// - Throws: where @skip or @include is given a variable that is null.
    mutating func fields(of selectionSets: [SelectionSet], in type: NamedType) throws(GraphQLError) -> [CollectedField]
    {
        let key = Key(type: type.name, selectionSets: selectionSets.map(\.number))
        if let fields = remembered[key] { return fields }
        var collection = Collection(type: type)
        for selectionSet in selectionSets { try collect(selectionSet, into: &collection) }
        let fields = collection.groups.compactMap { field($0, of: type) }
        remembered[key] = fields
        return fields
    }

    /// The selections of a type, grouped by response key in the order of their first appearance.
    func groups(of selectionSet: SelectionSet, in type: NamedType) -> [[FieldSelection]] {
        var collection = Collection(type: type)
        try? collect(selectionSet, into: &collection)
        return collection.groups
    }

    private struct Collection {
        let type: NamedType
        var groups: [[FieldSelection]] = []
        var places: [String: Int] = [:]
        var visitedFragments: Set<String> = []

        mutating func add(_ field: FieldSelection) {
            if let place = places[field.responseKey] { return groups[place].append(field) }
            places[field.responseKey] = groups.count
            groups.append([field])
        }
    }

    private func collect(_ selectionSet: SelectionSet, into collection: inout Collection) throws(GraphQLError) {
        for selection in selectionSet.selections where try isIncluded(selection) {
            switch selection {
            case .field(let field): collection.add(field)
            case .inline(let fragment):
                guard applies(fragment.typeCondition, to: collection.type) else { continue }
                try collect(fragment.selectionSet, into: &collection)
            case .spread(let spread):
                guard collection.visitedFragments.insert(spread.name.text).inserted,
                    let fragment = fragments[spread.name.text], applies(fragment.typeCondition, to: collection.type)
                else { continue }
                try collect(fragment.selectionSet, into: &collection)
            }
        }
    }

    private func applies(_ condition: Name?, to type: NamedType) -> Bool {
        guard let condition, condition.text != type.name else { return true }
        return schema.type(condition.text).map { schema.possibleTypes(of: $0).contains(type.name) } ?? false
    }

    private func isIncluded(_ selection: Selection) throws(GraphQLError) -> Bool {
        for directive in selection.directives {
            switch directive.name.text {
            case "skip": if try condition(of: directive) { return false }
            case "include": if try !condition(of: directive) { return false }
            default: break
            }
        }
        return true
    }

    private func condition(of use: DirectiveUse) throws(GraphQLError) -> Bool {
        guard let condition = schema.directive(use.name.text)?.arguments.first else { throw .unexpected }
        let literal = use.arguments.first { $0.name.text == condition.name }?.value
        return try argument(literal, for: condition, at: use.location)?.boolean ?? false
    }

    private func field(_ selections: [FieldSelection], of type: NamedType) -> CollectedField? {
        let first = selections[0]
        guard let definition = schema.field(first.name.text, of: type) else { return nil }
        return CollectedField(
            responseKey: first.responseKey, name: first.name.text, definition: definition, selections: selections,
            arguments: arguments(of: first, for: definition))
    }

    /// The arguments of a field in their coerced form (section 6.4.1, CoerceArgumentValues).
    private func arguments(of selection: FieldSelection, for field: Field) -> Result<ObjectValue, GraphQLError> {
        var values = ObjectValue()
        for definition in field.arguments {
            do {
                let given = selection.arguments.first { $0.name.text == definition.name }
                if let value = try argument(given?.value, for: definition, at: selection.location) {
                    values[definition.name] = value
                }
            } catch {
                return .failure(error)
            }
        }
        return .success(values)
    }

    private func argument(
        _ literal: Literal?, for definition: InputValue, at location: SourceLocation
    ) throws(GraphQLError) -> Value? {
        let label = "Argument \"\(definition.name)\"", type = definition.type
        guard let literal else {
            if let value = definition.defaultValue { return value }
            guard type.isNonNull else { return nil }
            throw GraphQLError("\(label) of required type \"\(type)\" was not provided.", at: [location])
        }
        var isNull = literal.isNull
        if let name = literal.variableName {
            guard let value = variables[name] else {
                if let value = definition.defaultValue { return value }
                guard type.isNonNull else { return nil }
                throw GraphQLError(
                    "\(label) of required type \"\(type)\" was provided the variable \"$\(name)\" which was not provided a "
                        + "runtime value.", at: [literal.location])
            }
            isNull = value.isNull
        }
        if isNull, type.isNonNull {
            throw GraphQLError("\(label) of non-null type \"\(type)\" must not be null.", at: [literal.location])
        }
        guard let value = Coercion(schema: schema, variables: variables).value(of: literal, as: type) else {
            throw GraphQLError("\(label) has invalid value \(literal.printed).", at: [literal.location])
        }
        return value
    }
}

/// One entry of a result, and every selection that asked for it.
struct CollectedField: Sendable {
    let responseKey: String
    let name: String
    let definition: Field
    let selections: [FieldSelection]
    /// Found once; if it failed, each execution of the field fails with it.
    let arguments: Result<ObjectValue, GraphQLError>

    var locations: [SourceLocation] { selections.map(\.location) }

    var selectionSets: [SelectionSet] { selections.compactMap(\.selectionSet) }
}
