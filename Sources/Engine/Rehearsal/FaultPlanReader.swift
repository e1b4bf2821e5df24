/// Reads a fault plan, with the schedule reader's manners: everything wrong is said at once, with place and remedy.
///
///     faults:
///       - {at: XM1 live + 30s, fault: node-loss, node: v-eu-west-03, for: 2m}
///       - {at: "2026-12-25T19:05Z", fault: clock-step, by: -2s}
///       - {at: in 30m, fault: slow-disk, commit: 400ms, for: 5m}
public struct FaultPlanReader {
    private let events: [LiveEvent]
    private let nodes: [NodeDescription]
    private let racks: [String]
    private let regions: [String]
    private var log: ProblemLog

    /// - Parameters:
    ///   - events: whose stages a fault may hang on.
    ///   - nodes: that there are to fail: `RehearsalShow.nodes`.
    public static func read(_ file: ScheduleFile, events: [LiveEvent], nodes: [NodeDescription]) -> (
        plan: FaultPlan, problems: [ScheduleProblem]
    ) {
        var reader = Self(events: events, nodes: nodes, log: ProblemLog(file: file.name, holds: "faults"))
        let plan = reader.read(file)
        return (plan, reader.log.problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
    }

    private init(events: [LiveEvent], nodes: [NodeDescription], log: ProblemLog) {
        self.events = events
        self.nodes = nodes
        self.log = log
        racks = nodes.compactMap(\.rack).uniqued
        regions = nodes.map(\.region).uniqued
    }

    private mutating func read(_ file: ScheduleFile) -> FaultPlan {
        guard let text = ScheduleText.decode(file, log: &log), let root = YAMLNode.parse(text, log: &log),
            let group = FieldGroup(root, what: "fault plan", known: ["faults"], log: &log),
            let field = group.required(
                "faults", example: "and a list of '- {at: in 30m, fault: node-loss, …}'", log: &log),
            let items = field.value.items(of: "faults", log: &log)
        else { return FaultPlan() }
        if items.count > FaultPlan.countMax {
            log.add(
                items[FaultPlan.countMax].place, "the plan has \(items.count) faults",
                "write at most \(FaultPlan.countMax)")
        }
        return FaultPlan(faults: items.prefix(FaultPlan.countMax).compactMap { readFault($0) })
    }

    private static let fields = [
        "at", "fault", "for", "node", "rack", "region", "factor", "event", "stage", "share", "by", "commit", "guided",
    ]
    private static let day: Milliseconds = 86_400_000

    private mutating func readFault(_ node: YAMLNode) -> FaultPlan.Fault? {
        let before = log.problemCount
        guard let group = FieldGroup(node, what: "fault", known: Self.fields, log: &log) else { return nil }
        let at = group.required("at", example: "in 30m", log: &log)?.value(log: &log) {
            [events] text throws(TextFault) in
            try Self.moment(text, events)
        }
        let kind = group.required("fault", example: "node-loss", log: &log)?.value(log: &log) {
            text throws(TextFault) in
            guard FaultPlan.kinds.contains(text) else {
                throw TextFault(
                    "\(quoted(text)) is no kind of fault",
                    "write \(nearest(to: text, in: FaultPlan.kinds) ?? FaultPlan.kinds.joined(separator: ", "))")
            }
            return text
        }
        let lasts = group.value("for", log: &log) { text throws(TextFault) in
            try QuantityText.duration(text, in: 1...Self.day)
        }
        let what = kind.flatMap { readWhat($0, group) }
        let isInstant = ["clock-step", "retry-storm"].contains(kind)
        if kind != nil, !isInstant, group.field("for") == nil {
            log.add(group.place, "nothing says how long the fault lasts", "write for: 2m")
        }
        guard log.problemCount == before, let at, let what else { return nil }
        return FaultPlan.Fault(at: at, what: what, lasts: lasts ?? 0)
    }

    private mutating func readWhat(_ kind: String, _ group: FieldGroup) -> FaultPlan.What? {
        switch kind {
        case "node-loss": return place(.node, group).map { .audience(.dead, $0, factor: 1) }
        case "rack-loss": return place(.rack, group).map { .audience(.dead, $0, factor: 1) }
        case "region-loss": return place(.region, group).map { .audience(.dead, $0, factor: 1) }
        case "slow-node": return place(.node, group).map { .audience(.slowNode, $0, factor: factor(group)) }
        case "saturated-rack": return place(.rack, group).map { .audience(.saturated, $0, factor: factor(group)) }
        case "bad-payload":
            return .audience(.unknownStage, .everywhere, factor: Double(percent(group, standard: 100)) / 100)
        case "clock-step":
            let by = group.required("by", example: "-2s", log: &log)?.value(log: &log, read: Self.signed)
            return by.map { .clockStep($0) }
        case "slow-disk":
            let each = group.required("commit", example: "400ms", log: &log)?.value(log: &log) {
                text throws(TextFault) in
                try QuantityText.duration(text, in: 1...60_000)
            }
            return each.map { .slowDisk($0) }
        default:
            let event = group.required("event", example: events.first?.code ?? "", log: &log)?.value(log: &log) {
                [events] text throws(TextFault) in
                try Self.event(text, events)
            }
            let isGuided = group.value("guided", log: &log, read: WordText.truth) ?? false
            let percent = percent(group, standard: 30)
            return event.map { .retryStorm($0.id, percent: percent, isGuided: isGuided) }
        }
    }

    private enum Kind: String { case node, rack, region }

    private mutating func place(_ kind: Kind, _ group: FieldGroup) -> AudienceFault.Place? {
        let known: [String] = switch kind {
        case .node: nodes.map(\.id.rawValue)
        case .rack: racks
        case .region: regions
        }
        let name = group.required(kind.rawValue, example: known.first ?? "", log: &log)?.value(log: &log) {
            text throws(TextFault) in
            guard !known.contains(text) else { return text }
            throw TextFault(
                "there is no \(kind.rawValue) \(quoted(text)) in this audience", Self.remedy(for: text, known))
        }
        return name.map {
            switch kind {
            case .node: .node(NodeID($0))
            case .rack: .rack($0)
            case .region: .region($0)
            }
        }
    }

    /// What exists: the near miss, or the first and the last of many.
    private static func remedy(for text: String, _ known: [String]) -> String {
        if known.isEmpty { return "give the events an audience first, or use --audience" }
        if let near = nearest(to: text, in: known) { return "write \(near)" }
        if known.count <= 12 { return "write \(known.joined(separator: ", "))" }
        return "there are \(known.count), from \(known[0]) to \(known[known.count - 1])"
    }

    private mutating func factor(_ group: FieldGroup) -> Double {
        Double(
            group.value("factor", log: &log) { text throws(TextFault) in try QuantityText.whole(text, in: 1...1000) }
                ?? 20)
    }

    private mutating func percent(_ group: FieldGroup, standard: Int) -> Int {
        let share = group.value("share", log: &log) { text throws(TextFault) in try QuantityText.share(text) }
        return share.map { Int(($0 * 100).rounded()) } ?? standard
    }

    private static func signed(_ text: String) throws(TextFault) -> Milliseconds {
        guard let sign = text.first, sign == "+" || sign == "-" else {
            throw TextFault("\(quoted(text)) does not say which way the clock jumps", "write +2s or -2s")
        }
        return try QuantityText.duration(String(text.dropFirst()), in: 1...day) * (sign == "-" ? -1 : 1)
    }

    /// `in 30m`, a moment with its offset, or `XM1 live + 30s`.
    private static func moment(_ text: String, _ events: [LiveEvent]) throws(TextFault) -> FaultPlan.Moment {
        if text.hasPrefix("in ") {
            return .afterStart(try QuantityText.duration(String(text.dropFirst(3)), in: 0...7 * day))
        }
        if text.first?.isNumber == true, case .at(let at) = try StageTimeText.parse(text, zone: nil) { return .at(at) }
        let words = text.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count >= 2 else {
            throw TextFault(
                "\(quoted(text)) is no time",
                "write in 30m, 2026-12-25T18:00Z or \(events.first?.code ?? "FN12") live + 30s")
        }
        let event = try Self.event(words[0], events)
        guard let stage = event.stages.first(where: { $0.key.rawValue == words[1] }) else {
            let known = event.stages.map(\.key.rawValue)
            throw TextFault(
                "\(event.code) has no stage \(quoted(words[1]))",
                "write \(nearest(to: words[1], in: known) ?? known.joined(separator: ", "))")
        }
        let offset = words.count == 3 ? try signed(words[2].filter { $0 != " " }) : 0
        return .stage(event.id, stage.key, offset)
    }

    private static func event(_ name: String, _ events: [LiveEvent]) throws(TextFault) -> LiveEvent {
        if let event = events.first(where: { $0.id.rawValue == name || $0.code == name }) { return event }
        let known = events.map(\.code)
        throw TextFault("there is no event \(quoted(name)) in this schedule", "write \(known.joined(separator: ", "))")
    }
}

extension Array where Element: Hashable {
    /// Each element once, in order of first appearance.
    fileprivate var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
