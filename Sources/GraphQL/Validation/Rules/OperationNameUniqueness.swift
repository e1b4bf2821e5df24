/// Section 5.2.1.1 (UniqueOperationNames in graphql-js): operations are told apart by their names.
struct OperationNameUniqueness: ValidationRule {
    private var known: [String: SourceLocation] = [:]

    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .operation(let operation) = node, let name = operation.name else { return }
        if let first = known[name.text] {
            context.report("There can be only one operation named \"\(name.text)\".", at: first, name.location)
        } else {
            known[name.text] = name.location
        }
    }
}
