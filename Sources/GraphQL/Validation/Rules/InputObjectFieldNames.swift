/// Section 5.6.2 (ValuesOfCorrectType in graphql-js): a member of an object is a field of its input type.
struct InputObjectFieldNames: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .objectField(let member) = node,
            case .inputObject(let type) = context.named(context.parentInputType),
            !context.isMisplaced, !type.fields.contains(where: { $0.name == member.name.text })
        else { return }
        context.report(
            "Field \"\(member.name.text)\" is not defined by type \"\(type.name)\".", at: member.location)
    }
}
