import Engine

/// The line at the bottom: commands with history and completion, filter, note.
extension AppState {
    mutating func handlePrompt(_ key: Key) -> [AppEffect] {
        guard var line = prompt else { return [] }
        switch key {
        case .escape:
            prompt = nil
            if line.purpose == .filter { setFilter("") }
            return []
        case .enter:
            prompt = nil
            return accept(line)
        case .tab where line.purpose == .palette: complete(&line)
        case .up where line.purpose == .palette: recall(&line, by: -1)
        case .down where line.purpose == .palette: recall(&line, by: 1)
        case .backspace where line.field.isEmpty:
            prompt = nil
            return []
        default:
            _ = line.field.handle(key)
            if line.purpose == .filter { setFilter(line.field.text) }
        }
        prompt = line
        return []
    }

    private mutating func accept(_ line: Prompt) -> [AppEffect] {
        let text = line.field.text
        switch line.purpose {
        case .filter:
            setFilter(text)
            return []
        case .note(let event):
            guard text.contains(where: { $0 != " " }) else { return [] }
            return perform(.note(event, text))
        case .reason(let entry):
            guard text.contains(where: { $0 != " " }) else { return [] }
            return perform(.explain(entry, text)) + askForAudit()
        case .palette:
            guard text.contains(where: { $0 != " " }) else { return [] }
            paletteHistory.removeAll { $0 == text }
            paletteHistory.append(text)
            if paletteHistory.count > Self.paletteHistoryMax { paletteHistory.removeFirst() }
            return run(line: text)
        }
    }

    /// Runs a typed command, through the same guards as its key.
    mutating func run(line: String) -> [AppEffect] {
        switch PaletteCommand.parse(line, in: self) {
        case .failure(let failure):
            say(failure.sentence, .warn)
            return []
        case .success(let command): return run(command)
        }
    }

    mutating func run(_ command: PaletteCommand) -> [AppEffect] {
        if case .action(let action) = command {
            guard let binding = KeyMap.binding(for: action) else { return [] }
            return run(binding)
        }
        if case .selectEvent(let id) = command {
            select(id)
            return open(.event)
        }
        if case .goTo(let ofDay) = command { return goTo(clock: ofDay) }
        if case .exportAudit(let path) = command { return exportAudit(to: path) }
        if case .archive(let kind, let name) = command { return archive(kind, name: name) }
        if case .branch(let command) = command { return run(command) }
        if let reason = lookingBackReason {
            say(reason)
            return []
        }
        if case .rehearse(let seed) = command { return askForRehearsal(seed: seed) }
        if case .surge(let surge) = command { return ask(surge) }
        if options.isReadOnly {
            say("This room is read-only: open one without --read-only to steer")
            return []
        }
        return steer(command)
    }

    /// A command for the engine.
    private mutating func steer(_ command: PaletteCommand) -> [AppEffect] {
        switch command {
        case .action, .selectEvent, .goTo, .exportAudit, .archive, .rehearse, .surge, .branch: return []
        case .handover: return openHandover()
        case .reschedule(let id, let stage, let move): return reschedule(id, stage, move)
        case .trigger(let id, let stage): return prepare(.trigger(id, stage))
        case .recycle(let id, let stage): return prepare(.recycle(id, stage))
        case .drain(let node, let window): return prepare(.drain(node, over: window))
        case .cordon(let node): return prepare(.cordon(node))
        case .uncordon(let node): return prepare(.uncordon(node))
        case .vote(let id, let gate, let go): return perform(.vote(id, gate: gate, go: go))
        case .note(let id, let text): return perform(.note(id, text))
        case .traffic(let intent): return prepare(.traffic(intent))
        case .explain(let entry, let text): return perform(.explain(entry, text))
        case .device(let id): return want(.device(id))
        case .drill(let fault): return prepare(.drill(fault))
        case .endDrills: return perform(.endDrills)
        case .lagging: return want(.sentence)
        case .acknowledge(let id): return perform(.acknowledge(id))
        case .approve(let plan): return openPending(plan)
        case .disarm(let plan): return send(.disarm(plan), for: .disarm(plan))
        case .withdraw(let plan): return send(.discard(plan), for: .discard(plan))
        }
    }

    /// Opens the plan, worked out as typed.
    private mutating func reschedule(_ id: EventID, _ stage: StageKey?, _ move: Move) -> [AppEffect] {
        guard let event = event(id), let stage = stage ?? event.next else {
            say("The run of show is over: there is nothing left to move")
            return []
        }
        var dialog = PlanDialog()
        dialog.reschedule = .init(
            event: id, stage: stage, planned: event.stages.first { $0.key == stage }?.planned, move: move
        )
        overlay = .plan(dialog)
        return prepare(.reschedule(id, stage, move))
    }

    /// Completes the last word as far as all candidates agree; says what is left to choose from.
    private mutating func complete(_ line: inout Prompt) {
        let candidates = PaletteCommand.completions(of: line.field.text, in: self)
        guard let first = candidates.first else { return }
        var common = first
        for candidate in candidates.dropFirst() {
            while !candidate.lowercased().hasPrefix(common.lowercased()) { common.removeLast() }
        }
        let text = line.field.text
        let head = text.lastIndex(of: " ").map { String(text[...$0]) } ?? ""
        line.field.set(head + common + (candidates.count == 1 ? " " : ""))
    }

    private mutating func recall(_ line: inout Prompt, by step: Int) {
        guard !paletteHistory.isEmpty else { return }
        let place = (line.recalled ?? paletteHistory.count) + step
        guard place < paletteHistory.count else {
            line.recalled = nil
            line.field.set("")
            return
        }
        line.recalled = max(0, place)
        line.field.set(paletteHistory[max(0, place)])
    }
}
