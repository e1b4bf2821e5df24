import Engine

/// What the Fan-out screen says of a broadcast: its lines, its verdict, its nodes in order of trouble.
enum FanOutModel {
    /// Whether the fan-out will be, or was, within its budget.
    static func verdict(_ broadcast: BroadcastSnapshot) -> TableCell {
        let figures = broadcast.record.figures
        switch broadcast.record.state {
        case .aborted: return TableCell("! ABORTED", .warn)
        case .stopped: return TableCell("!! STOPPED ITSELF in the canary", .critical)
        case .complete:
            guard let t999 = figures.t999 else { return TableCell("! INCOMPLETE: 99.9% never acked", .warn) }
            return t999 <= broadcast.budget ? TableCell("✓ WITHIN BUDGET", .good) : TableCell("! OVER BUDGET", .warn)
        case .sending where broadcast.record.publication.order.isHeld:
            let order = broadcast.record.publication.order
            return order.revision == 0
                ? TableCell("CANARY: the others wait", .next) : TableCell("! PAUSED: O promotes", .warn)
        case .sending:
            if let t999 = figures.t999 {
                return t999 <= broadcast.budget ? TableCell("✓ WITHIN BUDGET", .good) : TableCell("!! LATE", .critical)
            }
            if broadcast.elapsed > broadcast.budget { return TableCell("!! LATE: budget is spent", .critical) }
            guard let forecast = broadcast.forecast999 else {
                return broadcast.elapsed < 5000
                    ? TableCell("too early to tell", .dim) : TableCell("! NO FORECAST: many devices dropped", .warn)
            }
            return forecast <= broadcast.budget
                ? TableCell("✓ ON TRACK", .good) : TableCell("!! LATE by forecast", .critical)
        }
    }

    /// The first identity of the ledger that does not hold, with its numbers; nil when all do.
    static func brokenIdentity(_ ledger: DeliveryLedger) -> String? {
        func line(_ left: String, _ whole: Int, _ right: String, _ sum: Int) -> String? {
            guard whole != sum else { return nil }
            let off = whole > sum ? "\(Format.exact(whole - sum)) more" : "\(Format.exact(sum - whole)) fewer"
            return "\(left) \(Format.exact(whole)) is \(off) than \(right) = \(Format.exact(sum))"
        }
        return line(
            "connected", ledger.connected, "acked+waiting+retrying+dropped+unknown+not sent",
            ledger.sent + ledger.notSent
        ) ?? line("known", ledger.known, "connected+offline", ledger.connected + ledger.offline)
            ?? line("offline", ledger.offline, "owed+caught up+expired", ledger.owed + ledger.caughtUp + ledger.expired)
    }

    /// What the ledger line says. Each kind is checked by itself: two errors must not cancel out.
    static func ledger(_ broadcast: BroadcastSnapshot, isNarrow: Bool) -> TableCell {
        let figures = broadcast.record.figures
        for (kind, ledger) in [("real", figures.real), ("modelled", figures.modelled)] {
            if let broken = brokenIdentity(ledger) { return TableCell("× BROKEN, \(kind): \(broken)", .critical) }
        }
        if !broadcast.isBalanced { return TableCell("× BROKEN: the engine's own check failed", .critical) }
        let identity =
            isNarrow
            ? "✓ every known device stands in exactly one line"
            : "✓ connected = acked + un-acked + not sent,  known = connected + offline, each kind by itself"
        return TableCell(identity, .good)
    }

    /// The lines of the broadcast panel below the two bars.
    static func lines(_ broadcast: BroadcastSnapshot, isNarrow: Bool) -> [[Fact]] {
        let total = broadcast.record.figures.total, tally = Wording.tally
        let open = total.unacked > 0
        func short(_ number: Int) -> String { isNarrow ? Format.count(number) : tally(number) }
        let notSent = Fact("not sent", short(total.notSent))
        let unacked = [
            Fact("un-acked", tally(total.unacked), open ? .bold : .plain),
            Fact("= waiting", tally(total.waiting)), Fact("+ retrying", tally(total.retrying)),
            Fact("+ dropped", tally(total.dropped), total.dropped > 0 ? .warn : .plain),
        ]
        let offline = [
            Fact("offline", short(total.offline)), Fact("= owed", short(total.owed)),
            Fact("+ caught up", short(total.caughtUp)), Fact("+ expired", short(total.expired)),
        ]
        let unknown = total.unknownStage == 0 ? [] : [Fact("unknown stage", short(total.unknownStage), .critical)]
        let extras = [
            Fact("duplicates", Format.percent(total.duplicates, of: total.acked), priority: 2),
            Fact("joined", tally(total.joined), priority: 3),
        ]
        // The parts of a sum stay in one line: a sum of which a part is missing would lie.
        return [
            isNarrow ? unacked : unacked + unknown + [notSent] + extras,
            isNarrow ? unknown + [notSent] + offline : offline + [Fact("known", tally(total.known), priority: 1)],
            [Fact("ledger", ledger(broadcast, isNarrow: isNarrow).text, ledger(broadcast, isNarrow: isNarrow).style)],
            times(broadcast),
        ]
    }

    private static func times(_ broadcast: BroadcastSnapshot) -> [Fact] {
        let figures = broadcast.record.figures, isOver = broadcast.record.state != .sending
        func time(_ label: String, _ value: Milliseconds?, priority: Int) -> Fact {
            Fact(label, value.map { Format.duration($0) } ?? (isOver ? "never" : "-"), priority: priority)
        }
        let verdict = verdict(broadcast)
        var facts = [
            time("t50", figures.t50, priority: 2), time("t90", figures.t90, priority: 4),
            time("t99", figures.t99, priority: 1), time("t99.9", figures.t999, priority: 1),
        ]
        if figures.t999 == nil, !isOver, let forecast = broadcast.forecast999 {
            facts[3] = Fact("t99.9 forecast", Format.duration(forecast), priority: 0)
        }
        facts += [Fact("budget", Format.duration(broadcast.budget)), Fact("", verdict.text, verdict.style)]
        if figures.t999 == nil, !isOver, let forecast = broadcast.forecast999 {
            facts.append(
                Fact("ETA", Format.time(broadcast.record.publication.position.timestamp + forecast), priority: 3))
        }
        return facts
    }

    /// Nodes with the one in most trouble first.
    static func ranked(_ nodes: [NodeFigures], _ state: FanOutState) -> [NodeFigures] {
        let ranked = nodes.sorted { left, right in
            switch state.order {
            case .acked:
                // By share, compared without division so that equal shares tie exactly.
                let a = left.ledger.acked * right.ledger.connected, b = right.ledger.acked * left.ledger.connected
                return a == b ? left.node < right.node : a < b
            case .unacked:
                return (-left.ledger.unacked - left.ledger.notSent, left.node) < (
                    -right.ledger.unacked - right.ledger.notSent, right.node
                )
            case .p99: return (-(left.lag99 ?? -1), left.node) < (-(right.lag99 ?? -1), right.node)
            case .node: return left.node < right.node
            }
        }
        return state.isReversed ? ranked.reversed() : ranked
    }

    static func orderName(_ state: FanOutState) -> String {
        let name = switch state.order {
        case .acked: "least acked"
        case .unacked: "most open"
        case .p99: "longest p99"
        case .node: "by name"
        }
        return state.isReversed ? name + ", reversed" : name
    }

    /// The glyph of a node in the heat map.
    static func heat(_ figures: NodeFigures, state: NodeSnapshot.State, ascii: Bool) -> (glyph: String, style: Style) {
        if state != .up { return (ascii ? "x" : "×", state == .stale ? .critical : .warn) }
        let ledger = figures.ledger
        guard ledger.connected > 0 else { return (ascii ? "_" : "·", .dim) }
        switch ledger.acked * 100 {
        case (ledger.connected * 99)...: return (ascii ? "#" : "█", .plain)
        case (ledger.connected * 90)...: return (ascii ? "=" : "▓", .plain)
        case (ledger.connected * 50)...: return (ascii ? "-" : "▒", .warn)
        default: return (ascii ? "." : "░", .critical)
        }
    }

    /// Columns of figures per node, here and in History.
    static func nodeTable(_ nodes: [NodeSnapshot], width: Int) -> Table<NodeFigures> {
        let known = Dictionary(nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let hasStates = !nodes.isEmpty
        var columns: [Column<NodeFigures>] = [
            Column("NODE", 14, grows: true) { TableCell($0.node.rawValue) },
            Column("KIND", 8, priority: 1) { TableCell($0.kind.rawValue, $0.kind == .real ? .bold : .plain) },
            Column("REGION", 9, priority: 3) { TableCell($0.region) },
            Column("CONN", 7, priority: 2, .right) { TableCell(Format.count($0.ledger.connected)) },
            Column("SENT", 7, priority: 4, .right) {
                TableCell(Format.percent($0.ledger.sent, of: $0.ledger.connected))
            },
            Column("ACKED", 7, .right) { TableCell(Format.percent($0.ledger.acked, of: $0.ledger.connected)) },
            Column("UN-ACKED", 8, priority: 1, .right) { TableCell(Format.count($0.ledger.unacked)) },
            Column("RETRY", 7, priority: 5, .right) { TableCell(Format.count($0.ledger.retrying)) },
            Column("DROPPED", 7, priority: 4, .right) { TableCell(Format.count($0.ledger.dropped)) },
            Column("LAG p99", 7, .right) { TableCell(Format.duration($0.lag99)) },
            Column("LEDGER", 6, priority: 5) {
                $0.ledger.isBalanced ? TableCell("✓", .good) : TableCell("× !!", .critical)
            },
        ]
        if hasStates {
            columns += [
                Column("QUEUE", 8, priority: 6, .right) {
                    TableCell(known[$0.node].map { Format.bytes($0.queuedBytes) } ?? "-")
                },
                Column("STATE", 11, priority: 1) { figures in
                    guard let node = known[figures.node] else { return TableCell("gone", .dim) }
                    return Wording.state(of: node)
                },
            ]
        }
        return Table(columns, fitting: width)
    }
}
