/// What a production system asks for in the body of `POST /v1/events/{id}/signals`: exactly one verb, and
/// what a person at the desk would type beside it. `Documentation/Signals.md` is the contract.
struct SignalRequest: Equatable {
    enum Verb: Equatable {
        /// Send this stage, which must be the next one.
        case take(StageKey)
        case hold
        case resume
        /// Move the next timed stage, later or (negative) earlier; never 0.
        case delay(Milliseconds)
    }

    var verb: Verb
    /// The reason for the audit, at most 500 characters.
    var why: String?
    /// The event's code, for what is guard level G3.
    var code: String?

    static let whyMax = 500

    /// - Throws: `SignalFault` that names the field and what to send instead.
    init(json: [UInt8]) throws(SignalFault) {
        var verbs: [Verb] = []
        for field in try FlatObject(json: json).fields {
            switch field.name {
            case "take": verbs.append(.take(StageKey(rawValue: try Self.text(of: field, max: 64))))
            case "hold": verbs.append(try Self.hold(field))
            case "delay": verbs.append(.delay(try Self.delay(field)))
            case "why": why = try Self.text(of: field, max: Self.whyMax)
            case "code": code = try Self.text(of: field, max: 16)
            default:
                throw SignalFault(
                    "Unknown field “\(field.name.prefix(64))”: a signal has one of take, hold and delay, and may have why and code."
                )
            }
        }
        guard let only = verbs.first, verbs.count == 1 else {
            throw SignalFault(
                "A signal has exactly one verb, this one has \(verbs.count): send {\"take\":\"live\"}, {\"hold\":true}, {\"hold\":false} or {\"delay\":\"PT30S\"}."
            )
        }
        verb = only
    }

    private static func text(of field: FlatObject.Field, max: Int) throws(SignalFault) -> String {
        guard case .text(let text) = field.value, !text.isEmpty else {
            throw SignalFault("“\(field.name)” must be a text that is not empty.")
        }
        guard text.count <= max else {
            throw SignalFault("“\(field.name)” has \(text.count) characters: at most \(max) are taken.")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw SignalFault("“\(field.name)” holds control characters: send plain text.")
        }
        return text
    }

    private static func hold(_ field: FlatObject.Field) throws(SignalFault) -> Verb {
        switch field.value {
        case .truth(true): return .hold
        case .truth(false): return .resume
        case .text: throw SignalFault("“hold” must be true (hold) or false (resume).")
        }
    }

    private static func delay(_ field: FlatObject.Field) throws(SignalFault) -> Milliseconds {
        guard case .text(let text) = field.value, let delay = milliseconds(iso8601: text) else {
            throw SignalFault("“delay” must be an ISO 8601 duration of weeks to seconds: PT30S, -PT1M30S.")
        }
        guard delay != 0, abs(delay) <= delayMax else {
            throw SignalFault("“delay” must move the stage, by at most 24 hours: PT30S, -PT1M30S.")
        }
        return delay
    }

    /// The furthest one signal moves a stage.
    static let delayMax: Milliseconds = 24 * 3_600_000
}

/// What is wrong with a signal, in a sentence for whoever wrote the sender.
struct SignalFault: Error, Equatable {
    var sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}

/// The length of an ISO 8601 duration, ms: `PT30S`, `-PT1M30.5S`, `P1DT2H`, `P1W`. Nil for what is none, for
/// years and months (their length depends on when), for a fraction of anything but the seconds, and for
/// more than nine digits in a row.
func milliseconds(iso8601 text: String) -> Milliseconds? {
    var rest = Substring(text)
    let isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest.removeFirst() }
    guard rest.first == "P", rest.count > 1, rest.last != "T" else { return nil }
    rest.removeFirst()
    var units: [(Character, Milliseconds)] = [("W", 7 * 86_400_000), ("D", 86_400_000)]
    var sum: Milliseconds = 0, isInTime = false
    while !rest.isEmpty {
        if rest.first == "T", !isInTime {
            rest.removeFirst()
            isInTime = true
            units = [("H", 3_600_000), ("M", 60_000), ("S", 1000)]
            continue
        }
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        var thousandths: Milliseconds = 0
        if let mark = rest.first, mark == "." || mark == "," {
            let fraction = rest.dropFirst().prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(1 + fraction.count)
            guard !fraction.isEmpty, rest == "S", fraction.count <= 9 else { return nil }
            thousandths = Milliseconds((fraction + "00").prefix(3)) ?? 0
        }
        guard (1...9).contains(digits.count), let count = Milliseconds(digits), let unit = rest.first,
            let place = units.firstIndex(where: { $0.0 == unit })
        else { return nil }
        sum += count * units[place].1 + thousandths
        units.removeFirst(place + 1)
        rest.removeFirst()
    }
    return isNegative ? -sum : sum
}
