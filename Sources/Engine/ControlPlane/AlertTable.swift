import OrderedCollections

/// The alerts that stand, each as long as its cause.
///
/// Told the whole list of causes each time: what is new gets its moment, what stays keeps moment and
/// acknowledgement, what is gone is forgotten. Bounded by `max`, the least urgent are left out and counted in the last
/// line.
struct AlertTable: Sendable {
    static let max = 100
    private var alerts: OrderedDictionary<AlertID, Alert> = [:]

    mutating func refresh(_ causes: [Alert]) {
        var next: OrderedDictionary<AlertID, Alert> = [:]
        for var cause in causes {
            if let standing = alerts[cause.id], standing.severity >= cause.severity {
                cause.since = standing.since
                cause.acknowledgedBy = standing.acknowledgedBy
            }
            next[cause.id] = cause
        }
        alerts = next
    }

    mutating func acknowledge(_ id: AlertID, by name: String) -> Alert? {
        alerts[id]?.acknowledgedBy = name
        return alerts[id]
    }

    /// Worst first, then newest first.
    var sorted: [Alert] {
        let all = alerts.values.sorted {
            ($1.severity, $1.since, $0.id.rawValue) < ($0.severity, $0.since, $1.id.rawValue)
        }
        guard all.count > Self.max else { return all }
        let left = all.count - Self.max + 1
        let fold = Alert(
            id: "alerts/folded", severity: .warn, since: all[Self.max - 1].since, event: nil,
            text: "\(left) more alerts are not shown: mend the worst first")
        return all.prefix(Self.max - 1) + [fold]
    }
}
