import OrderedCollections

// Who is behind: questions go to the edge nodes, answers are added up.

extension ControlPlane {
    mutating func lag(_ query: LagQuery, in transaction: inout Transaction) -> EngineReply {
        guard let event = query.topic.event, runs[event] != nil else {
            return .refused("There is no live event with the topic '\(query.topic)' on the desk.")
        }
        if lags.isDue(query, now: transaction.now.instant) {
            let nodes = router.interested(in: query.topic)
            lags.ask(query, of: nodes, now: transaction.now.instant)
            transaction.actions += nodes.map { .send(.lagWanted(query), to: $0) }
        }
        let newest = newestBroadcast(of: event)
        var record = newest?.record
        if let newest, !newest.isFinal { record?.figures = newest.figures }
        return .lag(lags.report(query, record, at: transaction.now.wall))
    }
}
