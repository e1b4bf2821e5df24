/// The one thing that is different in a branch: what would have happened if …
public enum BranchChange: Hashable, Codable, Sendable {
    /// The next thing that somebody did is not done.
    case without
    /// The next thing that somebody did is done so much later (or earlier), ms.
    case shift(Milliseconds)
    /// The clock is held for so long, ms.
    case hold(Milliseconds)
    /// The next stage is taken.
    case take
    /// Something else is done, or set, or goes wrong.
    case act(ShowScript.Act)
    /// A stage that is ahead (nil: the next) is moved.
    case move(StageKey?, Milliseconds)

    /// `hold for 1 min 30 s`; `without 'take live' by kris at 21:00:04Z`
    public func words(in script: ShowScript, at moment: WallTime) -> String {
        func deed(_ verb: String, _ tail: String = "") -> String {
            guard let deed = script.deed(from: moment) else { return "nothing was done any more" }
            return "\(verb) '\(deed.act.words)' by \(deed.by) at \(Words.time(deed.at))\(tail)"
        }
        return switch self {
        case .without: deed("without")
        case .shift(let by): deed("with", ", \(Words.duration(abs(by))) \(by < 0 ? "earlier" : "later")")
        case .hold(let length): "hold for \(Words.duration(length))"
        case .take: "take the next stage"
        case .act(let act): act.words
        case .move(let stage, let by): "move \(stage?.rawValue ?? "the next stage") by \(Words.signed(by))"
        }
    }
}

/// A showing that is to be played again, with a change or without.
public struct Rerun: Hashable, Sendable {
    public var script: ShowScript
    /// Nil: exactly as it was.
    public var change: BranchChange?
    /// Where it branches off, by the clock of the recording.
    public var moment: WallTime

    public init(_ script: ShowScript, change: BranchChange? = nil, at moment: WallTime) {
        self.script = script
        self.change = change
        self.moment = moment
    }

    /// Why this branch says nothing, with what to do instead; nil if it does.
    public var fault: String? {
        guard (script.beginsAt...max(script.showing.until, script.beginsAt)).contains(moment) else {
            return
                "\(Words.time(moment)) lies outside the showing: it goes from \(Words.time(script.beginsAt)) to \(Words.time(script.showing.until))."
        }
        switch change {
        case .without, .shift:
            guard script.deed(from: moment) == nil else { return nil }
            return "Nobody did anything from \(Words.time(moment)) on: branch before a deed, or change something else."
        default: return nil
        }
    }
}
