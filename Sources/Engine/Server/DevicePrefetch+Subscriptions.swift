import GraphQL

extension DevicePrefetch {
    /// The edge's GraphQL service with the whole device schema: `stageChanged`, and the same queries as `/graphql`.
    ///
    /// Queries are executed on the edge node's loop: over kept stage maps, or one that is made in about a millisecond.
    public func subscriptions(pingEvery: Duration, time: any TimeSource, register: PrefetchRegister)
        -> SubscriptionService
    {
        SubscriptionService(
            schema: schema, pingEvery: pingEvery, introspection: configuration.isIntrospectable,
            knowsEvent: { event in self.current().map { $0[event] != nil } ?? true }
        ) { operation in
            guard let lineup = self.current() else {
                return Response(errors: [
                    GraphQLError("The engine has not drawn its first snapshot yet: ask again in a second.")
                ])
            }
            let cohort = lineup.axes.cohort(locale: nil, family: nil, maturity: nil)
            let result = self.execute(operation, in: lineup, cohort: cohort, host: nil, now: time.now().instant)
            if let device = result.device { register.record(device, family: nil, events: result.fetched) }
            return result.response
        }
    }
}
