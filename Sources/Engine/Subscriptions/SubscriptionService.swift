import GraphQL
import Synchronization

/// What `graphql-transport-ws` connections are served with: the schema, the limits, and who answers queries. Shared by all loops.
public final class SubscriptionService: Sendable {
    public typealias QueryAnswer = @Sendable (Operation) -> Response

    let schema: Schema
    let pingEvery: Duration
    private let introspection: Bool
    private let answerQuery: QueryAnswer
    /// Documents read and found valid, by all connections of the process. The lock is held while one is read, which its limits bound.
    private let documents = Mutex(DocumentCache())

    /// - Parameters:
    ///   - schema: with what `StageSubscription` defines in it.
    ///   - pingEvery: the span in which messages `subscribe` are counted.
    ///   - introspection: whether `__schema` and `__type` are answered.
    ///   - answerQuery: executes a query; called on an edge node's loop, so it must not wait.
    public init(
        schema: Schema, pingEvery: Duration, introspection: Bool = true, answerQuery: @escaping QueryAnswer = { $0.execute() }
    ) {
        self.schema = schema
        self.pingEvery = pingEvery
        self.introspection = introspection
        self.answerQuery = answerQuery
    }

    func operation(_ request: Request) throws(RequestErrors) -> Operation {
        let document: Result<Document, RequestErrors> = documents.withLock { documents in
            do throws(RequestErrors) {
                return .success(try documents.document(for: request.query, in: schema, introspection: introspection))
            } catch {
                return .failure(error)
            }
        }
        return try schema.operation(in: document.get(), named: request.operationName, variables: request.variables)
    }

    func answer(_ operation: Operation) -> Response { answerQuery(operation) }
}
