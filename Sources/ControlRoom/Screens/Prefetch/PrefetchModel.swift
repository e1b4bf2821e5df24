import Engine

/// What the Prefetch screen says: coverage by family and region, the gate and its forecast, the load and the refresh
/// curves.
enum PrefetchModel {
    /// The figures of the selected event, or of the first one.
    static func figures(of event: EventID?, in snapshot: EngineSnapshot) -> EventPrefetch? {
        let wanted = event ?? snapshot.events.first?.id
        return snapshot.prefetch?.events.first { $0.event == wanted }
    }

    /// Rows of the breakdown that is shown, the one in most trouble first.
    static func ranked(_ figures: EventPrefetch, _ state: PrefetchState) -> [PrefetchCoverage] {
        let rows = state.breakdown == .families ? figures.families : figures.regions
        let ranked = rows.sorted { left, right in
            switch state.order {
            case .coverage:
                // Compared without division, so that equal shares tie exactly.
                let a = left.prefetched * right.known, b = right.prefetched * left.known
                return a == b ? left.name < right.name : a < b
            case .devices: return (-left.known, left.name) < (-right.known, right.name)
            case .name: return left.name < right.name
            }
        }
        return state.isReversed ? ranked.reversed() : ranked
    }

    static func orderName(_ state: PrefetchState) -> String {
        let name = switch state.order {
        case .coverage: "least covered"
        case .devices: "most devices"
        case .name: "by name"
        }
        return state.isReversed ? name + ", reversed" : name
    }

    /// The event's gate on coverage, with the share it asks for; nil where the next stage has none.
    static func gate(of event: EventSnapshot) -> (gate: GateSnapshot, wanted: Double?)? {
        event.gates.first { $0.name == "prefetch" }.map { gate in
            let words = gate.detail.split(separator: " ")
            let wanted = words.last { $0.hasSuffix("%") }.flatMap { Double($0.dropLast()) }
            return (gate, wanted.map { $0 / 100 })
        }
    }

    /// Refreshes in each step of the window if every known device fetched within one minute six hours before the start,
    /// as after a push to all of them, and keeps what it fetched for `ttl`, give or take `jitter` per cent. A herd is
    /// what jitter is for.
    static func refreshes(_ figures: EventPrefetch, ttl: Milliseconds, jitter: Int) -> [Int] {
        guard let liveAt = figures.liveAt else { return [] }
        let begins = liveAt - EventPrefetch.loadBegins, step = CacheRefresh.step
        let known = figures.regions.reduce(0) { $0 + $1.known }
        let fine = CacheRefresh(ttl: ttl, jitter: jitter)
            .requests(
                of: [.init(at: begins, window: 60_000, devices: known)], in: begins...(liveAt + EventPrefetch.loadEnds))
        // The highest of each minute: a spike of ten seconds must not vanish among its neighbours.
        let perMinute = Int(60_000 / step)
        return stride(from: 0, to: fine.count, by: perMinute).map {
            fine[$0..<min($0 + perMinute, fine.count)].max() ?? 0
        }
    }

    /// The highest of each of `count` equal parts: a curve drawn in few columns must not step over a spike.
    static func highest(_ values: [Int], parts count: Int) -> [Int] {
        guard values.count > count, count > 0 else { return values }
        return (0..<count).map { values[$0 * values.count / count..<($0 + 1) * values.count / count].max() ?? 0 }
    }

    static func coverageTable(width: Int, isFamilies: Bool) -> Table<PrefetchCoverage> {
        Table([
            Column(isFamilies ? "FAMILY" : "REGION", 14, grows: true) { TableCell($0.name) },
            Column("KNOWN", 8, .right) { TableCell(Format.count($0.known)) },
            Column("FETCHED", 8, priority: 1, .right) { TableCell(Format.count($0.prefetched)) },
            Column("COVERAGE", 8, .right) { TableCell(Format.percent($0.prefetched, of: $0.known)) },
            Column("REAL", 7, priority: 3, .right) { TableCell(Format.count($0.real.known)) },
            Column("MODELLED", 8, priority: 2, .right) { TableCell(Format.count($0.modelled.known)) },
        ], fitting: width)
    }

    /// `hits 98.2%  of 12.4 k  …`
    static func cache(_ label: String, _ counts: CacheCounts) -> [Fact] {
        [
            Fact(
                label,
                counts.askedCount == 0 ? "unused" : "\(Format.percent(counts.hitCount, of: counts.askedCount)) hit"),
            Fact("of", Format.count(counts.askedCount)), Fact("stale", Format.count(counts.staleCount), priority: 1),
            Fact("miss", Format.count(counts.missCount)),
            Fact("refresh", Format.count(counts.refreshCount), priority: 2),
            Fact("waited", Format.count(counts.sharedCount), priority: 4),
            Fact("evicted", Format.count(counts.evictedCount), counts.evictedCount > 0 ? .warn : .plain, priority: 3),
            Fact("holds", "\(Format.count(counts.entryCount)) in \(Format.bytes(counts.bytes))", priority: 1),
        ]
    }
}
