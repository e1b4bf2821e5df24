/// Section 5.4.2 (UniqueArgumentNames in graphql-js): an argument is given once.
struct ArgumentUniqueness: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .arguments(let arguments) = node else { return }
        for (name, locations) in repeated(arguments.map(\.name)) {
            context.report(GraphQLError("There can be only one argument named \"\(name)\".", at: locations))
        }
    }
}
