/// A live event as far as it could be read, with the places its faults are reported at.
struct EventDraft {
    var file: String
    var place: TextPlace
    /// Nil if it could not be read.
    var id: EventID?
    var idPlace: TextPlace
    var code: String?
    var codePlace: TextPlace
    var stages: [StageDraft]
    /// Everything, if nothing of the event was wrong.
    var event: LiveEvent?
}

/// Reads one entry of `events:`.
enum EventReader {
    static let fields = [
        "id", "title", "code", "tier", "zone", "synopsis", "maturity", "locales", "audience", "waves", "stages",
    ]
    static let stagesMax = 64

    /// - Parameters:
    ///   - now: what the wall clock shows, to tell a start in the past.
    ///   - running: events whose show is under way; their past is no fault.
    static func read(_ node: YAMLNode, now: WallTime, running: Set<EventID>, log: inout ProblemLog) -> EventDraft? {
        let before = log.problemCount
        guard let group = FieldGroup(node, what: "event", known: fields, log: &log) else { return nil }
        let id = group.required("id", example: "fight-night", log: &log)?.value(log: &log) { text throws(TextFault) in
            EventID(try WordText.name(text, most: 64))
        }
        let title = group.required("title", example: "Fight Night 12", log: &log)?.value(log: &log) {
            text throws(TextFault) in
            try WordText.line(text, most: 80)
        }
        let tier = group.required("tier", example: "high", log: &log)?.value(log: &log) { text throws(TextFault) in
            try WordText.choice(text, what: "tier", from: Tier.self)
        }
        let writtenCode = group.value("code", log: &log, read: code)
        let zone = group.field("zone") == nil
            ? .utc : group.value("zone", log: &log) { text throws(TextFault) in try ScheduleZone(named: text) }
        let audience = group.field("audience").flatMap { AudienceReader.read($0.value, log: &log) }
        let traffic = group.field("audience").flatMap { TrafficReader.read($0.value, log: &log) }
        let waves = group.field("waves").flatMap { StageReader.readWaves($0.value, log: &log) }
        let metadata = TitleMetadataReader.read(group, log: &log)
        let (stages, isComplete) = readStages(group, zone: zone, waves: waves ?? .single, log: &log)
        let code = writtenCode ?? (group.field("code") == nil ? id.map(derivedCode) : nil)
        StageOrder(stages: stages, place: group.place, isComplete: isComplete).check(
            now: now, isRunning: id.map(running.contains) ?? false, log: &log)

        var draft = EventDraft(
            file: log.file, place: group.place, id: id, idPlace: group.field("id")?.value.place ?? group.place,
            code: code, codePlace: group.field("code")?.value.place ?? group.place, stages: stages)
        if log.problemCount == before, let id, let title, let code, let tier, let zone {
            draft.event = LiveEvent(
                id: id, title: title, code: code, tier: tier, zone: zone.name,
                stages: stages.compactMap(\.definition), audience: audience ?? AudienceProfile(), traffic: traffic,
                metadata: metadata)
        }
        return draft
    }

    private static func readStages(
        _ group: FieldGroup, zone: ScheduleZone?, waves: WavePlan, log: inout ProblemLog
    ) -> (stages: [StageDraft], isComplete: Bool) {
        guard let field = group.required("stages", example: "and a list of '- stage: live'", log: &log),
            let items = field.value.items(of: "stages", log: &log)
        else { return ([], false) }
        if items.count > stagesMax {
            log.add(items[stagesMax].place, "the event has \(items.count) stages", "write at most \(stagesMax)")
        }
        var stages: [StageDraft] = []
        for item in items.prefix(stagesMax) {
            if let stage = StageReader.read(item, zone: zone, waves: waves, log: &log) { stages.append(stage) }
        }
        return (stages, stages.count == items.count)
    }

    private static func code(_ text: String) throws(TextFault) -> String {
        let isCode = text.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) }
        guard isCode, (2...8).contains(text.utf8.count) else {
            throw TextFault("\(quoted(text)) is no code", "write 2 to 8 capital letters and digits, as FN12")
        }
        return text
    }

    /// The code of an event that gives none: `fight-night-12` is FN12, `tonight` is TONI.
    static func derivedCode(_ id: EventID) -> String {
        let words = id.rawValue.uppercased().split(separator: "-")
        let letters = words.map { words.count == 1 ? $0.prefix(4) : $0.allSatisfy(\.isNumber) ? $0 : $0.prefix(1) }
        let code = String(letters.joined().prefix(8))
        return code.count < 2 ? code + "1" : code
    }
}

/// Reads `audience:`, the modelled devices that follow an event.
enum AudienceReader {
    static func read(_ node: YAMLNode, log: inout ProblemLog) -> AudienceProfile? {
        let known = ["devices", "offline", "loss", "latency", "budget", "profile", "peak"]
        guard let group = FieldGroup(node, what: "audience", known: known, log: &log) else { return nil }
        var profile = AudienceProfile()
        let devices = group.required("devices", example: "10M", log: &log)?.value(log: &log) { text throws(TextFault) in
            try QuantityText.count(text, in: 0...AudienceProfile.devicesMax, of: "devices")
        }
        let offline = group.value("offline", log: &log) { text throws(TextFault) in try QuantityText.share(text) }
        let loss = group.value("loss", log: &log) { text throws(TextFault) in try QuantityText.share(text, atMost: 50) }
        let latency = group.value("latency", log: &log) { text throws(TextFault) in
            try QuantityText.duration(text, in: 1...10_000)
        }
        let budget = group.value("budget", log: &log) { text throws(TextFault) in
            try QuantityText.duration(text, in: 1000...600_000)
        }
        profile.devices = devices ?? 0
        profile.offlineShare = offline ?? profile.offlineShare
        profile.lossShare = loss ?? profile.lossShare
        profile.latencyMedian = latency ?? profile.latencyMedian
        profile.budget = budget ?? profile.budget
        return profile
    }
}
