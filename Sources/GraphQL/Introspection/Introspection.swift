/// The types by which a schema tells of itself (section 4), in the language that they describe.
enum Introspection {
    static let deprecationReason = "No longer supported"

    /// The fields that the query root has without naming them.
    static let rootFields: [Field] = [
        Field(
            name: "__schema", description: "The schema that this server answers by.", arguments: [],
            type: .nonNull(.named("__Schema")), resolver: { call in .object(call.schema) }),
        Field(
            name: "__type", description: "One type of the schema by its name; null if there is none.",
            arguments: [InputValue(name: "name", type: .nonNull(.named("String")))], type: .named("__Type"),
            resolver: { call in
                guard case .string(let name) = call.arguments["name"] else { return .null }
                return DescribedType.named(name, in: call.schema)
            }),
    ]

    /// The field that every composite type has. The executor answers it itself.
    static let typenameField = Field(
        name: "__typename", description: "The name of the object type that was found here.", arguments: [],
        type: .nonNull(.named("String")))

    static func isMeta(_ type: String) -> Bool { type.hasPrefix("__") }

    /// The directives and types that every schema has.
    static let definitions: [Definition] = {
        guard let document = try? Document(parsing: text, limits: .ours) else {
            preconditionFailure("Introspection.text is GraphQL")
        }
        return document.definitions
    }()

    private static let text = #"""
        "Leaves the field or fragment out of the answer unless `if` is true."
        directive @include("False leaves it out." if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        "Leaves the field or fragment out of the answer if `if` is true."
        directive @skip("True leaves it out." if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        "Still answered, but to be asked for no more."
        directive @deprecated(
          "Why, and what to ask for in its place; CommonMark."
          reason: String = "No longer supported"
        ) on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
        "Names the document that says what the values of this scalar mean."
        directive @specifiedBy("Where the document is." url: String!) on SCALAR

        "All that can be asked of the server: its types and directives, and the type at which each kind of operation begins."
        type __Schema {
          description: String
          "Every type, those of introspection among them."
          types: [__Type!]!
          "Where a query begins."
          queryType: __Type!
          "Where a mutation begins; null if none is answered."
          mutationType: __Type
          "Where a subscription begins; null if none is answered."
          subscriptionType: __Type
          "Every directive that a document may use."
          directives: [__Directive!]!
        }

        "A type, or a list or non-null form of one. `kind` says which of the fields below are not null."
        type __Type {
          kind: __TypeKind!
          name: String
          description: String
          specifiedByURL: String
          fields(includeDeprecated: Boolean = false): [__Field!]
          interfaces: [__Type!]
          possibleTypes: [__Type!]
          enumValues(includeDeprecated: Boolean = false): [__EnumValue!]
          inputFields(includeDeprecated: Boolean = false): [__InputValue!]
          ofType: __Type
        }

        "The kinds of types. Each says which fields of `__Type` are not null for it, besides those that all have."
        enum __TypeKind {
          "A single value, such as a number or a text; may have `specifiedByURL`."
          SCALAR
          "A thing with fields: `fields`, `interfaces`."
          OBJECT
          "Fields that several object types promise: `fields`, `interfaces`, `possibleTypes`."
          INTERFACE
          "One of several object types: `possibleTypes`."
          UNION
          "One of a few names: `enumValues`."
          ENUM
          "A thing that is given as an argument: `inputFields`."
          INPUT_OBJECT
          "Any number of another type: `ofType`."
          LIST
          "Another type without its null: `ofType`."
          NON_NULL
        }

        "What can be asked of an object or through an interface: a name, arguments, and the type of the answer."
        type __Field {
          name: String!
          description: String
          args(includeDeprecated: Boolean = false): [__InputValue!]!
          type: __Type!
          isDeprecated: Boolean!
          deprecationReason: String
        }

        "What can be given: an argument of a field or a directive, or a field of an input object."
        type __InputValue {
          name: String!
          description: String
          type: __Type!
          "What counts where nothing is given, as a document would write it; null: nothing does."
          defaultValue: String
          isDeprecated: Boolean!
          deprecationReason: String
        }

        "One name of an enum. In JSON it stands as a string."
        type __EnumValue {
          name: String!
          description: String
          isDeprecated: Boolean!
          deprecationReason: String
        }

        "A word behind an `@` that changes how a part of a document is answered, or tells more of a part of a schema."
        type __Directive {
          name: String!
          description: String
          isRepeatable: Boolean!
          locations: [__DirectiveLocation!]!
          args(includeDeprecated: Boolean = false): [__InputValue!]!
        }

        "Behind what a directive may stand."
        enum __DirectiveLocation {
          "A query."
          QUERY
          "A mutation."
          MUTATION
          "A subscription."
          SUBSCRIPTION
          "A field that is asked for."
          FIELD
          "A named fragment."
          FRAGMENT_DEFINITION
          "The place where a named fragment is used."
          FRAGMENT_SPREAD
          "A fragment without a name."
          INLINE_FRAGMENT
          "A variable of an operation."
          VARIABLE_DEFINITION
          "The schema itself."
          SCHEMA
          "A scalar type."
          SCALAR
          "An object type."
          OBJECT
          "A field of an object or interface type."
          FIELD_DEFINITION
          "An argument of a field or directive."
          ARGUMENT_DEFINITION
          "An interface type."
          INTERFACE
          "A union type."
          UNION
          "An enum type."
          ENUM
          "A value of an enum."
          ENUM_VALUE
          "An input object type."
          INPUT_OBJECT
          "A field of an input object."
          INPUT_FIELD_DEFINITION
        }
        """#
}
