/// Reads a catalogue of recommendations. Pure; YAML, and JSON as the YAML it nearly is. All faults at once, each with
/// line and column.
///
/// ```yaml
/// recommendations:
///   - row: Because you watched
///     position: 2
///     stages: [live]
///     titles:
///       - {id: ring-legends, title: Ring Legends, artwork: art/ring.jpg, maturity: 12}
/// ```
public enum RecommendationReader {
    private static let rowFields = ["row", "position", "stages", "locales", "families", "titles"]
    private static let titleFields = [
        "id", "title", "synopsis", "badge", "artwork", "placeholder", "link", "maturity", "locales",
    ]

    /// - Returns: the catalogue, or nil with every problem that was found.
    public static func read(_ file: ScheduleFile) -> (catalogue: RecommendationCatalogue?, problems: [ScheduleProblem])
    {
        var log = ProblemLog(file: file.name)
        let rows = readRows(file, log: &log)
        let problems = log.problems.sorted { ($0.line, $0.column, $0.what) < ($1.line, $1.column, $1.what) }
        return (log.problemCount == 0 ? RecommendationCatalogue(rows: rows) : nil, problems)
    }

    private static func readRows(_ file: ScheduleFile, log: inout ProblemLog) -> [RecommendationCatalogue.Row] {
        guard let text = ScheduleText.decode(file, log: &log), let root = YAMLNode.parse(text, log: &log),
            let group = FieldGroup(root, what: "catalogue", known: ["recommendations"], log: &log),
            let field = group.required(
                "recommendations", example: "and a list of '- row: Because you watched'", log: &log),
            let items = field.value.items(of: "recommendations", log: &log)
        else { return [] }
        if items.count > RecommendationCatalogue.Row.max {
            log.add(
                items[RecommendationCatalogue.Row.max].place, "there are \(items.count) rows",
                "write at most \(RecommendationCatalogue.Row.max)")
        }
        return items.prefix(RecommendationCatalogue.Row.max).compactMap { readRow($0, log: &log) }
    }

    private static func readRow(_ node: YAMLNode, log: inout ProblemLog) -> RecommendationCatalogue.Row? {
        guard let group = FieldGroup(node, what: "row", known: rowFields, log: &log) else { return nil }
        let name = group.required("row", example: "Because you watched", log: &log)?.value(log: &log) {
            text throws(TextFault) in
            try WordText.line(text, most: 40)
        }
        let position = group.value("position", log: &log) { text throws(TextFault) in
            try QuantityText.whole(text, in: 1...100)
        }
        let stages = list(group, "stages", log: &log) { text throws(TextFault) in
            try WordText.choice(text, what: "kind of stage", from: StageKind.self)
        }
        let locales = list(group, "locales", log: &log, read: PrefetchText.locale)
        let families = list(group, "families", log: &log, read: PrefetchText.family)
        guard
            let field = group.required(
                "titles", example: "and a list of '- {id: ring-legends, title: Ring Legends}'", log: &log),
            let items = field.value.items(of: "titles", log: &log), let name
        else { return nil }
        if items.count > RecommendationCatalogue.Row.titlesMax {
            log.add(
                field.place, "the row has \(items.count) titles",
                "write at most \(RecommendationCatalogue.Row.titlesMax)")
        }
        return RecommendationCatalogue.Row(
            row: name, position: position ?? 50, stages: stages, locales: locales, families: families,
            titles: items.prefix(RecommendationCatalogue.Row.titlesMax).compactMap { readTitle($0, log: &log) })
    }

    private static func readTitle(_ node: YAMLNode, log: inout ProblemLog) -> RecommendationCatalogue.Title? {
        guard let group = FieldGroup(node, what: "title", known: titleFields, log: &log) else { return nil }
        let id = group.required("id", example: "ring-legends", log: &log)?.value(log: &log) { text throws(TextFault) in
            try WordText.line(text, most: 64)
        }
        let title = group.required("title", example: "Ring Legends", log: &log)?.value(log: &log) {
            text throws(TextFault) in
            try WordText.line(text, most: 80)
        }
        var result = RecommendationCatalogue.Title(id: id ?? "", title: title ?? "")
        result.synopsis = group.value("synopsis", log: &log, read: PrefetchText.synopsis) ?? ""
        result.badge =
            group.value("badge", log: &log) { text throws(TextFault) in try WordText.line(text, most: 24) } ?? ""
        result.artwork = group.value("artwork", log: &log, read: PrefetchText.artwork) ?? ""
        result.placeholder = group.value("placeholder", log: &log, read: PrefetchText.placeholder) ?? ""
        result.link = group.value("link", log: &log, read: PrefetchText.link) ?? ""
        result.maturity = group.value("maturity", log: &log, read: PrefetchText.maturity) ?? 0
        result.translations = TitleMetadataReader.readTranslations(group.field("locales"), log: &log)
        return id == nil || title == nil ? nil : result
    }

    private static func list<Value>(
        _ group: FieldGroup, _ name: String, log: inout ProblemLog, read: (String) throws(TextFault) -> Value
    ) -> [Value] {
        guard let field = group.field(name), let items = field.value.items(of: name, log: &log) else { return [] }
        return items.compactMap { $0.value(of: name, log: &log, read: read) }
    }
}
