/// Section 5.6.3 (UniqueInputFieldNames in graphql-js): a member of an object is given once.
struct InputObjectFieldUniqueness: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .literal(let literal) = node, case .object(let members) = literal.kind else { return }
        var known: [String: SourceLocation] = [:]
        for member in members {
            let name = member.name
            if let first = known[name.text] {
                context.report("There can be only one input field named \"\(name.text)\".", at: first, name.location)
            } else {
                known[name.text] = name.location
            }
        }
    }
}
