import OrderedCollections

// What the Prefetch screen shows.

extension ControlPlane {
    /// Coverage and expected load of the events that are next or under way.
    mutating func prefetchSnapshot(now: Moment) -> PrefetchSnapshot {
        let time = clock.time(at: now)
        let near = runs.values.filter { !$0.isOver }.enumerated().sorted { left, right in
            let a = left.element.firstLive ?? .distant, b = right.element.firstLive ?? .distant
            return (abs(a.since(time)), left.offset) < (abs(b.since(time)), right.offset)
        }
        let chosen = Set(near.prefix(PrefetchSnapshot.eventsMax).map(\.element.id))
        return PrefetchSnapshot(events: runs.values.filter { chosen.contains($0.id) }.map { run in
            var figures = coverage(of: run.event.topic)
            figures.event = run.id
            figures.liveAt = run.firstLive
            figures.load = prefetchLoad(of: run)
            return figures
        })
    }

    private func coverage(of topic: Topic) -> EventPrefetch {
        var families: [String: PrefetchCoverage] = [:], regions: [String: PrefetchCoverage] = [:]
        func add(_ known: Int, _ prefetched: Int?, _ kind: AudienceKind, to name: String, in table: inout [String: PrefetchCoverage]) {
            let counts = DeviceCounts(known: known, prefetched: prefetched)
            if kind == .real { table[name, default: .init(name: name)].real += counts } else {
                table[name, default: .init(name: name)].modelled += counts
            }
        }
        for node in router.nodes.values {
            for count in node.report.topics where count.topic == topic {
                add(count.known, count.prefetched, node.description.kind, to: node.description.region, in: &regions)
                for family in count.families { add(family.known, family.prefetched, node.description.kind, to: family.family.rawValue, in: &families) }
            }
        }
        return EventPrefetch(
            event: "", families: families.values.sorted { ($1.known, $0.name) < ($0.known, $1.name) },
            regions: regions.values.sorted { $0.name < $1.name })
    }

    /// Requests in each step of the window, from the projection of the event's traffic. Worked out once for each plan.
    private mutating func prefetchLoad(of run: RunOfShow) -> [Int] {
        guard let live = run.firstLive else { return [] }
        if let known = prefetchLoads[run.id], known.liveAt == live, known.planVersion == run.planVersion { return known.load }
        let starts = run.event.stages.compactMap { stage in
            run.startTime(of: stage.key).map { EventTraffic.StageStart(stage: stage.key, kind: stage.kind, at: $0) }
        }
        let traffic = EventTraffic(run.event, starts: starts), step = EventPrefetch.loadStep
        let load = stride(from: -EventPrefetch.loadBegins, to: EventPrefetch.loadEnds, by: Int(step)).map { offset in
            // The middle of a step stands for all of it.
            traffic.requestsPerSecond(of: .prefetch, at: live + offset + step / 2) * Int(step / 1000)
        }
        prefetchLoads[run.id] = PrefetchLoad(liveAt: live, planVersion: run.planVersion, load: load)
        return load
    }
}

/// A load that was worked out, and for what.
struct PrefetchLoad: Sendable {
    var liveAt: WallTime
    var planVersion: Int
    var load: [Int]
}

extension RunOfShow {
    /// When the first stage of kind live started or is planned; nil if it is on cue.
    fileprivate var firstLive: WallTime? {
        event.stages.first { $0.kind == .live }.flatMap { startTime(of: $0.key) }
    }
}

extension WallTime {
    fileprivate static let distant = WallTime(milliseconds: .max / 4)
}
