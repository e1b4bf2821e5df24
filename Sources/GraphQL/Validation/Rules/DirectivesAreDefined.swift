/// Section 5.7.1 (KnownDirectives in graphql-js): a directive is one that the schema has.
struct DirectivesAreDefined: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .directive(let directive, _) = node, context.directive == nil else { return }
        context.report("Unknown directive \"@\(directive.name.text)\".", at: directive.location)
    }
}
