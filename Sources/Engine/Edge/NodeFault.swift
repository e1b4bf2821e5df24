/// An `AudienceFault` as one modelled node meets it: in ticks, and never before the moment it became known there.
struct NodeFault: Hashable {
    let kind: AudienceFault.Kind
    /// From this tick on, up to but not including `until`.
    let from: Tick
    private(set) var until: Tick
    let factor: Double
    private let fault: AudienceFault

    /// Nil if it is over.
    init?(_ fault: AudienceFault, now: Moment) {
        let tick = TickAxis.tick(at: now.instant)
        func at(_ wall: WallTime) -> Tick {
            TickAxis.tick(at: now.instant + .milliseconds(max(0, wall.since(now.wall))))
        }
        let until = at(fault.until)
        guard until > tick + 1 else { return nil }
        kind = fault.kind
        from = max(at(fault.from), tick + 1)
        self.until = until
        factor = fault.factor.isNaN ? 1 : fault.factor
        self.fault = fault
    }

    /// Whether it is the same one, said again to end sooner.
    func isEnded(by other: AudienceFault) -> Bool {
        var same = other
        same.until = fault.until
        return same == fault && other.until < fault.until
    }

    mutating func end(at tick: Tick) { until = min(until, tick) }

    func isOn(at tick: Tick) -> Bool { from <= tick && tick < until }
}

/// The faults of one node, oldest first, at most `AudienceFault.countMax`.
struct NodeFaults: Hashable {
    private(set) var all: [NodeFault] = []

    var isEmpty: Bool { all.isEmpty }

    /// What comes when there are too many is not taken.
    mutating func append(_ fault: NodeFault) {
        if all.count < AudienceFault.countMax { all.append(fault) }
    }

    /// Ends the fault that is meant at this tick; whether there is one that would have lasted longer.
    mutating func end(_ fault: AudienceFault, at tick: Tick) -> Bool {
        guard let index = all.firstIndex(where: { $0.isEnded(by: fault) && $0.until > tick }) else { return false }
        all[index].end(at: tick)
        if all[index].from >= tick { all.remove(at: index) }
        return true
    }

    /// Those that still matter to what begins at `now`: they last, or devices are coming back from them.
    func remembered(at now: Tick) -> NodeFaults {
        NodeFaults(all: all.filter { $0.until + Self.remembered > now })
    }

    /// How many times slower the node sends at this tick.
    func queueing(at tick: Tick) -> Double { worst(at: tick) { $0 == .slowNode || $0 == .saturated } }

    /// How many times longer a message is under way that is sent at this tick.
    func latency(at tick: Tick) -> Int64 { Int64(worst(at: tick) { $0 == .slowNode }.rounded(.up)) }

    private func worst(at tick: Tick, _ isMeant: (AudienceFault.Kind) -> Bool) -> Double {
        all.reduce(1) { isMeant($1.kind) && $1.isOn(at: tick) ? max($0, min($1.factor, 1000)) : $0 }
    }

    /// Share (0...1) of the devices that do not know a stage broadcast at this tick.
    func unknowing(at tick: Tick) -> Double {
        all.reduce(0) { $1.kind == .unknownStage && $1.isOn(at: tick) ? max($0, min($1.factor, 1)) : $0 }
    }

    /// Until when the node is gone; nil if it is not at this tick.
    func deadUntil(_ tick: Tick) -> Tick? {
        var end: Tick?
        for fault in all where fault.kind == .dead && fault.isOn(at: end ?? tick) {
            end = max(end ?? tick, fault.until)
        }
        return end
    }

    /// When the node was or will be gone, where that ends after `tick`.
    func deaths(endingAfter tick: Tick) -> [Range<Tick>] {
        all.filter { $0.kind == .dead && $0.until > tick }.map { $0.from..<$0.until }.sorted {
            $0.lowerBound < $1.lowerBound
        }
    }

    /// When the node came back last before `tick`.
    func revived(before tick: Tick) -> Tick? {
        all.filter { $0.kind == .dead && $0.until <= tick }.map(\.until).max()
    }

    /// A fault that is over is remembered as long as devices come back from it.
    private static let remembered: Tick = 60_000 / 16
}
