/// What can be asked for, and how each answer is found (section 3). A value that exists is a valid schema.
///
/// ```swift
/// let schema = try Schema(
///     "type Query { greeting(name: String = \"you\"): String! }",
///     resolvers: ["Query.greeting": { call in .value(.string("Hello, \(call.arguments["name"]!.string!)")) }])
/// ```
///
/// A field without a resolver is read from its source: the member of its name, where the source is plain data
/// (`Value.object`). So a tree of `Value`s can be served as it is.
public struct Schema: Sendable {
    public let description: String?
    /// The types as defined, then the built-in scalars in use and the types of introspection.
    public let types: [NamedType]
    public let directives: [DirectiveType]
    public let queryType: String
    public let mutationType: String?
    public let subscriptionType: String?

    private let places: [String: Int]
    /// The object types that can stand for an interface or a union.
    private let possibleTypes: [String: [String]]

    /// - Parameters:
    ///   - definition: the schema in the language of section 3. `extend` is merged.
    ///   - resolvers: by `Type.field`. One for a field that does not exist is an error.
    ///   - scalars: by name, for the custom scalars; one without an entry takes and gives anything.
    /// - Throws: everything that is wrong with it at once.
    public init(
        _ definition: String, resolvers: [String: Resolver] = [:], scalars: [String: ScalarCoercion] = [:]
    ) throws(SchemaError) {
        var builder = SchemaBuilder(resolvers: resolvers, scalars: scalars)
        let parts = try builder.build(definition)
        let draft = Schema(parts)
        let problems = builder.problems + SchemaCheck(schema: draft).problems()
        guard problems.isEmpty else { throw SchemaError(problems: problems) }
        self.init(builder.withDefaults(parts, draft))
    }

    init(_ parts: SchemaBuilder.Parts) {
        description = parts.description
        types = parts.types
        directives = parts.directives
        queryType = parts.roots[.query] ?? "Query"
        mutationType = parts.roots[.mutation]
        subscriptionType = parts.roots[.subscription]
        places = Dictionary(parts.types.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        var possible: [String: [String]] = [:]
        for type in parts.types {
            switch type {
            case .object(let object):
                for interface in object.interfaces { possible[interface, default: []].append(object.name) }
            case .union(let union): possible[union.name] = union.members
            default: break
            }
        }
        possibleTypes = possible
    }

    public func type(_ name: String) -> NamedType? { places[name].map { types[$0] } }

    func directive(_ name: String) -> DirectiveType? { directives.first { $0.name == name } }

    /// The type at which operations of a kind begin; nil if the schema has none.
    func rootType(_ kind: OperationKind) -> NamedType? {
        switch kind {
        case .query: type(queryType)
        case .mutation: mutationType.flatMap(type)
        case .subscription: subscriptionType.flatMap(type)
        }
    }

    /// The field of that name, those of introspection included, which every schema has without naming them.
    func field(_ name: String, of type: NamedType) -> Field? {
        if name.hasPrefix("__") {
            if name == Introspection.typenameField.name { return type.isComposite ? Introspection.typenameField : nil }
            guard type.name == queryType else { return nil }
            return Introspection.rootFields.first { $0.name == name }
        }
        return type.field(name)
    }

    /// The object types that a value of this type can have: itself, or those of an interface or union.
    func possibleTypes(of type: NamedType) -> [String] {
        if case .object(let object) = type { [object.name] } else { possibleTypes[type.name] ?? [] }
    }

    /// Whether some object can be of both types.
    func overlap(_ first: NamedType, _ second: NamedType) -> Bool {
        if first.name == second.name { return true }
        let names = possibleTypes(of: second)
        return possibleTypes(of: first).contains { names.contains($0) }
    }

    /// Whether every value of the one type is one of the other (section 3.6.1, IsSubType).
    func isSubtype(_ sub: TypeReference, of type: TypeReference) -> Bool {
        switch (sub, type) {
        case (.nonNull(let sub), .nonNull(let type)): isSubtype(sub, of: type)
        case (.nonNull(let sub), _): isSubtype(sub, of: type)
        case (_, .nonNull): false
        case (.list(let sub), .list(let type)): isSubtype(sub, of: type)
        case (.named(let sub), .named(let type)): sub == type || isNamedSubtype(sub, of: type)
        default: false
        }
    }

    private func isNamedSubtype(_ sub: String, of type: String) -> Bool {
        guard let subtype = self.type(sub), let supertype = self.type(type), supertype.isAbstract else { return false }
        if case .union(let union) = supertype { return union.members.contains(sub) }
        return subtype.interfaces.contains(type)
    }
}

/// Everything that is wrong with the definition of a schema.
public struct SchemaError: Error, Sendable, CustomStringConvertible {
    public var problems: [GraphQLError]

    public var description: String {
        problems.map { problem in
            problem.locations.map { "\($0.line):\($0.column): " }.joined() + problem.message
        }.joined(separator: "\n")
    }
}
