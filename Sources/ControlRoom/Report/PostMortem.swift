import Engine

/// What happened in a showing, for those who were not there: how each broadcast went against its plan, where the
/// devices are that did not ack, and who did what, when and why. Pure: figures of the database in, a page out.
struct PostMortem {
    let showing: Showing
    /// Oldest first.
    let records: [BroadcastRecord]
    /// Oldest first, with the reasons that were given later.
    let entries: [JournalEntry]

    /// Most entries and nodes that are listed; how many were left out is said.
    static let entriesMax = 500
    static let nodesMax = 10

    /// Devices of one broadcast by what became of them. Every known device stands in exactly one line.
    struct Cause: Hashable {
        var name: String
        var explanation: String
        var real: Int
        var modelled: Int
        var count: Int { real + modelled }
    }

    static func causes(_ figures: BroadcastFigures) -> [Cause] {
        func cause(_ name: String, _ explanation: String, _ line: (DeliveryLedger) -> Int) -> Cause {
            Cause(name: name, explanation: explanation, real: line(figures.real), modelled: line(figures.modelled))
        }
        return [
            cause("waiting", "sent to once, no ack by the end", \.waiting),
            cause("retrying", "sent to more than once, no ack by the end", \.retrying),
            cause("dropped", "the connection ended before the ack; it catches up on return", \.dropped),
            cause(
                "unknown stage", "answered that it does not know the stage, and shows what it showed", \.unknownStage),
            cause("not sent", "its wave was never sent", \.notSent),
            cause("owed", "offline at the beginning and not back yet", \.owed),
            cause("caught up", "offline at the beginning, back since and confirmed", \.caughtUp),
            cause("expired", "offline at the beginning and forgotten since", \.expired),
        ]
    }

    /// Whether the causes and the acked devices make up all that were known.
    static func addsUp(_ figures: BroadcastFigures) -> Bool {
        let total = figures.total
        return causes(figures).reduce(total.acked) { $0 + $1.count } == total.known && figures.real.isBalanced
            && figures.modelled.isBalanced
    }

    var page: Page {
        var page = Page(title: "\(showing.title), \(CivilDate(of: showing.from))", blocks: [])
        page.blocks.append(.paragraph(summary))
        page.blocks += [.heading("Broadcasts against the plan"), broadcastTable]
        for record in records { page.blocks += late(record) }
        page.blocks += [.heading("Who did what, when and why"), deeds]
        let owed = entries.filter(Wording.owesReason)
        page.blocks.append(
            .paragraph(
                owed.isEmpty
                    ? "No reason is missing."
                    : "Reasons are missing for the entries \(owed.map { String($0.number) }.joined(separator: ", "))."))
        return page
    }

    private var summary: String {
        let worst =
            showing.t999Max.map { "the slowest reached 99.9% after \(Format.duration($0))" } ?? "none reached 99.9%"
        return
            "\(showing.broadcastCount) broadcasts from \(showing.from) to \(showing.until); \(Format.percent(showing.acked, of: showing.connected)) of "
            + "\(Format.exact(showing.connected)) deliveries to connected devices were acked; \(worst)."
    }

    private var broadcastTable: Page.Block {
        .table(
            header: [
                "#", "Stage", "Sent (UTC)", "Plan", "Connected", "Acked", "t50", "t99", "t99.9", "Foretold", "Off",
                "State", "By",
            ],
            rows: records.map { record in
                let figures = record.figures
                return [
                    record.id.description, record.publication.stage.rawValue,
                    record.publication.position.timestamp.description,
                    isCountedOn(record) ? "clock stepped" : HistoryModel.delta(record).text,
                    Wording.kinds(real: figures.real.connected, modelled: figures.modelled.connected, Format.exact),
                    Format.percent(figures.total.acked, of: figures.total.connected), Format.duration(figures.t50),
                    Format.duration(figures.t99),
                    Format.duration(figures.t999), Format.duration(record.forecast?.t999),
                    HistoryModel.off(record).text, HistoryModel.state(record).text, record.actor.description,
                ]
            })
    }

    /// Whether its timestamp only counts on from the one before, since the clock had stepped back: it says nothing of
    /// the plan.
    private func isCountedOn(_ record: BroadcastRecord) -> Bool {
        guard entries.contains(where: { $0.kind == .clockStepped }),
            let place = records.firstIndex(where: { $0.id == record.id }), place > 0
        else { return false }
        return record.publication.position.timestamp.since(records[place - 1].publication.position.timestamp) <= 1
    }

    private func late(_ record: BroadcastRecord) -> [Page.Block] {
        let causes = Self.causes(record.figures).filter { $0.count > 0 }
        guard !causes.isEmpty else { return [] }
        let total = record.figures.total
        var blocks: [Page.Block] = [
            .heading("Devices of \(record.id) \(record.publication.stage) that did not ack in time"),
            .table(
                header: ["Cause", "Real", "Modelled", "Of all known", "Means"],
                rows: causes.map {
                    [
                        $0.name, Format.exact($0.real), Format.exact($0.modelled),
                        Format.percent($0.count, of: total.known), $0.explanation,
                    ]
                }),
            .paragraph(
                Self.addsUp(record.figures)
                    ? "With \(Format.exact(total.acked)) acked these are all \(Format.exact(total.known)) known devices: the ledger adds up."
                    : "The ledger DOES NOT ADD UP: trust none of these figures and tell the engineers."),
        ]
        let nodes = record.figures.nodes.filter { $0.ledger.connected > $0.ledger.acked }
            .sorted {
                ($0.ledger.connected - $0.ledger.acked, $1.node.rawValue) > (
                    $1.ledger.connected - $1.ledger.acked, $0.node.rawValue
                )
            }
        if !nodes.isEmpty {
            blocks.append(.table(
                header: ["Edge node", "Region", "Connected", "Not acked", "99% of its acks within"],
                rows: nodes.prefix(Self.nodesMax).map {
                    [
                        $0.node.rawValue, "\($0.region), \($0.kind.rawValue)", Format.exact($0.ledger.connected),
                        Format.exact($0.ledger.connected - $0.ledger.acked), Format.duration($0.lag99),
                    ]
                }))
            if nodes.count > Self.nodesMax {
                blocks.append(
                    .paragraph("\(nodes.count - Self.nodesMax) more edge nodes have devices that did not ack."))
            }
        }
        return blocks
    }

    private var deeds: Page.Block {
        let shown = entries.suffix(Self.entriesMax)
        let left = entries.count - shown.count
        return .table(
            header: ["#", "When (UTC)", "Who", "What", "Change", "Why"],
            rows: (left > 0 ? [["", "", "", "\(left) earlier entries left out", "", ""]] : []) + shown.map { entry in
                [
                        String(entry.number), entry.at.description, entry.actor.description, Wording.what(entry.kind),
                        Wording.change(entry),
                    entry.why ?? (Wording.owesReason(entry) ? "no reason given" : ""),
                ]
            })
    }
}
