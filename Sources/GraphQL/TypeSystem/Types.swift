/// A named type of a schema (section 3.4), of one of six kinds.
public enum NamedType: Sendable {
    case scalar(ScalarType)
    case object(ObjectType)
    case interface(InterfaceType)
    case union(UnionType)
    case enumeration(EnumType)
    case inputObject(InputObjectType)

    public var name: String {
        switch self {
        case .scalar(let type): type.name
        case .object(let type): type.name
        case .interface(let type): type.name
        case .union(let type): type.name
        case .enumeration(let type): type.name
        case .inputObject(let type): type.name
        }
    }

    public var description: String? {
        switch self {
        case .scalar(let type): type.description
        case .object(let type): type.description
        case .interface(let type): type.description
        case .union(let type): type.description
        case .enumeration(let type): type.description
        case .inputObject(let type): type.description
        }
    }

    /// May stand where a value goes in.
    var isInput: Bool {
        switch self {
        case .scalar, .enumeration, .inputObject: true
        case .object, .interface, .union: false
        }
    }

    /// May stand where a result comes out.
    var isOutput: Bool { if case .inputObject = self { false } else { true } }

    /// Has no fields to select.
    var isLeaf: Bool {
        switch self {
        case .scalar, .enumeration: true
        default: false
        }
    }

    /// Has fields to select: an object, interface or union.
    var isComposite: Bool { !isInput }

    var isAbstract: Bool {
        switch self {
        case .interface, .union: true
        default: false
        }
    }

    /// The fields of an object or interface, in their order; empty for every other kind.
    public var fields: [Field] {
        switch self {
        case .object(let type): type.fields
        case .interface(let type): type.fields
        default: []
        }
    }

    func field(_ name: String) -> Field? { fields.first { $0.name == name } }

    var interfaces: [String] {
        switch self {
        case .object(let type): type.interfaces
        case .interface(let type): type.interfaces
        default: []
        }
    }
}

/// `scalar`: single values, and how JSON becomes one (section 3.5).
public struct ScalarType: Sendable {
    public var name: String
    public var description: String?
    public var specifiedBy: String?
    public var coercion: ScalarCoercion
}

/// `type`: a thing with fields (section 3.6).
public struct ObjectType: Sendable {
    public var name: String
    public var description: String?
    public var interfaces: [String]
    public var fields: [Field]
}

/// `interface`: fields that several types promise (section 3.7).
public struct InterfaceType: Sendable {
    public var name: String
    public var description: String?
    public var interfaces: [String]
    public var fields: [Field]
}

/// `union`: one of several object types (section 3.8).
public struct UnionType: Sendable {
    public var name: String
    public var description: String?
    public var members: [String]
}

/// `enum`: one of a few names (section 3.9).
public struct EnumType: Sendable {
    public var name: String
    public var description: String?
    public var values: [EnumValue]

    func hasValue(_ name: String) -> Bool { values.contains { $0.name == name } }
}

/// One name of an enum.
public struct EnumValue: Sendable {
    public var name: String
    public var description: String?
    public var deprecationReason: String?
}

/// `input`: a thing that is given as an argument (section 3.10).
public struct InputObjectType: Sendable {
    public var name: String
    public var description: String?
    public var fields: [InputValue]
}

/// A field of an object or interface type (section 3.6).
public struct Field: Sendable {
    public var name: String
    public var description: String?
    public var arguments: [InputValue]
    public var type: TypeReference
    public var deprecationReason: String?
    /// What gives its value; nil where it is the member of that name of plain data.
    public var resolver: Resolver?
}

/// An argument, or a field of an input object.
public struct InputValue: Sendable {
    public var name: String
    public var description: String?
    public var type: TypeReference
    public var deprecationReason: String?
    var defaultLiteral: Literal?
    /// The default, coerced; nil if there is none.
    public internal(set) var defaultValue: Value?

    var isRequired: Bool { type.isNonNull && defaultLiteral == nil }
}

/// `directive @name`: what may be written behind parts of documents (section 3.13).
public struct DirectiveType: Sendable {
    public var name: String
    public var description: String?
    public var arguments: [InputValue]
    public var isRepeatable: Bool
    public var locations: [DirectiveLocation]
}

/// Where a directive may stand (section 3.13).
public enum DirectiveLocation: String, Sendable, CaseIterable {
    case query = "QUERY", mutation = "MUTATION", subscription = "SUBSCRIPTION", field = "FIELD"
    case fragmentDefinition = "FRAGMENT_DEFINITION", fragmentSpread = "FRAGMENT_SPREAD"
    case inlineFragment = "INLINE_FRAGMENT", variableDefinition = "VARIABLE_DEFINITION"
    case schema = "SCHEMA", scalar = "SCALAR", object = "OBJECT", fieldDefinition = "FIELD_DEFINITION"
    case argumentDefinition = "ARGUMENT_DEFINITION", interface = "INTERFACE", union = "UNION", enumeration = "ENUM"
    case enumValue = "ENUM_VALUE", inputObject = "INPUT_OBJECT", inputFieldDefinition = "INPUT_FIELD_DEFINITION"
}
