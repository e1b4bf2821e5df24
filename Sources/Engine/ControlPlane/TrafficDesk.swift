/// What the control plane knows of the traffic: what operators have set, what the rules are, and the newest report.
struct TrafficDesk: Sendable {
    var steering = TrafficSteering()
    var rules = TrafficRules.standard
    /// Once a second from the admission; nil before the first, and in an engine that serves nothing.
    var report: TrafficReport?
    /// An edited rules file that can be adopted, or what is wrong with it.
    var offer: Offer?

    /// The newest forecast, while it is fresh.
    var forecast: KeptForecast?

    struct KeptForecast: Sendable {
        var at: EngineInstant
        /// Changes with every run of show.
        var revision: Int64
        var forecast: TrafficForecast
    }

    struct Offer: Hashable, Sendable {
        var rules: TrafficRules?
        var file: String
        var problems: [String]
    }

    /// Alerts: what the report says that somebody should act on.
    /// - Parameter labels: those that edge nodes have.
    func causes(now: WallTime, labels: Set<String>) -> [Alert] {
        var found: [Alert] = []
        func alert(_ id: AlertID, _ severity: Severity, _ text: String) {
            found.append(Alert(id: id, severity: severity, since: now, event: nil, text: text))
        }
        if let offer {
            alert("traffic/rules", offer.problems.isEmpty ? .info : .warn, offer.problems.first.map {
                    "The edited traffic rules are not adopted: \($0)\(offer.problems.count > 1 ? " (and \(offer.problems.count - 1) more)" : "")"
            } ?? "The traffic rules in \(offer.file) were edited and wait as a plan (:adopt-rules).")
        }
        for override in steering.overrides where override.until.since(now) <= TrafficSteering.warning {
            alert(AlertID("traffic/override/\(override.bucket.rawValue)"), .info,
                "The override of \(override.bucket.rawValue) by \(override.by) ends at \(override.until.clock())Z: set it again, or let the shedder decide."
            )
        }
        guard let report else { return found }
        for label in Set(report.nodes.map(\.label)).subtracting(labels).sorted() {
            alert(AlertID("traffic/label/\(label)"), .warn,
                "The rules send devices to edge nodes with the label \(label), and there is none: they are told the others. Start one (--edge HOST:PORT,label=\(label))."
            )
        }
        if let critical = report.buckets.first(where: { $0.bucket == .critical }), critical.refusedShare > 0 {
            alert("traffic/critical", .critical,
                "CRITICAL requests are refused: \(critical.refusedShare)% of \(Words.count(critical.offeredPerSecond))/s. Pull a lever (L on Traffic) or add capacity."
            )
        }
        if report.isCongested {
            alert(
                "traffic/congested", .critical,
                "Congestive failure: more is asked and less gets done. Pull a lever or refuse BULK (o on Traffic).")
        }
        for line in report.knockOn where line.isKnockedOn {
            alert(AlertID("traffic/knock-on/\(line.signal.name)"), .warn, knockOnWords(line, of: report))
        }
        if report.isRetryBudgetSpent {
            alert("traffic/retries", .warn,
                "\(report.retryShare)% of the requests are retries: clients are told to stay away for up to \(Words.duration(report.spreadMax))."
            )
        }
        return found
    }

    /// Names the rule to blame and what to do about it.
    private func knockOnWords(_ line: KnockOnReport, of report: TrafficReport) -> String {
        let ratio = line.ratio.map { "\($0 / 100).\($0 / 10 % 10)x what it was" } ?? "new"
        // What rose before a ruleset was on did not rise because of it.
        if let ruleset = report.active.first(where: { ruleset in line.since.map { ruleset.since <= $0 } ?? true }) {
            return
                "\(line.signal.name) is \(ratio) since ruleset \(ruleset.ruleset) switched on: knock-on? :relax \(ruleset.ruleset) opens the plan that lets go."
        }
        let shed =
            report.buckets.last { $0.refusedShare > 0 }.map { "since \($0.bucket.rawValue) is refused" }
            ?? "since levers are pulled"
        return "\(line.signal.name) is \(ratio) \(shed): knock-on? Override on Traffic (o)."
    }
}
