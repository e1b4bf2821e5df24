/// The devices that are shown the same: one language, one family, one maturity. A stage map is made once for all of
/// them.
public struct Cohort: Hashable, Sendable {
    /// `de`, `de-AT`; empty for every language that nothing is said about.
    public var locale: String
    /// `tv`, `tv/lgx 2019`; empty for every family that nothing is said about.
    public var family: String
    /// Age in years that the profile on the device is for.
    public var maturity: Int

    public init(locale: String = "", family: String = "", maturity: Int = Self.maturityMax) {
        self.locale = locale
        self.family = family
        self.maturity = maturity
    }

    /// Of a device that says nothing: everything may be shown.
    public static let maturityMax = 18

    static func language(of locale: String) -> String { String(locale.prefix { $0 != "-" }) }
    static func group(of family: String) -> String { String(family.prefix { $0 != "/" }) }
}

/// What there is to tell cohorts by, in schedule and recommendations: every other distinction a device makes is
/// forgotten here.
///
/// That is what bounds the number of cohorts, whatever devices send: `localesMax` x `familiesMax` x `maturitiesMax` at
/// most.
struct CohortAxes: Hashable, Sendable {
    private(set) var locales: [String] = []
    private(set) var families: [String] = []
    /// Ages at which something appears, rising.
    private(set) var maturities: [Int] = []

    /// Beyond these, further ones are shown what everyone is shown.
    static let localesMax = 64, familiesMax = 64, maturitiesMax = 19

    mutating func add(locale: String) {
        if locales.count < Self.localesMax, !locales.contains(locale) { locales.append(locale) }
    }

    mutating func add(family: String) {
        if families.count < Self.familiesMax, !families.contains(family) { families.append(family) }
    }

    mutating func add(maturity: Int) {
        guard maturity > 0, !maturities.contains(maturity), maturities.count < Self.maturitiesMax else { return }
        maturities.append(maturity)
        maturities.sort()
    }

    /// - Parameters:
    ///   - locale: a language tag, or what stands in `Accept-Language`: the first one that is known counts.
    ///   - family: as the device names it.
    func cohort(locale: String?, family: String?, maturity: Int?) -> Cohort {
        let age = maturity ?? Cohort.maturityMax
        return Cohort(
            locale: knownLocale(locale ?? ""), family: knownFamily(family ?? ""),
            // Between two thresholds everybody is shown the same.
            maturity: age >= (maturities.last ?? 0) ? Cohort.maturityMax : maturities.last { $0 <= age } ?? 0)
    }

    private func knownLocale(_ wanted: String) -> String {
        guard !wanted.isEmpty, !locales.isEmpty else { return "" }
        for part in wanted.split(separator: ",").prefix(10) {
            let tag = part.prefix { $0 != ";" }.filter { $0 != " " }
            let language = tag.prefix { $0 != "-" }.lowercased(), rest = tag.dropFirst(language.count)
            let spelled = language + rest.uppercased()
            if locales.contains(spelled) { return spelled }
            if locales.contains(language) { return language }
        }
        return ""
    }

    private func knownFamily(_ wanted: String) -> String {
        if families.contains(wanted) { return wanted }
        let group = Cohort.group(of: wanted)
        return families.contains(group) ? group : ""
    }
}
