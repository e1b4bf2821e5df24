/// The screens by the digit that opens them.
enum Screen: Int, Hashable, Sendable, CaseIterable {
    case fleet = 1
    case event = 2
    case fanOut = 3
    case lagging = 4
    case traffic = 5
    case prefetch = 7
    case history = 8
    case audit = 9

    var title: String {
        switch self {
        case .fleet: "Fleet"
        case .event: "Event"
        case .fanOut: "Fan-out"
        case .lagging: "Lagging"
        case .prefetch: "Prefetch"
        case .traffic: "Traffic"
        case .history: "History"
        case .audit: "Audit"
        }
    }

    /// For rows too narrow for the title.
    var shortTitle: String {
        switch self {
        case .fleet: "Fleet"
        case .event: "Evt"
        case .fanOut: "Fan"
        case .lagging: "Lag"
        case .prefetch: "Pre"
        case .traffic: "Traf"
        case .history: "Hist"
        case .audit: "Aud"
        }
    }
}
