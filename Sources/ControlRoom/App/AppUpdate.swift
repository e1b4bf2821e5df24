import Engine

/// The only place where the room's state changes. Pure: what is to be done in the world is returned.
func update(_ state: inout AppState, _ message: AppMessage) -> [AppEffect] {
    switch message {
    case .key(let key, let moment):
        state.now = moment
        return state.handle(key)
    case .pulled(let snapshot, let outage, let moment):
        state.now = moment
        return state.take(snapshot, outage: outage) + state.playOn()
    case .clock(let moment):
        state.now = moment
        state.expire()
        return state.playOn()
    case .painted(let moment):
        state.now = moment
        state.notePainted(at: moment.instant)
        return []
    case .resized(let size):
        state.size = size
        return [.repaint]
    case .reply(let ticket, let reply, let moment):
        state.now = moment
        return state.receive(reply, for: ticket)
    case .wrote(let sentence, let severity, let moment):
        state.now = moment
        state.say(sentence, severity)
        return []
    case .rehearsed(let recording, let moment):
        state.now = moment
        return state.open(recording)
    case .branched(let branch, let moment):
        state.now = moment
        state.receive(branch)
        return []
    case .processSignal(let signal, let moment):
        state.now = moment
        return state.receive(signal)
    }
}

extension AppState {
    /// From now on what lies on top can be confirmed.
    fileprivate mutating func notePainted(at moment: EngineInstant) {
        if case .plan(var dialog) = overlay, dialog.paintedAt == nil {
            dialog.paintedAt = moment
            overlay = .plan(dialog)
        }
        if case .handover(var sheet) = overlay, sheet.paintedAt == nil {
            sheet.paintedAt = moment
            overlay = .handover(sheet)
        }
    }

    fileprivate mutating func receive(_ signal: ProcessSignal) -> [AppEffect] {
        switch signal {
        case .interrupt: handle(.control("c"))
        case .stop: handle(.control("z"))
        case .terminate: leave(.terminated)
        case .hangUp: leave(.hungUp)
        case .resumed: [.repaint]
        }
    }

    mutating func leave(_ exit: RoomExit) -> [AppEffect] {
        self.exit = exit
        return [.leave(exit)]
    }

    /// Sends `command` and remembers what its answer is for.
    mutating func send(_ command: EngineCommand, for errand: Errand) -> [AppEffect] {
        guard errands.count < Self.errandsMax else {
            say("The engine has not answered \(errands.count) commands: nothing more is sent until it does", .critical)
            return []
        }
        lastTicket += 1
        errands[lastTicket] = errand
        return [.command(lastTicket, command)]
    }

    mutating func prepare(_ intent: Intent) -> [AppEffect] {
        let effects = send(.prepare(intent), for: .prepare(intent))
        preparing = effects.isEmpty ? nil : lastTicket
        return effects
    }

    mutating func perform(_ intent: Intent, why: String? = nil) -> [AppEffect] {
        send(.perform(intent, why: why), for: .perform(intent))
    }

    /// A picture was looked for.
    fileprivate mutating func take(_ snapshot: EngineSnapshot?, outage: String?) -> [AppEffect] {
        self.outage = outage
        expire()
        guard let snapshot, snapshot.number != newest?.number || snapshot.engine != newest?.engine else { return [] }
        let previous = newest
        newest = snapshot
        newestAt = now.instant
        let isFirst = firstEntrySeen == nil
        if isFirst { firstEntrySeen = snapshot.journal.first?.number ?? 0 }
        if selected == nil || event(selected!) == nil { selected = firstChoice }
        if let armed, snapshot.pending.contains(where: { $0.plan.id == armed.plan }) || armed.at < now.wall {
            self.armed = nil
        }
        var effects: [AppEffect] = []
        if isFirst { effects += open(options.opens) }
        if isNewlyHeld(since: previous) { effects.append(.bell) }
        if screen == .history, previous?.broadcasts.map(\.record.state) != snapshot.broadcasts.map(\.record.state) {
            effects += askForHistory() + askForShowings()
        }
        if screen == .lagging { effects += askForLag() }
        effects += askForWanted()
        if screen == .audit, previous?.journal.first?.number != snapshot.journal.first?.number {
            effects += askForAudit()
        }
        if hasEngineEnded {
            effects += leave(.quit)
        } else if options.exitsWhenDone, snapshot.isShowOver {
            effects += leave(.showOver)
        }
        return effects
    }

    /// The first event in need of attention, else the first of all.
    private var firstChoice: EventID? {
        let events = shown?.events ?? []
        return
            (events.filter { $0.attention.severity > .info }.max { $0.attention.severity < $1.attention.severity }
            ?? events.first)?.id
    }

    private func isNewlyHeld(since previous: EngineSnapshot?) -> Bool {
        guard let previous, let newest else { return false }
        return newest.events.contains { event in
            event.hold != nil && previous.events.first { $0.id == event.id }.map { $0.hold == nil } ?? false
        }
    }

    private var hasEngineEnded: Bool {
        guard let newest, let first = firstEntrySeen else { return false }
        return newest.journal.contains { $0.number > first && $0.kind == .engineQuit }
    }

    fileprivate mutating func expire() {
        if let toast, now.instant - toast.at > Toast.lifetime { self.toast = nil }
        if let armed, now.wall.since(armed.at) > 2000 { self.armed = nil }
    }

    /// Asks for a page of past broadcasts unless it has been asked for already.
    mutating func askForHistory(_ query: HistoryQuery = HistoryQuery()) -> [AppEffect] {
        if errands.values.contains(.history(query)) { return [] }
        return send(.history(query), for: .history(query))
    }

    /// Asks who is behind, at most once a second and one question at a time.
    mutating func askForLag() -> [AppEffect] {
        guard !isReplaying, let selected, screens.lagging.isDue(Topic(event: selected), now: now.instant) else {
            return []
        }
        let query = screens.lagging.query(Topic(event: selected))
        if errands.values.contains(.lag(query)) { return [] }
        return send(.lag(query), for: .lag(query))
    }

    /// Asks for something to be said of the selected event's devices, and again until the nodes have answered.
    mutating func want(_ wanted: LaggingState.Wanted) -> [AppEffect] {
        guard !isReplaying, let selected else { return [] }
        screens.lagging.want(wanted, of: Topic(event: selected))
        return askForWanted()
    }

    fileprivate mutating func askForWanted() -> [AppEffect] {
        guard let query = screens.lagging.wantedQuery(now: now.instant), !errands.values.contains(.lag(query)) else {
            return []
        }
        screens.lagging.noteAsked(now: now.instant)
        return send(.lag(query), for: .lag(query))
    }

    /// Asks for a page of past showings unless it has been asked for already.
    mutating func askForShowings(before: BroadcastID? = nil) -> [AppEffect] {
        if errands.values.contains(.showings(before: before)) { return [] }
        return send(
            .recording(.showings(before: before, limit: HistoryState.showingsPageSize)), for: .showings(before: before))
    }

    mutating func askForAudit(before: EntryNumber? = nil) -> [AppEffect] {
        if let rehearsal {
            screens.audit.show(rehearsal.entries(before: before, limit: AuditState.pageSize))
            return []
        }
        if errands.values.contains(.audit(before: before)) { return [] }
        return send(.audit(before: before, limit: AuditState.pageSize), for: .audit(before: before))
    }
}

extension EngineSnapshot {
    /// Whether every run of show is over and every broadcast is final.
    var isShowOver: Bool {
        !events.isEmpty && events.allSatisfy { $0.next == nil } && broadcasts.allSatisfy { $0.record.state != .sending }
    }
}
