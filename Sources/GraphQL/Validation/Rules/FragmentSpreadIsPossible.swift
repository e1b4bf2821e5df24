/// Section 5.5.2.3 (PossibleFragmentSpreads in graphql-js): a fragment is spread only where its type can occur.
struct FragmentSpreadIsPossible: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard let parent = context.parentType else { return }
        switch node {
        case .inline(let fragment):
            guard let type = context.named(context.type), type.isComposite, !context.schema.overlap(type, parent) else {
                return
            }
            report("Fragment", type, parent, fragment.location, &context)
        case .spread(let spread):
            guard let fragment = context.index.fragments[spread.name.text],
                let type = context.schema.type(fragment.typeCondition.text), type.isComposite,
                !context.schema.overlap(type, parent)
            else { return }
            report("Fragment \"\(spread.name.text)\"", type, parent, spread.location, &context)
        default: break
        }
    }

    private func report(
        _ subject: String, _ type: NamedType, _ parent: NamedType, _ location: SourceLocation,
        _ context: inout ValidationContext
    ) {
        context.report(
            "\(subject) cannot be spread here as objects of type \"\(parent.name)\" can never be of type \"\(type.name)\".",
            at: location)
    }
}
