import OrderedCollections

// Cordon, drain, uncordon: what an operator does with one edge node. Devices of a drained node go to the others and
// catch up there.

extension ControlPlane {
    /// Carries out an intent about `node`'s duty, or says why not.
    mutating func changedDuty(
        of node: NodeID, _ intent: Intent, _ actor: Actor, _ why: String?, in transaction: inout Transaction
    ) -> EngineReply {
        if let refusal = dutyRefusal(intent, node) { return .refused(refusal) }
        let before = dutyWords(of: node)
        let kind: NodeDuty.Kind, entryKind: JournalEntry.Kind, sentence: String
        switch intent {
        case .drain(_, let asked):
            let window = drainWindow(of: node, asked: asked)
            (kind, entryKind) = (.draining(over: window), .nodeDrained)
            sentence =
                "\(node) is emptied over \(Words.duration(window)): \(Words.count(connections(of: node))) connections move."
        case .cordon:
            (kind, entryKind, sentence) = (.cordoned, .nodeCordoned, "\(node) takes nobody new.")
        default:
            (kind, entryKind, sentence) = (.open, .nodeUncordoned, "\(node) takes devices again.")
        }
        transaction.actions += router.want(kind, of: node).map(Action.init)
        let entry = journal(entryKind, actor: actor, before: before, after: sentence, why: why, in: &transaction)
        return .done(entry, sentence)
    }

    /// Why the intent cannot be carried out, with what to do instead; nil if it can.
    private func dutyRefusal(_ intent: Intent, _ id: NodeID) -> String? {
        guard let node = router.node(id) else {
            let known = router.nodes.filter { $0.description.kind == .real }.map(\.description.id.rawValue)
            return
                "There is no edge node '\(id)'. Real ones are \(known.isEmpty ? "none" : known.joined(separator: ", "))."
        }
        guard node.description.kind == .real else {
            return "\(id) is modelled: its devices have no connection that could move."
        }
        guard !node.isStale else {
            return "\(id) is silent and cannot be told. Its devices go elsewhere by themselves when it is gone."
        }
        switch intent {
        case .cordon where node.wanted.kind == .cordoned: return "\(id) is cordoned already: c opens it again."
        case .uncordon where node.wanted.kind == .open: return "\(id) is open: it takes devices."
        case .drain(_, let asked): return drainRefusal(node, asked: asked)
        default: return nil
        }
    }

    private func drainRefusal(_ node: MessageRouter.Node, asked: Milliseconds?) -> String? {
        let id = node.description.id, moved = node.report.connections
        guard !others(than: id).isEmpty else {
            return
                "\(id) is the only edge node that takes devices: they would have nowhere to go. Start the engine with a second --edge, or uncordon one."
        }
        guard moved <= freePlaces(besides: id) else {
            return
                "\(id) has \(Words.count(moved)) connections, the other nodes have room for \(Words.count(freePlaces(besides: id))): uncordon one, or cordon \(id) (c) and wait."
        }
        if let asked, asked < leastWindow(of: id) {
            return
                "That would send \(Words.count(moved * 1000 / max(1, Int(asked)))) devices a second to the others, at most \(configuration.herdMax): drain over \(Words.duration(leastWindow(of: id))) or longer."
        }
        return nil
    }

    // MARK: What the plan shows

    func dutyChanges(of node: NodeID, _ intent: Intent) -> [PlanChange] {
        let after = switch intent {
        case .drain(_, let asked): "emptied over \(Words.duration(drainWindow(of: node, asked: asked))), then cordoned"
        case .cordon: "cordoned: takes nobody new"
        default: "up"
        }
        return [PlanChange(mark: .changed, what: "edge node \(node)", before: dutyWords(of: node), after: after)]
    }

    /// Empty for intents about anything else.
    func dutyFacts(_ intent: Intent) -> [PlanFact] {
        switch intent {
        case .drain(let node, let asked):
            let window = drainWindow(of: node, asked: asked), moved = connections(of: node)
            let rate = moved * 1000 / max(1, Int(window))
            return [
                PlanFact("moves", "\(Words.count(moved)) connections, closed 4503 one after the other"),
                PlanFact(
                    "to",
                    others(than: node).map {
                        "\($0.description.id) (\(Words.count($0.report.connections)) of \(Words.count($0.description.connectionsMax)))"
                    }.joined(separator: ", ")),
                PlanFact(
                    "reconnects",
                    "at most \(Words.count(max(rate, moved > 0 ? 1 : 0)))/s of \(Words.count(configuration.herdMax))/s allowed, each after a drawn delay of up to \(Words.duration(configuration.retryMin.wholeMilliseconds))"
                ),
                PlanFact("undo", "c: who has not gone stays; who has gone stays where it is"),
            ]
        case .cordon(let node):
            let isLast = others(than: node).isEmpty
            return [
                PlanFact("stay", "\(Words.count(connections(of: node))) connections"),
                PlanFact(
                    "new devices",
                    isLast
                        ? "are refused with 503 everywhere: no other edge node takes devices"
                        : "are refused with 503 and go to the other nodes",
                    severity: isLast ? .critical : .calm),
                PlanFact("undo", "c opens it again"),
            ]
        case .uncordon(let node): return [PlanFact("room", "for \(Words.count(freePlaces(of: node))) devices")]
        default: return []
        }
    }

    private func dutyWords(of node: NodeID) -> String {
        let count = "\(Words.count(connections(of: node))) connections"
        return switch router.node(node)?.wanted.kind {
        case .cordoned: "cordoned, \(count)"
        case .draining: "being emptied, \(count) left"
        case .open, nil: "up, \(count)"
        }
    }

    // MARK: Room and time

    private func connections(of node: NodeID) -> Int { router.node(node)?.report.connections ?? 0 }

    /// Real nodes that take devices.
    private func others(than node: NodeID) -> [MessageRouter.Node] {
        router.nodes.filter {
            $0.description.kind == .real && $0.description.id != node && !$0.isStale && $0.wanted.kind == .open
        }
    }

    private func freePlaces(of node: NodeID) -> Int {
        router.node(node).map { max(0, $0.description.connectionsMax - $0.report.connections) } ?? 0
    }

    private func freePlaces(besides node: NodeID) -> Int {
        others(than: node).reduce(0) { $0 + freePlaces(of: $1.description.id) }
    }

    /// The shortest window that keeps to `herdMax`.
    private func leastWindow(of node: NodeID) -> Milliseconds {
        Milliseconds((connections(of: node) * 1000 + configuration.herdMax - 1) / configuration.herdMax)
    }

    private func drainWindow(of node: NodeID, asked: Milliseconds?) -> Milliseconds {
        asked ?? max(configuration.drainWindow.wholeMilliseconds, leastWindow(of: node))
    }
}
