/// The rules that a schema must keep (section 3, "Type Validation" of each kind).
struct SchemaCheck {
    let schema: Schema
    private var found: [GraphQLError] = []

    init(schema: Schema) { self.schema = schema }

    func problems() -> [GraphQLError] {
        var check = self
        check.roots()
        for directive in schema.directives {
            check.name(directive.name)
            check.inputs(directive.arguments, of: "@\(directive.name)")
        }
        for type in schema.types where !Introspection.isMeta(type.name) {
            check.name(type.name)
            check.type(type)
        }
        return check.found
    }

    private mutating func refuse(_ message: String) { found.append(GraphQLError(message)) }

    private mutating func name(_ name: String) {
        if name.hasPrefix("__") {
            refuse("Name \"\(name)\" must not begin with \"__\", which is reserved by GraphQL introspection.")
        }
    }

    private mutating func roots() {
        for (kind, name) in [
            (OperationKind.query, schema.queryType), (.mutation, schema.mutationType),
            (.subscription, schema.subscriptionType),
        ] {
            guard let name else { continue }
            guard case .object = schema.type(name) else {
                refuse("\(kind.rawValue.capitalizedFirst) root type must be an Object type, it cannot be \"\(name)\".")
                continue
            }
        }
    }

    private mutating func type(_ type: NamedType) {
        switch type {
        case .scalar: break
        case .object, .interface:
            fields(of: type)
            interfaces(of: type)
        case .union(let union):
            if union.members.isEmpty { refuse("Union type \(union.name) must define one or more member types.") }
            duplicates(in: union.members) { "Union type \(union.name) can only include type \($0) once." }
            for member in union.members {
                guard case .object = schema.type(member) else {
                    refuse("Union type \(union.name) can only include Object types, it cannot include \(member).")
                    continue
                }
            }
        case .enumeration(let type):
            if type.values.isEmpty { refuse("Enum type \(type.name) must define one or more values.") }
            duplicates(in: type.values.map(\.name)) { "Enum value \"\(type.name).\($0)\" can only be defined once." }
            for value in type.values { name(value.name) }
        case .inputObject(let type):
            if type.fields.isEmpty { refuse("Input Object type \(type.name) must define one or more fields.") }
            inputs(type.fields, of: type.name)
            endlessInput(type)
        }
    }

    private mutating func fields(of type: NamedType) {
        if type.fields.isEmpty { refuse("Type \(type.name) must define one or more fields.") }
        duplicates(in: type.fields.map(\.name)) { "Field \"\(type.name).\($0)\" can only be defined once." }
        for field in type.fields {
            name(field.name)
            let coordinate = "\(type.name).\(field.name)"
            if schema.type(field.type.name)?.isOutput != true {
                refuse(
                    schema.type(field.type.name) == nil
                        ? "Unknown type \"\(field.type.name)\" of \(coordinate)."
                        : "The type of \(coordinate) must be Output Type but got: \(field.type).")
            }
            inputs(field.arguments, of: coordinate)
        }
    }

    private mutating func inputs(_ inputs: [InputValue], of owner: String) {
        duplicates(in: inputs.map(\.name)) { "Argument or field \"\(owner)(\($0):)\" can only be defined once." }
        for input in inputs {
            name(input.name)
            guard let type = schema.type(input.type.name) else {
                refuse("Unknown type \"\(input.type.name)\" of \(owner)(\(input.name):).")
                continue
            }
            if !type.isInput {
                refuse("The type of \(owner)(\(input.name):) must be Input Type but got: \(input.type).")
            }
            if input.isRequired, input.deprecationReason != nil {
                refuse("Required \(owner)(\(input.name):) cannot be deprecated.")
            }
            if type.isInput, let literal = input.defaultLiteral,
                Coercion(schema: schema).value(of: literal, as: input.type) == nil
            {
                refuse("The default of \(owner)(\(input.name):) is no \(input.type): \(literal.printed).")
            }
        }
    }

    private mutating func duplicates(in names: [String], _ message: (String) -> String) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted { refuse(message(name)) }
    }

    // MARK: Interfaces

    private mutating func interfaces(of type: NamedType) {
        duplicates(in: type.interfaces) { "Type \(type.name) can only implement \($0) once." }
        for name in type.interfaces {
            guard case .interface(let interface) = schema.type(name) else {
                refuse("Type \(type.name) must only implement Interface types, it cannot implement \(name).")
                continue
            }
            if name == type.name {
                refuse("Type \(name) cannot implement itself because it would create a circular reference.")
            }
            for inherited in interface.interfaces where inherited != type.name && !type.interfaces.contains(inherited) {
                refuse("Type \(type.name) must implement \(inherited) because it is implemented by \(name).")
            }
            for field in interface.fields { implementation(of: field, in: interface.name, by: type) }
        }
    }

    private mutating func implementation(of field: Field, in interface: String, by type: NamedType) {
        let wanted = "\(interface).\(field.name)", own = "\(type.name).\(field.name)"
        guard let implementation = type.field(field.name) else {
            return refuse("Interface field \(wanted) expected but \(type.name) does not provide it.")
        }
        if !schema.isSubtype(implementation.type, of: field.type) {
            refuse("Interface field \(wanted) expects type \(field.type) but \(own) is type \(implementation.type).")
        }
        for argument in field.arguments {
            guard let given = implementation.arguments.first(where: { $0.name == argument.name }) else {
                refuse("Interface field argument \(wanted)(\(argument.name):) expected but \(own) does not provide it.")
                continue
            }
            if given.type != argument.type {
                refuse(
                    "Interface field argument \(wanted)(\(argument.name):) expects type \(argument.type) but "
                        + "\(own)(\(argument.name):) is type \(given.type).")
            }
        }
        for argument in implementation.arguments where argument.isRequired {
            guard !field.arguments.contains(where: { $0.name == argument.name }) else { continue }
            refuse(
                "Object field \(own) includes required argument \(argument.name) that is missing from the Interface field \(wanted)."
            )
        }
    }

    // MARK: Input objects

    /// An input object that must contain itself could never be written down.
    private mutating func endlessInput(_ type: InputObjectType) {
        var seen: Set<String> = [], next = [type.name]
        while let name = next.popLast() {
            guard case .inputObject(let input) = schema.type(name) else { continue }
            for field in input.fields {
                guard case .nonNull(.named(let inner)) = field.type else { continue }
                if inner == type.name {
                    return refuse(
                        "Cannot reference Input Object \"\(type.name)\" within itself through a series of non-null fields."
                    )
                }
                if seen.insert(inner).inserted { next.append(inner) }
            }
        }
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
