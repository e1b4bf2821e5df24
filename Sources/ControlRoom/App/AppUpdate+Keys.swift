import Engine

/// Where a key goes: to the few that work at any depth, then to what lies on top, last to the key table.
extension AppState {
    mutating func handle(_ key: Key) -> [AppEffect] {
        switch key {
        case .control("c"): return interrupt()
        case .control("z"): return suspend()
        case .control("l"): return [.repaint]
        case .escape:
            if let armed = countingDown { return stop(armed) }
        case .function(8): return holdOrResume()
        case .character("H") where !isTyping: return holdOrResume()
        default: break
        }
        interruptedAt = nil
        if prompt != nil { return handlePrompt(key) }
        switch overlay {
        case .help(let help): return handleHelp(help, key)
        case .picker(let picker): return handlePicker(picker, key)
        case .plan(let dialog): return handlePlan(dialog, key)
        case .handover(let sheet): return handleHandover(sheet, key)
        case .surge(let sheet): return handleSurge(sheet, key)
        case nil: break
        }
        guard let binding = KeyMap.binding(for: key, on: screen) else { return [] }
        return run(binding)
    }

    /// How long after a refusal, or after the last key that was swallowed for it, steering keys are dead.
    private static var typeAhead: Duration { .milliseconds(1_200) }

    /// Whether letters are text now, and none of them a command.
    var isTyping: Bool {
        if prompt != nil { return true }
        if case .plan(let dialog) = overlay { return dialog.focus != .cancel }
        return false
    }

    mutating func run(_ binding: KeyBinding) -> [AppEffect] {
        if let reason = lookingBackReason, binding.action.steers {
            say(reason)
            refusedAt = now.instant
            return []
        }
        if options.isReadOnly, binding.action.steers {
            say("This room is read-only: open one without --read-only to steer")
            return []
        }
        // Who was refused goes on typing what the dialog would have asked for; those letters are no commands.
        if binding.action.steers, let refusedAt, now.instant - refusedAt < Self.typeAhead {
            self.refusedAt = now.instant
            return []
        }
        if let reason = binding.disabled(self) {
            say(reason)
            if binding.action.steers { refusedAt = now.instant }
            return []
        }
        refusedAt = nil
        return run(binding.action)
    }

    /// HOLD acts at once, at any depth, on the event in question; a held clock is let go through a plan.
    private mutating func holdOrResume() -> [AppEffect] {
        if let reason = lookingBackReason {
            say(reason)
            return []
        }
        if options.isReadOnly {
            say("This room is read-only: open one without --read-only to steer")
            return []
        }
        var id = selected
        if case .plan(let dialog) = overlay { id = dialog.plan?.event ?? dialog.reschedule?.event ?? id }
        guard let id else {
            say("No event is selected: 1 shows the fleet")
            return []
        }
        // What counts is how the engine stands now, not a picture frozen by Space.
        if newest?.events.first(where: { $0.id == id })?.hold != nil {
            guard overlay == nil, prompt == nil else {
                say("The clock is held already; close this to RESUME")
                return []
            }
            return prepare(.resume(id))
        }
        return perform(.hold(id))
    }

    private mutating func interrupt() -> [AppEffect] {
        if prompt != nil {
            prompt = nil
            return []
        }
        if let overlay {
            return close(overlay)
        }
        if let interruptedAt, now.instant - interruptedAt <= .seconds(2) {
            self.interruptedAt = nil
            return askToQuit()
        }
        interruptedAt = now.instant
        say("Ctrl-C ends nothing here: once more within 2 s asks to quit, Q leaves and the engine goes on")
        return []
    }

    /// Refused while anything is due or in flight: a stopped process sends no stage.
    private mutating func suspend() -> [AppEffect] {
        guard options.seat == .engine, let picture = newest else { return [.suspend] }
        if picture.broadcasts.contains(where: { $0.record.state == .sending }) {
            say("Ctrl-Z is refused: a broadcast is in flight and a stopped engine sends nothing. Use :detach", .warn)
            return []
        }
        let soon = picture.events.first { event in
            guard event.hold == nil, let countdown = event.countdown else { return false }
            return countdown < 600_000
        }
        if let soon {
            say(
                "Ctrl-Z is refused: \(soon.code) is due within 10 min and a stopped engine sends nothing. Use :detach",
                .warn)
            return []
        }
        return [.suspend]
    }

    private mutating func stop(_ armed: ArmedPlan) -> [AppEffect] {
        say("Stopping \(armed.title)", .warn)
        return send(.disarm(armed.plan), for: .disarm(armed.plan))
    }

    /// Closes what lies on top; a plan is given back to the engine.
    mutating func close(_ overlay: Overlay) -> [AppEffect] {
        self.overlay = nil
        preparing = nil
        // What was said while the dialog was open, or before, is about something that is over now.
        if case .plan = overlay { toast = nil }
        guard case .plan(let dialog) = overlay, dialog.purpose == .apply, let plan = dialog.plan else { return [] }
        return send(.discard(plan.id), for: .discard(plan.id))
    }

    private mutating func handleHelp(_ help: HelpOverlay, _ key: Key) -> [AppEffect] {
        let page = max(1, size.height - 10)
        var first = help.firstLine
        switch key {
        case .escape, .enter, .character("?"), .character("q"), .function(1): return close(.help(help))
        case .character("j"), .down: first += 1
        case .character("k"), .up: first -= 1
        case .pageDown, .control("f"), .control("d"): first += page
        case .pageUp, .control("b"), .control("u"): first -= page
        case .character("g"), .home: first = 0
        case .character("G"), .end: first = .max
        default: break
        }
        let last = max(0, HelpPage.lines(for: self).count - HelpPage.rows(in: size))
        overlay = .help(HelpOverlay(firstLine: min(max(0, first), last)))
        return []
    }

    private mutating func handlePicker(_ picker: Picker, _ key: Key) -> [AppEffect] {
        var picker = picker
        switch key {
        case .escape, .character("q"): return close(.picker(picker))
        case .character("j"), .down: picker.index = min(picker.index + 1, max(0, picker.choices.count - 1))
        case .character("k"), .up: picker.index = max(picker.index - 1, 0)
        case .character("g"), .home: picker.index = 0
        case .character("G"), .end: picker.index = max(0, picker.choices.count - 1)
        case .enter:
            overlay = nil
            guard picker.choices.indices.contains(picker.index) else { return [] }
            switch picker.choices[picker.index].outcome {
            case .prepare(let intent): return prepare(intent)
            case .perform(let intent): return perform(intent)
            case .open(let plan): return openPending(plan)
            case .surge(let surge): return ask(surge)
            }
        default: break
        }
        overlay = .picker(picker)
        return []
    }
}
