/// Section 5.5.1.1 (UniqueFragmentNames in graphql-js): fragments are told apart by their names.
struct FragmentNameUniqueness: ValidationRule {
    private var known: [String: SourceLocation] = [:]

    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .fragment(let fragment) = node else { return }
        let name = fragment.name
        if let first = known[name.text] {
            context.report("There can be only one fragment named \"\(name.text)\".", at: first, name.location)
        } else {
            known[name.text] = name.location
        }
    }
}
