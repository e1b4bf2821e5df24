/// Section 5.4.1 (KnownArgumentNames in graphql-js): an argument is one that the field or directive takes.
struct ArgumentNames: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        switch node {
        case .argument(let argument):
            guard !context.isInDirective, context.argument == nil, let field = context.field,
                let parent = context.parentType
            else { return }
            context.report(
                "Unknown argument \"\(argument.name.text)\" on field \"\(parent.name).\(field.name)\".",
                at: argument.location)
        case .directive(let use, _):
            guard let directive = context.directive else { return }
            for argument in use.arguments where !directive.arguments.contains(where: { $0.name == argument.name.text })
            {
                context.report(
                    "Unknown argument \"\(argument.name.text)\" on directive \"@\(directive.name)\".",
                    at: argument.location)
            }
        default: break
        }
    }
}
