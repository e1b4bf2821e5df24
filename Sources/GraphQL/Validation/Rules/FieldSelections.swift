/// Section 5.3.1 (FieldsOnCorrectType in graphql-js): a selected field exists on the type it is selected from.
struct FieldSelections: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .field(let field) = node, let parent = context.parentType, context.field == nil else { return }
        context.report("Cannot query field \"\(field.name.text)\" on type \"\(parent.name)\".", at: field.location)
    }
}
