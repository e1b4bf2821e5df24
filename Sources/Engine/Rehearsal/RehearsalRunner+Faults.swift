import OrderedCollections

/// A fault of the plan, and whether it has struck.
public struct PendingFault: Hashable, Sendable {
    public let fault: FaultPlan.Fault
    /// Schedule time; nil before.
    public internal(set) var struckAt: WallTime?
    /// Devices that came again, for a retry storm.
    public internal(set) var devices = 0

    init(fault: FaultPlan.Fault) { self.fault = fault }

    /// First moment at which it is over.
    public var until: WallTime? { struckAt.map { $0 + fault.lasts } }
}

// What goes wrong on purpose.

extension RehearsalRunner {
    /// Whether a fault is under way or has just ended, so that pictures are worth taking more often.
    var isDisturbed: Bool {
        let time = time
        return faults.contains { fault in fault.until.map { time < $0 + 10_000 } ?? false }
    }

    /// Schedule time at which the next fault strikes or ends.
    var nextFaultTime: WallTime? {
        let time = time
        return faults.compactMap { fault in
            guard fault.struckAt != nil else { return moment(of: fault.fault).map { max($0, time) } }
            return fault.until.flatMap { $0 > time ? $0 : nil }
        }.min()
    }

    mutating func strikeDueFaults() {
        for index in faults.indices where faults[index].struckAt == nil {
            guard let at = moment(of: faults[index].fault), at <= time else { continue }
            faults[index].struckAt = time
            strike(index)
        }
    }

    /// A fault that hangs on a stage follows it: its actual start once it has one, else the expected one.
    private func moment(of fault: FaultPlan.Fault) -> WallTime? {
        switch fault.at {
        case .at(let at): return at
        case .afterStart(let delay): return show.startsAt + delay
        case .stage(let event, let stage, let offset):
            guard let run = plane.runs[event] else { return nil }
            let start = StageStarts.expected(of: run).first { $0.stage == stage }
            return start.map { $0.at + offset - lead(of: fault.what) }
        }
    }

    /// A payload has to be bad before it is sent.
    private func lead(of what: FaultPlan.What) -> Milliseconds {
        if case .audience(.unknownStage, _, _) = what { 100 } else { 0 }
    }

    private mutating func strike(_ index: Int) {
        let fault = faults[index].fault
        switch fault.what {
        case .audience(let kind, let place, let factor):
            // The nodes go by the wall clock as they see it.
            let until = now.wall + fault.lasts
            let drill = AudienceFault(kind: kind, place: place, from: now.wall, until: until, factor: factor)
            audience.inject(drill, now: now)
        case .clockStep(let by): wallStep += by
        case .slowDisk(let each): slowDisk = (each, time + fault.lasts)
        case .retryStorm(let event, let percent, _):
            let connected = plane.runs[event].map { plane.router.audience(of: $0.event.topic).modelled.connected } ?? 0
            faults[index].devices = connected * percent / 100
        }
    }
}
