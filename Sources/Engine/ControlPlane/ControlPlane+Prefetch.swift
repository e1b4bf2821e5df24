import OrderedCollections

// What the Prefetch screen shows.

extension ControlPlane {
    /// Coverage and expected load of the events that are next or under way. Counted anew at most twice a second: it
    /// goes over every family of every topic of every node.
    mutating func prefetchSnapshot(now: Moment) -> PrefetchSnapshot {
        if let kept = keptPrefetch, now.instant - kept.at < .milliseconds(500), kept.version == runs.count {
            return kept.snapshot
        }
        let time = clock.time(at: now)
        let near = runs.values.filter { !$0.isOver }.enumerated().sorted { left, right in
            let a = left.element.firstLive ?? .distant, b = right.element.firstLive ?? .distant
            return (abs(a.since(time)), left.offset) < (abs(b.since(time)), right.offset)
        }
        let chosen = Set(near.prefix(PrefetchSnapshot.eventsMax).map(\.element.id))
        let coverage = coverage()
        let snapshot = PrefetchSnapshot(events: runs.values.filter { chosen.contains($0.id) }.map { run in
            let found = coverage[run.event.topic] ?? TopicCoverage()
            return EventPrefetch(
                event: run.id, families: found.families.sorted { ($1.known, $0.name) < ($0.known, $1.name) },
                regions: found.regions.sorted { $0.name < $1.name }, liveAt: run.firstLive, load: prefetchLoad(of: run),
                    forecast: run.next.flatMap(run.startTime(of:)).flatMap {
                        prefetchShare(of: run, after: max(0, $0.since(time)))
                    })
        })
        keptPrefetch = KeptPrefetch(at: now.instant, version: runs.count, snapshot: snapshot)
        return snapshot
    }

    private func coverage() -> [Topic: TopicCoverage] {
        var found: [Topic: TopicCoverage] = [:]
        for place in router.nodes.indices {
            let kind = router.nodes[place].description.kind, region = router.nodes[place].description.region
            for count in router.nodes[place].report.topics {
                found[count.topic, default: TopicCoverage()].add(count, kind: kind, region: region)
            }
        }
        return found
    }

    /// Requests in each step of the window, from the projection of the event's traffic. Worked out once for each plan.
    private mutating func prefetchLoad(of run: RunOfShow) -> [Int] {
        guard let live = run.firstLive else { return [] }
        if let known = prefetchLoads[run.id], known.liveAt == live, known.planVersion == run.planVersion {
            return known.load
        }
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

/// What all nodes say of one topic. A handful of families and regions: looked through, not hashed.
private struct TopicCoverage {
    var families: [PrefetchCoverage] = []
    var regions: [PrefetchCoverage] = []

    mutating func add(_ count: TopicCount, kind: AudienceKind, region: String) {
        Self.add(count.known, count.prefetched, kind, to: region, in: &regions)
        for family in count.families {
            Self.add(family.known, family.prefetched, kind, to: family.family.rawValue, in: &families)
        }
    }

    private static func add(
        _ known: Int, _ prefetched: Int?, _ kind: AudienceKind, to name: String, in rows: inout [PrefetchCoverage]
    ) {
        let place = rows.firstIndex { $0.name == name } ?? rows.count
        if place == rows.count { rows.append(PrefetchCoverage(name: name)) }
        let counts = DeviceCounts(known: known, prefetched: prefetched)
        if kind == .real { rows[place].real += counts } else { rows[place].modelled += counts }
    }
}

/// Figures that were counted, and when.
struct KeptPrefetch: Sendable {
    var at: EngineInstant
    /// Changes when an event comes to the desk or leaves it.
    var version: Int
    var snapshot: PrefetchSnapshot
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
