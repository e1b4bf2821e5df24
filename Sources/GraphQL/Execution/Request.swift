/// What a client asks, whatever brought it here.
public struct Request: Hashable, Sendable {
    public var query: String
    public var operationName: String?
    public var variables: ObjectValue

    public init(_ query: String, operationName: String? = nil, variables: ObjectValue = ObjectValue()) {
        self.query = query
        self.operationName = operationName
        self.variables = variables
    }
}
