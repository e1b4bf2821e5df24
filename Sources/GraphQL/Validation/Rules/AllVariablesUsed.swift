/// Section 5.8.4 (NoUnusedVariables in graphql-js): a variable that is declared is used.
struct AllVariablesUsed: ValidationRule {
    mutating func finish(_ document: Document, _ context: inout ValidationContext) {
        for (number, operation) in context.index.operations.enumerated() {
            let used = Set(context.variableUses(of: number).map(\.name))
            let suffix = operation.name.map { " in operation \"\($0.text)\"" } ?? ""
            for variable in operation.variables where !used.contains(variable.name.text) {
                context.report("Variable \"$\(variable.name.text)\" is never used\(suffix).", at: variable.location)
            }
        }
    }
}
