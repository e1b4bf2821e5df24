/// Section 5.5.2.1 (KnownFragmentNames in graphql-js): a fragment that is spread exists.
struct FragmentSpreadTargetDefined: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .spread(let spread) = node, context.index.fragments[spread.name.text] == nil else { return }
        context.report("Unknown fragment \"\(spread.name.text)\".", at: spread.name.location)
    }
}
