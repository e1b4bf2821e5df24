/// Executes one operation (section 6) and writes its result as JSON while it goes.
///
/// Null propagation works on the bytes: whatever begins to write remembers where, and where a null must bubble up, the
/// text is cut there and `null` written by the nearest place that may be null. Fields of a mutation run in order
/// because all do.
struct Executor {
    private let operation: Operation
    private let root: any Sendable
    private var collector: FieldCollector
    private var text = JSONText()
    private var path: [PathElement] = []
    /// At most `errorCountMax`; the rest are left out.
    private var errors: [GraphQLError] = []

    /// A null where none may be, on its way up; its error is written down already.
    private struct Bubbling: Error {}

    init(operation: Operation, root: any Sendable) {
        self.operation = operation
        self.root = root
        collector = FieldCollector(
            schema: operation.schema, fragments: operation.fragments, variables: operation.variables)
    }

    mutating func response() -> Response {
        guard let type = operation.schema.rootType(operation.kind) else { return Response(errors: [.unexpected]) }
        do {
            try object(root, of: type, selecting: [operation.definition.selectionSet])
        } catch {
            if let error = error as? GraphQLError { errors.append(error) }
            text.truncate(to: 0)
            text.write("null")
        }
        return Response(data: text.bytes, errors: errors)
    }

    private mutating func object(
        _ source: any Sendable, of type: NamedType, selecting selectionSets: [SelectionSet]
    ) throws {
        let fields = try collector.fields(of: selectionSets, in: type)
        text.write("{")
        var isFirst = true
        for field in fields {
            if !isFirst { text.write(",") }
            isFirst = false
            text.write(string: field.responseKey)
            text.write(":")
            path.append(.key(field.responseKey))
            try self.field(field, of: type, source: source)
            path.removeLast()
        }
        text.write("}")
    }

    private mutating func field(_ field: CollectedField, of type: NamedType, source: any Sendable) throws(Bubbling) {
        if field.name == Introspection.typenameField.name { return text.write(string: type.name) }
        let position = FieldPosition(field: field, parent: type.name)
        let output: Output
        do {
            output = try resolve(field, source: source)
        } catch {
            return try fail(error as? GraphQLError ?? .unexpected, field.definition.type, position)
        }
        try complete(output, field.definition.type, position)
    }

    private func resolve(_ field: CollectedField, source: any Sendable) throws -> Output {
        let arguments = try field.arguments.get()
        guard let resolver = field.definition.resolver else {
            guard let data = source as? Value else { throw GraphQLError.unexpected }
            return data[field.name].map(Output.value) ?? .null
        }
        let call = FieldCall(
            source: source, root: root, arguments: arguments, fieldName: field.name, schema: operation.schema)
        return try resolver(call)
    }

    // MARK: Values

    private struct FieldPosition {
        let field: CollectedField
        let parent: String

        var name: String { "\(parent).\(field.name)" }
    }

    /// Writes a value of that type, or `null` if it fails and may be null.
    private mutating func complete(_ output: Output, _ type: TypeReference, _ position: FieldPosition) throws(Bubbling)
    {
        let start = text.count, depth = path.count
        do {
            if try write(output, type.nullable, position) { return }
        } catch let error as GraphQLError {
            text.truncate(to: start)
            return try fail(error, type, position)
        } catch {
            guard !type.isNonNull else { throw Bubbling() }
            text.truncate(to: start)
            path.removeSubrange(depth...)
            return text.write("null")
        }
        guard type.isNonNull else { return text.write("null") }
        try fail(GraphQLError("Cannot return null for non-nullable field \(position.name)."), type, position)
    }

    /// Notes an error at the present path; then the value is null, or what holds it.
    private mutating func fail(_ error: GraphQLError, _ type: TypeReference, _ position: FieldPosition) throws(Bubbling)
    {
        if errors.count < operation.limits.errorCountMax {
            var located = error
            if located.locations.isEmpty { located.locations = position.field.locations }
            located.path = path
            errors.append(located)
        }
        if type.isNonNull { throw Bubbling() }
        text.write("null")
    }

    /// - Returns: false, with nothing written, if the value is null.
    /// - Throws: a `GraphQLError` that is not written down yet, or `Bubbling`.
    private mutating func write(_ output: Output, _ type: TypeReference, _ position: FieldPosition) throws -> Bool {
        switch output {
        case .null, .value(.null): return false
        default: break
        }
        if case .list(let item) = type {
            try writeList(output, of: item, position)
            return true
        }
        switch operation.schema.type(type.name) {
        case .scalar(let scalar):
            try writeLeaf(try scalar.coercion.output(try leaf(output, scalar.name)), output, scalar.name)
        case .enumeration(let enumeration):
            let value = try leaf(output, enumeration.name)
            guard let name = value.string, enumeration.hasValue(name) else {
                throw GraphQLError("Enum \"\(enumeration.name)\" cannot represent value: \(value.inspected)")
            }
            text.write(string: name)
        case .some(let named):
            let (source, type) = try object(output, of: named, position)
            try object(source, of: type, selecting: position.field.selectionSets)
        case nil: throw GraphQLError.unexpected
        }
        return true
    }

    private func leaf(_ output: Output, _ type: String) throws(GraphQLError) -> Value {
        guard case .value(let value) = output else {
            throw GraphQLError("\(type) cannot represent an object or a list.")
        }
        return value
    }

    private mutating func writeLeaf(_ value: Value?, _ output: Output, _ type: String) throws(GraphQLError) {
        guard let value, !value.isNull else { throw GraphQLError("\(type) cannot represent the value given.") }
        text.write(value: value)
    }

    private mutating func writeList(_ output: Output, of item: TypeReference, _ position: FieldPosition) throws {
        let items: [Output]
        switch output {
        case .list(let outputs): items = outputs
        case .value(.list(let values)): items = values.map(Output.value)
        default: throw GraphQLError("Expected Iterable, but did not find one for field \"\(position.name)\".")
        }
        text.write("[")
        for (index, element) in items.enumerated() {
            if index > 0 { text.write(",") }
            path.append(.index(index))
            try complete(element, item, position)
            path.removeLast()
        }
        text.write("]")
    }

    /// The source and the object type of a value in the place of a composite type (section 6.4.3, ResolveAbstractType).
    private func object(
        _ output: Output, of type: NamedType, _ position: FieldPosition
    ) throws(GraphQLError) -> (any Sendable, NamedType) {
        let source: any Sendable, name: String?
        switch output {
        case .object(let object, let type): (source, name) = (object, type)
        case .value(let value): (source, name) = (value, value["__typename"]?.string)
        case .list, .null: throw GraphQLError("Expected one \(type.name) for field \"\(position.name)\", found a list.")
        }
        guard type.isAbstract else { return (source, type) }
        guard let name else {
            throw GraphQLError(
                "Abstract type \"\(type.name)\" must resolve to an Object type at runtime for field \"\(position.name)\"."
            )
        }
        guard let concrete = operation.schema.type(name) else {
            throw GraphQLError(
                "Abstract type \"\(type.name)\" was resolved to a type \"\(name)\" that does not exist inside the schema."
            )
        }
        guard operation.schema.possibleTypes(of: type).contains(name) else {
            throw GraphQLError("Runtime Object type \"\(name)\" is not a possible type for \"\(type.name)\".")
        }
        return (source, concrete)
    }
}
