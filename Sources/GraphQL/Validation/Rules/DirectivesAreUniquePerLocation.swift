/// Section 5.7.3 (UniqueDirectivesPerLocation in graphql-js): a directive stands at one place once, unless it is
/// repeatable.
struct DirectivesAreUniquePerLocation: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .directives(let directives) = node else { return }
        var known: [String: SourceLocation] = [:]
        for directive in directives {
            let name = directive.name.text
            guard let definition = context.schema.directive(name), !definition.isRepeatable else { continue }
            if let first = known[name] {
                context.report(
                    "The directive \"@\(name)\" can only be used once at this location.", at: first, directive.location)
            } else {
                known[name] = directive.location
            }
        }
    }
}
