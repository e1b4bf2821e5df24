/// Reads the rules of traffic priority from their YAML file: `Schedules/Traffic/README.md` is the format, field by
/// field.
///
/// The same manners as a schedule: everything that is wrong at once, each with line, column and what to write instead.
public enum TrafficRulesReader {
    /// - Returns: the rules, or nil and what is wrong.
    public static func read(_ file: ScheduleFile) -> (rules: TrafficRules?, problems: [ScheduleProblem]) {
        var log = ProblemLog(file: file.name)
        let rules = readRules(file, log: &log)
        return (log.problems.isEmpty ? rules : nil, log.problems)
    }

    private static func readRules(_ file: ScheduleFile, log: inout ProblemLog) -> TrafficRules? {
        guard let text = ScheduleText.decode(file, log: &log), let root = YAMLNode.parse(text, log: &log),
            let group = FieldGroup(
                root, what: "rules file", known: ["limits", "knock-on", "rules", "rulesets", "nodes"], log: &log)
        else { return nil }
        var rules = TrafficRules()
        if let field = group.field("limits") { rules.limits = readLimits(field.value, log: &log) ?? rules.limits }
        if let field = group.field("knock-on") { rules.knockOn = readKnockOn(field.value, log: &log) ?? rules.knockOn }
        if let field = group.field("rules") { rules.assignments = readAssignments(field, log: &log) }
        if let field = group.field("rulesets") { rules.rulesets = readRulesets(field, log: &log) }
        if let field = group.field("nodes") { rules.nodes = readNodes(field, log: &log) }
        let selections = rules.nodes.count + rules.rulesets.reduce(0) { $0 + $1.nodes.count }
        if selections > NodeSelection.max {
            log.add(group.place, "the file selects nodes in \(selections) lines", "write at most \(NodeSelection.max)")
        }
        let count = rules.assignments.count + rules.rulesets.reduce(0) { $0 + $1.assignments.count }
        if count > TrafficRules.assignmentsMax {
            log.add(
                group.place, "the file has \(count) rules",
                "write at most \(TrafficRules.assignmentsMax): every request is held against them")
        }
        return rules
    }

    private static func readLimits(_ node: YAMLNode, log: inout ProblemLog) -> TrafficLimits? {
        let known = ["soft", "hard", "concurrency", "least", "most", "queue", "logs"]
        guard let group = FieldGroup(node, what: "set of limits", known: known, log: &log) else { return nil }
        var limits = TrafficLimits()
        func share(_ name: String, log: inout ProblemLog) -> Int? {
            group.value(name, log: &log) { text throws(TextFault) in Int((try QuantityText.share(text) * 100).rounded())
            }
        }
        func requests(_ name: String, log: inout ProblemLog) -> Int? {
            group.value(name, log: &log) { text throws(TextFault) in try QuantityText.whole(text, in: 1...100_000) }
        }
        limits.softShare = share("soft", log: &log) ?? limits.softShare
        limits.hardShare = share("hard", log: &log) ?? limits.hardShare
        limits.concurrencyStart = requests("concurrency", log: &log) ?? limits.concurrencyStart
        limits.concurrencyMin = requests("least", log: &log) ?? limits.concurrencyMin
        limits.concurrencyMax = requests("most", log: &log) ?? limits.concurrencyMax
        limits.queueDelayMax = group.value("queue", log: &log) { text throws(TextFault) in
            try QuantityText.duration(text, in: 1...10_000)
        } ?? limits.queueDelayMax
        limits.logBytesPerSecond = group.value("logs", log: &log) { text throws(TextFault) in
            try QuantityText.rate(text, in: 0...1_000_000_000, of: "bytes")
        } ?? limits.logBytesPerSecond
        for problem in limits.problems() { log.add(group.place, problem, "change one of them") }
        return limits
    }

    private static func readKnockOn(_ node: YAMLNode, log: inout ProblemLog) -> KnockOnThresholds? {
        guard let group = FieldGroup(node, what: "knock-on", known: ["ratio", "for", "floor"], log: &log) else {
            return nil
        }
        var thresholds = KnockOnThresholds()
        thresholds.ratio = group.value("ratio", log: &log) { text throws(TextFault) in
            let ratio = Int((try QuantityText.share(text, atMost: 1000) * 100).rounded())
                guard ratio >= 110 else {
                    throw TextFault("\(quoted(text)) is hardly more than before", "write 110% to 1000%")
                }
            return ratio
        } ?? thresholds.ratio
        thresholds.sustained = group.value("for", log: &log) { text throws(TextFault) in
            try QuantityText.duration(text, in: 1000...600_000)
        } ?? thresholds.sustained
        thresholds.floor = group.value("floor", log: &log) { text throws(TextFault) in
            try QuantityText.rate(text, in: 0...1_000_000, of: "requests")
        } ?? thresholds.floor
        return thresholds
    }

    private static func readAssignments(_ field: YAMLField, log: inout ProblemLog) -> [BucketAssignment] {
        (field.value.items(of: "rules", log: &log) ?? []).compactMap { item in
            let known = ["class", "family", "event", "tier", "bucket"]
            guard let group = FieldGroup(item, what: "rule", known: known, log: &log),
                let bucket = group.required("bucket", example: "DEGRADED", log: &log)?.value(
                    log: &log,
                    read: { text throws(TextFault) in
                      try WordText.choice(text, what: "bucket", from: PriorityBucket.self)
                  })
            else { return nil }
            var assignment = BucketAssignment(bucket: bucket)
            assignment.requestClass = group.value("class", log: &log) { text throws(TextFault) in
                try WordText.choice(text, what: "class of request", from: RequestClass.self)
            }
            assignment.family = group.value("family", log: &log) { text throws(TextFault) in
                DeviceFamily(rawValue: try WordText.line(text, most: DeviceFamily.bytesMax))
            }
            assignment.event = group.value("event", log: &log) { text throws(TextFault) in
                EventID(rawValue: try WordText.name(text, most: 64))
            }
            assignment.tier = group.value("tier", log: &log) { text throws(TextFault) in
                try WordText.choice(text, what: "tier", from: Tier.self)
            }
            return assignment
        }
    }

    private static func readRulesets(_ field: YAMLField, log: inout ProblemLog) -> [Ruleset] {
        let items = field.value.items(of: "rulesets", log: &log) ?? []
        if items.count > TrafficRules.rulesetsMax {
            log.add(
                items[TrafficRules.rulesetsMax].place, "there are \(items.count) rulesets",
                "write at most \(TrafficRules.rulesetsMax)")
        }
        var names: Set<String> = []
        return items.prefix(TrafficRules.rulesetsMax).compactMap { item in
            guard
                let group = FieldGroup(
                    item, what: "ruleset", known: ["name", "when", "rules", "levers", "nodes"], log: &log),
                let name = group.required("name", example: "surge", log: &log)?.value(
                    log: &log,
                    read: { text throws(TextFault) in
                      try WordText.name(text, most: 32)
                  })
            else { return nil }
            if !names.insert(name).inserted {
                log.add(group.place, "ruleset \(quoted(name)) stands twice", "give one of them another name")
            }
            let triggers = group.required("when", example: "and a list, as '- requests: 20k/s'", log: &log)
                .flatMap { $0.value.items(of: "when", log: &log) } ?? []
            return Ruleset(
                name: name, triggers: triggers.compactMap { readTrigger($0, log: &log) },
                assignments: group.field("rules").map { readAssignments($0, log: &log) } ?? [],
                levers: group.field("levers").map { readLevers($0, log: &log) } ?? [],
                nodes: group.field("nodes").map { readNodes($0, log: &log) } ?? [])
        }
    }

    private static func readLevers(_ field: YAMLField, log: inout ProblemLog) -> [DegradationLever] {
        (field.value.items(of: "levers", log: &log) ?? []).compactMap { item in
            item.value(of: "lever", log: &log) { text throws(TextFault) in
                try WordText.choice(text, what: "lever", from: DegradationLever.self)
            }
        }
    }

    private static func readNodes(_ field: YAMLField, log: inout ProblemLog) -> [NodeSelection] {
        (field.value.items(of: "nodes", log: &log) ?? []).compactMap { item in
            guard
                let group = FieldGroup(item, what: "selection of nodes", known: ["label", "event", "tier"], log: &log),
                let label = group.required("label", example: "live", log: &log)?.value(
                    log: &log,
                    read: { text throws(TextFault) in
                      guard NodeSelection.isLabel(text) else {
                            throw TextFault(
                                "\(quoted(text)) is no label",
                                "write 1 to \(NodeSelection.labelBytesMax) small letters, digits and hyphens")
                      }
                      return text
                  })
            else { return nil }
            return NodeSelection(
                label: label,
                event: group.value("event", log: &log) { text throws(TextFault) in
                    EventID(rawValue: try WordText.name(text, most: 64))
                },
                tier: group.value("tier", log: &log) { text throws(TextFault) in
                    try WordText.choice(text, what: "tier", from: Tier.self)
                })
        }
    }

    private static func readTrigger(_ node: YAMLNode, log: inout ProblemLog) -> Ruleset.Trigger? {
        let known = ["requests", "for", "until", "calm", "stage", "before", "after"]
        guard let group = FieldGroup(node, what: "signal", known: known, log: &log) else { return nil }
        func length(_ name: String, _ standard: Milliseconds, log: inout ProblemLog) -> Milliseconds {
            group.value(name, log: &log) { text throws(TextFault) in try QuantityText.duration(text, in: 0...86_400_000)
            } ?? standard
        }
        func rate(_ name: String, log: inout ProblemLog) -> Int? {
            group.value(name, log: &log) { text throws(TextFault) in
                try QuantityText.rate(text, in: 1...100_000_000, of: "requests")
            }
        }
        if group.field("stage") != nil {
            guard let kind = group.value("stage", log: &log, read: { text throws(TextFault) in
                try WordText.choice(text, what: "kind of stage", from: StageKind.self)
            }) else { return nil }
            return .stage([kind], before: length("before", 0, log: &log), after: length("after", 60_000, log: &log))
        }
        guard group.field("requests") != nil else {
            log.add(group.place, "the signal says neither requests nor stage", "write requests: 20k/s or stage: live")
            return nil
        }
        guard let above = rate("requests", log: &log) else { return nil }
        let below = rate("until", log: &log) ?? above * 6 / 10
        if below > above {
            log.add(group.place, "it switches off above where it switches on", "write an until of at most \(above)/s")
        }
        return .requests(
            above: above, for: length("for", 3000, log: &log), below: below, until: length("calm", 30_000, log: &log))
    }
}
