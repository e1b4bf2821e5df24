/// Section 5.7.2 (KnownDirectives in graphql-js): a directive stands where it may.
struct DirectivesAreInValidLocations: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .directive(let use, let location) = node, let directive = context.directive,
            !directive.locations.contains(location)
        else { return }
        context.report("Directive \"@\(directive.name)\" may not be used on \(location.rawValue).", at: use.location)
    }
}
