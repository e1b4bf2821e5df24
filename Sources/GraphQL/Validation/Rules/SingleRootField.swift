/// Section 5.2.3.1 (SingleFieldSubscriptions in graphql-js): a subscription asks for one stream of events.
struct SingleRootField: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .operation(let operation) = node, operation.kind == .subscription,
            let root = context.schema.rootType(.subscription)
        else { return }
        let collector = FieldCollector(
            schema: context.schema, fragments: context.index.fragments, variables: ObjectValue())
        let groups = collector.groups(of: operation.selectionSet, in: root)
        let subject = operation.name.map { "Subscription \"\($0.text)\"" } ?? "Anonymous Subscription"
        if groups.count > 1 {
            let extra = groups.dropFirst().flatMap { $0.map(\.location) }
            context.report(GraphQLError("\(subject) must select only one top level field.", at: extra))
        }
        for group in groups where group[0].name.text.hasPrefix("__") {
            let message = "\(subject) must not select an introspection top level field."
            context.report(GraphQLError(message, at: group.map(\.location)))
        }
    }
}
