/// Gives the value of one field. Called while a result is written, on the caller's thread.
///
/// An error it throws becomes an error at the field's path: a `GraphQLError` with its message, any other as "Internal
/// error."
public typealias Resolver = @Sendable (FieldCall) throws -> Output

/// What a resolver is asked.
public struct FieldCall: Sendable {
    /// The object whose field it is: what `Output.object` was made of, or a `Value`.
    public let source: any Sendable
    /// What the operation was executed with.
    public let root: any Sendable
    /// Coerced, with defaults; absent where neither was given.
    public let arguments: ObjectValue
    public let fieldName: String
    let schema: Schema

    /// The source as the type that it has by construction of the schema.
    public func source<Source>(as type: Source.Type = Source.self) throws -> Source {
        guard let source = source as? Source else { throw GraphQLError.unexpected }
        return source
    }
}

/// What a resolver answers.
public enum Output: Sendable {
    case null
    /// A leaf, or plain data down to the leaves: members of objects are found by the names of fields, and the concrete
    /// type behind an interface or union by the member `__typename`.
    case value(Value)
    /// Something of ours, whose fields have resolvers. The name of its object type is needed behind an interface or
    /// union.
    case object(any Sendable, type: String? = nil)
    case list([Output])
}
