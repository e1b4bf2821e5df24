/// Section 5.8.3 (NoUndefinedVariables in graphql-js): a variable that is used is declared by each operation that
/// reaches its use.
struct AllVariableUsesDefined: ValidationRule {
    mutating func finish(_ document: Document, _ context: inout ValidationContext) {
        for (number, operation) in context.index.operations.enumerated() {
            let defined = Set(operation.variables.map(\.name.text))
            let suffix = operation.name.map { " by operation \"\($0.text)\"" } ?? ""
            for use in context.variableUses(of: number) where !defined.contains(use.name) {
                context.report(
                    "Variable \"$\(use.name)\" is not defined\(suffix).", at: use.location, operation.location)
            }
        }
    }
}
