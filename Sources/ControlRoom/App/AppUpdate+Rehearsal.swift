import Engine

/// Tonight in virtual time: asking for it, looking at it, and back to the show.
extension AppState {
    /// Whether the screens show a rehearsal.
    var isRehearsing: Bool { rehearsed != nil }

    static let rehearsalReason = "REHEARSAL: no command works here. q leads back to the show"

    mutating func askForRehearsal(seed: UInt64) -> [AppEffect] {
        guard !isPlayingRehearsal else {
            say("A rehearsal is being played already: it opens when it is done")
            return []
        }
        return send(.schedule, for: .rehearse(seed: seed))
    }

    mutating func beginRehearsal(_ events: [LiveEvent], _ capacity: EdgeCapacity, seed: UInt64) -> [AppEffect] {
        guard !events.isEmpty else {
            say("There is nothing to rehearse: no live event is on the desk", .warn)
            return []
        }
        isPlayingRehearsal = true
        say("Rehearsing \(events.count == 1 ? events[0].code : "\(events.count) events") with seed \(seed); the show goes on meanwhile")
        return [.rehearse(events, capacity, seed: seed)]
    }

    mutating func receive(_ show: RehearsedShow?) {
        isPlayingRehearsal = false
        guard let show else {
            say("The rehearsal was not finished", .warn)
            return
        }
        rehearsed = show
        rehearsed?.selectedBefore = selected
        if selected.map({ event($0) == nil }) ?? true { selected = show.frame.events.first?.id }
        overlay = nil
        if screen == .history || screen == .audit { open(.fleet) }
        screens.fanOut = FanOutState()
        say(show.verdict, show.verdict.hasPrefix("KEPT") ? .info : .warn)
    }

    mutating func leaveRehearsal() {
        selected = rehearsed?.selectedBefore
        rehearsed = nil
        screens.fanOut = FanOutState()
        if selected.map({ event($0) == nil }) ?? true { selected = newest?.events.first?.id }
        say("Back in the show")
    }

    /// Keys that mean something else while a rehearsal is shown; nil where they do not.
    mutating func runInRehearsal(_ action: AppAction) -> [AppEffect]? {
        guard isRehearsing else { return nil }
        switch action {
        case .move(.left): rehearsed?.step(by: -1)
        case .move(.right): rehearsed?.step(by: 1)
        case .move(.pageUp): rehearsed?.step(by: -20)
        case .move(.pageDown): rehearsed?.step(by: 20)
        case .move(.top): rehearsed?.step(by: .min / 2)
        case .move(.bottom): rehearsed?.step(by: .max / 2)
        case .move(.next), .move(.previous):
            let isNext = action == .move(.next)
            if !(rehearsed?.jump(isNext ? 1 : -1) ?? false) { say("No fan-out \(isNext ? "ahead" : "before")") }
        case .freeze: rehearsed?.togglePlaying(now: now.instant)
        case .show(8), .show(9): say("History and Audit are the show's own: q leads back to it")
        case .quit, .follow: leaveRehearsal()
        default:
            guard action.steers else { return nil }
            say(Self.rehearsalReason)
        }
        return []
    }
}
