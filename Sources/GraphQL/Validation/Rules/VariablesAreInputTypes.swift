/// Section 5.8.2 (VariablesAreInputTypes in graphql-js): a variable has a type that can go in.
struct VariablesAreInputTypes: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .variable(let variable) = node, let type = context.named(variable.type), !type.isInput else {
            return
        }
        context.report(
            "Variable \"$\(variable.name.text)\" cannot be non-input type \"\(variable.type)\".",
            at: variable.typeLocation)
    }
}
