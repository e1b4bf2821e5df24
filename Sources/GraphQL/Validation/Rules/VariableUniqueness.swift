/// Section 5.8.1 (UniqueVariableNames in graphql-js): a variable is declared once.
struct VariableUniqueness: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .operation(let operation) = node else { return }
        for (name, locations) in repeated(operation.variables.map(\.name)) {
            context.report(GraphQLError("There can be only one variable named \"$\(name)\".", at: locations))
        }
    }
}
