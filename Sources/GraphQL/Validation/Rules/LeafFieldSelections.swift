/// Section 5.3.3 (ScalarLeafs in graphql-js): leaves have no selection, everything else must have one.
struct LeafFieldSelections: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .field(let field) = node, let type = context.type, let named = context.named(type) else { return }
        let name = field.name.text
        switch (named.isLeaf, field.selectionSet) {
        case (true, let selectionSet?):
            context.report(
                "Field \"\(name)\" must not have a selection since type \"\(type)\" has no subfields.",
                at: selectionSet.location)
        case (false, nil):
            context.report(
                "Field \"\(name)\" of type \"\(type)\" must have a selection of subfields. Did you mean \"\(name) { ... }\"?",
                at: field.location)
        default: break
        }
    }
}
