/// Makes types from their written definitions: merges extensions, ties resolvers to fields, adds what every schema has.
struct SchemaBuilder {
    let resolvers: [String: Resolver]
    let scalars: [String: ScalarCoercion]
    /// What cannot be said by looking at the finished types.
    private(set) var problems: [GraphQLError] = []
    private var unusedResolvers: Set<String>

    struct Parts {
        var description: String?
        var types: [NamedType] = []
        var directives: [DirectiveType] = []
        var roots: [OperationKind: String] = [:]
    }

    init(resolvers: [String: Resolver], scalars: [String: ScalarCoercion]) {
        self.resolvers = resolvers
        self.scalars = scalars
        unusedResolvers = Set(resolvers.keys)
    }

    mutating func build(_ definition: String) throws(SchemaError) -> Parts {
        let own = try parse(definition)
        var parts = Parts()
        var nodes: [TypeNode] = []
        for definition in own {
            switch definition {
            case .type(let node): add(node, to: &nodes)
            case .directive(let node): parts.directives.append(directive(node))
            case .schema(let node): add(node, to: &parts)
            case .operation(let operation): refuse("An operation cannot be part of a schema.", at: operation.location)
            case .fragment(let fragment): refuse("A fragment cannot be part of a schema.", at: fragment.location)
            }
        }
        parts.types = nodes.map { type($0) }
        for name in unusedResolvers.sorted() { refuse("There is a resolver for \"\(name)\", but no such field.") }
        addWhatEverySchemaHas(to: &parts)
        if parts.roots.isEmpty { parts.roots = Self.rootsByName(in: parts.types) }
        return parts
    }

    private func parse(_ definition: String) throws(SchemaError) -> [Definition] {
        do {
            return try Document(parsing: definition, limits: .ours).definitions
        } catch {
            throw SchemaError(problems: [error])
        }
    }

    private mutating func refuse(_ message: String, at location: SourceLocation? = nil) {
        problems.append(GraphQLError(message, at: location.map { [$0] } ?? []))
    }

    /// Without a `schema` definition the roots are the types named for them.
    private static func rootsByName(in types: [NamedType]) -> [OperationKind: String] {
        var roots: [OperationKind: String] = [:]
        for (kind, name) in [(OperationKind.query, "Query"), (.mutation, "Mutation"), (.subscription, "Subscription")]
        where types.contains(where: { $0.name == name }) {
            roots[kind] = name
        }
        return roots
    }

    private mutating func add(_ node: SchemaNode, to parts: inout Parts) {
        if let description = node.description { parts.description = description }
        for operation in node.operations {
            if parts.roots.updateValue(operation.type.text, forKey: operation.kind) != nil {
                refuse("There can be only one \(operation.kind.rawValue) type in schema.", at: operation.type.location)
            }
        }
    }

    private mutating func add(_ node: TypeNode, to nodes: inout [TypeNode]) {
        let place = nodes.firstIndex { $0.name.text == node.name.text }
        guard node.isExtension else {
            if place != nil {
                refuse("There can be only one type named \"\(node.name.text)\".", at: node.name.location)
            }
            return nodes.append(node)
        }
        guard let place, nodes[place].kind == node.kind else {
            return refuse(
                "Cannot extend type \"\(node.name.text)\" because it is not defined as such before.",
                at: node.name.location)
        }
        nodes[place].interfaces += node.interfaces
        nodes[place].directives += node.directives
        nodes[place].fields += node.fields
        nodes[place].members += node.members
        nodes[place].values += node.values
        nodes[place].inputFields += node.inputFields
    }

    // MARK: Types

    private mutating func type(_ node: TypeNode) -> NamedType {
        let name = node.name.text, interfaces = node.interfaces.map(\.text)
        switch node.kind {
        case .scalar:
            return .scalar(
                ScalarType(
                    name: name, description: node.description,
                    specifiedBy: text("url", of: "specifiedBy", in: node.directives),
                    coercion: scalars[name] ?? .anything))
        case .object:
            let fields = node.fields.map { field($0, of: name) }
            return .object(
                ObjectType(name: name, description: node.description, interfaces: interfaces, fields: fields))
        case .interface:
            let fields = node.fields.map { field($0, of: name) }
            return .interface(
                InterfaceType(name: name, description: node.description, interfaces: interfaces, fields: fields))
        case .union:
            return .union(UnionType(name: name, description: node.description, members: node.members.map(\.text)))
        case .enumeration:
            let values = node.values.map {
                EnumValue(
                    name: $0.name.text, description: $0.description, deprecationReason: deprecation($0.directives))
            }
            return .enumeration(EnumType(name: name, description: node.description, values: values))
        case .inputObject:
            return .inputObject(
                InputObjectType(name: name, description: node.description, fields: node.inputFields.map(input)))
        }
    }

    private mutating func field(_ node: FieldNode, of type: String) -> Field {
        let coordinate = "\(type).\(node.name.text)"
        unusedResolvers.remove(coordinate)
        return Field(
            name: node.name.text, description: node.description, arguments: node.arguments.map(input), type: node.type,
            deprecationReason: deprecation(node.directives), resolver: resolvers[coordinate])
    }

    private func input(_ node: InputNode) -> InputValue {
        InputValue(
            name: node.name.text, description: node.description, type: node.type,
            deprecationReason: deprecation(node.directives), defaultLiteral: node.defaultValue, defaultValue: nil)
    }

    private func directive(_ node: DirectiveNode) -> DirectiveType {
        DirectiveType(
            name: node.name.text, description: node.description, arguments: node.arguments.map(input),
            isRepeatable: node.isRepeatable,
            locations: node.locations.compactMap { DirectiveLocation(rawValue: $0.text) })
    }

    private func deprecation(_ directives: [DirectiveUse]) -> String? {
        guard directives.contains(where: { $0.name.text == "deprecated" }) else { return nil }
        return text("reason", of: "deprecated", in: directives) ?? Introspection.deprecationReason
    }

    private func text(_ argument: String, of directive: String, in directives: [DirectiveUse]) -> String? {
        let arguments = directives.first { $0.name.text == directive }?.arguments
        guard case .string(let text, _) = arguments?.first(where: { $0.name.text == argument })?.value.kind else {
            return nil
        }
        return text
    }

    // MARK: What every schema has

    private mutating func addWhatEverySchemaHas(to parts: inout Parts) {
        let common = Introspection.definitions
        for case .directive(let node) in common where !parts.directives.contains(where: { $0.name == node.name.text }) {
            parts.directives.append(directive(node))
        }
        for scalar in BuiltInScalar.allCases where !parts.types.contains(where: { $0.name == scalar.rawValue }) {
            parts.types.append(.scalar(scalar.type))
        }
        var meta = SchemaBuilder(resolvers: Introspection.resolvers, scalars: [:])
        for case .type(let node) in common { parts.types.append(meta.type(node)) }
    }

    // MARK: Defaults

    /// The same with every default value coerced, which needs all types to be known.
    mutating func withDefaults(_ parts: Parts, _ schema: Schema) -> Parts {
        var parts = parts
        parts.types = parts.types.map { type in
            switch type {
            case .object(var object):
                object.fields = object.fields.map { withDefaults($0, schema) }
                return .object(object)
            case .interface(var interface):
                interface.fields = interface.fields.map { withDefaults($0, schema) }
                return .interface(interface)
            case .inputObject(var input):
                input.fields = input.fields.map { withDefault($0, schema) }
                return .inputObject(input)
            default: return type
            }
        }
        for index in parts.directives.indices {
            parts.directives[index].arguments = parts.directives[index].arguments.map { withDefault($0, schema) }
        }
        return parts
    }

    private func withDefaults(_ field: Field, _ schema: Schema) -> Field {
        var field = field
        field.arguments = field.arguments.map { withDefault($0, schema) }
        return field
    }

    private func withDefault(_ input: InputValue, _ schema: Schema) -> InputValue {
        var input = input
        input.defaultValue = input.defaultLiteral.flatMap { Coercion(schema: schema).value(of: $0, as: input.type) }
        return input
    }
}
