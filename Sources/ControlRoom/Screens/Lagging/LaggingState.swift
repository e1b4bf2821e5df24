import Engine

/// The Lagging screen between two frames: what is asked for, the newest answer, the cursor. The selected event is the
/// room's.
struct LaggingState: Hashable, Sendable {
    enum Pane: Hashable, Sendable {
        case rows, sample
    }

    private(set) var grouping = LagGrouping.cause
    private(set) var pane = Pane.rows
    /// The newest answer, and when it came.
    private(set) var report: LagReport?
    private(set) var reportAt: EngineInstant?
    /// Shows only devices that contain it, and only rows.
    var filter = ""
    /// What was asked for in words, and when the engine was last asked; nil once it has been said.
    private(set) var wanted: Wish?
    private(set) var rows = ListState<String>()
    private(set) var sample = ListState<String>()

    /// The engine asks its nodes every two seconds; a screen that looks every second sees each answer.
    static let lookEvery: Duration = .seconds(1)

    enum Wanted: Hashable, Sendable {
        /// Where this device stands.
        case device(String)
        /// Who is behind.
        case sentence
    }

    struct Wish: Hashable, Sendable {
        var topic: Topic
        var wanted: Wanted
        var askedAt: EngineInstant?
        var timesAsked = 0

        var query: LagQuery {
            switch wanted {
            case .device(let id): LagQuery(topic: topic, device: id, sampleMax: 0)
            case .sentence: LagQuery(topic: topic)
            }
        }
    }

    /// An answer that is not complete after so many questions is given as it is.
    static let questionsMax = 6

    mutating func want(_ wanted: Wanted, of topic: Topic) { self.wanted = Wish(topic: topic, wanted: wanted) }

    /// What to ask now for the sake of the wish; the nodes answer the first question a moment later, so it is asked
    /// again.
    func wantedQuery(now: EngineInstant) -> LagQuery? {
        guard let wanted, wanted.askedAt.map({ now - $0 >= .milliseconds(300) }) ?? true else { return nil }
        return wanted.query
    }

    mutating func noteAsked(now: EngineInstant) {
        wanted?.askedAt = now
        wanted?.timesAsked += 1
    }

    /// The wish in words, once this answer fulfils it.
    mutating func answer(_ report: LagReport) -> String? {
        guard let wish = wanted, report.query == wish.query else { return nil }
        let isComplete = report.nodesHeard == report.nodesAsked || report.device != nil
        guard isComplete || wish.timesAsked >= Self.questionsMax else { return nil }
        wanted = nil
        guard case .device(let id) = wish.wanted else { return LaggingModel.sentence(report) }
        return report.device.map(LaggingModel.sentence)
            ?? "No edge node knows a device \(id) of this event: modelled ones are d-0, d-1, and so on"
    }

    func query(_ topic: Topic) -> LagQuery { LagQuery(topic: topic, grouping: grouping) }

    func isDue(_ topic: Topic, now: EngineInstant) -> Bool {
        guard let reportAt, let report, report.query == query(topic) else { return true }
        return now - reportAt >= Self.lookEvery
    }

    /// The answer, if it is about this topic.
    func report(of topic: Topic?) -> LagReport? { report?.query.topic == topic ? report : nil }

    mutating func show(_ report: LagReport, now: EngineInstant) {
        self.report = report
        reportAt = now
    }

    /// `b`: the next of cause, region, node, family, build.
    mutating func regroup() {
        grouping = grouping.following
        rows = ListState()
        reportAt = nil
    }

    mutating func apply(_ motion: Motion, now: EngineInstant, page: Int) {
        guard let report else { return }
        switch (motion, pane) {
        case (.nextPane, _), (.previousPane, _): pane = pane == .rows ? .sample : .rows
        case (_, .rows): rows.move(motion, over: shownRows(report).map(\.name), page: page / 3, now: now)
        case (_, .sample): sample.move(motion, over: shownSample(report).map(\.id), page: page / 3, now: now)
        }
    }

    /// The edge node under the cursor: a row where they are grouped by node, or that of a device of the sample.
    func node(now: EngineInstant) -> NodeID? {
        guard let report else { return nil }
        if pane == .sample {
            let devices = shownSample(report), order = sample.arranged(devices.map(\.id), now: now)
            return sample.index(in: order).flatMap { place in devices.first { $0.id == order[place] }?.node }
        }
        guard report.query.grouping == .node else { return nil }
        let order = rows.arranged(shownRows(report).map(\.name), now: now)
        return rows.index(in: order).map { NodeID(order[$0]) }
    }

    func shownRows(_ report: LagReport) -> [LagReport.Row] { report.rows.filter { matches(filter, $0.name) } }

    func shownSample(_ report: LagReport) -> [LaggingDevice] {
        report.sample.filter {
            matches(
                filter, $0.id, $0.make.family.rawValue, $0.make.build.rawValue, $0.node.rawValue, $0.region,
                $0.cause?.rawValue)
        }
    }
}
