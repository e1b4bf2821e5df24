import Engine

/// Tonight in virtual time: asking for it, and looking at it, which is done as in a replay (`AppUpdate+Replay`).
extension AppState {
    mutating func askForRehearsal(seed: UInt64) -> [AppEffect] {
        guard !isPlayingRehearsal else {
            say("A rehearsal is being played already: it opens when it is done")
            return []
        }
        return send(.schedule, for: .rehearse(seed: seed))
    }

    mutating func beginRehearsal(_ order: RehearsalOrder) -> [AppEffect] {
        guard !order.events.isEmpty else {
            say("There is nothing to rehearse: no live event is on the desk", .warn)
            return []
        }
        isPlayingRehearsal = true
        let events = order.events.count == 1 ? order.events[0].code : "\(order.events.count) events"
        say("Rehearsing \(events) with seed \(order.seed); the show goes on meanwhile")
        return [.rehearse(order)]
    }

    /// The rehearsal has been played: opens it at its first fan-out. A replay that is open gives way.
    mutating func open(_ recording: RehearsalRecording?) -> [AppEffect] {
        isPlayingRehearsal = false
        guard let recording else {
            say("The rehearsal was not finished", .warn)
            return []
        }
        if isReplaying { leaveReplay() }
        rehearsal = recording
        overlay = nil
        screens.audit = AuditState()
        let wanted = recording.showings.first { $0.event == selected } ?? recording.showings.first
        guard let wanted, case .timeline(let timeline) = recording.answer(.timeline(wanted)) else { return [] }
        var effects = show(timeline, at: timeline.stages.first?.at, mode: .rehearsal)
        effects += open(.history)
        say(recording.caption, recording.caption.contains("KEPT") ? .info : .warn)
        return effects
    }

    /// Moves the cursor to where the clock of what is looked at said so.
    mutating func goTo(_ moment: WallTime) -> [AppEffect] {
        guard let replay, let place = replay.axis.place(of: moment) else { return [] }
        self.replay?.step(by: place - replay.cursor)
        return askForFrame()
    }

    /// The timeline is laid out for the event that is looked at, at the same moment.
    mutating func followInRehearsal(_ id: EventID) {
        guard let rehearsal, let replay, replay.timeline.showing.event != id,
            let showing = rehearsal.showings.first(where: { $0.event == id }),
            case .timeline(let timeline) = rehearsal.answer(.timeline(showing))
        else { return }
        self.replay = Scrubber(timeline, at: replay.wall, mode: .rehearsal)
        _ = askForFrame()
    }
}
