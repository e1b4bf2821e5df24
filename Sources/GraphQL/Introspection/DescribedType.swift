/// A type as introspection shows it: a named one, or one of the wrappers around it, which are types of their own there.
struct DescribedType: Sendable {
    indirect enum Form: Sendable {
        case named(NamedType)
        case list(DescribedType)
        case nonNull(DescribedType)
    }

    let form: Form
    let schema: Schema

    static func named(_ name: String, in schema: Schema) -> Output {
        schema.type(name).map { .object(DescribedType(form: .named($0), schema: schema)) } ?? .null
    }

    static func output(_ reference: TypeReference, in schema: Schema) throws -> Output {
        .object(try describe(reference, in: schema))
    }

    private static func describe(_ reference: TypeReference, in schema: Schema) throws -> DescribedType {
        switch reference {
        case .named(let name):
            guard let type = schema.type(name) else { throw GraphQLError.unexpected }
            return DescribedType(form: .named(type), schema: schema)
        case .list(let item): return DescribedType(form: .list(try describe(item, in: schema)), schema: schema)
        case .nonNull(let inner): return DescribedType(form: .nonNull(try describe(inner, in: schema)), schema: schema)
        }
    }

    var named: NamedType? { if case .named(let type) = form { type } else { nil } }

    var kind: String {
        switch form {
        case .list: "LIST"
        case .nonNull: "NON_NULL"
        case .named(.scalar): "SCALAR"
        case .named(.object): "OBJECT"
        case .named(.interface): "INTERFACE"
        case .named(.union): "UNION"
        case .named(.enumeration): "ENUM"
        case .named(.inputObject): "INPUT_OBJECT"
        }
    }
}
