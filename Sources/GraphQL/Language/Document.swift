/// A text in the GraphQL language, read (section 2). A value: it can be kept, compared with nothing, and executed many
/// times.
///
/// ```swift
/// let document = try Document(parsing: "{ event(code: \"FN1\") { stage } }")
/// let errors = schema.validate(document)
/// ```
public struct Document: Sendable {
    public let definitions: [Definition]
    /// The length of its text, by which a cache weighs it.
    public let byteCount: Int

    /// Reads a document.
    /// - Throws: the syntax error with line and column (from 1; a column counts characters), or the limit that it
    ///   passes.
    public init(parsing text: some StringProtocol, limits: Limits = Limits()) throws(GraphQLError) {
        let bytes = [UInt8](text.utf8)
        var parser = try Parser(bytes, limits: limits)
        definitions = try parser.document()
        byteCount = bytes.count
    }

    public var operations: [OperationDefinition] {
        definitions.compactMap { if case .operation(let operation) = $0 { operation } else { nil } }
    }

    /// The fragments by name. Of two with one name, which validation refuses, the last.
    var fragments: [String: FragmentDefinition] {
        var fragments: [String: FragmentDefinition] = [:]
        for case .fragment(let fragment) in definitions { fragments[fragment.name.text] = fragment }
        return fragments
    }
}

/// One of the things that a document is made of.
public enum Definition: Sendable {
    case operation(OperationDefinition)
    case fragment(FragmentDefinition)
    case schema(SchemaNode)
    case type(TypeNode)
    case directive(DirectiveNode)
}

/// A name and where it stands.
public struct Name: Sendable {
    public var text: String
    public var location: SourceLocation
}

/// What an operation does: reads, changes, or follows.
public enum OperationKind: String, Sendable, CaseIterable {
    case query, mutation, subscription
}

/// `query Name($variable: Type) { … }`, and the same for the other kinds.
public struct OperationDefinition: Sendable {
    public var kind: OperationKind
    public var name: Name?
    public var variables: [VariableDefinition]
    var directives: [DirectiveUse]
    var selectionSet: SelectionSet
    var location: SourceLocation
}

/// `$name: Type = default`
public struct VariableDefinition: Sendable {
    public var name: Name
    public var type: TypeReference
    var typeLocation: SourceLocation
    /// Of the name inside all brackets.
    var typeNameLocation: SourceLocation
    var defaultValue: Literal?
    var directives: [DirectiveUse]
    var location: SourceLocation
}

/// `fragment Name on Type { … }`
public struct FragmentDefinition: Sendable {
    var name: Name
    var typeCondition: Name
    var directives: [DirectiveUse]
    var selectionSet: SelectionSet
    var location: SourceLocation
}

/// `{ … }`. Its number is unique in its document, so that what was found out about it can be remembered.
struct SelectionSet: Sendable {
    var number: Int
    var selections: [Selection]
    var location: SourceLocation
}

enum Selection: Sendable {
    case field(FieldSelection)
    case spread(FragmentSpread)
    case inline(InlineFragment)

    var directives: [DirectiveUse] {
        switch self {
        case .field(let field): field.directives
        case .spread(let spread): spread.directives
        case .inline(let fragment): fragment.directives
        }
    }
}

struct FieldSelection: Sendable {
    var alias: Name?
    var name: Name
    var arguments: [Argument]
    var directives: [DirectiveUse]
    var selectionSet: SelectionSet?
    var location: SourceLocation

    /// The name in the result.
    var responseKey: String { alias?.text ?? name.text }
}

struct FragmentSpread: Sendable {
    var name: Name
    var directives: [DirectiveUse]
    var location: SourceLocation
}

struct InlineFragment: Sendable {
    var typeCondition: Name?
    var directives: [DirectiveUse]
    var selectionSet: SelectionSet
    var location: SourceLocation
}

struct Argument: Sendable {
    var name: Name
    var value: Literal
    var location: SourceLocation
}

struct DirectiveUse: Sendable {
    var name: Name
    var arguments: [Argument]
    var location: SourceLocation
}
