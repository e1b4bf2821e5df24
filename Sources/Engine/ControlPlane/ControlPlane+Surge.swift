import OrderedCollections

// What the requests of the coming hours would be, and how they would fare: the forecast of the Traffic screen and its
// what-ifs.

extension ControlPlane {
    /// Nil in an engine that serves nothing. Worked out anew every ten seconds, and at most once a second when a run of
    /// show has changed.
    mutating func trafficForecast(now: Moment) -> TrafficForecast? {
        guard traffic.report != nil, !runs.isEmpty else { return nil }
        let revision = runs.values.reduce(0) { $0 + $1.revision + 1 }
        if let kept = traffic.forecast {
            let age = now.instant - kept.at
            if age < (kept.revision == revision ? .seconds(10) : .seconds(1)) { return kept.forecast }
        }
        let forecast = trafficOutlook(at: clock.time(at: now)).forecast(surgePolicy, connected: connectedCount)
        traffic.forecast = TrafficDesk.KeptForecast(at: now.instant, revision: revision, forecast: forecast)
        return forecast
    }

    /// What a surge would bring and what of it would be refused. Changes nothing.
    func answer(_ surge: Surge, now: Moment) -> EngineReply {
        if case .peak(let percent) = surge, !(1...Surge.percentMax).contains(percent) {
            return .refused("A surge is 1% to \(Surge.percentMax)% of the next peak, not \(percent)%.")
        }
        let outlook = trafficOutlook(at: clock.time(at: now))
        return outlook.report(surge, surgePolicy, connected: connectedCount).map(EngineReply.surge)
            ?? .refused("No request is expected in the next two hours: there is no peak to look at.")
    }

    /// Of the events on the desk that are not over, those nearest to their start.
    private func trafficOutlook(at time: WallTime) -> TrafficOutlook {
        let events = runs.values.filter { !$0.isOver }.map { (event: $0.event, starts: StageStarts.expected(of: $0)) }
        func distance(_ starts: [EventTraffic.StageStart]) -> Milliseconds {
            (starts.first { $0.kind == .live } ?? starts.first).map { abs($0.at.since(time)) } ?? .max
        }
        let near = events.enumerated().sorted { left, right in
            (distance(left.element.starts), left.offset) < (distance(right.element.starts), right.offset)
        }
        return TrafficOutlook(near.prefix(TrafficOutlook.showsMax).map(\.element), now: time)
    }

    private var surgePolicy: TrafficOutlook.Policy {
        .init(
            rules: traffic.rules, steering: traffic.steering, active: traffic.report?.active.map(\.ruleset) ?? [],
            capacity: capacity)
    }

    private var connectedCount: Int { router.nodes.indices.reduce(0) { $0 + router.nodes[$1].report.connections } }
}
