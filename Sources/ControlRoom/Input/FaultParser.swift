import Engine

/// Reads what is to go wrong, as operators type it: `dead node v-eu-west-01 for 60s`, `saturated rack eu-west/r1 x8 for
/// 2m`, `unknown-stage everywhere 40% for 30s`.
enum FaultParser {
    struct Failure: Error, Hashable { var sentence: String }

    static let usage =
        "fault <slow-node|saturated|dead|unknown-stage> <everywhere | node N | rack R | region R> [x8 | 40%] for <60s>"

    static func parse(_ words: [String], now: WallTime) -> Result<AudienceFault, Failure> {
        var rest = words[...]
        guard let kind = rest.popFirst().flatMap({ AudienceFault.Kind(rawValue: $0.lowercased()) }),
            let place = place(&rest)
        else {
            return fail("Usage: " + usage)
        }
        var factor = kind == .unknownStage ? 1.0 : 8.0
        if let word = rest.first, let read = self.factor(word, kind) {
            factor = read
            rest.removeFirst()
        }
        guard rest.count == 2, rest.first == "for",
            case .success(.by(let length)) = MoveParser.parse(rest.last ?? "", now: now), length > 0
        else {
            return fail("Say for how long, and how much if not 8 times: " + usage)
        }
        return .success(AudienceFault(kind: kind, place: place, from: now, until: now + length, factor: factor))
    }

    private static func place(_ rest: inout ArraySlice<String>) -> AudienceFault.Place? {
        guard let word = rest.popFirst()?.lowercased() else { return nil }
        if word == "everywhere" { return .everywhere }
        guard ["node", "rack", "region"].contains(word), let name = rest.popFirst() else { return nil }
        return word == "node" ? .node(NodeID(name)) : word == "rack" ? .rack(name) : .region(name)
    }

    /// `x8` for what gets slower, 1 to 1000; `40%` for the share of devices that do not know a stage.
    private static func factor(_ word: String, _ kind: AudienceFault.Kind) -> Double? {
        if kind == .unknownStage {
            guard word.hasSuffix("%"), let percent = Double(word.dropLast()), (0...100).contains(percent) else {
                return nil
            }
            return percent / 100
        }
        guard word.hasPrefix("x"), let times = Double(word.dropFirst()), (1...1000).contains(times) else { return nil }
        return times
    }

    private static func fail(_ sentence: String) -> Result<AudienceFault, Failure> {
        .failure(Failure(sentence: sentence))
    }
}
