import Engine

/// Reads the one thing that is to be different in a branch, as operators type it: `hold 90s`, `without`, `later 30s`,
/// `waves 8x5s`.
enum ChangeParser {
    struct Failure: Error, Hashable { var sentence: String }

    static let usage =
        "whatif <without | later 30s | earlier 30s | hold 90s | take | trigger S | recycle S | abort | move [S] +30s | "
        + "fault … | waves 8x5s | audience 20M | offline 10% | loss 3% | latency 300ms> [seed N]"

    /// The first words.
    static let words = [
        "without", "later", "earlier", "hold", "take", "trigger", "recycle", "abort", "move", "fault", "waves",
        "audience", "offline", "loss",
        "latency",
    ]

    /// - Parameter now: any moment; only lengths of time are read.
    static func parse(_ words: [String], now: WallTime) -> Result<(change: BranchChange, seed: UInt64), Failure> {
        var words = words, seed: UInt64 = 1
        if words.count > 2, words[words.count - 2].lowercased() == "seed" {
            guard let read = UInt64(words[words.count - 1]) else {
                return .failure(Failure(sentence: "Usage: " + usage))
            }
            seed = read
            words.removeLast(2)
        }
        guard let word = words.first?.lowercased() else { return .failure(Failure(sentence: "Usage: " + usage)) }
        let rest = Array(words.dropFirst())
        if word == "fault" {
            return switch FaultParser.parse(rest, now: now) {
            case .success(let fault):
                .success((.act(.drill(.init(
                                    kind: fault.kind, place: fault.place, factor: fault.factor,
                                    lasts: fault.until.since(fault.from)))), seed
                    ))
            case .failure(let failure): .failure(Failure(sentence: failure.sentence))
            }
        }
        guard let change = command(word, rest, now) ?? setting(word, rest).map({ BranchChange.act(.set($0)) }) else {
            return .failure(Failure(sentence: "Usage: " + usage))
        }
        return .success((change, seed))
    }

    private static func command(_ word: String, _ rest: [String], _ now: WallTime) -> BranchChange? {
        switch (word, rest.count) {
        case ("without", 0): .without
        case ("later", 1): length(rest[0], now).map { .shift($0) }
        case ("earlier", 1): length(rest[0], now).map { .shift(-$0) }
        case ("hold", 1): length(rest[0], now).map { .hold($0) }
        case ("take", 0): .take
        case ("trigger", 1): .act(.trigger(StageKey(rest[0])))
        case ("recycle", 1): .act(.recycle(StageKey(rest[0])))
        case ("abort", 0): .act(.abort)
        case ("move", 1...2):
            if case .success(.by(let by)) = MoveParser.parse(rest[rest.count - 1], now: now) {
                .move(rest.count == 2 ? StageKey(rest[0]) : nil, by)
            } else {
                nil
            }
        default: nil
        }
    }

    private static func setting(_ word: String, _ rest: [String]) -> ShowScript.Setting? {
        guard rest.count == 1, let text = rest.first else { return nil }
        switch word {
        case "waves":
            let parts = text.lowercased().split(separator: "x")
            guard parts.count == 2, let count = Int(parts[0]), (1...WavePlan.countMax).contains(count),
                let interval = try? QuantityText.duration(String(parts[1]), in: 0...60_000)
            else { return nil }
            return .waves(count: count, interval: interval)
        case "audience":
            return (try? QuantityText.count(text, in: 0...AudienceProfile.devicesMax, of: "devices")).map {
                .devices($0)
            }
        case "offline": return share(text).map { .offline($0) }
        case "loss": return share(text).map { .loss($0) }
        case "latency": return (try? QuantityText.duration(text, in: 1...10_000)).map { .latency($0) }
        default: return nil
        }
    }

    private static func share(_ text: String) -> Double? {
        guard text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...90).contains(percent) else { return nil }
        return percent / 100
    }

    private static func length(_ text: String, _ now: WallTime) -> Milliseconds? {
        guard case .success(.by(let length)) = MoveParser.parse(text, now: now), length > 0 else { return nil }
        return length
    }
}
