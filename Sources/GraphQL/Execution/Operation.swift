/// One operation of a valid document with its variables: ready to be executed, once or for every event of a
/// subscription.
///
/// ```swift
/// let operation = try schema.operation(in: document, variables: ["code": "FN1"])
/// let response = operation.execute(root: engine.snapshot)
/// ```
public struct Operation: Sendable {
    public let kind: OperationKind
    public let name: String?
    /// The fields asked of the root in the order of the result, by @skip and @include already chosen. A subscription
    /// has exactly one.
    public let rootFields: [RootField]

    let schema: Schema
    let definition: OperationDefinition
    let fragments: [String: FragmentDefinition]
    let variables: ObjectValue
    let limits: Limits

    /// A field that the operation asks its root for.
    public struct RootField: Sendable {
        public let responseKey: String
        public let name: String
        /// Coerced, with defaults; nil if that fails, which the result will tell.
        public let arguments: ObjectValue?

        init(_ field: CollectedField) {
            responseKey = field.responseKey
            name = field.name
            arguments = try? field.arguments.get()
        }
    }

    /// Executes its selection. For a subscription `root` is one event, and the result one response of the stream.
    public func execute(root: any Sendable = Value.null) -> Response {
        var executor = Executor(operation: self, root: root)
        return executor.response()
    }
}

extension Schema {
    /// Chooses an operation of a document that was validated, and brings its variables into form.
    /// - Parameter name: needed where the document has several operations.
    /// - Throws: `RequestErrors`: no such operation, or variables that do not fit (section 6.1).
    public func operation(
        in document: Document, named name: String? = nil, variables: ObjectValue = ObjectValue(),
        limits: Limits = Limits()
    ) throws(RequestErrors) -> Operation {
        let definition = try choose(name, of: document.operations)
        guard let root = rootType(definition.kind) else {
            throw RequestErrors([
                GraphQLError(
                    "Schema is not configured to execute \(definition.kind.rawValue) operation.",
                    at: [definition.location])
            ])
        }
        let coerced = try Coercion.variables(variables, of: definition, schema: self, limits: limits)
        let fragments = document.fragments
        var collector = FieldCollector(schema: self, fragments: fragments, variables: coerced)
        let rootFields = (try? collector.fields(of: [definition.selectionSet], in: root)) ?? []
        return Operation(
            kind: definition.kind, name: definition.name?.text, rootFields: rootFields.map(Operation.RootField.init),
            schema: self, definition: definition, fragments: fragments, variables: coerced, limits: limits)
    }

    private func choose(_ name: String?, of operations: [OperationDefinition]) throws(RequestErrors)
        -> OperationDefinition
    {
        let chosen = name.map { name in operations.filter { $0.name?.text == name } } ?? operations
        guard let first = chosen.first else {
            throw RequestErrors([
                GraphQLError(name.map { "Unknown operation named \"\($0)\"." } ?? "Must provide an operation.")
            ])
        }
        guard chosen.count == 1 else {
            throw RequestErrors([GraphQLError("Must provide operation name if query contains multiple operations.")])
        }
        return first
    }
}
