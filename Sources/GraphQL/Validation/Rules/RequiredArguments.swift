/// Section 5.4.2.1 (ProvidedRequiredArguments in graphql-js): an argument that may not be null and has no default is
/// given.
struct RequiredArguments: ValidationRule {
    mutating func leave(_ node: VisitedNode, _ context: inout ValidationContext) {
        switch node {
        case .field(let selection):
            let missing = missing(context.field?.arguments ?? [], from: selection.arguments)
            for input in missing { report("Field \"\(selection.name.text)\"", input, selection.location, &context) }
        case .directive(let use, _):
            let missing = missing(context.directive?.arguments ?? [], from: use.arguments)
            for input in missing { report("Directive \"@\(use.name.text)\"", input, use.location, &context) }
        default: break
        }
    }

    private func missing(_ inputs: [InputValue], from arguments: [Argument]) -> [InputValue] {
        inputs.filter { input in input.isRequired && !arguments.contains { $0.name.text == input.name } }
    }

    private func report(
        _ subject: String, _ input: InputValue, _ location: SourceLocation, _ context: inout ValidationContext
    ) {
        context.report(
            "\(subject) argument \"\(input.name)\" of type \"\(input.type)\" is required, but it was not provided.",
            at: location)
    }
}
