/// Section 5.2.2.1 (LoneAnonymousOperation in graphql-js): an operation without name stands alone.
struct LoneAnonymousOperation: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .operation(let operation) = node, operation.name == nil, context.index.operations.count > 1 else {
            return
        }
        context.report("This anonymous operation must be the only defined operation.", at: operation.location)
    }
}
