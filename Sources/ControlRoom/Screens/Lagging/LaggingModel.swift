import Engine

/// What the Lagging screen says: headline, tables, catch-up, suggestions.
enum LaggingModel {
    /// `1.12 M of 100.41 M (1.1%)`
    static func headline(_ report: LagReport) -> String {
        let connected = report.ledger.connected
        return
            "\(Wording.tally(report.devices)) of \(Wording.tally(connected)) (\(Format.percent(report.devices, of: connected)))"
    }

    static func causeWords(_ cause: LagCause) -> String {
        switch cause {
        case .dropped: "dropped mid-flight, owed"
        case .queue: "edge queue saturated"
        case .client: "slow client"
        case .network: "network, retrying"
        case .unknownStage: "does not know the stage"
        case .unknown: "unknown"
        }
    }

    static func name(_ row: LagReport.Row, _ grouping: LagGrouping) -> String {
        grouping == .cause ? LagCause(rawValue: row.name).map(causeWords) ?? row.name : row.name
    }

    static func drain(_ row: LagReport.Row, _ grouping: LagGrouping) -> TableCell {
        if grouping == .cause, row.name == LagCause.dropped.rawValue { return TableCell("reconnect", .dim) }
        if grouping == .cause, row.name == LagCause.unknownStage.rawValue { return TableCell("never", .critical) }
        if row.trend.count < 4 { return TableCell("-", .dim) }
        return row.drainsIn.map { TableCell(Format.duration($0)) } ?? TableCell("never", .warn)
    }

    static func table(_ report: LagReport, width: Int, glyphs: GlyphSet) -> Table<LagReport.Row> {
        let grouping = report.query.grouping
        func share(_ percent: Int?) -> TableCell { percent.map { TableCell("\($0)%") } ?? TableCell("-", .dim) }
        return Table([
            Column(grouping.rawValue.uppercased(), 22, grows: true) { TableCell(name($0, grouping)) },
            Column("DEVICES", 9, .right) { TableCell(Wording.tally($0.devices), .bold) },
            Column("SHARE", 6, priority: 1, .right) { TableCell(Format.percent($0.devices, of: report.devices)) },
            Column("OLDEST", 7, .right) { TableCell(Format.duration($0.oldest)) },
                Column("TREND 60 s", 10, priority: 4) {
                    TableCell(Sparkline.text(Array($0.trend.suffix(10)), width: 10, glyphs: glyphs), .dim)
                },
            Column("QUEUE", 6, priority: 2, .right) { share($0.queue) },
            Column("NETWORK", 7, priority: 2, .right) { share($0.network) },
            Column("CLIENT", 6, priority: 2, .right) { share($0.client) },
            Column("DRAINS IN", 9, priority: 1, .right) { drain($0, grouping) },
        ], fitting: width)
    }

    static func sampleTable(width: Int) -> Table<LaggingDevice> {
        Table([
            Column("DEVICE", 12, grows: true) { TableCell($0.id) },
            Column("FAMILY", 14, priority: 1) { TableCell($0.make.family.rawValue) },
            Column("BUILD", 8, priority: 3) { TableCell($0.make.build.rawValue) },
            Column("NODE", 18, priority: 2) { TableCell($0.node.rawValue) },
            Column("KIND", 8, priority: 5) { TableCell($0.kind.rawValue, $0.kind == .real ? .bold : .plain) },
                Column("STATE", 12) {
                    TableCell($0.isConnected ? lineWords($0.line) : "offline", $0.isConnected ? .plain : .dim)
                },
            Column("CAUSE", 13, priority: 2) { TableCell($0.cause?.rawValue ?? "-") },
            Column("HAS", 5, priority: 4, .right) { TableCell("\($0.applied)") },
            Column("LAG", 7, .right) { TableCell(Format.duration($0.lag)) },
            Column("TRIES", 5, priority: 4, .right) { TableCell("\($0.tries)") },
        ], fitting: width)
    }

    /// Modelled devices name their line as the code does.
    private static func lineWords(_ line: String) -> String {
        switch DeliveryLine(rawValue: line) {
        case .notSent: "not sent"
        case .unknownStage: "unknown"
        case .caughtUp: "caught up"
        default: line
        }
    }

    /// Of the devices that were offline when the broadcast began.
    static func catchUp(_ report: LagReport) -> [[Fact]] {
        let ledger = report.ledger
        return [
            [Fact("offline at the start", Wording.tally(ledger.offline))],
            [
                Fact("caught up", Wording.tally(ledger.caughtUp)),
                Fact("", Format.percent(ledger.caughtUp, of: ledger.offline), .bold),
            ],
            [Fact("still owed", Wording.tally(ledger.owed))],
            [Fact("expired", Wording.tally(ledger.expired), ledger.expired > 0 ? .warn : .plain)],
            [Fact("joined since", Wording.tally(ledger.joined))],
        ]
    }

    /// What an operator may do about it, most devices first. Each key opens a plan; nothing runs from here.
    ///
    /// - Parameter node: the edge node under the cursor.
    static func suggestions(_ report: LagReport, node: NodeSnapshot?) -> [TableCell] {
        if let node, report.query.grouping == .node, let row = report.rows.first(where: { $0.name == node.id.rawValue })
        {
            return [suggestion(row, of: node)]
        }
        var sums: [LagCause: Int] = [:]
        if report.query.grouping == .cause {
            for row in report.rows { if let cause = LagCause(rawValue: row.name) { sums[cause] = row.devices } }
        }
        func count(_ cause: LagCause) -> String { Wording.tally(sums[cause] ?? 0) }
        var lines: [TableCell] = []
        if sums[.unknownStage] ?? 0 > 0 {
            lines.append(
                TableCell(
                    "R  go back to a stage that devices know: \(count(.unknownStage)) do not know this one", .critical))
        }
        if sums[.network] ?? 0 > 0 {
            lines.append(TableCell("r  retry un-acked: \(count(.network)) devices lost a message or its ack"))
        }
        if sums[.queue] ?? 0 > 0 {
            lines.append(TableCell("b  group by node: \(count(.queue)) devices wait in their node's queue"))
        }
        if sums[.client] ?? 0 > 0 {
            lines.append(
                TableCell("-  \(count(.client)) devices take long themselves: a retry does not help them", .dim))
        }
        if sums[.dropped] ?? 0 > 0 {
            lines.append(TableCell("-  \(count(.dropped)) devices catch up when they reconnect: nothing to do", .dim))
        }
        return lines.isEmpty ? [TableCell("Nothing: nobody is behind, or b shows causes", .dim)] : lines
    }

    /// Draining helps where devices wait for their node, and only those that have a connection to move.
    private static func suggestion(_ row: LagReport.Row, of node: NodeSnapshot) -> TableCell {
        let behind = "\(Wording.tally(row.devices)) devices are behind at \(node.id)"
        guard let queue = row.queue, queue >= 50 else {
            return TableCell("-  \(behind), and not because of it: b shows causes", .dim)
        }
        guard node.description.kind == .real else {
            return TableCell(
                "-  \(behind), \(queue)% of it in its queue; it is modelled: its devices cannot be moved", .dim)
        }
        return TableCell("d  drain \(node.id): \(behind), \(queue)% of it in its queue", .warn)
    }

    /// The report in one sentence, for the text form and `:lagging`.
    static func sentence(_ report: LagReport) -> String {
        guard let broadcast = report.broadcast else {
            return "No broadcast of this event is in flight or fresh: nobody is behind."
        }
        guard report.nodesHeard > 0 else {
            return "\(report.nodesAsked) edge nodes are being asked: look again in a second."
        }
        let rows = report.rows.prefix(6).map {
            "\(name($0, report.query.grouping)) \(Format.exact($0.devices)), oldest \(Format.duration($0.oldest))"
        }
        return "\(broadcast): \(headline(report)) behind" + (rows.isEmpty ? "" : ": " + rows.joined(separator: "; "))
    }

    static func sentence(_ device: LaggingDevice) -> String {
        let state = device.isConnected ? "connected" : "offline"
        let why =
            device.cause.map { ", behind: \(causeWords($0)) for \(Format.duration(device.lag))" } ?? ", not behind"
        return
            "\(device.id) \(device.make.family) \(device.make.build), \(device.kind.rawValue) at \(device.node) (\(device.region)): "
            + "\(state), \(device.line), has #\(device.applied) of its topic\(why)"
    }
}
