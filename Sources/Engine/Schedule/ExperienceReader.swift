import Foundation

/// Reads `experience:`, what a device shows while a stage is on air.
enum ExperienceReader {
    static let fields = ["badge", "row", "position", "artwork", "autoplay", "title", "placeholder", "link"]

    static func read(_ node: YAMLNode, log: inout ProblemLog) -> StageExperience? {
        let known = fields + ["locales", "families"]
        guard let group = FieldGroup(node, what: "experience", known: known, log: &log) else { return nil }
        let own = readChange(group, of: ExperienceChange(), log: &log)
        var experience = StageExperience(
            badge: own.badge ?? "", row: own.row ?? "", position: own.position ?? 1, artwork: own.artwork ?? "",
            autoplay: own.autoplay ?? false, title: own.title ?? "", placeholder: own.placeholder ?? "",
            link: own.link ?? "")
        for (name, read) in [("locales", PrefetchText.locale), ("families", PrefetchText.family)] {
            experience.changes += readChanges(group.field(name), kind: name, key: read, log: &log)
        }
        if experience.changes.count > ExperienceChange.max {
            log.add(
                group.place, "the experience has \(experience.changes.count) changes by locale and family",
                "write at most \(ExperienceChange.max)")
        }
        return experience
    }

    private static func readChanges(
        _ field: YAMLField?, kind: String, key: (String) throws(TextFault) -> String, log: inout ProblemLog
    ) -> [ExperienceChange] {
        guard let field else { return [] }
        guard case .fields(let entries) = field.value.content else {
            if case .refused = field.value.content { return [] }
            let example = kind == "locales" ? "de: {badge: JETZT LIVE}" : "tv: {artwork: art/wide.jpg}"
            log.add(field.value.place, "\(kind) is no group of fields", "write \(kind): {\(example)}")
            return []
        }
        return entries.compactMap { entry in
            do throws(TextFault) {
                let name = try key(entry.name)
                guard let group = FieldGroup(entry.value, what: "change of \(quoted(name))", known: fields, log: &log)
                else { return nil }
                let change = kind == "locales" ? ExperienceChange(locale: name) : ExperienceChange(family: name)
                return readChange(group, of: change, log: &log)
            } catch {
                log.add(entry.place, error)
                return nil
            }
        }
    }

    private static func readChange(_ group: FieldGroup, of change: ExperienceChange, log: inout ProblemLog)
        -> ExperienceChange
    {
        var change = change
        change.badge = group.value("badge", log: &log) { text throws(TextFault) in try WordText.line(text, most: 24) }
        change.row = group.value("row", log: &log) { text throws(TextFault) in try WordText.line(text, most: 40) }
        change.position = group.value("position", log: &log) { text throws(TextFault) in
            try QuantityText.whole(text, in: 1...100)
        }
        change.artwork = group.value("artwork", log: &log, read: PrefetchText.artwork)
        change.autoplay = group.value("autoplay", log: &log, read: WordText.truth)
        change.title = group.value("title", log: &log) { text throws(TextFault) in try WordText.line(text, most: 80) }
        change.placeholder = group.value("placeholder", log: &log, read: PrefetchText.placeholder)
        change.link = group.value("link", log: &log, read: PrefetchText.link)
        return change
    }
}

/// Reads what an event says for its title page: `synopsis`, `maturity`, `locales`.
enum TitleMetadataReader {
    /// - Returns: nil if the event says none of it.
    static func read(_ group: FieldGroup, log: inout ProblemLog) -> TitleMetadata? {
        guard ["synopsis", "maturity", "locales"].contains(where: { group.field($0) != nil }) else { return nil }
        return TitleMetadata(
            synopsis: group.value("synopsis", log: &log, read: PrefetchText.synopsis) ?? "",
            maturity: group.value("maturity", log: &log, read: PrefetchText.maturity) ?? 0,
            translations: readTranslations(group.field("locales"), log: &log))
    }

    /// `locales: {de: {title: Kampfabend, synopsis: …}}`
    static func readTranslations(_ field: YAMLField?, log: inout ProblemLog) -> [TitleMetadata.Translation] {
        guard let field else { return [] }
        guard case .fields(let entries) = field.value.content else {
            if case .refused = field.value.content { return [] }
            log.add(field.value.place, "locales is no group of fields", "write locales: {de: {title: Kampfabend}}")
            return []
        }
        if entries.count > CohortAxes.localesMax {
            log.add(field.place, "there are \(entries.count) locales", "write at most \(CohortAxes.localesMax)")
        }
        return entries.prefix(CohortAxes.localesMax).compactMap { entry in
            do throws(TextFault) {
                let locale = try PrefetchText.locale(entry.name)
                guard let words = FieldGroup(
                    entry.value, what: "translation into \(quoted(locale))", known: ["title", "synopsis"], log: &log)
                else { return nil }
                return TitleMetadata.Translation(
                    locale: locale,
                    title: words.value("title", log: &log) { text throws(TextFault) in try WordText.line(text, most: 80)
                    },
                    synopsis: words.value("synopsis", log: &log, read: PrefetchText.synopsis))
            } catch {
                log.add(entry.place, error)
                return nil
            }
        }
    }
}

/// The small notations of what devices fetch ahead.
enum PrefetchText {
    static func synopsis(_ text: String) throws(TextFault) -> String { try WordText.line(text, most: 300) }

    static func maturity(_ text: String) throws(TextFault) -> Int {
        try QuantityText.whole(text, in: 0...Cohort.maturityMax)
    }

    /// `de`, `de-AT`.
    static func locale(_ text: String) throws(TextFault) -> String {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let isLanguage = (2...3).contains(parts[0].count) && parts[0].allSatisfy { (97...122).contains($0) }
        let isRegion =
            parts.count == 1
            || parts.count == 2 && parts[1].count == 2 && parts[1].allSatisfy { (65...90).contains($0) }
        guard isLanguage, isRegion else {
            throw TextFault(
                "\(quoted(text)) is no locale", "write a language, or a language and a region, as de or de-AT")
        }
        return text
    }

    /// A family as devices name it, or the part before its slash for all of them.
    static func family(_ text: String) throws(TextFault) -> String {
        guard !text.isEmpty, text.utf8.count <= DeviceFamily.bytesMax,
            try WordText.line(text, most: DeviceFamily.bytesMax) == text
        else {
            throw TextFault(
                "\(quoted(text)) is no device family",
                "write at most \(DeviceFamily.bytesMax) bytes, as tv or tv/lgx 2019")
        }
        return text
    }

    /// A path inside the artwork root, or an https URL. Whoever opens the path must still refuse a link that leads out.
    static func artwork(_ text: String) throws(TextFault) -> String {
        let fault = TextFault(
            "artwork \(quoted(text)) may lead outside the artwork root",
            "write a relative path without '..', as art/live.jpg, or an https:// URL")
        guard try WordText.line(text, most: 200) == text, !text.contains(" ") else { throw fault }
        if text.hasPrefix("https://") {
            guard let first = text.dropFirst(8).first, first.isLetter || first.isNumber else { throw fault }
            return text
        }
        guard isInside(text) else { throw fault }
        return text
    }

    /// Whether a relative path leads nowhere but below where it starts, as far as its text says.
    static func isInside(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !path.contains(":") && !path.contains("\\") && !path.hasPrefix("~")
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    /// `#1b2a49`, or a BlurHash (https://github.com/woltapp/blurhash/blob/master/Algorithm.md), whose first digit says
    /// how long it is.
    static func placeholder(_ text: String) throws(TextFault) -> String {
        let bytes = Array(text.utf8)
        if bytes.count == 7, bytes[0] == UInt8(ascii: "#"), bytes.dropFirst().allSatisfy(isHexadecimal) {
            return text.lowercased()
        }
        if let first = bytes.first, let size = blurAlphabet.firstIndex(of: first),
            bytes.allSatisfy(blurAlphabet.contains)
        {
            let components = (size % 9 + 1) * (size / 9 + 1)
            if size < 81, bytes.count == 4 + 2 * components { return text }
        }
        throw TextFault("\(quoted(text)) is no placeholder", "write a colour as '#1b2a49', or a BlurHash")
    }

    /// `app://title/fn12`, `https://…`, `/title/fn12`: a scheme or a slash, no spaces, at most 200 characters.
    static func link(_ text: String) throws(TextFault) -> String {
        let fault = TextFault(
            "\(quoted(text)) is no deep link", "write it as app://title/fn12, https://… or /title/fn12")
        guard try WordText.line(text, most: 200) == text, !text.contains(" ") else { throw fault }
        if text.hasPrefix("/"), !text.hasPrefix("//") { return text }
        guard let end = text.range(of: "://")?.lowerBound, text.distance(from: text.startIndex, to: end) >= 2 else {
            throw fault
        }
        let scheme = text[..<end].utf8
        // What a browser would run or read from the disk is no link.
        guard scheme.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || "+-.".utf8.contains($0) }),
            !["javascript", "data", "file", "vbscript"].contains(String(text[..<end]))
        else { throw fault }
        return text
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }

    private static let blurAlphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~".utf8)
}
