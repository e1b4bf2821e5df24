/// What went wrong, in the form the specification gives it (section 7.1.2): a sentence, where in the document, where in
/// the result.
///
/// A message never carries more of our inside than the schema: an error of another kind that a resolver throws becomes
/// `GraphQLError.unexpected`.
public struct GraphQLError: Error, Hashable, Sendable {
    public var message: String
    /// Where in the document; empty if the error has no place there.
    public var locations: [SourceLocation]
    /// Where in the result; nil for an error that came before execution.
    public var path: [PathElement]?
    /// A word for programs, written as `extensions.code`.
    public var code: String?

    public init(_ message: String, at locations: [SourceLocation] = [], path: [PathElement]? = nil, code: String? = nil)
    {
        self.message = message
        self.locations = locations
        self.path = path
        self.code = code
    }

    static func syntax(_ message: String, at location: SourceLocation) -> Self {
        GraphQLError("Syntax Error: \(message)", at: [location])
    }

    /// The document, or what comes with it, is larger than we serve.
    static func limit(_ message: String, at location: SourceLocation? = nil) -> Self {
        GraphQLError(message, at: location.map { [$0] } ?? [], code: "LIMIT_EXCEEDED")
    }

    static let unexpected = GraphQLError("Internal error.", code: "INTERNAL")
}

/// One step of a path through a result.
public enum PathElement: Hashable, Sendable {
    case key(String)
    case index(Int)
}

/// The errors for which a request is refused before anything is executed; never empty.
public struct RequestErrors: Error, Hashable, Sendable {
    public var errors: [GraphQLError]

    public init(_ errors: [GraphQLError]) { self.errors = errors }
}
