import Engine

/// What the engine's answers change.
extension AppState {
    mutating func receive(_ reply: EngineReply, for ticket: Int) -> [AppEffect] {
        guard let errand = errands.removeValue(forKey: ticket) else { return [] }
        if let effects = receive(reply, ofPlan: errand, ticket) { return effects }
        switch (errand, reply) {
        case (.perform(.hold), .done(_, let sentence)):
            say(sentence, .warn)
            return [.bell]
        case (.frame, .refused(let sentence)): replay?.fail(sentence)
        case (_, .recording(let answer)): return receive(answer, for: errand)
        case (.rehearse(let seed), .schedule(let events, let capacity, let rules)):
            return beginRehearsal(RehearsalOrder(events: events, capacity: capacity, rules: rules, seed: seed))
        case (.lag(let query), .lag(let report)):
            if let sentence = screens.lagging.answer(report) { say(sentence) }
            if query.device == nil { screens.lagging.show(report, now: now.instant) }
        case (_, .lag): break
        case (.surge, .surge(let report)): show(report)
        case (.history(let query), .history(let records)):
            screens.history.show(records, for: query)
            return askForMoreHistory()
        case (_, .audit(let entries)): screens.audit.show(entries)
        case (_, .done(_, let sentence)): say(sentence)
        case (_, .refused(let sentence)), (_, .stale(let sentence)): note(sentence)
        case (_, .plan), (_, .armed), (_, .awaitingSecondOperator), (_, .history), (_, .schedule), (_, .surge):
            say("The engine gave an answer that was not asked for; look at 9 Audit", .warn)
        }
        return []
    }

    /// - Returns: nil for what is no answer to a plan.
    private mutating func receive(_ reply: EngineReply, ofPlan errand: Errand, _ ticket: Int) -> [AppEffect]? {
        switch (errand, reply) {
        case (.prepare(let intent), .plan(let plan)): return show(plan, for: intent, ticket: ticket)
        case (.prepare, .done(_, let sentence)):
            finishPreparing(ticket)
            say(sentence)
        case (.prepare, .refused(let sentence)), (.prepare, .stale(let sentence)):
            if finishPreparing(ticket) { note(sentence) }
        case (.apply(_, let intent), .stale(let sentence)): return prepareAnew(intent, sentence)
        case (.apply(let plan, let intent), .armed(_, let moment)):
            return arm(plan, at: moment, saying: intent == .quit ? "Quitting; Esc stops it" : "Armed; Esc stops it")
        case (.apply(let plan, _), .awaitingSecondOperator):
            closeDialog(of: plan)
            say("Plan #\(plan) waits for a second operator at another terminal (P)", .warn)
        case (.apply(let plan, let intent), .done(_, let sentence)):
            closeDialog(of: plan)
            say(sentence)
            if intent == .quit { return leave(.quit) }
        case (.approve(let plan), .done(_, let sentence)):
            closeDialog(of: plan)
            say(sentence)
        case (.approve(let plan), .armed(_, let moment)): return arm(plan, at: moment, saying: nil)
        case (.disarm(let plan), .done(_, let sentence)):
            if armed?.plan == plan { armed = nil }
            say(sentence)
        case (.discard, .done), (.discard, .refused): break
        default: return nil
        }
        return []
    }

    /// The plan was overtaken: the open dialog asks for it anew.
    private mutating func prepareAnew(_ intent: Intent, _ sentence: String) -> [AppEffect] {
        note(sentence)
        guard case .plan(var dialog) = overlay else { return [] }
        dialog.plan = nil
        dialog.paintedAt = nil
        overlay = .plan(dialog)
        return prepare(intent)
    }

    private mutating func arm(_ plan: PlanID, at moment: WallTime, saying sentence: String?) -> [AppEffect] {
        let title = dialogTitle ?? "plan #\(plan)"
        closeDialog(of: plan)
        armed = ArmedPlan(plan: plan, at: moment, title: title)
        if let sentence { say(sentence, .warn) }
        return [.bell]
    }

    /// A plan has been worked out. It is shown only if it is the newest asked for and nothing else was opened since.
    private mutating func show(_ plan: CommandPlan, for intent: Intent, ticket: Int) -> [AppEffect] {
        guard finishPreparing(ticket), prompt == nil else { return send(.discard(plan.id), for: .discard(plan.id)) }
        switch overlay {
        case .plan(var dialog) where dialog.purpose == .apply:
            dialog.show(plan)
            overlay = .plan(dialog)
        case nil:
            var dialog = PlanDialog()
            dialog.show(plan)
            overlay = .plan(dialog)
        default:
            say("\(plan.title) was not shown: another window is open")
            return send(.discard(plan.id), for: .discard(plan.id))
        }
        return []
    }

    /// Whether `ticket` is the prepare the room still waits for.
    @discardableResult
    private mutating func finishPreparing(_ ticket: Int) -> Bool {
        guard preparing == ticket else { return false }
        preparing = nil
        return true
    }

    /// Says `sentence` where the operator looks: in the open plan, else at the bottom.
    private mutating func note(_ sentence: String) {
        if case .plan(var dialog) = overlay {
            dialog.note = sentence
            overlay = .plan(dialog)
        } else {
            say(sentence, .warn)
        }
    }

    private var dialogTitle: String? {
        if case .plan(let dialog) = overlay { dialog.plan?.title } else { nil }
    }

    private mutating func closeDialog(of plan: PlanID) {
        if case .plan(let dialog) = overlay, dialog.plan?.id == plan { overlay = nil }
    }
}
