/// Section 5.5.2.2 (NoFragmentCycles in graphql-js): no fragment contains itself.
struct FragmentSpreadsMustNotFormCycles: ValidationRule {
    private var visited: Set<String> = []
    private var path: [FragmentSpread] = []
    /// Where on the path each open fragment was entered.
    private var places: [String: Int] = [:]

    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .fragment(let fragment) = node else { return }
        search(fragment, &context)
    }

    /// Each fragment is entered once, so the search is as deep as there are fragments at most.
    private mutating func search(_ fragment: FragmentDefinition, _ context: inout ValidationContext) {
        let name = fragment.name.text
        guard visited.insert(name).inserted else { return }
        let spreads = DocumentIndex.spreads(in: fragment.selectionSet)
        guard !spreads.isEmpty else { return }
        places[name] = path.count
        for spread in spreads {
            let target = spread.name.text
            path.append(spread)
            if let place = places[target] {
                report(Array(path[place...]), &context)
            } else if let fragment = context.index.fragments[target] {
                search(fragment, &context)
            }
            path.removeLast()
        }
        places[name] = nil
    }

    private func report(_ cycle: [FragmentSpread], _ context: inout ValidationContext) {
        let via = cycle.dropLast().map { "\"\($0.name.text)\"" }.joined(separator: ", ")
        let message =
            "Cannot spread fragment \"\(cycle.last!.name.text)\" within itself" + (via.isEmpty ? "." : " via \(via).")
        context.report(GraphQLError(message, at: cycle.map(\.location)))
    }
}
