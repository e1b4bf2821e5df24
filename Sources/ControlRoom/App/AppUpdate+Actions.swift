import Engine

/// What each action of the key table does.
extension AppState {
    mutating func run(_ action: AppAction) -> [AppEffect] {
        if let effects = runInReplay(action) { return effects }
        switch action {
        case .move(.next), .move(.previous): return step(action == .move(.next) ? 1 : -1)
        case .move(let motion): return moveOnScreen(motion)
        case .show(let screen): return open(screen)
        case .open: return openOnScreen()
        case .back: return goBack()
        case .filter: prompt = Prompt(.filter, text: filterOnScreen)
        case .nextMatch: return moveOnScreen(.down)
        case .previousMatch: return moveOnScreen(.up)
        case .palette: prompt = Prompt(.palette)
        case .help: overlay = .help(HelpOverlay())
        case .sort: sortOnScreen(reversing: false)
        case .reverseSort: sortOnScreen(reversing: true)
        case .regroup:
            screens.lagging.regroup()
            return askForLag()
        case .foldCalm: foldOnScreen()
        case .follow: followOnScreen()
        case .freeze:
            frozen = frozen == nil ? newest : nil
            say(
                frozen == nil
                    ? "The view follows again" : "The view stands still; the data goes on. Space follows again")
        case .repaint: return [.repaint]
        case .export: return exportAudit(to: nil)
        case .faster, .slower, .mark, .nextCommand, .previousCommand: break // `runInReplay`
        case .whatIf: return chooseSurge()
        case .detach: return leave(.detached)
        case .quit: return screen == .fleet ? askToQuit() : goBack()
        case .take, .hold, .reschedule, .trigger, .recycle, .abort, .pauseWaves, .promote, .vote, .resend, .acknowledge,
            .acknowledgeAll, .note, .undo, .adopt, .pending, .drain, .cordon, .overrideBucket, .admit, .levers:
            return steer(action)
        }
        return []
    }

    /// What is done about the room, a node or the traffic; the rest is about the selected event.
    private mutating func steer(_ action: AppAction) -> [AppEffect] {
        switch action {
        case .adopt: return prepare(.adoptSchedule)
        case .pending: return choosePending()
        case .note:
            prompt = Prompt(owedReason.map { .reason($0) } ?? .note(selected))
            return []
        case .drain: return node.map { prepare(.drain($0.id, over: nil)) } ?? []
        case .cordon: return node.map { prepare($0.takesDevices ? .cordon($0.id) : .uncordon($0.id)) } ?? []
        case .overrideBucket: return chooseOverride()
        case .admit(let step): return stepOverride(by: step)
        case .levers: return chooseLever()
        case .acknowledge: return openAlerts.first.map { perform(.acknowledge($0.id)) } ?? []
        case .acknowledgeAll: return openAlerts.prefix(Self.errandsMax / 2).flatMap { perform(.acknowledge($0.id)) }
        default: return event.map { steer($0, action) } ?? []
        }
    }

    /// The entry under Audit's cursor, if somebody still owes its reason.
    private var owedReason: EntryNumber? {
        guard screen == .audit, let shown, let entry = screens.audit.selected(shown, now: now.instant) else {
            return nil
        }
        return Wording.owesReason(entry) ? entry.number : nil
    }

    private mutating func steer(_ event: EventSnapshot, _ action: AppAction) -> [AppEffect] {
        switch action {
        case .take: return event.next.map { prepare(.take(event.id, $0)) } ?? []
        case .hold: return handle(.function(8))
        case .reschedule:
            // A collision is what a move is for now: the proposed one opens, worked out.
            if let proposal = event.proposal {
                return openReschedule(event, stage: proposal.stage, move: .by(proposal.by))
            }
            return event.next.map { openReschedule(event, stage: $0) } ?? []
        case .abort: return broadcast.map { prepare(.abort(event.id, $0.id)) } ?? []
        case .pauseWaves: return broadcast.map { prepare(.pauseWaves(event.id, $0.id)) } ?? []
        case .promote: return broadcast.map { prepare(.promote(event.id, $0.id)) } ?? []
        case .resend: return broadcast.map { prepare(.resend(event.id, $0.id)) } ?? []
        case .undo: return prepare(.undo(event.id))
        case .trigger:
            chooseStage("Trigger which stage of \(event.code)?", from: stagesAhead, orAt: 0) { .trigger(event.id, $0) }
        case .recycle:
            // The stage on air comes first; whoever sent a wrong one wants the stage before it.
            chooseStage("Recycle \(event.code) to which stage?", from: stagesTaken.reversed(), orAt: 1) {
                .recycle(event.id, $0)
            }
        case .vote: chooseVote(event)
        default: break
        }
        return []
    }

    private mutating func chooseVote(_ event: EventSnapshot) {
        let choices = votableGates.flatMap { gate in
            [true, false].map { go in
                Picker.Choice(
                    title: "\(gate.name)  \(go ? "GO" : "NO-GO")", detail: gate.detail,
                    outcome: .perform(.vote(event.id, gate: gate.name, go: go))
                )
            }
        }
        overlay = .picker(Picker(title: "Vote at which gate of \(event.code)?", choices: choices))
    }

    /// The cursor stands on the stage that is under it on the Event screen, if that is one to choose; else at `place`.
    private mutating func chooseStage(
        _ title: String, from stages: [StageSnapshot], orAt place: Int, _ intent: (StageKey) -> Intent
    ) {
        let pointed = screen == .event ? event.flatMap { screens.event.stage(of: $0) } : nil
        let choices = stages.map { stage in
            Picker.Choice(
                title: stage.key.rawValue, detail: "\(stage.mode.rawValue)  \(stage.timing)",
                outcome: .prepare(intent(stage.key))
            )
        }
        let index = stages.firstIndex { $0.key == pointed } ?? min(place, max(0, stages.count - 1))
        overlay = .picker(Picker(title: title, choices: choices, index: index))
    }

    private mutating func choosePending() -> [AppEffect] {
        let plans = newest?.pending ?? []
        if let only = plans.first, plans.count == 1 { return openPending(only.plan.id) }
        overlay = .picker(Picker(title: "Pending plans", choices: plans.map { pending in
            Picker.Choice(
                        title: "#\(pending.plan.id) \(pending.plan.title)", detail: "by \(pending.plan.by)",
                        outcome: .open(pending.plan.id)
            )
        }))
        return []
    }

    /// Another terminal's `q` just leaves; the engine's own asks the engine what would be missed.
    mutating func askToQuit() -> [AppEffect] {
        if options.seat == .attached { return leave(.detached) }
        if newest == nil || outage != nil { return leave(.quit) }
        return prepare(.quit)
    }

    /// Goes to `screen`, keeping the selected event.
    mutating func open(_ next: Screen) -> [AppEffect] {
        guard next != screen else { return [] }
        back.removeAll { $0 == screen || $0 == next }
        if next == .fleet { back = [] } else { back.append(screen) }
        screen = next
        switch next {
        case .history: return askForHistory() + askForShowings()
        case .audit: return askForAudit()
        case .lagging: return askForLag()
        case .fleet, .event, .fanOut, .prefetch, .traffic: return []
        }
    }

    private mutating func goBack() -> [AppEffect] {
        toast = nil
        if closeOnScreen() { return [] }
        if frozen != nil {
            frozen = nil
            return []
        }
        screen = back.popLast() ?? .fleet
        return []
    }

    /// `]` and `[`: the next event in the fleet's order; on History the next broadcast.
    private mutating func step(_ direction: Int) -> [AppEffect] {
        if screen == .history || screen == .audit || screen == .fleet {
            return moveOnScreen(direction > 0 ? .next : .previous)
        }
        guard let events = shown?.events, !events.isEmpty else { return [] }
        let place = events.firstIndex { $0.id == selected } ?? 0
        select(events[(place + direction + events.count) % events.count].id)
        return screen == .lagging ? askForLag() : []
    }

    mutating func select(_ id: EventID) {
        selected = id
        followInRehearsal(id)
    }

    mutating func setFilter(_ text: String) { filterOnScreen = text }
}
