/// What a device shows while a stage is on air. Fetched ahead, looked up by stage key when the
/// broadcast arrives.
public struct StageExperience: Hashable, Codable, Sendable {
    /// Short text of the badge, at most 24 characters: `LIVE`. Empty means no badge.
    public var badge: String
    /// Name of the row the title stands in: `Live now`.
    public var row: String
    /// Place of that row on the home screen, from 1.
    public var position: Int
    /// Path or URL of the artwork, relative to the schedule's artwork root.
    public var artwork: String
    /// Whether a device on the title page goes to the player by itself.
    public var autoplay: Bool
    /// Title at this stage, where it differs from the event's; else empty.
    public var title: String
    /// What is painted until the artwork is there: `#rrggbb` or a BlurHash; empty: a colour made of the artwork's name.
    public var placeholder: String
    /// Where a press leads, as a deep link of the application; empty: to the title page, or the player where `autoplay`
    /// is set.
    public var link: String
    /// What other languages and device families are shown instead, in the order of the schedule.
    public var changes: [ExperienceChange]

    public init(
        badge: String = "", row: String = "", position: Int = 1, artwork: String = "", autoplay: Bool = false,
        title: String = "", placeholder: String = "", link: String = "", changes: [ExperienceChange] = []
    ) {
        self.badge = badge
        self.row = row
        self.position = position
        self.artwork = artwork
        self.autoplay = autoplay
        self.title = title
        self.placeholder = placeholder
        self.link = link
        self.changes = changes
    }

    /// Fields that older databases and rooms do not know may be absent.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        badge = try fields.decode(String.self, forKey: .badge)
        row = try fields.decode(String.self, forKey: .row)
        position = try fields.decode(Int.self, forKey: .position)
        artwork = try fields.decode(String.self, forKey: .artwork)
        autoplay = try fields.decode(Bool.self, forKey: .autoplay)
        title = try fields.decodeIfPresent(String.self, forKey: .title) ?? ""
        placeholder = try fields.decodeIfPresent(String.self, forKey: .placeholder) ?? ""
        link = try fields.decodeIfPresent(String.self, forKey: .link) ?? ""
        changes = try fields.decodeIfPresent([ExperienceChange].self, forKey: .changes) ?? []
    }

    /// The experience for one cohort: what is said for the language, then the region's language, then the group of the
    /// family (`tv`), then the family (`tv/lgx 2019`), each in the place of what came before.
    func shown(to cohort: Cohort) -> StageExperience {
        guard !changes.isEmpty else { return self }
        var shown = self
        for change in changes where change.language.map({ Cohort.language(of: cohort.locale) == $0 }) ?? false {
            change.apply(to: &shown)
        }
        for change in changes where change.locale.map({ cohort.locale == $0 && $0.contains("-") }) ?? false {
            change.apply(to: &shown)
        }
        for change in changes where change.group.map({ Cohort.group(of: cohort.family) == $0 }) ?? false {
            change.apply(to: &shown)
        }
        for change in changes where change.family.map({ cohort.family == $0 && $0.contains("/") }) ?? false {
            change.apply(to: &shown)
        }
        shown.changes = []
        return shown
    }
}

/// What is different for one language or one device family; what is nil stays as it is for everyone.
public struct ExperienceChange: Hashable, Codable, Sendable {
    /// `de`, `de-AT`; nil for a change of a family.
    public var locale: String?
    /// `tv`, `tv/lgx 2019`; nil for a change of a language.
    public var family: String?
    public var badge: String?
    public var row: String?
    public var position: Int?
    public var artwork: String?
    public var autoplay: Bool?
    public var title: String?
    public var placeholder: String?
    public var link: String?

    /// Most changes of one stage, languages and families together.
    public static let max = 64

    public init(locale: String? = nil, family: String? = nil) {
        self.locale = locale
        self.family = family
    }

    /// The locale, if it names a language and no region.
    fileprivate var language: String? { locale.flatMap { $0.contains("-") ? nil : $0 } }
    /// The family, if it names a group of families.
    fileprivate var group: String? { family.flatMap { $0.contains("/") ? nil : $0 } }

    fileprivate func apply(to experience: inout StageExperience) {
        experience.badge = badge ?? experience.badge
        experience.row = row ?? experience.row
        experience.position = position ?? experience.position
        experience.artwork = artwork ?? experience.artwork
        experience.autoplay = autoplay ?? experience.autoplay
        experience.title = title ?? experience.title
        experience.placeholder = placeholder ?? experience.placeholder
        experience.link = link ?? experience.link
    }
}

/// What a title page says of a live event beside its title, and from which age on it is shown.
public struct TitleMetadata: Hashable, Codable, Sendable {
    /// One paragraph, at most 300 characters; may be empty.
    public var synopsis: String
    /// Age in years from which the event may be shown, 0...18.
    public var maturity: Int
    /// Title and synopsis in other languages, in the order of the schedule.
    public var translations: [Translation]

    /// The words of a stage in one language; nil: those of the stage itself.
    public struct Translation: Hashable, Codable, Sendable {
        /// `de`, `de-AT`.
        public var locale: String
        public var title: String?
        public var synopsis: String?

        public init(locale: String, title: String? = nil, synopsis: String? = nil) {
            self.locale = locale
            self.title = title
            self.synopsis = synopsis
        }
    }

    public init(synopsis: String = "", maturity: Int = 0, translations: [Translation] = []) {
        self.synopsis = synopsis
        self.maturity = maturity
        self.translations = translations
    }
}

extension [TitleMetadata.Translation] {
    /// The title and synopsis for a locale: of its region where there is one, else of its language; nil where neither
    /// says any.
    func words(for locale: String) -> (title: String?, synopsis: String?) {
        let exact = first { $0.locale == locale }, language = first { $0.locale == Cohort.language(of: locale) }
        return (exact?.title ?? language?.title, exact?.synopsis ?? language?.synopsis)
    }
}
