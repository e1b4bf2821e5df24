import Engine

/// A plan on the screen: what its keys do, and what the engine's answers do to it. Nothing here applies a
/// plan that has not been painted, and nothing but `y` confirms.
extension AppState {
    mutating func handlePlan(_ shown: PlanDialog, _ key: Key) -> [AppEffect] {
        var dialog = shown
        if dialog.paintedAt == nil, !isHarmlessBeforePainting(key, dialog) { return [] }
        if key == .tab || key == .backTab {
            let fields = dialog.fields, place = fields.firstIndex(of: dialog.focus) ?? 0
            dialog.focus = fields[(place + (key == .tab ? 1 : fields.count - 1)) % fields.count]
            overlay = .plan(dialog)
            return []
        }
        switch dialog.focus {
        case .cancel: return handleButtons(dialog, key)
        case .why: return handleText(&dialog, \.why, key)
        case .code: return handleCode(dialog, key)
        case .time: return handleTime(dialog, key)
        }
    }

    /// What was typed before a plan could be seen was meant for something else; closing it, and going on with
    /// a rescheduling or a reason, stays possible.
    private func isHarmlessBeforePainting(_ key: Key, _ dialog: PlanDialog) -> Bool {
        if key == .escape || dialog.focus == .why || dialog.focus == .time { return true }
        guard dialog.reschedule != nil, case .character(let character) = key else { return false }
        return "+=-".contains(character) || (character.isASCII && character.isNumber)
    }

    private mutating func handleButtons(_ shown: PlanDialog, _ key: Key) -> [AppEffect] {
        var dialog = shown
        switch key {
        case .enter, .escape, .character("q"): return close(.plan(dialog))
        case .character("y"): return confirm(dialog)
        case .character("x") where dialog.purpose == .approve:
            overlay = nil
            return dialog.plan.map { send(.discard($0.id), for: .discard($0.id)) } ?? []
        case .character("+"), .character("="): return move(dialog, by: 30_000)
        case .character("-"): return move(dialog, by: -30_000)
        case .character(let digit) where digit.isASCII && digit.isNumber && dialog.reschedule != nil:
            dialog.focus = .time
            dialog.time.set(String(digit))
        default: break
        }
        overlay = .plan(dialog)
        return []
    }

    /// Enter and Esc leave a text field; the focus goes to Cancel.
    private mutating func handleText(
        _ dialog: inout PlanDialog, _ field: WritableKeyPath<PlanDialog, TextField>, _ key: Key
    ) -> [AppEffect] {
        if key == .enter || key == .escape { dialog.focus = .cancel } else { _ = dialog[keyPath: field].handle(key) }
        overlay = .plan(dialog)
        return []
    }

    /// Once the code is complete, `y` is the confirming key and no longer text.
    private mutating func handleCode(_ shown: PlanDialog, _ key: Key) -> [AppEffect] {
        if shown.isCodeComplete, key == .character("y") { return confirm(shown) }
        var dialog = shown
        return handleText(&dialog, \.code, key)
    }

    private mutating func handleTime(_ shown: PlanDialog, _ key: Key) -> [AppEffect] {
        var dialog = shown
        guard key == .enter else { return handleText(&dialog, \.time, key) }
        dialog.focus = .cancel
        switch MoveParser.parse(dialog.time.text, now: now.wall) {
        case .failure(let failure):
            dialog.note = failure.sentence
            overlay = .plan(dialog)
            return []
        case .success(let move): return prepareMove(dialog, move)
        }
    }

    private mutating func move(_ dialog: PlanDialog, by step: Milliseconds) -> [AppEffect] {
        guard let reschedule = dialog.reschedule else { return [] }
        switch reschedule.move {
        case nil: return prepareMove(dialog, .by(step))
        case .by(let soFar)?: return prepareMove(dialog, .by(soFar + step))
        case .to(let moment)?: return prepareMove(dialog, .to(moment + step))
        }
    }

    /// Works the plan out anew for another time; the engine forgets the preview before by itself.
    private mutating func prepareMove(_ shown: PlanDialog, _ move: Move) -> [AppEffect] {
        var dialog = shown
        guard var reschedule = dialog.reschedule else { return [] }
        reschedule.move = move
        dialog.reschedule = reschedule
        dialog.note = nil
        dialog.plan = nil
        dialog.paintedAt = nil
        if move == .by(0) {
            reschedule.move = nil
            dialog.reschedule = reschedule
            preparing = nil
            overlay = .plan(dialog)
            return []
        }
        overlay = .plan(dialog)
        return prepare(.reschedule(reschedule.event, reschedule.stage, move))
    }

    private mutating func confirm(_ shown: PlanDialog) -> [AppEffect] {
        var dialog = shown
        guard dialog.acceptsConfirmation(at: now.instant), preparing == nil, let plan = dialog.plan,
            let intent = dialog.intent
        else { return [] }
        guard !errands.values.contains(.apply(plan.id, intent)) else { return [] }
        if dialog.purpose == .approve { return send(.approve(plan.id), for: .approve(plan.id)) }
        var missing: String?
        if !dialog.isCodeComplete {
            missing = "Type \(plan.code ?? "") first: Tab goes to the code"
        } else if plan.needsWhy, !dialog.why.text.contains(where: { $0 != " " }) {
            missing = "This needs a reason: Tab goes to WHY"
        }
        if let missing {
            dialog.note = missing
            overlay = .plan(dialog)
            return []
        }
        dialog.note = "sent"
        overlay = .plan(dialog)
        let why = dialog.why.isEmpty ? nil : dialog.why.text
        return send(.apply(plan.id, plan.code.map { .code($0) } ?? .key, why: why), for: .apply(plan.id, intent))
    }

    /// Opens a plan that somebody confirmed, for the second operator to look at.
    mutating func openPending(_ id: PlanID) -> [AppEffect] {
        guard let pending = newest?.pending.first(where: { $0.plan.id == id }) else {
            say("Plan #\(id) is not pending any more")
            return []
        }
        var dialog = PlanDialog(purpose: .approve)
        dialog.plan = pending.plan
        dialog.intent = pending.plan.intent
        overlay = .plan(dialog)
        return []
    }

    /// Opens the dialog of a rescheduling, with a move where one is proposed.
    mutating func openReschedule(_ event: EventSnapshot, stage: StageKey, move: Move? = nil) -> [AppEffect] {
        var dialog = PlanDialog()
        dialog.reschedule = .init(
            event: event.id, stage: stage, planned: event.stages.first { $0.key == stage }?.planned, move: nil
        )
        overlay = .plan(dialog)
        return move.map { prepareMove(dialog, $0) } ?? []
    }
}
