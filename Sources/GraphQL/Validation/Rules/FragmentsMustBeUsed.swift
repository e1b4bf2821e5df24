/// Section 5.5.1.4 (NoUnusedFragments in graphql-js): every fragment is reached from an operation.
struct FragmentsMustBeUsed: ValidationRule {
    mutating func finish(_ document: Document, _ context: inout ValidationContext) {
        let index = context.index
        let used = Set(index.operations.indices.flatMap { index.reachedFragments(from: .operation($0)) })
        for case .fragment(let fragment) in document.definitions where !used.contains(fragment.name.text) {
            context.report("Fragment \"\(fragment.name.text)\" is never used.", at: fragment.location)
        }
    }
}
