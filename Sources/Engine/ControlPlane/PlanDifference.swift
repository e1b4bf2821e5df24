/// What differs between two states of a run of show, line by line, for a person to read before it is true.
enum PlanDifference {
    static func changes(from before: RunOfShow, to after: RunOfShow) -> [PlanChange] {
        var lines: [PlanChange] = []
        if before.current != after.current || before.head != after.head {
            lines.append(PlanChange(
                mark: .changed, what: "on air", before: before.current?.rawValue ?? "nothing",
                after: after.current?.rawValue ?? "nothing", note: "one broadcast to every connected device"))
        }
        if (before.hold == nil) != (after.hold == nil) {
            lines.append(PlanChange(
                mark: .changed, what: "T-clock", before: before.hold == nil ? "running" : "HOLD",
                after: after.hold == nil ? "running" : "HOLD"))
        }
        for index in after.progress.indices { if let line = stage(index, before, after) { lines.append(line) } }
        return lines
    }

    private static func stage(_ index: Int, _ before: RunOfShow, _ after: RunOfShow) -> PlanChange? {
        let key = after.event.stages[index].key
        guard key != after.current, after.progress[index].outcome != before.progress[index].outcome
                || after.progress[index].outcome == .upcoming
        else { return nil }
        if case .skipped = after.progress[index].outcome {
            return PlanChange(mark: .removed, what: "\(key)", before: words(index, before), after: "skipped")
        }
        let from = before.startTime(of: key), to = after.startTime(of: key)
        let old = words(index, before), new = words(index, after)
        guard old != new || from != to else { return PlanChange(mark: .same, what: "\(key)", before: old, after: new) }
        let delta = from.flatMap { from in to.map { Words.signed($0.since(from)) } } ?? ""
        let mode = after.progress[index].mode.rawValue.uppercased()
        let keeps = before.progress[index].mode == after.progress[index].mode ? "\(mode) kept" : "now \(mode)"
        return PlanChange(mark: .changed, what: "\(key)", before: old, after: new, delta: delta, note: keeps)
    }

    private static func words(_ index: Int, _ run: RunOfShow) -> String {
        switch run.progress[index].outcome {
        case .taken(let at, _): return "sent \(at.clock())Z"
        case .skipped: return "skipped"
        case .upcoming: return Words.time(run.startTime(of: run.event.stages[index].key))
        }
    }
}
