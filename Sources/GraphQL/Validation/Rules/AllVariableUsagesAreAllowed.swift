/// Section 5.8.5 (VariablesInAllowedPosition in graphql-js): a variable fits every place where it is used.
struct AllVariableUsagesAreAllowed: ValidationRule {
    mutating func finish(_ document: Document, _ context: inout ValidationContext) {
        for (number, operation) in context.index.operations.enumerated() {
            let variables = Dictionary(operation.variables.map { ($0.name.text, $0) }, uniquingKeysWith: { $1 })
            for use in context.variableUses(of: number) {
                guard let variable = variables[use.name], let type = use.type, context.named(variable.type) != nil,
                    !isAllowed(variable, at: type, use.hasLocationDefault, context.schema)
                else { continue }
                context.report(
                    "Variable \"$\(use.name)\" of type \"\(variable.type)\" used in position expecting type \"\(type)\".",
                    at: variable.location, use.location)
            }
        }
    }

    /// A variable that may be null fits a place that may not, if a default fills in for it.
    private func isAllowed(
        _ variable: VariableDefinition, at type: TypeReference, _ hasLocationDefault: Bool, _ schema: Schema
    ) -> Bool {
        guard type.isNonNull, !variable.type.isNonNull else { return schema.isSubtype(variable.type, of: type) }
        let hasDefault = variable.defaultValue.map { !$0.isNull } ?? false
        return (hasDefault || hasLocationDefault) && schema.isSubtype(variable.type, of: type.nullable)
    }
}
