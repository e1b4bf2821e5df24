/// Section 5.5.1.2 (KnownTypeNames in graphql-js): the types that fragments and variables name exist.
struct FragmentSpreadTypeExistence: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        switch node {
        case .variable(let variable): check(variable.type.name, variable.typeNameLocation, &context)
        case .fragment(let fragment): check(fragment.typeCondition.text, fragment.typeCondition.location, &context)
        case .inline(let fragment): if let name = fragment.typeCondition { check(name.text, name.location, &context) }
        default: break
        }
    }

    private func check(_ name: String, _ location: SourceLocation, _ context: inout ValidationContext) {
        if context.schema.type(name) == nil { context.report("Unknown type \"\(name)\".", at: location) }
    }
}
