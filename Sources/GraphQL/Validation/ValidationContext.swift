/// What the rules know at the node they are shown: the types that the schema gives to this place, and the errors so
/// far.
struct ValidationContext {
    let schema: Schema
    let document: Document
    let index: DocumentIndex
    let limits: Limits
    private(set) var errors: [GraphQLError] = []

    /// The composite type whose fields are selected here; nil where it is unknown.
    var parentType: NamedType?
    /// The type of the selected field or fragment.
    var type: TypeReference?
    var field: Field?
    var directive: DirectiveType?
    /// Inside a directive, be it one that the schema has or not.
    var isInDirective = false
    var argument: InputValue?
    /// What a literal should be here.
    var inputType: TypeReference?
    /// What the object around a member should be.
    var parentInputType: TypeReference?
    var hasLocationDefault = false
    /// Inside a literal that has no business here as a whole; it was reported, its parts say nothing more.
    var isMisplaced = false
    /// The operation or fragment that is being walked.
    var definition = DefinitionKey.operation(0)
    /// Where each definition uses variables.
    var variableUses: [DefinitionKey: [VariableUse]] = [:]

    struct VariableUse {
        var name: String
        var location: SourceLocation
        var type: TypeReference?
        var hasLocationDefault: Bool
    }

    init(schema: Schema, document: Document, index: DocumentIndex, limits: Limits) {
        self.schema = schema
        self.document = document
        self.index = index
        self.limits = limits
    }

    var isFull: Bool { errors.count >= limits.errorCountMax }

    mutating func report(_ message: String, at locations: SourceLocation...) {
        report(GraphQLError(message, at: locations))
    }

    mutating func report(_ error: GraphQLError) {
        if !isFull { errors.append(error) }
    }

    /// The type that a reference names, if the schema has it.
    func named(_ reference: TypeReference?) -> NamedType? { reference.flatMap { schema.type($0.name) } }

    /// The variables used in an operation and every fragment that it reaches.
    func variableUses(of operation: Int) -> [VariableUse] {
        let reached = index.reachedFragments(from: .operation(operation))
        return (variableUses[.operation(operation)] ?? []) + reached.flatMap { variableUses[.fragment($0)] ?? [] }
    }
}

/// An operation by its place in the document, a fragment by its name.
enum DefinitionKey: Hashable {
    case operation(Int)
    case fragment(String)
}

/// Which fragments a document has, and which definitions spread which.
struct DocumentIndex {
    let operations: [OperationDefinition]
    let fragments: [String: FragmentDefinition]
    /// Of fragments with one name, the spreads of the last.
    private(set) var spreads: [DefinitionKey: [FragmentSpread]] = [:]

    init(_ document: Document) {
        operations = document.operations
        fragments = document.fragments
        for (number, operation) in operations.enumerated() {
            spreads[.operation(number)] = Self.spreads(in: operation.selectionSet)
        }
        for (name, fragment) in fragments { spreads[.fragment(name)] = Self.spreads(in: fragment.selectionSet) }
    }

    static func spreads(in selectionSet: SelectionSet) -> [FragmentSpread] {
        var found: [FragmentSpread] = [], open = [selectionSet]
        while let next = open.popLast() {
            var inner: [SelectionSet] = []
            for selection in next.selections {
                switch selection {
                case .spread(let spread): found.append(spread)
                case .field(let field): if let selectionSet = field.selectionSet { inner.append(selectionSet) }
                case .inline(let fragment): inner.append(fragment.selectionSet)
                }
            }
            open += inner
        }
        return found
    }

    /// The names of the fragments that exist and are reached from a definition, each once.
    func reachedFragments(from definition: DefinitionKey) -> [String] {
        var reached: [String] = [], seen: Set<String> = [], open = [definition]
        while let next = open.popLast() {
            for spread in spreads[next] ?? [] where fragments[spread.name.text] != nil {
                guard seen.insert(spread.name.text).inserted else { continue }
                reached.append(spread.name.text)
                open.append(.fragment(spread.name.text))
            }
        }
        return reached
    }
}
