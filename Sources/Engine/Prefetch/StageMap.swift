import GraphQL

/// The stage map of one live event for one cohort: what to show at each stage, ready to be asked for in four shapes.
///
/// Plain data by the names of the device schema (`DeviceSchema.swift`), so the executor reads it as it stands and
/// nothing is decided on the device: it looks up the key of the stage on air, or takes `fallback` for a key it does not
/// find.
struct StageMap: Sendable {
    /// Changes when anything in it does: 16 hexadecimal digits.
    let version: String
    let value: Value
    /// About what it holds in memory.
    let bytes: Int

    /// - Parameter artworkRoot: what relative artwork paths are written behind: `https://images.example/`; may be
    ///   empty.
    init(of event: LineupEvent, for cohort: Cohort, catalogue: RecommendationCatalogue, artworkRoot: String) {
        var writer = StageMapWriter(event: event, cohort: cohort, catalogue: catalogue, artworkRoot: artworkRoot)
        var object = writer.map()
        let json = Value.object(object).json
        version = FNV1a.hash(json).hexadecimal
        object["version"] = .string(version)
        value = .object(object)
        // A value of a tree is about three times its text.
        bytes = json.count * 3 + 256
    }
}

/// Writes the four shapes of one map. Where the maturity of a cohort is below the event's, the map has no stage and its
/// fallback nothing of the event.
private struct StageMapWriter {
    let event: LineupEvent
    let cohort: Cohort
    let catalogue: RecommendationCatalogue
    let artworkRoot: String

    private var isVisible: Bool { (event.metadata?.maturity ?? 0) <= cohort.maturity }

    /// What is shown at one stage, or for the fallback at none.
    private struct Sight {
        var key: String
        var kind: StageKind?
        var shown: StageExperience
        var title: String
        var synopsis: String
        var link: String
    }

    mutating func map() -> ObjectValue {
        let sights = isVisible ? event.stages.map { sight(of: $0.experience, key: $0.key.rawValue, kind: $0.kind) } : []
        let fallback = fallbackSight()
        func shape(_ write: (Sight) -> Value) -> Value {
            .object(ObjectValue([("stages", .list(sights.map(write))), ("fallback", write(fallback))]))
        }
        let whom: Value = [
            "locale": .string(cohort.locale), "family": .string(cohort.family), "maturity": .int(cohort.maturity),
        ]
        return ObjectValue([
            ("event", .string(event.id.rawValue)), ("isVisible", .boolean(isVisible)),
            ("cohort", whom),
            ("homeRow", shape(homeRow)), ("titlePage", shape(titlePage)), ("player", shape(player)),
            ("minimal", shape(minimal)),
        ])
    }

    private func sight(of experience: StageExperience, key: String, kind: StageKind?) -> Sight {
        let shown = experience.shown(to: cohort)
        let words = event.metadata?.translations.words(for: cohort.locale)
        let title = !shown.title.isEmpty ? shown.title : words?.title ?? event.title
        let place = shown.autoplay ? "play" : "title"
        return Sight(
            key: key, kind: kind, shown: shown, title: title,
            synopsis: words?.synopsis ?? event.metadata?.synopsis ?? "",
            link: shown.link.isEmpty ? "app://\(place)/\(event.id)" : shown.link)
    }

    /// Calm and never wrong: the title where it stands first, without a badge, and nothing that plays by itself.
    private func fallbackSight() -> Sight {
        guard isVisible else {
            return Sight(key: "*", kind: nil, shown: StageExperience(), title: "", synopsis: "", link: "app://home")
        }
        var calm = event.stages.first?.experience.shown(to: cohort) ?? StageExperience()
        calm.badge = ""
        calm.autoplay = false
        calm.title = ""
        calm.link = ""
        return sight(of: calm, key: "*", kind: nil)
    }

    // MARK: Shapes

    private func homeRow(_ sight: Sight) -> Value {
        var object = common(sight)
        object["title"] = .string(sight.title)
        object["row"] = .string(sight.shown.row)
        object["position"] = .int(sight.shown.position)
        object["autoplay"] = .boolean(sight.shown.autoplay)
        object["rows"] = .list(rows(at: sight))
        return .object(object)
    }

    private func titlePage(_ sight: Sight) -> Value {
        var object = common(sight)
        object["title"] = .string(sight.title)
        object["synopsis"] = .string(sight.synopsis)
        object["maturity"] = .int(isVisible ? event.metadata?.maturity ?? 0 : 0)
        object["autoplay"] = .boolean(sight.shown.autoplay)
        return .object(object)
    }

    private func player(_ sight: Sight) -> Value {
        var object = common(sight)
        let action = switch sight.kind {
        case .live, .intermission, .ending: "PLAY"
        case .ended: "LEAVE"
        case .preShow, .countdown, nil: "WAIT"
        }
        object["action"] = .string(action)
        object["title"] = .string(sight.title)
        object["next"] = catalogue.rows(for: cohort, at: sight.kind).first?.titles.first.map(tile) ?? .null
        return .object(object)
    }

    private func minimal(_ sight: Sight) -> Value {
        var object = common(sight)
        object["text"] = .string(sight.shown.badge.isEmpty ? sight.title : "\(sight.shown.badge): \(sight.title)")
        return .object(object)
    }

    /// What every shape has.
    private func common(_ sight: Sight) -> ObjectValue {
        ObjectValue([
            ("key", .string(sight.key)), ("badge", sight.shown.badge.isEmpty ? .null : .string(sight.shown.badge)),
            ("artwork", artwork(sight.shown.artwork, sight.shown.placeholder)), ("link", .string(sight.link)),
        ])
    }

    // MARK: Rows

    /// The recommended rows with the live title put at the head of its own row, which is made if the catalogue has
    /// none.
    private func rows(at sight: Sight) -> [Value] {
        let recommended = catalogue.rows(for: cohort, at: sight.kind)
        var rows = recommended.map { (position: $0.position, name: $0.row, titles: $0.titles.map(tile)) }
        if isVisible, !sight.shown.row.isEmpty {
            let own: Value = .object(ObjectValue([
                    ("id", .string(event.id.rawValue)), ("title", .string(sight.title)),
                    ("synopsis", .string(sight.synopsis)),
                ("badge", sight.shown.badge.isEmpty ? .null : .string(sight.shown.badge)),
                    ("artwork", artwork(sight.shown.artwork, sight.shown.placeholder)), ("link", .string(sight.link)),
                    ("isLive", true),
            ]))
            if let index = rows.firstIndex(where: { $0.name == sight.shown.row }) {
                rows[index].titles.insert(own, at: 0)
                rows[index].position = sight.shown.position
                let row = rows.remove(at: index)
                rows.insert(row, at: place(of: row.position, in: rows.map(\.position)))
            } else {
                rows.insert(
                    (sight.shown.position, sight.shown.row, [own]),
                    at: place(of: sight.shown.position, in: rows.map(\.position)))
            }
        }
        return rows.map { row in
            .object(
                ObjectValue([
                    ("row", .string(row.name)), ("position", .int(row.position)), ("titles", .list(row.titles)),
                ]))
        }
    }

    /// Before every row that does not stand higher.
    private func place(of position: Int, in positions: [Int]) -> Int {
        positions.firstIndex { $0 >= position } ?? positions.count
    }

    private func tile(_ title: RecommendationCatalogue.Title) -> Value {
        .object(ObjectValue([
            ("id", .string(title.id)), ("title", .string(title.title)), ("synopsis", .string(title.synopsis)),
                ("badge", title.badge.isEmpty ? .null : .string(title.badge)),
                ("artwork", artwork(title.artwork, title.placeholder)),
            ("link", .string(title.link.isEmpty ? "app://title/\(title.id)" : title.link)), ("isLive", false),
        ]))
    }

    private func artwork(_ path: String, _ placeholder: String) -> Value {
        let url: Value = path.isEmpty ? .null : .string(path.hasPrefix("https://") ? path : artworkRoot + path)
        let isColour = placeholder.isEmpty || placeholder.count == 7 && placeholder.hasPrefix("#")
        return .object(ObjectValue([
            ("url", url), ("color", isColour ? .string(placeholder.isEmpty ? colour(of: path) : placeholder) : .null),
            ("blurhash", isColour ? .null : .string(placeholder)),
        ]))
    }

    /// A dark colour of the name's own, the same on every machine.
    private func colour(of name: String) -> String {
        let hash = SeededGenerator.mix(FNV1a.hash(name.utf8))
        let parts = (0..<3).map { 24 + (hash >> UInt64($0 * 8) & 0x3F) }
        return "#" + parts.map { String($0, radix: 16) }.map { $0.count == 1 ? "0" + $0 : $0 }.joined()
    }
}

extension LineupEvent {
    /// What this event tells cohorts by.
    func add(to axes: inout CohortAxes) {
        if let metadata {
            axes.add(maturity: metadata.maturity)
            for translation in metadata.translations { axes.add(locale: translation.locale) }
        }
        for change in stages.flatMap(\.experience.changes) {
            if let locale = change.locale { axes.add(locale: locale) }
            if let family = change.family { axes.add(family: family) }
        }
    }
}
