/// Writes the lines of a `ScheduleDifference`, event by event.
struct DifferenceLines {
    private(set) var changes: [PlanChange] = []
    private(set) var problems: [String] = []

    mutating func added(_ event: LiveEvent) {
        changes.append(
            PlanChange(
                mark: .added, what: "event \(event.id)", after: event.title, note: "\(event.stages.count) stages"))
        for stage in event.stages { add(stage, of: event) }
    }

    mutating func removed(_ run: RunOfShow) {
        changes.append(PlanChange(mark: .removed, what: "event \(run.id)", before: run.event.title))
        guard let current = run.current else { return }
        problems.append(
            "\(run.id) is on air (\(current)) and stands in no schedule file any more: put it back, or take it to its end first."
        )
    }

    mutating func compare(_ run: RunOfShow, with event: LiveEvent) {
        guard run.event != event else { return }
        guard !run.isOver else {
            changes.append(
                PlanChange(
                    mark: .added, what: "event \(event.id)", after: event.title,
                    note: "edition \(run.edition + 1), the one before is over"))
            for stage in event.stages { add(stage, of: event) }
            return
        }
        checkPast(of: run, with: event)
        compareFields(run.event, event)
        let old = StageTable(run), new = StageTable(run, proposed: event)
        let shifted = plannedMoves(old, new)
        for stage in event.stages {
            guard let before = old[stage.key], let after = new[stage.key] else {
                add(stage, of: event)
                continue
            }
            compareTime(before, after, shift: shifted[stage.key], code: event.code)
            compareContent(before.definition, after.definition, code: event.code)
        }
        for stage in run.event.stages where new[stage.key] == nil {
            guard let before = old[stage.key] else { continue }
            changes.append(
                PlanChange(
                    mark: .removed, what: "\(event.code) \(stage.key)",
                    before: before.progress.time.words(withDate: true)))
        }
        let kept = run.event.stages.map(\.key).filter { new[$0] != nil }
        let ordered = event.stages.map(\.key).filter { old[$0] != nil }
        if kept != ordered {
            line("\(event.code) order", list(kept), list(ordered))
        }
    }

    /// What has happened stays as it happened.
    private mutating func checkPast(of run: RunOfShow, with event: LiveEvent) {
        let past = zip(run.event.stages, run.progress).filter { $1.outcome != .upcoming || $0.key == run.current }.map(
            \.0)
        guard !past.isEmpty else { return }
        for stage in past {
            guard let proposed = event.stages.first(where: { $0.key == stage.key }) else {
                problems.append(
                    "Stage \(stage.key) of \(event.id) was already taken and is missing in the file: put it back.")
                continue
            }
            if proposed.time != stage.time {
                problems.append(
                    "Stage \(stage.key) of \(event.id) was already taken and cannot move: restore its time, \(stage.time.words(withDate: true))."
                )
            }
            if proposed.kind != stage.kind {
                problems.append(
                    "Stage \(stage.key) of \(event.id) was already taken: restore its kind, \(stage.kind.rawValue).")
            }
        }
        let pastKeys = past.map(\.key).filter { key in event.stages.contains { $0.key == key } }
        guard Array(event.stages.map(\.key).prefix(pastKeys.count)) != pastKeys else { return }
        problems.append(
            "The stages of \(event.id) that were already taken (\(list(past.map(\.key)))) must come first and in this order: "
                + "move new stages below them.")
    }

    private mutating func compareFields(_ old: LiveEvent, _ new: LiveEvent) {
        line("\(new.code) title", old.title, new.title)
        line("\(new.code) code", old.code, new.code)
        line("\(new.code) tier", old.tier.rawValue, new.tier.rawValue)
        line("\(new.code) zone", old.zone, new.zone, note: "moments stay as the file now gives them")
        line("\(new.code) audience", old.audience.words, new.audience.words)
        line("\(new.code) traffic", old.traffic?.words ?? "as its tier", new.traffic?.words ?? "as its tier")
        line(
            "\(new.code) title page", old.metadata.words, new.metadata.words,
            note: "devices that prefetched keep the old one")
    }

    /// How far each stage of the new plan moves, of those whose moments both plans tell; 0 left out.
    private func plannedMoves(_ old: StageTable, _ new: StageTable) -> [StageKey: Milliseconds] {
        let before = old.plannedMoments(), after = new.plannedMoments()
        return after.reduce(into: [:]) { moves, entry in
            guard let was = before[entry.key], was != entry.value else { return }
            moves[entry.key] = entry.value.since(was)
        }
    }

    private mutating func compareTime(
        _ before: StageTable.Entry, _ after: StageTable.Entry, shift: Milliseconds?, code: String
    ) {
        let old = before.progress, new = after.progress
        let what = "\(code) \(after.definition.key)"
        let mode = old.mode == new.mode
            ? "\(new.mode.rawValue.uppercased()) kept"
            : "\(old.mode.rawValue.uppercased()) -> \(new.mode.rawValue.uppercased())"
        if old.time != new.time {
            let withDate = old.time.day != new.time.day
            let overrides = old.time != before.definition.time ? ", replaces an operator's move" : ""
            changes.append(
                PlanChange(
                    mark: .changed, what: what, before: old.time.words(withDate: withDate),
                    after: new.time.words(withDate: withDate),
                    delta: deltaWords(shift ?? StageTime.shift(old.time, new.time)), note: mode + overrides))
        } else if let shift, case .after(let other, _) = new.time, new.outcome == .upcoming {
            changes.append(
                PlanChange(
                    mark: .changed, what: what, before: old.time.words, after: new.time.words, delta: deltaWords(shift),
                    note: "moves with \(other)"))
        } else if old.mode != new.mode {
            line("\(what) mode", old.mode.rawValue.uppercased(), new.mode.rawValue.uppercased())
        }
    }

    private mutating func compareContent(_ old: StageDefinition, _ new: StageDefinition, code: String) {
        let what = "\(code) \(new.key)"
        if old.kind != new.kind { line("\(what) kind", old.kind.rawValue, new.kind.rawValue) }
        line("\(what) gates", old.gates.words, new.gates.words)
        line("\(what) waves", old.waves.words, new.waves.words)
        func rehearsed(_ stage: StageDefinition) -> String {
            stage.rehearsedAfter.map { "after \(Words.duration($0))" } ?? "as planned"
        }
        line("\(what) rehearsal", rehearsed(old), rehearsed(new))
        line(
            "\(what) experience", old.experience.words, new.experience.words,
            note: "devices that prefetched keep the old one")
    }

    private mutating func add(_ stage: StageDefinition, of event: LiveEvent) {
        changes.append(
            PlanChange(
                mark: .added, what: "\(event.code) \(stage.key)", after: stage.time.words(withDate: true),
                note: stage.mode.rawValue.uppercased()))
    }

    private mutating func line(_ what: String, _ before: String, _ after: String, note: String = "") {
        guard before != after else { return }
        changes.append(PlanChange(mark: .changed, what: what, before: before, after: after, note: note))
    }
}

/// The stages of a run of show by key, as they stand or as a proposed schedule would have them.
private struct StageTable {
    struct Entry {
        var definition: StageDefinition
        var progress: StageProgress
    }
    private var entries: [StageKey: Entry] = [:]
    private let keys: [StageKey]
    private let startedAt: WallTime

    init(_ run: RunOfShow) {
        keys = run.event.stages.map(\.key)
        startedAt = run.startedAt
        for (definition, progress) in zip(run.event.stages, run.progress) {
            entries[definition.key] = Entry(definition: definition, progress: progress)
        }
    }

    init(_ run: RunOfShow, proposed event: LiveEvent) {
        let old = StageTable(run)
        keys = event.stages.map(\.key)
        startedAt = run.startedAt
        for stage in event.stages {
            let before = old[stage.key]
            let progress = before.map { $0.progress.adopting(stage, over: $0.definition) }
                ?? StageProgress(mode: stage.mode, time: stage.time)
            entries[stage.key] = Entry(definition: stage, progress: progress)
        }
    }

    subscript(key: StageKey) -> Entry? { entries[key] }

    /// When each stage starts or started, of those whose moment the plan tells.
    func plannedMoments() -> [StageKey: WallTime] {
        var moments: [StageKey: WallTime] = [:]
        for key in keys {
            guard let progress = entries[key]?.progress else { continue }
            if case .taken(let moment, _) = progress.outcome {
                moments[key] = moment
                continue
            }
            switch progress.time {
            case .at(let moment): moments[key] = moment
            case .afterStart(let delay): moments[key] = startedAt + delay
            case .after(let other, let delay): moments[key] = moments[other].map { $0 + delay }
            case .onCue: break
            }
        }
        return moments
    }
}

extension StageTime {
    /// The day of a moment; nil for every other kind of time.
    fileprivate var day: Int64? {
        if case .at(let moment) = self { moment.milliseconds.floorDivided(by: 86_400_000) } else { nil }
    }

    /// How far one moves to the other where the two texts alone tell it, else 0.
    fileprivate static func shift(_ old: StageTime, _ new: StageTime) -> Milliseconds {
        switch (old, new) {
        case (.after(let one, let before), .after(let other, let after)) where one == other: after - before
        default: 0
        }
    }
}

extension AudienceProfile {
    /// `10000000 devices, 4% offline, 1% loss, 120 ms, budget 1 min`
    fileprivate var words: String {
        "\(devices) devices, \(percent(offlineShare)) offline, \(percent(lossShare)) loss, "
            + "\(durationWords(latencyMedian)), budget \(durationWords(budget))"
    }
}

extension [Gate] {
    fileprivate var words: String {
        isEmpty ? "none" : map { gate in
            switch gate {
            case .vote(let name): "go/no-go \(name)"
            case .prefetch(let share): "prefetch >= \(percent(share))"
            }
        }.joined(separator: ", ")
    }
}

extension WavePlan {
    fileprivate var words: String {
        let first = canary.map { "canary of \($0.devices), judged after \(durationWords($0.check)), then " } ?? ""
        return first + (count == 1 ? "at once" : "\(count), one every \(durationWords(interval))")
    }
}

extension StageExperience {
    fileprivate var words: String {
        var parts = [title, badge, row, "position \(position)", artwork, placeholder, autoplay ? "autoplay" : "", link]
        parts += changes.map(\.words)
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}

extension TitleMetadata? {
    fileprivate var words: String {
        guard let self else { return "nothing said" }
        let translations = self.translations.map {
            [$0.locale + ":", $0.title, $0.synopsis].compactMap { $0 }.joined(separator: " ")
        }
        return (["from \(self.maturity) years", self.synopsis] + translations).filter { !$0.isEmpty }.joined(
            separator: ", ")
    }
}

extension ExperienceChange {
    /// `de: JETZT LIVE, Jetzt live`
    fileprivate var words: String {
        let parts: [String?] = [
            title, badge, row, position.map { "position \($0)" }, artwork, placeholder,
            autoplay.map { $0 ? "autoplay" : "no autoplay" }, link,
        ]
        return "\(locale ?? family ?? ""): " + parts.compactMap { $0 }.joined(separator: ", ")
    }
}

/// `4%`, `0.5%`: shares in schedules have at most three decimals.
private func percent(_ share: Double) -> String {
    let thousandths = Int64((share * 100_000).rounded())
    guard thousandths % 1000 != 0 else { return "\(thousandths / 1000)%" }
    var decimals = padded(thousandths % 1000, 3)
    while decimals.hasSuffix("0") { decimals.removeLast() }
    return "\(thousandths / 1000).\(decimals)%"
}

private func list(_ keys: [StageKey]) -> String { keys.map(\.rawValue).joined(separator: ", ") }
