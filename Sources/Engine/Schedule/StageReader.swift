/// A stage as far as it could be read, with the places its faults are reported at.
struct StageDraft {
    var key: StageKey
    var kind: StageKind
    var mode: StageMode
    /// Nil if it could not be read; the rules that compare times leave such a stage out.
    var time: StageTime?
    /// Of the value after `at:`, or of the stage where there is none.
    var timePlace: TextPlace
    var place: TextPlace
    /// Everything, if nothing of the stage was wrong.
    var definition: StageDefinition?
}

/// Reads one entry of `stages:`.
enum StageReader {
    static let fields = ["stage", "key", "at", "mode", "gates", "waves", "experience", "rehearsal"]
    static let gatesMax = 16

    /// - Parameters:
    ///   - zone: nil if the event's zone could not be read.
    ///   - waves: what the event says for stages that say nothing.
    /// - Returns: nil if not even the kind could be read.
    static func read(_ node: YAMLNode, zone: ScheduleZone?, waves: WavePlan, log: inout ProblemLog) -> StageDraft? {
        let before = log.problemCount
        guard let group = FieldGroup(node, what: "stage", known: fields, log: &log) else { return nil }
        let kind = group.required("stage", example: "live", log: &log)?.value(log: &log) { text throws(TextFault) in
            try WordText.choice(text, what: "kind of stage", from: StageKind.self)
        }
        let key = group.value("key", log: &log) { text throws(TextFault) in try WordText.name(text, most: 32) }
        let time = group.required("at", example: "on cue", log: &log)?.value(log: &log) { text throws(TextFault) in
            try StageTimeText.parse(text, zone: zone)
        }
        let written = group.value("mode", log: &log) { text throws(TextFault) in
            try WordText.choice(text, what: "mode", from: StageMode.self)
        }
        let ownWaves = group.field("waves").flatMap { readWaves($0.value, log: &log) }
        let gates = readGates(group.field("gates"), log: &log)
        let experience = group.field("experience").flatMap { ExperienceReader.read($0.value, log: &log) }
        let rehearsedAfter = group.value("rehearsal", log: &log) { text throws(TextFault) in
            try QuantityText.duration(text, in: 1000...StageTimeText.delayMax)
        }
        guard let kind else { return nil }

        let mode = written ?? (kind == .ending || time == .onCue ? .manual : .auto)
        checkMode(mode, isWritten: written != nil, of: kind, at: time, group, log: &log)
        var draft = StageDraft(
            key: key.map { StageKey($0) } ?? StageKey(kind.rawValue), kind: kind, mode: mode, time: time,
            timePlace: group.field("at")?.value.place ?? group.place, place: group.place)
        if log.problemCount == before, let time {
            draft.definition = StageDefinition(
                key: draft.key, kind: kind, mode: mode, time: time, gates: gates, waves: ownWaves ?? waves,
                experience: experience ?? StageExperience())
            draft.definition?.rehearsedAfter = rehearsedAfter
        }
        return draft
    }

    /// Whether the mode fits what the stage is and when it comes.
    private static func checkMode(
        _ mode: StageMode, isWritten: Bool, of kind: StageKind, at time: StageTime?, _ group: FieldGroup,
        log: inout ProblemLog
    ) {
        let place = group.field("mode")?.value.place ?? group.place, isAuto = isWritten && mode == .auto
        if time == .onCue, isAuto {
            log.add(place, "an AUTO stage cannot be on cue", "give it a time after at:, or write mode: manual")
        }
        if let field = group.field("rehearsal"), mode == .auto {
            log.add(
                field.value.place, "rehearsal: is for stages that wait for an operator, and this one fires by itself",
                    "leave it out, or write mode: manual")
        }
        if kind == .ending, let time, time != .onCue {
            log.note(
                place,
                isAuto
                    ? "ending is AUTO: it fires by itself, \(time.words)"
                    : "ending is MANUAL: its time (\(time.words)) is only a plan, mode: auto would make it fire")
        }
    }

    /// `waves: {canary: 50k, check: 800ms, count: 8, every: 2s}`
    static func readWaves(_ node: YAMLNode, log: inout ProblemLog) -> WavePlan? {
        let known = ["count", "every", "canary", "check"]
        guard let group = FieldGroup(node, what: "wave plan", known: known, log: &log) else { return nil }
        let canary = readCanary(group, log: &log)
        var count: Int? = 1
        if group.field("count") != nil || group.field("canary") == nil {
            let most = WavePlan.countMax - (group.field("canary") == nil ? 0 : 1)
            count = group.required("count", example: "8", log: &log)?.value(log: &log) { text throws(TextFault) in
                try QuantityText.whole(text, in: 1...most)
            }
        }
        let interval = group.value("every", log: &log) { text throws(TextFault) in
            try QuantityText.duration(text, in: 0...60_000)
        }
        guard let count else { return nil }
        if count > 1, group.field("every") == nil {
            log.add(group.place, "\(count) waves have no time between them", "write every: 2s")
        }
        return WavePlan(count: count, interval: interval ?? 0, canary: canary)
    }

    private static func readCanary(_ group: FieldGroup, log: inout ProblemLog) -> CanaryPlan? {
        let devices = group.value("canary", log: &log) { text throws(TextFault) in
            try QuantityText.count(text, in: 1...CanaryPlan.devicesMax, of: "devices")
        }
        let check = group.value("check", log: &log) { text throws(TextFault) in
            try QuantityText.duration(text, in: CanaryPlan.checkRange)
        }
        if group.field("check") != nil, group.field("canary") == nil {
            log.add(group.place, "check: judges a canary, and there is none", "write canary: 50k, or leave check: out")
        }
        return devices.map { CanaryPlan(devices: $0, check: check ?? CanaryPlan.checkUsual) }
    }

    private static func readGates(_ field: YAMLField?, log: inout ProblemLog) -> [Gate] {
        guard let field else { return [] }
        var gates: [Gate] = []
        for item in field.value.items(of: "gates", log: &log) ?? [] {
            guard let gate = readGate(item, log: &log) else { continue }
            if gates.contains(where: { $0.name == gate.name }) {
                log.add(item.place, "gate \(quoted(gate.name)) stands twice", "keep one of them")
            }
            gates.append(gate)
        }
        if gates.count > gatesMax {
            log.add(field.value.place, "the stage has \(gates.count) gates", "write at most \(gatesMax)")
        }
        return gates
    }

    /// A gate is one text, `go/no-go: ingest`; without quotes YAML makes a field of it, which means the same.
    private static func readGate(_ node: YAMLNode, log: inout ProblemLog) -> Gate? {
        if case .fields(let fields) = node.content, fields.count == 1, fields[0].name == "go/no-go" {
            return fields[0].value(log: &log, read: vote)
        }
        guard case .text = node.content else {
            if case .refused = node.content { return nil }
            log.add(node.place, "a gate is one text", "write 'go/no-go: ingest' or 'prefetch >= 95%'")
            return nil
        }
        return node.value(of: "gate", log: &log) { text throws(TextFault) in
            if text.hasPrefix("go/no-go:") {
                return try vote(String(text.dropFirst(9).drop { $0 == " " }))
            }
            let parts = text.split(separator: " ")
            if parts.first == "prefetch", parts.count == 3, parts[1] == ">=" {
                return .prefetch(atLeast: try QuantityText.share(String(parts[2])))
            }
            throw TextFault("\(quoted(text)) is no gate", "write 'go/no-go: ingest' or 'prefetch >= 95%'")
        }
    }

    private static func vote(_ name: String) throws(TextFault) -> Gate {
        guard !name.isEmpty, name != "prefetch" else {
            throw TextFault("the gate names nobody who votes", "write 'go/no-go: ingest'")
        }
        return .vote(try WordText.line(name, most: 24))
    }
}
