// Definitions of the type system as they are written (section 3). `Schema` turns them into types.

/// `schema { query: Query }`, or an extension of it.
public struct SchemaNode: Sendable {
    var isExtension: Bool
    var description: String?
    var directives: [DirectiveUse]
    var operations: [(kind: OperationKind, type: Name)]
    var location: SourceLocation
}

/// A type of any kind, or an extension of one. What a kind does not have is empty.
public struct TypeNode: Sendable {
    enum Kind: String {
        case scalar, object = "type", interface, union, enumeration = "enum", inputObject = "input"
    }

    var kind: Kind
    var isExtension: Bool
    var description: String?
    var name: Name
    var interfaces: [Name] = []
    var directives: [DirectiveUse] = []
    var fields: [FieldNode] = []
    var members: [Name] = []
    var values: [EnumValueNode] = []
    var inputFields: [InputNode] = []
    var location: SourceLocation
}

struct FieldNode: Sendable {
    var description: String?
    var name: Name
    var arguments: [InputNode]
    var type: TypeReference
    var directives: [DirectiveUse]
}

/// An argument, or a field of an input object.
struct InputNode: Sendable {
    var description: String?
    var name: Name
    var type: TypeReference
    var defaultValue: Literal?
    var directives: [DirectiveUse]
}

struct EnumValueNode: Sendable {
    var description: String?
    var name: Name
    var directives: [DirectiveUse]
}

/// `directive @name(…) on FIELD | …`.
public struct DirectiveNode: Sendable {
    var description: String?
    var name: Name
    var arguments: [InputNode]
    var isRepeatable: Bool
    var locations: [Name]
    var location: SourceLocation
}
