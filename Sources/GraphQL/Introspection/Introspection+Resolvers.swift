/// How introspection answers. Its sources are parts of the schema itself.
extension Introspection {
    static let resolvers: [String: Resolver] = schemaResolvers
        .merging(typeResolvers) { first, _ in first }
        .merging(partResolvers) { first, _ in first }

    private static let schemaResolvers: [String: Resolver] = [
        "__Schema.description": { call in .text(try call.source(as: Schema.self).description) },
        "__Schema.types": { call in
            let schema = try call.source(as: Schema.self)
            return .list(schema.types.map { .object(DescribedType(form: .named($0), schema: schema)) })
        },
        "__Schema.queryType": { call in try root({ $0.queryType }, call) },
        "__Schema.mutationType": { call in try root({ $0.mutationType }, call) },
        "__Schema.subscriptionType": { call in try root({ $0.subscriptionType }, call) },
        "__Schema.directives": { call in
            let schema = try call.source(as: Schema.self)
            return .list(schema.directives.map { .object(Described($0, schema)) })
        },
    ]

    private static func root(_ name: (Schema) -> String?, _ call: FieldCall) throws -> Output {
        let schema = try call.source(as: Schema.self)
        return name(schema).map { DescribedType.named($0, in: schema) } ?? .null
    }

    private static let typeResolvers: [String: Resolver] = [
        "__Type.kind": { call in .text(try call.described.kind) },
        "__Type.name": { call in .text(try call.described.named?.name) },
        "__Type.description": { call in .text(try call.described.named?.description) },
        "__Type.specifiedByURL": { call in
            guard case .scalar(let scalar) = try call.described.named else { return .null }
            return .text(scalar.specifiedBy)
        },
        "__Type.fields": { call in
            let type = try call.described
            switch type.named {
            case .object, .interface: return call.list(type.named?.fields ?? [], type.schema, \.deprecationReason)
            default: return .null
            }
        },
        "__Type.interfaces": { call in
            let type = try call.described
            switch type.named {
            case .object, .interface:
                return .list(type.named!.interfaces.map { DescribedType.named($0, in: type.schema) })
            default: return .null
            }
        },
        "__Type.possibleTypes": { call in
            let type = try call.described
            guard let named = type.named, named.isAbstract else { return .null }
            return .list(type.schema.possibleTypes(of: named).map { DescribedType.named($0, in: type.schema) })
        },
        "__Type.enumValues": { call in
            let type = try call.described
            guard case .enumeration(let enumeration) = type.named else { return .null }
            return call.list(enumeration.values, type.schema, \.deprecationReason)
        },
        "__Type.inputFields": { call in
            let type = try call.described
            guard case .inputObject(let input) = type.named else { return .null }
            return call.list(input.fields, type.schema, \.deprecationReason)
        },
        "__Type.ofType": { call in
            switch try call.described.form {
            case .list(let inner), .nonNull(let inner): .object(inner)
            case .named: .null
            }
        },
    ]

    private static let partResolvers: [String: Resolver] = [
        "__Field.name": { call in .text(try call.part(Field.self).name) },
        "__Field.description": { call in .text(try call.part(Field.self).description) },
        "__Field.args": { call in
            let field = try call.source(as: Described<Field>.self)
            return call.list(field.part.arguments, field.schema, \.deprecationReason)
        },
        "__Field.type": { call in
            let field = try call.source(as: Described<Field>.self)
            return try DescribedType.output(field.part.type, in: field.schema)
        },
        "__Field.isDeprecated": { call in .value(.boolean(try call.part(Field.self).deprecationReason != nil)) },
        "__Field.deprecationReason": { call in .text(try call.part(Field.self).deprecationReason) },
        "__InputValue.name": { call in .text(try call.part(InputValue.self).name) },
        "__InputValue.description": { call in .text(try call.part(InputValue.self).description) },
        "__InputValue.type": { call in
            let input = try call.source(as: Described<InputValue>.self)
            return try DescribedType.output(input.part.type, in: input.schema)
        },
        "__InputValue.defaultValue": { call in .text(try call.part(InputValue.self).defaultLiteral?.printed) },
        "__InputValue.isDeprecated": { call in .value(.boolean(try call.part(InputValue.self).deprecationReason != nil))
        },
        "__InputValue.deprecationReason": { call in .text(try call.part(InputValue.self).deprecationReason) },
        "__EnumValue.name": { call in .text(try call.part(EnumValue.self).name) },
        "__EnumValue.description": { call in .text(try call.part(EnumValue.self).description) },
        "__EnumValue.isDeprecated": { call in .value(.boolean(try call.part(EnumValue.self).deprecationReason != nil))
        },
        "__EnumValue.deprecationReason": { call in .text(try call.part(EnumValue.self).deprecationReason) },
        "__Directive.name": { call in .text(try call.part(DirectiveType.self).name) },
        "__Directive.description": { call in .text(try call.part(DirectiveType.self).description) },
        "__Directive.isRepeatable": { call in .value(.boolean(try call.part(DirectiveType.self).isRepeatable)) },
        "__Directive.locations": { call in
            .value(.list(try call.part(DirectiveType.self).locations.map { .string($0.rawValue) }))
        },
        "__Directive.args": { call in
            let directive = try call.source(as: Described<DirectiveType>.self)
            return call.list(directive.part.arguments, directive.schema, \.deprecationReason)
        },
    ]
}

/// A part of a schema with the schema that it is part of.
private struct Described<Part: Sendable>: Sendable {
    let part: Part
    let schema: Schema

    init(_ part: Part, _ schema: Schema) {
        self.part = part
        self.schema = schema
    }
}

extension Output {
    fileprivate static func text(_ text: String?) -> Output { text.map { .value(.string($0)) } ?? .null }
}

extension FieldCall {
    fileprivate var described: DescribedType { get throws { try source() } }

    fileprivate func part<Part: Sendable>(_ type: Part.Type) throws -> Part {
        try source(as: Described<Part>.self).part
    }

    /// The parts, without the deprecated ones unless they are asked for.
    fileprivate func list<Part: Sendable>(_ parts: [Part], _ schema: Schema, _ reason: (Part) -> String?) -> Output {
        let isAll = arguments["includeDeprecated"]?.boolean ?? false
        return .list(parts.filter { isAll || reason($0) == nil }.map { .object(Described($0, schema)) })
    }
}
