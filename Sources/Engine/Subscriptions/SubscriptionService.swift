import GraphQL

/// What `graphql-transport-ws` connections are served with: the schema, the limits, and who answers queries.
public struct SubscriptionService: Sendable {
    typealias QueryAnswer = @Sendable (Operation) -> Response
    typealias EventLookup = @Sendable (EventID) -> Bool

    let schema: Schema
    let pingEvery: Duration
    private let introspection: Bool
    private let knowsEvent: EventLookup
    private let answerQuery: QueryAnswer

    /// - Parameters:
    ///   - schema: with what `StageSubscription` defines in it.
    ///   - pingEvery: the span in which messages `subscribe` are counted.
    ///   - introspection: whether `__schema` and `__type` are answered.
    ///   - knowsEvent: false where no live event has this id; where in doubt true, and the edge node finds out.
    ///   - answerQuery: executes a query; called on an edge node's loop, so it must not wait.
    init(
        schema: Schema, pingEvery: Duration, introspection: Bool = true,
        knowsEvent: @escaping EventLookup = { _ in true },
        answerQuery: @escaping QueryAnswer = { $0.execute() }
    ) {
        self.schema = schema
        self.pingEvery = pingEvery
        self.introspection = introspection
        self.knowsEvent = knowsEvent
        self.answerQuery = answerQuery
    }

    /// Serves `stageChanged` and nothing else: for an edge node without devices' prefetch beside it.
    public init(pingEvery: Duration) throws {
        let base =
            "schema { query: Query } scalar Timestamp type Query { \"The sub-protocol spoken here.\" protocol: String! }"
        let schema = try Schema(
            base + StageSubscription.definition,
            resolvers: StageSubscription.resolvers.merging([
                "Query.protocol": { _ in .value(.string(DeviceProtocol.graphQLName)) }
            ]) { $1 },
            scalars: ["Timestamp": .integer])
        self.init(schema: schema, pingEvery: pingEvery)
    }

    func operation(_ request: Request, _ documents: inout DocumentCache) throws(RequestErrors) -> Operation {
        let document = try documents.document(for: request.query, in: schema, introspection: introspection)
        return try schema.operation(in: document, named: request.operationName, variables: request.variables)
    }

    func answer(_ operation: Operation) -> Response { answerQuery(operation) }

    /// What a subscription asks to follow.
    /// - Throws: a `GraphQLError` if no live event has that id, so that a wrong one ends its operation and not the
    ///   whole connection.
    func wish(of operation: Operation) throws(GraphQLError) -> TopicRequest {
        let field = operation.rootFields.first
        let wish = try StageSubscription.request(field?.arguments)
        guard let event = wish.topic.event, knowsEvent(event) else { throw StageSubscription.unknownEvent }
        return wish
    }
}
