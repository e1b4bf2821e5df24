/// Depth and complexity of what a document asks for, with fragments opened. Every fragment is weighed once, so the cost
/// is that of reading the document, however often fragments are spread.
struct LimitCheck {
    let document: Document
    let index: DocumentIndex
    let limits: Limits
    private var weights: [String: Weight] = [:]
    private var open: Set<String> = []

    private struct Weight {
        /// Fields inside one another, without those below introspection.
        var depth = 0
        /// Fields in all.
        var complexity = 0
        /// Fields with the names of introspection's lists inside one another.
        var lists = 0
        /// The same, below `__schema` and `__type`.
        var introspectionLists = 0

        mutating func add(_ other: Weight) {
            depth = max(depth, other.depth)
            complexity =
                complexity.addingReportingOverflow(other.complexity).overflow ? .max : complexity + other.complexity
            lists = max(lists, other.lists)
            introspectionLists = max(introspectionLists, other.introspectionLists)
        }
    }

    init(document: Document, index: DocumentIndex, limits: Limits) {
        self.document = document
        self.index = index
        self.limits = limits
    }

    /// The first limit that an operation or fragment passes.
    func excess() -> GraphQLError? {
        var check = self
        for operation in index.operations {
            if let error = check.excess(check.weight(operation.selectionSet), at: operation.location) { return error }
        }
        for case .fragment(let fragment) in document.definitions {
            if let error = check.excess(check.weight(of: fragment.name.text), at: fragment.location) { return error }
        }
        return nil
    }

    private func excess(_ weight: Weight, at location: SourceLocation) -> GraphQLError? {
        if weight.depth > limits.depthMax {
            return .limit("The selection is \(weight.depth) fields deep, more than \(limits.depthMax).", at: location)
        }
        if weight.complexity > limits.complexityMax {
            return .limit(
                "The selection has \(weight.complexity) fields, more than \(limits.complexityMax).", at: location)
        }
        if weight.introspectionLists > limits.introspectionListDepthMax {
            return .limit("Maximum introspection depth exceeded.", at: location)
        }
        return nil
    }

    private mutating func weight(_ selectionSet: SelectionSet) -> Weight {
        var sum = Weight()
        for selection in selectionSet.selections {
            switch selection {
            case .field(let field): sum.add(weight(field))
            case .inline(let fragment): sum.add(weight(fragment.selectionSet))
            case .spread(let spread): sum.add(weight(of: spread.name.text))
            }
        }
        return sum
    }

    private static let listNames: Set = ["fields", "interfaces", "possibleTypes", "inputFields"]

    private mutating func weight(_ field: FieldSelection) -> Weight {
        var weight = field.selectionSet.map { self.weight($0) } ?? Weight()
        weight.complexity += weight.complexity == .max ? 0 : 1
        let isIntrospection = field.name.text == "__schema" || field.name.text == "__type"
        weight.depth = isIntrospection ? 1 : weight.depth + 1
        if Self.listNames.contains(field.name.text) { weight.lists += 1 }
        if isIntrospection { weight.introspectionLists = weight.lists }
        return weight
    }

    /// A fragment that spreads itself weighs nothing the second time; a rule refuses it.
    private mutating func weight(of fragment: String) -> Weight {
        if let weight = weights[fragment] { return weight }
        guard let definition = index.fragments[fragment], open.insert(fragment).inserted else { return Weight() }
        var weight = weight(definition.selectionSet)
        if Introspection.isMeta(definition.typeCondition.text) { weight.depth = 0 }
        open.remove(fragment)
        weights[fragment] = weight
        return weight
    }
}
