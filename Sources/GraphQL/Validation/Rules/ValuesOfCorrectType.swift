/// Section 5.6.1 (ValuesOfCorrectType in graphql-js): a literal fits the type of its place.
struct ValuesOfCorrectType: ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {
        guard case .literal(let literal) = node, !context.isMisplaced, let type = context.inputType else { return }
        switch literal.kind {
        case .variable: break
        case .null: if type.isNonNull { refuse(literal, type, &context) }
        case .list: if type.item == nil { check(literal, type, &context) }
        case .object:
            if case .inputObject = context.named(type) { return }
            check(literal, type, &context)
        default: check(literal, type, &context)
        }
    }

    private func check(_ literal: Literal, _ type: TypeReference, _ context: inout ValidationContext) {
        switch context.named(type) {
        case .scalar(let scalar):
            do {
                if try Coercion(schema: context.schema).scalar(literal, as: scalar) == nil {
                    refuse(literal, type, &context)
                }
            } catch {
                var located = error
                if located.locations.isEmpty { located.locations = [literal.location] }
                context.report(located)
            }
        case .enumeration(let enumeration):
            guard case .enumeration(let name) = literal.kind else {
                context.report(
                    "Enum \"\(enumeration.name)\" cannot represent non-enum value: \(literal.printed).",
                    at: literal.location)
                return
            }
            if enumeration.hasValue(name) { return }
            context.report("Value \"\(name)\" does not exist in \"\(enumeration.name)\" enum.", at: literal.location)
        default: refuse(literal, type, &context)
        }
    }

    private func refuse(_ literal: Literal, _ type: TypeReference, _ context: inout ValidationContext) {
        context.report("Expected value of type \"\(type)\", found \(literal.printed).", at: literal.location)
    }
}
