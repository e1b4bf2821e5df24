extension TrafficRules {
    /// What adopting `after` in place of `before` changes, line by line.
    static func changes(from before: Self, to after: Self) -> [PlanChange] {
        var lines: [PlanChange] = []
        func compare(_ what: String, _ old: some Equatable, _ new: some Equatable, _ isSame: Bool) {
            if !isSame { lines.append(PlanChange(mark: .changed, what: what, before: "\(old)", after: "\(new)")) }
        }
        let old = before.limits, new = after.limits
        compare("soft", "\(old.softShare)%", "\(new.softShare)%", old.softShare == new.softShare)
        compare("hard", "\(old.hardShare)%", "\(new.hardShare)%", old.hardShare == new.hardShare)
        compare("concurrency", old.concurrencyRange, new.concurrencyRange, old.concurrencyRange == new.concurrencyRange)
        compare(
            "queue delay", "\(old.queueDelayMax) ms", "\(new.queueDelayMax) ms", old.queueDelayMax == new.queueDelayMax)
        compare(
            "log budget", "\(old.logBytesPerSecond) B/s", "\(new.logBytesPerSecond) B/s",
            old.logBytesPerSecond == new.logBytesPerSecond)
        compare(
            "knock-on ratio", "\(before.knockOn.ratio)%", "\(after.knockOn.ratio)%", before.knockOn == after.knockOn)
        compare(
            "rules", "\(before.assignments.count)", "\(after.assignments.count)",
            before.assignments == after.assignments)
        compare("node labels", before.nodeWords, after.nodeWords, before.nodes == after.nodes)
        for ruleset in after.rulesets {
            guard let known = before.rulesets.first(where: { $0.name == ruleset.name }) else {
                lines.append(PlanChange(mark: .added, what: "ruleset \(ruleset.name)"))
                continue
            }
            if known != ruleset {
                lines.append(
                    PlanChange(
                        mark: .changed, what: "ruleset \(ruleset.name)", before: known.words, after: ruleset.words))
            }
        }
        for gone in before.rulesets where !after.rulesets.contains(where: { $0.name == gone.name }) {
            lines.append(PlanChange(mark: .removed, what: "ruleset \(gone.name)"))
        }
        return lines
    }
}

extension TrafficRules {
    fileprivate var nodeWords: String { nodes.isEmpty ? "none" : nodes.map(\.label).joined(separator: ", ") }
}

extension TrafficLimits {
    fileprivate var concurrencyRange: String { "\(concurrencyMin)...\(concurrencyMax), from \(concurrencyStart)" }
}

extension Ruleset {
    fileprivate var words: String {
        "\(triggers.count) triggers, \(assignments.count) rules, \(levers.count) levers\(nodes.isEmpty ? "" : ", \(nodes.count) node labels")"
    }
}
