/// Section 5.1.1 (ExecutableDefinitions in graphql-js): a document to execute has operations and fragments, nothing
/// else.
struct ExecutableDefinitions: ValidationRule {
    mutating func finish(_ document: Document, _ context: inout ValidationContext) {
        for definition in document.definitions {
            switch definition {
            case .operation, .fragment: break
            case .schema(let node): context.report("The schema definition is not executable.", at: node.location)
            case .type(let node):
                context.report("The \"\(node.name.text)\" definition is not executable.", at: node.location)
            case .directive(let node):
                context.report("The \"\(node.name.text)\" definition is not executable.", at: node.location)
            }
        }
    }
}
