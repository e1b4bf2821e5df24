/// How the requests of a rehearsal fare under the rules of live traffic, in virtual time: rulesets go on and off by the
/// same `RulesetSwitch`, classes fall into the same buckets, and what is refused is where the same `Shedder` comes to
/// rest.
///
/// Family and event of a projected request are not known, so rules that ask for one fit nothing here.
struct RehearsalShedding {
    /// Refused a second at each sample, by rank of the bucket.
    private(set) var refused: [[Int]] = []
    /// Offered a second at each sample, by rank of the bucket.
    private(set) var offered: [[Int]] = []
    private(set) var switches: [RehearsalReport.Switch] = []

    init(_ traffic: RehearsalTraffic, rules: TrafficRules, capacity: EdgeCapacity) {
        var rulesets = rules.rulesets.map(RulesetSwitch.init)
        for (index, sample) in traffic.samples.enumerated() {
            let at = traffic.moment(index)
            let instant = EngineInstant.start + .milliseconds(at.since(traffic.span.lowerBound))
            for place in rulesets.indices {
                let before = rulesets[place].active
                rulesets[place].observe(
                    requests: sample.total, stages: traffic.stages, isRelaxed: false,
                    at: Moment(instant: instant, wall: at))
                note(rulesets[place], before: before?.why, at: at)
            }
            let active = rulesets.filter { $0.active != nil }.map(\.ruleset.name)
            var byBucket = PriorityBucket.allCases.map { _ in 0 }
            for requestClass in RequestClass.allCases where sample[requestClass] > 0 {
                byBucket[rules.bucket(of: RequestFacts(requestClass), active: active).rank] += sample[requestClass]
            }
            offered.append(byBucket)
            refused.append(capacity.refused(byBucket))
        }
    }

    /// Bound: `RehearsalReport.Switch.max`; a ruleset that flutters says so often enough.
    private mutating func note(_ ruleset: RulesetSwitch, before: String?, at: WallTime) {
        guard (ruleset.active == nil) != (before == nil), switches.count < RehearsalReport.Switch.max else { return }
        switches.append(
            .init(
                ruleset: ruleset.ruleset.name, isOn: ruleset.active != nil, at: at,
                why: ruleset.active?.why ?? before ?? ""))
    }

    /// Whether CRITICAL requests are refused at a sample.
    func refusesCritical(at index: Int) -> Bool { refused[index][PriorityBucket.critical.rank] > 0 }

    /// `BULK 100%, BEST_EFFORT 40%` of what is offered at a sample, lowest bucket first.
    func words(at index: Int) -> String {
        PriorityBucket.allCases.reversed().compactMap { bucket in
            let (offered, refused) = (offered[index][bucket.rank], refused[index][bucket.rank])
            return refused > 0 ? "\(bucket.rawValue) \(refused * 100 / max(1, offered))%" : nil
        }.joined(separator: ", ")
    }
}
