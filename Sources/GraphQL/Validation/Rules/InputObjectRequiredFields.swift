/// Section 5.6.4 (ValuesOfCorrectType in graphql-js): a field that may not be null and has no default is given.
struct InputObjectRequiredFields: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .literal(let literal) = node, case .object(let members) = literal.kind,
            case .inputObject(let type) = context.named(context.inputType), !context.isMisplaced
        else { return }
        for field in type.fields where field.isRequired && !members.contains(where: { $0.name.text == field.name }) {
            context.report(
                "Field \"\(type.name).\(field.name)\" of required type \"\(field.type)\" was not provided.",
                at: literal.location)
        }
    }
}
