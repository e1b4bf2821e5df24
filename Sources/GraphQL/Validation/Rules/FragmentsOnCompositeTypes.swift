/// Section 5.5.1.3 (FragmentsOnCompositeTypes in graphql-js): a fragment is on an object, interface or union.
struct FragmentsOnCompositeTypes: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        switch node {
        case .fragment(let fragment): check(fragment.typeCondition, "Fragment \"\(fragment.name.text)\"", &context)
        case .inline(let fragment): if let name = fragment.typeCondition { check(name, "Fragment", &context) }
        default: break
        }
    }

    private func check(_ condition: Name, _ subject: String, _ context: inout ValidationContext) {
        guard let type = context.schema.type(condition.text), !type.isComposite else { return }
        context.report(
            "\(subject) cannot condition on non composite type \"\(condition.text)\".", at: condition.location)
    }
}
