import Engine

/// Past moments: opening a showing, moving in it, playing it. The picture at the cursor stands in for the engine's
/// until the replay is left; the engine goes on behind it. A rehearsal is looked at in the same way.
extension AppState {
    /// Whether the screens show a past moment, or one of a rehearsal.
    var isReplaying: Bool { replay != nil }

    /// What the clock says that belongs to what is shown.
    var shownTime: WallTime { replay?.wall ?? now.wall }

    /// Why no command works now; nil where they do.
    var lookingBackReason: String? {
        replay.map { $0.mode == .rehearsal
            ? "REHEARSAL: no command works here. f leaves for the show"
            : "REPLAY of recorded data: no command works here. f leaves for the present"
        }
    }

    /// Asks for the timeline of the showing under the cursor.
    mutating func openShowing(at moment: WallTime? = nil) -> [AppEffect] {
        guard let showing = screens.history.showing else { return [] }
        return send(.recording(.timeline(showing)), for: .timeline(showing, at: moment))
    }

    mutating func show(_ timeline: Timeline, at moment: WallTime?, mode: DataMode = .replay) -> [AppEffect] {
        if replay == nil { selectedBefore = selected }
        replay = Scrubber(timeline, at: moment, mode: mode)
        frozen = nil
        selected = timeline.showing.event
        screens.fanOut = FanOutState()
        return askForFrame()
    }

    mutating func leaveReplay() {
        replay = nil
        selected = selectedBefore
        selectedBefore = nil
        screens.fanOut = FanOutState()
        if rehearsal != nil {
            rehearsal = nil
            screens.audit = AuditState()
            screen = back.popLast() ?? .fleet
        }
        if selected.map({ event($0) == nil }) ?? true { selected = newest?.events.first?.id }
        say("The present again")
    }

    /// Asks for the picture at the cursor, one at a time; a rehearsal has it at hand.
    mutating func askForFrame() -> [AppEffect] {
        guard let query = replay?.wanted else { return [] }
        if let rehearsal, case .frame(let frame) = rehearsal.answer(query) {
            replay?.ask()
            replay?.take(frame)
            return []
        }
        let effects = send(.recording(query), for: .frame)
        if !effects.isEmpty { replay?.ask() }
        return effects
    }

    /// The clock went on.
    mutating func playOn() -> [AppEffect] {
        guard replay?.isPlaying ?? false else { return [] }
        replay?.play(now: now.instant)
        return askForFrame()
    }

    mutating func receive(_ answer: RecordingAnswer, for errand: Errand) -> [AppEffect] {
        switch (answer, errand) {
        case (.showings(let showings), .showings(let before)):
            screens.history.show(showings, isFirstPage: before == nil)
            return askForMoreHistory()
        case (.timeline(let timeline), .timeline(_, let moment)) where rehearsal == nil:
            return show(timeline, at: moment)
        case (.frame(let frame), .frame) where rehearsal == nil:
            replay?.take(frame)
            return askForFrame()
        case (.script(let script), .branch(let change, let moment, let seed)):
            return beginBranch(script, change, at: moment, seed: seed)
        default: break
        }
        return []
    }

    /// Keys that mean something else in a replay; nil where they do not.
    mutating func runInReplay(_ action: AppAction) -> [AppEffect]? {
        guard replay != nil else { return nil }
        switch action {
        case .freeze: replay?.togglePlaying(now: now.instant)
        case .faster, .slower:
            replay?.changeSpeed(action == .faster ? 1 : -1)
            say("Speed \(replay?.speed ?? 1)×")
        case .mark:
            say(
                replay?.bookmark().map { "Mark \($0) at \(Format.time(shownTime)): [ ] lead to it" }
                    ?? "There are \(Scrubber.bookmarksMax) marks already")
        case .nextCommand: jump(1, "command") { $0.kind == .command }
        case .previousCommand: jump(-1, "command") { $0.kind == .command }
        case .whatIf: prompt = Prompt(.palette, text: "whatif ")
        case .follow: leaveReplay()
        case .back, .quit:
            guard screen == .history || back.isEmpty else { return nil }
            leaveReplay()
        case .open where screen == .history: return open(.event)
        case .move(let motion) where screen == .history: moveInReplay(motion)
        case .sort where screen == .history:
            let isDone = replay?.toggleScope() ?? false
            say(
                isDone
                    ? "Curves and alerts of \(replay?.isWholeRoom ?? false ? "the whole room" : "this event")"
                    : "This recording keeps only the whole room's curves")
        default: return nil
        }
        return askForFrame()
    }

    private mutating func moveInReplay(_ motion: Motion) {
        switch motion {
        case .left: replay?.step(by: -1000)
        case .right: replay?.step(by: 1000)
        case .up, .halfUp: replay?.step(by: -10_000)
        case .down, .halfDown: replay?.step(by: 10_000)
        case .pageUp: replay?.step(by: -60_000)
        case .pageDown: replay?.step(by: 60_000)
        case .top: replay?.step(by: .min / 2)
        case .bottom: replay?.step(by: .max / 2)
        case .next: jump(1, "marker") { $0.kind != .command }
        case .previous: jump(-1, "marker") { $0.kind != .command }
        case .nextPane, .previousPane: break
        }
    }

    private mutating func jump(_ direction: Int, _ word: String, to isWanted: (Scrubber.Marker) -> Bool) {
        if let marker = replay?.jump(direction, to: isWanted) {
            say("\(Format.time(shownTime)) \(marker.text)")
        } else {
            say("No \(word) \(direction > 0 ? "ahead" : "before")")
        }
    }

    /// `:03:14`, `:03:14:31`: the next place where the clock said so, from the beginning again at the end.
    mutating func goTo(clock ofDay: Milliseconds) -> [AppEffect] {
        guard let replay else {
            say("A time is for a replay: 8 History, Enter on an event", .warn)
            return []
        }
        let day: Milliseconds = 86_400_000
        let midnight = replay.axis.origin - ((replay.axis.origin.milliseconds % day) + day) % day
        let moments = (0...max(1, replay.axis.length / day + 1)).map { midnight + $0 * day + ofDay }
        let places = { (earliest: Milliseconds) in
            moments.compactMap { replay.axis.place(of: $0, from: earliest) }.min()
        }
        guard let place = places(replay.cursor + 1) ?? places(0) else {
            say(
                "The recording has no \(WallTime(milliseconds: ofDay).clock())Z: it goes from \(Format.time(replay.axis.origin)) to \(Format.time(replay.axis.wall(at: replay.axis.length)))",
                .warn)
            return []
        }
        self.replay?.step(by: place - replay.cursor)
        return askForFrame()
    }
}
