extension Schema {
    /// The schema in the language of section 3, without what every schema has. Types stand in the order of their
    /// definition.
    public var sdl: String {
        let own = types.filter { !Introspection.isMeta($0.name) && BuiltInScalar(rawValue: $0.name) == nil }
        let builtIn = Introspection.definitions.compactMap {
            if case .directive(let node) = $0 { node.name.text } else { nil }
        }
        let parts = [schemaDefinition].compactMap { $0 }
            + directives.filter { !builtIn.contains($0.name) }.map(SDL.written)
            + own.map(SDL.written)
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// Needed only where the roots do not have their usual names, or the schema is described.
    private var schemaDefinition: String? {
        let isUsual = queryType == "Query" && mutationType ?? "Mutation" == "Mutation"
            && subscriptionType ?? "Subscription" == "Subscription"
        let wouldBeRoot = (mutationType == nil && type("Mutation") != nil)
            || (subscriptionType == nil && type("Subscription") != nil)
        guard description != nil || !isUsual || wouldBeRoot else { return nil }
        var text = SDL.description(description) + "schema {\n  query: \(queryType)\n"
        if let mutationType { text += "  mutation: \(mutationType)\n" }
        if let subscriptionType { text += "  subscription: \(subscriptionType)\n" }
        return text + "}"
    }
}

/// The written forms of the parts of a schema.
private enum SDL {
    static func written(_ type: NamedType) -> String {
        let head = description(type.description)
        switch type {
        case .scalar(let scalar):
            let url = scalar.specifiedBy.map { " @specifiedBy(url: \(Literal.quoted($0)))" }
            return head + "scalar \(scalar.name)\(url ?? "")"
        case .object(let object):
            return head + "type \(object.name)" + implements(object.interfaces) + fields(object.fields)
        case .interface(let interface):
            return head + "interface \(interface.name)" + implements(interface.interfaces) + fields(interface.fields)
        case .union(let union): return head + "union \(union.name) = " + union.members.joined(separator: " | ")
        case .enumeration(let enumeration):
            return head + "enum \(enumeration.name)"
                + block(enumeration.values) { value, isFirst in
                    description(value.description, "  ", isFirst: isFirst)
                        + "  \(value.name)\(deprecated(value.deprecationReason))"
                }
        case .inputObject(let input):
            return head + "input \(input.name)"
                + block(input.fields) { description($0.description, "  ", isFirst: $1) + "  \(written($0))" }
        }
    }

    static func written(_ directive: DirectiveType) -> String {
        description(directive.description) + "directive @\(directive.name)\(arguments(directive.arguments, ""))"
            + (directive.isRepeatable ? " repeatable" : "") + " on "
            + directive.locations.map(\.rawValue).joined(separator: " | ")
    }

    private static func implements(_ interfaces: [String]) -> String {
        interfaces.isEmpty ? "" : " implements " + interfaces.joined(separator: " & ")
    }

    private static func fields(_ fields: [Field]) -> String {
        block(fields) { field, isFirst in
            description(field.description, "  ", isFirst: isFirst)
                + "  \(field.name)\(arguments(field.arguments, "  ")): \(field.type)\(deprecated(field.deprecationReason))"
        }
    }

    private static func arguments(_ arguments: [InputValue], _ indentation: String) -> String {
        if arguments.isEmpty { return "" }
        if arguments.allSatisfy({ $0.description == nil }) {
            return "(" + arguments.map(written).joined(separator: ", ") + ")"
        }
        let lines = arguments.enumerated().map { index, argument in
            description(argument.description, "  \(indentation)", isFirst: index == 0)
                + "  \(indentation)\(written(argument))"
        }
        return "(\n" + lines.joined(separator: "\n") + "\n\(indentation))"
    }

    private static func written(_ input: InputValue) -> String {
        "\(input.name): \(input.type)" + (input.defaultLiteral.map { " = \($0.printed)" } ?? "")
            + deprecated(input.deprecationReason)
    }

    private static func block<Item>(_ items: [Item], _ line: (Item, Bool) -> String) -> String {
        " {\n" + items.enumerated().map { line($1, $0 == 0) }.joined(separator: "\n") + "\n}"
    }

    private static func deprecated(_ reason: String?) -> String {
        guard let reason else { return "" }
        return reason == Introspection.deprecationReason
            ? " @deprecated" : " @deprecated(reason: \(Literal.quoted(reason)))"
    }

    /// With an empty line before it, unless it is the first of its block.
    static func description(_ text: String?, _ indentation: String = "", isFirst: Bool = true) -> String {
        guard let text else { return "" }
        let written = BlockString.canPrint(text) ? BlockString.printed(text) : Literal.quoted(text)
        let lines = written.replacing("\n", with: "\n\(indentation)")
        return (isFirst ? "" : "\n") + indentation + lines + "\n"
    }
}
