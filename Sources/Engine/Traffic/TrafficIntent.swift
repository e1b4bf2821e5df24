/// What an operator wants of the traffic. All of it is G2 with a reason, ends by itself after
/// `TrafficSteering.lifetime` and can be taken back before; refusing CRITICAL takes a second operator.
public enum TrafficIntent: Hashable, Codable, Sendable {
    /// Admit so many per cent of a bucket whatever the utilisation; nil leaves it to the shedder again.
    case override(PriorityBucket, kept: Int?)
    case pull(DegradationLever)
    case letGo(DegradationLever)
    /// Keep a ruleset off, because of what it knocks on.
    case relax(String)
    /// Leave it to its triggers again.
    case restore(String)
    /// Make the edited rules file the rules.
    case adoptRules

    /// `OVERRIDE BULK: keep 1%`
    var title: String {
        switch self {
        case .override(let bucket, let kept?): "OVERRIDE \(bucket.rawValue): keep \(kept)%"
        case .override(let bucket, nil): "OVERRIDE \(bucket.rawValue): back to automatic"
        case .pull(let lever): "LEVER on: \(lever.effect)"
        case .letGo(let lever): "LEVER off: \(lever.effect)"
        case .relax(let name): "RELAX ruleset \(name)"
        case .restore(let name): "RESTORE ruleset \(name)"
        case .adoptRules: "Adopt the edited traffic rules"
        }
    }

    /// Whether it makes the service refuse what people came for.
    var refusesCritical: Bool {
        if case .override(.critical, let kept?) = self { kept < 100 } else { false }
    }

    /// Whether a reason must be given: for what somebody will ask about later.
    var needsWhy: Bool {
        switch self {
        case .override(_, .some), .pull, .relax: true
        case .override(_, nil), .letGo, .restore, .adoptRules: false
        }
    }
}
