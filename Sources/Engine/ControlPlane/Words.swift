import OrderedCollections

/// How the engine words numbers and times in the sentences it writes: journal, plans, alerts, replies.
enum Words {
    /// `21:00:00Z`, or `on cue`.
    static func time(_ wall: WallTime?) -> String { wall.map { "\($0.clock())Z" } ?? "on cue" }

    /// `380 ms`, `42.1 s`, `1 min 30 s`: as `durationWords`, but no finer than a reader needs.
    static func duration(_ milliseconds: Milliseconds) -> String {
        if milliseconds >= 60_000 { return durationWords(milliseconds - milliseconds % 1000) }
        guard milliseconds >= 1000, milliseconds % 1000 >= 100 else {
            return durationWords(milliseconds < 1000 ? milliseconds : milliseconds - milliseconds % 1000)
        }
        return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }

    /// `+30 s`, `-1 min 30 s`.
    static func signed(_ milliseconds: Milliseconds) -> String {
        (milliseconds < 0 ? "-" : "+") + duration(abs(milliseconds))
    }

    /// The first length that `signed` wrote in a sentence: `wall clock -59 min 59 s against …` is -3 599 000; nil where
    /// there is none.
    static func milliseconds(_ text: String) -> Milliseconds? {
        guard let start = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return nil }
        let tail = String(text[text.index(after: start)...])
        let words: [String] = tail.split(whereSeparator: { $0 == " " }).map { String($0) }
        let units: [String: Milliseconds] = ["d": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1000, "ms": 1]
        var total: Milliseconds = 0
        for (number, unit) in zip(words, words.dropFirst()) {
            if let size = units[unit], let count = Double(number) { total += Milliseconds(count * Double(size)) }
        }
        return text[start] == "-" ? -total : total
    }

    /// `96.4%`, rounded down so that what is not complete never reads as 100 %.
    static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded(.down))
        return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
    }

    /// `812`, `97.3 k`, `100.41 M`, rounded down.
    static func count(_ number: Int) -> String {
        switch number {
        case ..<10_000: "\(number)"
        case ..<1_000_000: "\(number / 1000).\(number % 1000 / 100) k"
        default: "\(number / 1_000_000).\(padded(Int64(number % 1_000_000 / 10_000), 2)) M"
        }
    }

    /// `FN12 LIVE`: the code of the event and the stage; what is live stands in capitals, as on the screens.
    static func stage(_ key: StageKey, of run: RunOfShow) -> String {
        "\(run.event.code) \(run.definition(of: key)?.kind == .live ? key.rawValue.uppercased() : key.rawValue)"
    }

    /// The text without white space around it; nil if nothing is left.
    static func trimmed(_ text: String) -> String? {
        let kept = text.drop(while: \.isWhitespace)
        guard let last = kept.lastIndex(where: { !$0.isWhitespace }) else { return nil }
        return String(kept[...last])
    }

    /// The heading of a plan.
    static func title(of intent: Intent, runs: OrderedDictionary<EventID, RunOfShow>) -> String {
        let run = intent.event.flatMap { runs[$0] }
        let code = run?.event.code ?? "", onAir = run?.current?.rawValue ?? "nothing"
        return switch intent {
        case .take(_, let key): "TAKE \(code): \(onAir) -> \(key)"
        case .trigger(_, let key): "TRIGGER \(code): \(onAir) -> \(key)"
        case .recycle(_, let key): "RECYCLE \(code): \(onAir) -> \(key)"
        case .hold: "HOLD \(code)"
        case .resume: "RESUME \(code)"
        case .reschedule(_, let key, .by(let milliseconds)): "Reschedule \(code) \(key) \(signed(milliseconds))"
        case .reschedule(_, let key, .to(let wall)): "Reschedule \(code) \(key) to \(time(wall))"
        case .abort(_, let broadcast): "ABORT \(code): the waves of \(broadcast) that are left"
        case .pauseWaves(_, let broadcast): "PAUSE \(code): no further wave of \(broadcast)"
        case .promote(_, let broadcast): "PROMOTE \(code): the waves of \(broadcast) go on"
        case .resend(_, let broadcast): "Re-send \(broadcast) of \(code) to un-acked devices"
        case .vote(_, let gate, let go): "Vote \(code) \(gate) \(go ? "GO" : "NO-GO")"
        case .drill(let fault): "DRILL: \(fault)"
        case .endDrills: "End the drills"
        case .note: "Note"
        case .explain: "Explain"
        case .signHandover: "Sign the handover"
        case .acknowledge: "Acknowledge"
        case .adoptSchedule: "Adopt the edited schedule"
        case .cordon(let node): "CORDON \(node)"
        case .drain(let node, let window): "DRAIN \(node)" + (window.map { " over \(duration($0))" } ?? "")
        case .uncordon(let node): "UNCORDON \(node)"
        case .traffic(let intent): intent.title
        case .undo: "Undo the last move of \(code)"
        case .quit: "QUIT: end the engine"
        }
    }
}
