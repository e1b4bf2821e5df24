/// Not of the specification: refuses `__schema` and `__type` where introspection is switched off. `__typename` stays.
struct IntrospectionOff: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .field(let field) = node, ["__schema", "__type"].contains(field.name.text) else { return }
        context.report("Introspection is switched off: \"\(field.name.text)\" cannot be queried.", at: field.location)
    }
}
