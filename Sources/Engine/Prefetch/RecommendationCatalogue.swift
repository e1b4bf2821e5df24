/// The rows that stand around the live title, for every cohort: what a recommendations source delivers.
public struct RecommendationCatalogue: Hashable, Sendable {
    public var rows: [Row]

    /// A row of titles, and who is shown it when.
    public struct Row: Hashable, Sendable {
        public var row: String
        /// Place on the home screen, from 1.
        public var position: Int
        /// Only at stages of these kinds; empty: at all.
        public var stages: [StageKind] = []
        /// Only for these languages and regions; empty: for all.
        public var locales: [String] = []
        /// Only for these families or groups of them; empty: for all.
        public var families: [String] = []
        public var titles: [Title]

        /// Rows and titles of one catalogue at most; a catalogue with more is refused.
        public static let max = 40, titlesMax = 60
    }

    /// A title that is recommended.
    public struct Title: Hashable, Sendable {
        public var id: String
        public var title: String
        public var synopsis = ""
        public var badge = ""
        public var artwork = ""
        public var placeholder = ""
        public var link = ""
        /// Age in years from which it may be shown.
        public var maturity = 0
        public var translations: [TitleMetadata.Translation] = []
    }

    public init(rows: [Row] = []) { self.rows = rows }

    var titleCount: Int { rows.reduce(0) { $0 + $1.titles.count } }

    /// The rows for one cohort at one kind of stage, in order of position; a row that is left without a title is left
    /// out.
    func rows(for cohort: Cohort, at kind: StageKind?) -> [Row] {
        rows.compactMap { row in
            guard row.stages.isEmpty || kind.map(row.stages.contains) ?? false,
                row.locales.isEmpty || row.locales.contains(cohort.locale)
                    || row.locales.contains(Cohort.language(of: cohort.locale)),
                row.families.isEmpty || row.families.contains(cohort.family)
                    || row.families.contains(Cohort.group(of: cohort.family))
            else { return nil }
            var row = row
            row.titles = row.titles.filter { $0.maturity <= cohort.maturity }.map { $0.translated(to: cohort.locale) }
            return row.titles.isEmpty ? nil : row
        }
        .enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }.map(\.element)
    }

    /// What this catalogue tells cohorts by.
    func add(to axes: inout CohortAxes) {
        for row in rows {
            for locale in row.locales { axes.add(locale: locale) }
            for family in row.families { axes.add(family: family) }
            for title in row.titles {
                axes.add(maturity: title.maturity)
                for translation in title.translations { axes.add(locale: translation.locale) }
            }
        }
    }
}

extension RecommendationCatalogue.Title {
    fileprivate func translated(to locale: String) -> Self {
        guard !translations.isEmpty else { return self }
        var translated = self
        let words = translations.words(for: locale)
        translated.title = words.title ?? title
        translated.synopsis = words.synopsis ?? synopsis
        return translated
    }
}

/// Where recommendations come from. A file or an HTTP server; asked again and again by `RecommendationFeed`.
public protocol RecommendationSource: Sendable {
    /// What people call it: the path, or the URL without what may be secret in it.
    var name: String { get }
    /// The catalogue as it is now, YAML or JSON, at most `ScheduleFile.bytesMax`.
    /// - Throws: `RecommendationFault` with a sentence for the operator.
    func fetch() async throws(RecommendationFault) -> ScheduleFile
}

/// Why there are no fresh recommendations, in words for the operator.
public struct RecommendationFault: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
