// What operators steer of the traffic: overrides, levers, rulesets. The admission itself stands before the servers'
// doors (`TrafficGate`); it is handed the steering as a whole and tells once a second how traffic fares.

extension ControlPlane {
    /// Takes in the newest report; rulesets that switched are journalled.
    mutating func noteTraffic(_ report: TrafficReport, in transaction: inout Transaction) {
        let before = traffic.report?.active ?? []
        for now in report.active where !before.contains(where: { $0.ruleset == now.ruleset }) {
            journal(
                .rulesetSwitched, actor: .engine, before: "\(now.ruleset) off", after: "\(now.ruleset) on: \(now.why)",
                in: &transaction)
        }
        for gone in before where !report.active.contains(where: { $0.ruleset == gone.ruleset }) {
            journal(
                .rulesetSwitched, actor: .engine, before: "\(gone.ruleset) on", after: "\(gone.ruleset) off",
                in: &transaction)
        }
        traffic.report = report
    }

    /// An edited rules file is offered; one equal to the rules takes the offer back.
    mutating func offerRules(_ rules: TrafficRules?, file: String, problems: [String]) {
        traffic.offer = problems.isEmpty && rules == traffic.rules
            ? nil : TrafficDesk.Offer(rules: rules, file: file, problems: problems)
    }

    /// Lets go of what has expired.
    mutating func expireSteering(in transaction: inout Transaction) {
        let expired = traffic.steering.expire(now: transaction.now.wall)
        for words in expired {
            journal(.trafficSteered, actor: .engine, before: words, after: "expired", in: &transaction)
        }
        if !expired.isEmpty { transaction.actions.append(.steerTraffic(traffic.steering)) }
    }

    mutating func steer(_ intent: TrafficIntent, actor: Actor, why: String?, in transaction: inout Transaction)
        -> EngineReply
    {
        let until = transaction.now.wall + TrafficSteering.lifetime, before = traffic.steering
        if let refusal = refusal(of: intent) { return .refused(refusal) }
        switch intent {
        case .override(let bucket, let kept):
            traffic.steering.overrides.removeAll { $0.bucket == bucket }
            if let kept {
                traffic.steering.overrides.append(
                    BucketOverride(bucket: bucket, kept: kept, by: "\(actor)", until: until))
            }
        case .pull(let lever):
            traffic.steering.levers.removeAll { $0.lever == lever }
            traffic.steering.levers.append(LeverHold(lever: lever, by: "\(actor)", until: until))
        case .letGo(let lever):
            traffic.steering.levers.removeAll { $0.lever == lever }
        case .relax(let name):
            traffic.steering.relaxed.removeAll { $0.ruleset == name }
            traffic.steering.relaxed.append(RelaxedRuleset(ruleset: name, by: "\(actor)", until: until))
        case .restore(let name):
            traffic.steering.relaxed.removeAll { $0.ruleset == name }
        case .adoptRules:
            if let rules = traffic.offer?.rules {
                traffic.rules = rules
                traffic.offer = nil
                transaction.actions.append(.adoptRules(rules))
            }
        }
        traffic.forecast = nil
        transaction.actions.append(.steerTraffic(traffic.steering))
        let ends = traffic.steering == before || !intent.needsWhy ? "" : ", until \(Words.time(until))"
        let entry = journal(.trafficSteered, actor: actor, after: intent.title + ends, why: why, in: &transaction)
        return .done(entry, "\(intent.title)\(ends).")
    }

    /// Why the intent makes no sense now; nil if it does.
    private func refusal(of intent: TrafficIntent) -> String? {
        let rulesets = traffic.rules.rulesets.map(\.name)
        switch intent {
        case .override(let bucket, nil) where !traffic.steering.overrides.contains { $0.bucket == bucket }:
            return "\(bucket.rawValue) is automatic already."
        case .override(_, let kept?) where !(0...100).contains(kept):
            return "A bucket keeps 0% to 100% of its requests, not \(kept)%."
        case .letGo(let lever) where !traffic.steering.levers.contains { $0.lever == lever }:
            let holder = traffic.report?.levers.first { $0.lever == lever }?.by
            return holder.map { "Ruleset \($0) holds this lever: :relax \($0) lets it go." }
                ?? "That lever is not pulled."
        case .relax(let name) where !rulesets.contains(name), .restore(let name) where !rulesets.contains(name):
            return "There is no ruleset '\(name)'. The rules have \(rulesets.joined(separator: ", "))."
        case .restore(let name) where !traffic.steering.relaxed.contains { $0.ruleset == name }:
            return "Ruleset \(name) is not relaxed."
        case .adoptRules where traffic.offer?.rules == nil:
            return traffic.offer.map { "The file has faults: \($0.problems.first ?? "")" }
                ?? "No edited traffic rules wait to be adopted."
        default:
            return nil
        }
    }

    /// What the plan shows: the setting before and after.
    func changes(of intent: TrafficIntent, trial: ControlPlane) -> [PlanChange] {
        let until = "until \(Words.time(trial.traffic.steering.nextExpiry))"
        switch intent {
        case .override(let bucket, let kept):
            return [PlanChange(
                mark: .changed, what: bucket.rawValue, before: overrideWords(bucket),
                after: kept.map { "keep \($0)%" } ?? "automatic", note: kept == nil ? "" : until)]
        case .pull(let lever):
            return [PlanChange(mark: .added, what: lever.effect, before: "off", after: "ON", note: until)]
        case .letGo(let lever):
            return [PlanChange(mark: .removed, what: lever.effect, before: "ON", after: "off")]
        case .relax(let name), .restore(let name):
            let isRelaxed = trial.traffic.steering.relaxed.contains { $0.ruleset == name }
            return [
                PlanChange(
                    mark: .changed, what: "ruleset \(name)", before: isRelaxed ? "by its triggers" : "kept off",
                               after: isRelaxed ? "kept off" : "by its triggers", note: isRelaxed ? until : "")]
        case .adoptRules:
            return traffic.offer?.rules.map { TrafficRules.changes(from: traffic.rules, to: $0) } ?? []
        }
    }

    private func overrideWords(_ bucket: PriorityBucket) -> String {
        traffic.steering.overrides.first { $0.bucket == bucket }.map { "keep \($0.kept)% by \($0.by)" } ?? "automatic"
    }

    /// Who is affected, by the newest report.
    func facts(of intent: TrafficIntent) -> [PlanFact] {
        guard let report = traffic.report else { return [PlanFact("traffic", "nothing measured yet")] }
        var facts = [
            PlanFact("utilisation", "\(report.lanes.map(\.utilisation).max() ?? 0)%, sheds above \(report.softShare)%")
        ]
        if case .override(let bucket, let kept) = intent, let now = report.buckets.first(where: { $0.bucket == bucket })
        {
            let admitted = kept.map { now.offeredPerSecond * $0 / 100 } ?? now.admittedPerSecond
            facts.append(
                PlanFact(
                    "admitted",
                    "\(Words.count(now.admittedPerSecond))/s -> about \(Words.count(admitted))/s of \(Words.count(now.offeredPerSecond))/s offered"
                ))
            if !now.classes.isEmpty {
                facts.append(PlanFact("who", now.classes.map(\.rawValue).joined(separator: ", ")))
            }
        }
        for line in report.knockOn where line.isKnockedOn {
            facts.append(
                PlanFact(
                    "knock-on",
                    "\(line.signal.name) \(line.ratio.map { "at \($0 / 100).\($0 / 10 % 10)x" } ?? "is new")",
                    severity: .warn))
        }
        return facts
    }
}
