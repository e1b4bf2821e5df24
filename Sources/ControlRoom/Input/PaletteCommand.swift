import Engine

/// What can be typed after `:` or at the `--text` prompt: every action of the key table by its word, and
/// the ones that take arguments.
enum PaletteCommand: Hashable, Sendable {
    case action(AppAction)
    case selectEvent(EventID)
    /// Nil stage: the next one.
    case reschedule(EventID, StageKey?, Move)
    case trigger(EventID, StageKey)
    case recycle(EventID, StageKey)
    case vote(EventID, gate: String, go: Bool)
    /// Nil window: as the engine's configuration says.
    case drain(NodeID, over: Milliseconds?)
    case cordon(NodeID), uncordon(NodeID)
    case note(EventID?, String)
    case explain(EntryNumber, String)
    case device(String)
    case drill(AudienceFault)
    case endDrills
    case lagging
    case acknowledge(AlertID)
    /// A time of day in a replay, ms.
    case goTo(Milliseconds)
    /// What Audit shows, into a file; nil: one named after the moment.
    case exportAudit(String?)
    case handover
    /// A report or an incident file, into this file; nil: named after the showing.
    case archive(ArchiveOrder.Kind, String?)
    case traffic(TrafficIntent)
    case surge(Surge)
    case approve(PlanID), disarm(PlanID), withdraw(PlanID)
    /// Play tonight in virtual time, beside the show.
    case rehearse(seed: UInt64)
    /// What if, from the cursor of a replay.
    case branch(AppState.BranchCommand)

    struct Usage: Sendable {
        /// `reschedule [event] [stage] <+30s | 21:05Z>`
        var text: String
        var summary: String
        /// The first word.
        var word: String
        /// `G2`, or `-`.
        var guardNames: String
        /// The key that does the same, if any.
        var key: String
    }

    struct Failure: Error, Hashable { var sentence: String }

    /// Every command, by word.
    static let usages: [Usage] = {
        let withArguments = [
            Usage(
                text: "goto <event>", summary: "select an event by code or id", word: "goto", guardNames: "-", key: ""),
            Usage(
                text: "<03:14 | 03:14:31>", summary: "in a replay: go to that time, UTC", word: "03:14",
                guardNames: "-", key: ""),
            Usage(
                text: "handover", summary: "what the next shift must know, for both to sign", word: "handover",
                guardNames: "G1", key: ""),
            Usage(
                text: "report <name>", summary: "what happened in the showing, as name.html and name.md",
                word: "report", guardNames: "-", key: ""),
            Usage(
                text: "export incident <file>", summary: "the showing as one file any copy opens", word: "export",
                guardNames: "-", key: ""),
            Usage(
                text: "export audit <file.csv | file.json>", summary: "the rows Audit shows, into a file",
                word: "export", guardNames: "-", key: "e"),
            Usage(
                text: "reschedule [event] [stage] <+30s | -1m | 21:05Z>",
                summary: "move a stage and all that hangs on it", word: "reschedule", guardNames: "G2", key: "p"),
            Usage(
                text: "trigger [event] <stage>", summary: "send a stage that is not the next one", word: "trigger",
                guardNames: "G3", key: "T"),
            Usage(
                text: "recycle [event] <stage>", summary: "go back to an earlier stage by a new broadcast",
                word: "recycle", guardNames: "G3", key: "R"),
            Usage(
                text: "vote [event] <gate> <go | no-go>", summary: "vote at a gate", word: "vote", guardNames: "G1",
                key: "v"),
            Usage(
                text: "drain <node> [over <90s>]", summary: "send an edge node's devices to the others", word: "drain",
                guardNames: "G2", key: "d"),
            Usage(
                text: "cordon <node>", summary: "an edge node takes nobody new", word: "cordon", guardNames: "G2",
                key: "c"),
            Usage(
                text: "uncordon <node>", summary: "an edge node takes devices again; a drain stops", word: "uncordon",
                guardNames: "G2", key: "c"),
            Usage(
                text: "note <text>", summary: "a line in the journal, with the selected event", word: "note",
                guardNames: "G1", key: "i"),
            Usage(
                text: "explain <entry> <text>", summary: "give the reason for an entry made without one",
                word: "explain", guardNames: "G1", key: ""),
            Usage(
                text: "device <id>", summary: "where one device of the selected event stands", word: "device",
                guardNames: "-", key: ""),
            Usage(
                text: FaultParser.usage, summary: "a drill: modelled nodes fail on purpose; ‘fault end’ ends them all",
                word: "fault", guardNames: "G2", key: ""),
            Usage(
                text: "lagging", summary: "who is behind on the selected event, in one sentence", word: "lagging",
                guardNames: "-", key: "4"),
            Usage(
                text: "ack <alert>", summary: "acknowledge an alert by its id", word: "ack", guardNames: "G1", key: "a"),
            Usage(
                text: "rehearse tonight [seed <n>]",
                summary: "play tonight in virtual time and look at it; f leads back", word: "rehearse", guardNames: "-",
                key: ""),
            Usage(
                text: ChangeParser.usage, summary: "in a replay: play it again from the cursor with one change",
                word: "whatif", guardNames: "-", key: "w"),
            Usage(
                text: "whatif <look | close>", summary: "look at the changed re-run as a rehearsal; close its table",
                word: "whatif", guardNames: "-", key: ""),
            Usage(
                text: "approve <plan>", summary: "second operator's yes to a pending plan", word: "approve",
                guardNames: "G3+2", key: "P"),
            Usage(
                text: "disarm <plan>", summary: "stop an armed plan before its countdown ends", word: "disarm",
                guardNames: "G0", key: "Esc"),
            Usage(
                text: "override <bucket> <percent | auto>", summary: "admit so much of a bucket for ten minutes",
                word: "override", guardNames: "G2 / G3+2", key: "o"),
            Usage(
                text: "lever <lever> <on | off>", summary: "pull a degradation lever, or let it go", word: "lever",
                guardNames: "G2", key: "L"),
            Usage(
                text: "relax <ruleset>", summary: "keep a traffic ruleset off for ten minutes", word: "relax",
                guardNames: "G2", key: ""),
            Usage(
                text: "restore <ruleset>", summary: "leave a ruleset to its signals again", word: "restore",
                guardNames: "G2", key: ""),
            Usage(
                text: "surge <200% | cut | guided-cut>", summary: "what the rules would refuse of more than now",
                word: "surge", guardNames: "-", key: "w"),
            Usage(
                text: "adopt-rules", summary: "make the edited traffic rules hold", word: "adopt-rules",
                guardNames: "G2", key: ""),
            Usage(
                text: "withdraw <plan>", summary: "take a pending plan back", word: "withdraw", guardNames: "G0",
                key: ""),
        ]
        let plain = KeyMap.bindings.map {
            Usage(text: $0.command, summary: $0.title, word: $0.command, guardNames: $0.guardNames, key: $0.keyNames)
        }
        return (plain + withArguments).sorted { ($0.word, $0.text) < ($1.word, $1.text) }
    }()

    /// Reads a typed line against what the room shows.
    static func parse(_ line: String, in state: AppState) -> Result<PaletteCommand, Failure> {
        let words = line.split(separator: " ").map(String.init)
        guard let word = words.first?.lowercased() else {
            return fail("Type a command: Tab completes, help lists them")
        }
        var arguments = Array(words.dropFirst())
        let rest = line.drop { $0 == " " }.drop { $0 != " " }.trimmingPrefix { $0 == " " }
        if arguments.isEmpty, word != "goto", let binding = KeyMap.bindings.first(where: { $0.command == word }) {
            return .success(.action(binding.action))
        }
        if let ofDay = MoveParser.clock(word) { return .success(.goTo(ofDay)) }
        switch word {
        case "handover": return arguments.isEmpty ? .success(.handover) : usage(word)
        case "export": return export(word, arguments)
        case "report": return arguments.count <= 1 ? .success(.archive(.report, arguments.first)) : usage(word)
        case "note": return .success(.note(state.selected, String(rest)))
        case "explain":
            guard arguments.count >= 2, let number = EntryNumber(arguments[0]) else { return usage(word) }
            return .success(.explain(number, arguments.dropFirst().joined(separator: " ")))
        case "device": return arguments.count == 1 ? .success(.device(arguments[0])) : usage(word)
        case "fault": return fault(arguments, in: state)
        case "lagging": return .success(.lagging)
        case "ack": return arguments.count == 1 ? .success(.acknowledge(AlertID(arguments[0]))) : usage(word)
        case "approve", "disarm", "withdraw":
            guard arguments.count == 1, let plan = PlanID(arguments[0].drop { $0 == "#" }) else { return usage(word) }
            return .success(word == "approve" ? .approve(plan) : word == "disarm" ? .disarm(plan) : .withdraw(plan))
        case "rehearse": return rehearsal(word, arguments)
        case "whatif": return whatIf(arguments, in: state)
        case "drain", "cordon", "uncordon": return duty(word, arguments, in: state)
        case "override", "lever", "relax", "restore", "adopt-rules":
            guard let intent = TrafficIntent(word, arguments) else { return usage(word) }
            return .success(.traffic(intent))
        case "surge":
            guard arguments.count == 1, let surge = Surge(word: arguments[0].lowercased()) else { return usage(word) }
            return .success(.surge(surge))
        case "goto":
            guard arguments.count == 1 else { return usage(word) }
            guard let event = state.event(named: arguments[0]) else { return noEvent(arguments[0]) }
            return .success(.selectEvent(event.id))
        case "take", "hold", "abort", "resend", "undo":
            guard arguments.count == 1, let event = state.event(named: arguments[0]) else {
                return noEvent(String(rest))
            }
            return event.id == state.selected
                ? parse(word, in: state) : fail("\(event.code) is not selected: ‘goto \(event.code)’ first")
        case "reschedule", "trigger", "recycle", "vote":
            guard let event = takeEvent(&arguments, in: state) else {
                return fail("No event is selected: ‘goto <event>’ first")
            }
            return steering(word, event: event, arguments: arguments, in: state)
        default:
            return fail("‘\(word)’ is no command: Tab completes, help lists them")
        }
    }

    /// The words that could stand where the line ends now.
    static func completions(of line: String, in state: AppState) -> [String] {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let typed = (words.last ?? "").lowercased()
        let candidates: [String]
        if words.count <= 1 {
            candidates = usages.map(\.word)
        } else {
            let event = state.event
            let events = state.shown?.events.map(\.code) ?? [], stages = event?.stages.map(\.key.rawValue) ?? []
            switch words[0].lowercased() {
            case "goto": candidates = events
            case "whatif": candidates = words.count == 2 ? ChangeParser.words + ["look", "close"] : stages
            case "fault": candidates = words.count == 2 ? AudienceFault.Kind.allCases.map(\.rawValue) + ["end"] : []
            case "rehearse": candidates = words.count == 2 ? ["tonight"] : words.count == 3 ? ["seed"] : []
            case "drain", "cordon", "uncordon":
                let nodes = state.shown?.nodes.filter { $0.description.kind == .real }.map(\.id.rawValue) ?? []
                candidates =
                    words.count == 2 ? nodes : words.count == 3 && words[0].lowercased() == "drain" ? ["over"] : []
            case "reschedule", "trigger", "recycle": candidates = stages + events
            case "vote": candidates = (event?.gates.map(\.name) ?? []) + ["go", "no-go"] + events
            case "ack": candidates = state.shown?.alerts.map(\.id.rawValue) ?? []
            case "override": candidates = PriorityBucket.allCases.map(\.rawValue) + ["auto"]
            case "surge": candidates = ["200%", "cut", "guided-cut"]
            case "lever": candidates = DegradationLever.allCases.map(\.rawValue) + ["on", "off"]
            case "relax", "restore": candidates = state.shown?.traffic?.active.map(\.ruleset) ?? []
            case "approve", "disarm", "withdraw": candidates = state.shown?.pending.map { String($0.plan.id) } ?? []
            default: candidates = []
            }
        }
        var seen: Set<String> = []
        return candidates.filter { $0.lowercased().hasPrefix(typed) && seen.insert($0).inserted }
    }

    private static func export(_ word: String, _ arguments: [String]) -> Result<PaletteCommand, Failure> {
        guard arguments.count <= 2 else { return usage(word) }
        let name = arguments.count == 2 ? arguments[1] : nil
        switch arguments.first?.lowercased() {
        case "incident": return .success(.archive(.incident, name))
        case "audit": return .success(.exportAudit(name))
        default: return usage(word)
        }
    }

    private static func fault(_ arguments: [String], in state: AppState) -> Result<PaletteCommand, Failure> {
        if arguments.map({ $0.lowercased() }) == ["end"] { return .success(.endDrills) }
        return switch FaultParser.parse(arguments, now: state.now.wall) {
        case .success(let fault): .success(.drill(fault))
        case .failure(let failure): fail(failure.sentence)
        }
    }

    /// `rehearse tonight`, `rehearse tonight seed 7`
    private static func rehearsal(_ word: String, _ arguments: [String]) -> Result<PaletteCommand, Failure> {
        guard arguments.first?.lowercased() == "tonight" else { return usage(word) }
        if arguments.count == 1 { return .success(.rehearse(seed: 1)) }
        guard arguments.count == 3, arguments[1].lowercased() == "seed", let seed = UInt64(arguments[2]) else {
            return usage(word)
        }
        return .success(.rehearse(seed: seed))
    }

    private static func whatIf(_ arguments: [String], in state: AppState) -> Result<PaletteCommand, Failure> {
        if arguments == ["look"] { return .success(.branch(.look)) }
        if arguments == ["close"] { return .success(.branch(.close)) }
        return switch ChangeParser.parse(arguments, now: state.shownTime) {
        case .success(let wanted): .success(.branch(.play(wanted.change, seed: wanted.seed)))
        case .failure(let failure): fail(failure.sentence)
        }
    }

    private static func duty(_ word: String, _ arguments: [String], in state: AppState) -> Result<
        PaletteCommand, Failure
    > {
        guard let name = arguments.first else { return usage(word) }
        let id = NodeID(rawValue: name)
        guard state.shown?.nodes.contains(where: { $0.id == id }) ?? false else {
            let known = state.shown?.nodes.filter { $0.description.kind == .real }.map(\.id.rawValue) ?? []
            return fail(
                "No edge node is called ‘\(name)’: real ones are \(known.isEmpty ? "none" : known.joined(separator: ", "))"
            )
        }
        switch (word, arguments.count) {
        case ("cordon", 1): return .success(.cordon(id))
        case ("uncordon", 1): return .success(.uncordon(id))
        case ("drain", 1): return .success(.drain(id, over: nil))
        case ("drain", 3) where arguments[1].lowercased() == "over":
            guard let window = try? QuantityText.duration(arguments[2], in: 1...86_400_000) else {
                return fail("‘\(arguments[2])’ is no length of time: type 90s or 5m")
            }
            return .success(.drain(id, over: window))
        default: return usage(word)
        }
    }

    private static func steering(
        _ word: String, event: EventSnapshot, arguments: [String], in state: AppState
    ) -> Result<PaletteCommand, Failure> {
        if word == "vote" {
            guard arguments.count == 2, ["go", "no-go"].contains(arguments[1].lowercased()) else { return usage(word) }
            return .success(.vote(event.id, gate: arguments[0], go: arguments[1].lowercased() == "go"))
        }
        var stage: StageKey?
        var rest = arguments
        if let first = rest.first, let found = event.stages.first(where: { $0.key.rawValue == first.lowercased() }) {
            stage = found.key
            rest.removeFirst()
        }
        if word == "reschedule" {
            guard !rest.isEmpty else { return usage(word) }
            let keys = event.stages.map(\.key.rawValue).joined(separator: ", ")
            if let first = rest.first, first.first?.isLetter == true, !first.uppercased().hasPrefix("T") {
                return fail("\(event.code) has no stage ‘\(first)’: it has \(keys)")
            }
            switch MoveParser.parse(rest.joined(), now: state.now.wall) {
            case .success(let move): return .success(.reschedule(event.id, stage, move))
            case .failure(let failure): return fail(failure.sentence)
            }
        }
        guard let stage, rest.isEmpty else {
            let keys = event.stages.map(\.key.rawValue).joined(separator: ", ")
            return fail("\(event.code) has no stage ‘\(arguments.joined(separator: " "))’: it has \(keys)")
        }
        return .success(word == "trigger" ? .trigger(event.id, stage) : .recycle(event.id, stage))
    }

    /// The event that the first argument names, which is then taken away; else the selected one.
    private static func takeEvent(_ arguments: inout [String], in state: AppState) -> EventSnapshot? {
        if let first = arguments.first, let named = state.event(named: first) {
            arguments.removeFirst()
            return named
        }
        return state.event
    }

    private static func fail(_ sentence: String) -> Result<PaletteCommand, Failure> {
        .failure(Failure(sentence: sentence))
    }
    private static func noEvent(_ name: String) -> Result<PaletteCommand, Failure> {
        fail("No event is called ‘\(name)’: 1 lists them")
    }
    private static func usage(_ word: String) -> Result<PaletteCommand, Failure> {
        fail("Usage: " + (usages.last { $0.word == word }?.text ?? word))
    }
}

extension Surge {
    /// `200%`, `cut`, `guided-cut`.
    fileprivate init?(word: String) {
        switch word {
        case "cut", "guided-cut": self = .interruption(isGuided: word != "cut")
        default:
            guard word.hasSuffix("%"), let percent = Int(word.dropLast()), (1...Self.percentMax).contains(percent)
            else { return nil }
            self = .peak(percent: percent)
        }
    }
}

extension TrafficIntent {
    /// `override BULK 1`, `lever drop-rows on`, `relax surge`, `adopt-rules`; nil if it is none of these.
    fileprivate init?(_ word: String, _ arguments: [String]) {
        switch (word, arguments.count) {
        case ("override", 2):
            guard let bucket = PriorityBucket(rawValue: arguments[0].uppercased()) else { return nil }
            if arguments[1].lowercased() == "auto" {
                self = .override(bucket, kept: nil)
            } else if let kept = Int(arguments[1].trimmingSuffix("%")), (0...100).contains(kept) {
                self = .override(bucket, kept: kept)
            } else { return nil }
        case ("lever", 2):
            guard let lever = DegradationLever(rawValue: arguments[0].lowercased()),
                ["on", "off"].contains(arguments[1].lowercased())
            else { return nil }
            self = arguments[1].lowercased() == "on" ? .pull(lever) : .letGo(lever)
        case ("relax", 1): self = .relax(arguments[0].lowercased())
        case ("restore", 1): self = .restore(arguments[0].lowercased())
        case ("adopt-rules", 0): self = .adoptRules
        default: return nil
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> Substring {
        hasSuffix(suffix) ? dropLast(suffix.count) : self[...]
    }
}
