import Engine

/// The rows around every screen.

/// Place, person and role, data mode and audience, clock, clock error; age of the data when it is old.
func renderHeader(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
    let snapshot = state.shown, isNarrow = row.width < 100
    let divider = " \(state.glyphs.divider) "
    var right: [DialogLine.Segment] = []
    func add(_ text: String, _ style: Style = .plain) {
        if !right.isEmpty { right.append(.init(text: divider, style: .dim)) }
        right.append(.init(text: text, style: style))
    }
    if let held = snapshot?.events.count(where: { $0.hold != nil }), held > 0 {
        add(held == 1 ? "HOLD" : "HOLD \(held)", .hold)
    }
    if let drills = snapshot?.drills, !drills.isEmpty {
        add(drills.count == 1 ? "DRILL" : "DRILL \(drills.count)", Style(.notReal, bold: true))
    }
    if state.isPlayingRehearsal { add("rehearsing", .dim) }
    if let handover = snapshot?.handover { add(isNarrow ? "HANDOVER 1/2" : "HANDOVER 1/2 by \(handover.by)", .warn) }
    if state.frozen != nil { add("FROZEN", Style(.warn, inverse: true)) }
    let person = state.options.person
    add(isNarrow || person.role.isEmpty ? person.name : "\(person.name)/\(person.role)")
    if state.options.isReadOnly { add("read-only", .dim) }
    if let replay = state.replay {
        add(replay.mode.rawValue, Style(.notReal, bold: true))
    } else if let snapshot {
        add(snapshot.mode.rawValue, snapshot.mode == .real ? .bold : Style(.notReal, bold: true))
        if !isNarrow { add(audience(snapshot)) }
    }
    if state.outage != nil {
        add("NO ENGINE", Style(.critical, inverse: true))
    } else if state.isStale, let age = state.dataAge {
        add("STALE \(Format.age(age.wholeMilliseconds))", Style(.critical, inverse: true))
    }
    let time = (state.isReplaying ? "cursor " : "") + Format.time(state.shownTime)
    add(isNarrow ? time : "\(time) \(Format.day(state.shownTime))")
    if let drift = snapshot?.engine.clockDrift, row.width >= 70 {
        add(isNarrow ? "\(drift)ms" : "clk \(drift)ms", abs(drift) > 100 ? .critical : .dim)
    }
    var width = right.reduce(0) { $0 + TextWidth.of($1.text) }
    while width > row.width - 8, right.count > 2 {
        width -= TextWidth.of(right[0].text) + TextWidth.of(right[1].text)
        right.removeFirst(2)
    }
    var x = max(row.x, row.right - width - 1)
    let place = DialogLine(place(state, isNarrow: isNarrow), .title)
    canvas.put(place, x: row.x + 1, y: row.y, width: max(0, x - row.x - 2))
    for segment in right { x = canvas.put(segment.text, x: x, y: row.y, style: segment.style) }
}

private func place(_ state: AppState, isNarrow: Bool) -> String {
    let name = isNarrow ? "CR" : "CONTROL ROOM"
    if let replay = state.replay {
        return
            "\(name) \(state.glyphs.divider) \(state.screen.title) \(state.glyphs.cursor) \(replay.timeline.showing.title)"
    }
    guard let snapshot = state.shown else { return name }
    let needy = snapshot.events.count { $0.attention.severity > .info }
    switch state.screen {
    case .fleet: return "\(name) \(state.glyphs.divider) Fleet  (\(snapshot.events.count) events, \(needy) need you)"
    case .event, .fanOut, .prefetch, .lagging:
        return
            "\(name) \(state.glyphs.divider) \(state.screen.title) \(state.glyphs.cursor) \(state.event?.title ?? "no event")"
    case .traffic, .history, .audit: return "\(name) \(state.glyphs.divider) \(state.screen.title)"
    }
}

/// Connected devices of each kind; the mix is never hidden.
private func audience(_ snapshot: EngineSnapshot) -> String {
    let real = snapshot.load.real.connected, modelled = snapshot.load.modelled.connected
    if modelled == 0 { return "real \(Format.count(real))" }
    if real == 0 { return "modelled \(Format.count(modelled))" }
    return "real \(Format.count(real)) + modelled \(Format.count(modelled))"
}

func renderTabs(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
    var x = row.x + 1
    for screen in Screen.allCases {
        let isHere = screen == state.screen
        let title = "\(screen.rawValue) \(row.width < 100 ? screen.shortTitle : screen.title)"
        x = canvas.put(isHere ? "[\(title)]" : " \(title) ", x: x, y: row.y, style: isHere ? .bold : .dim)
    }
    guard let alerts = state.shown?.alerts.filter({ $0.acknowledgedBy == nil }) else { return }
    let critical = alerts.count { $0.severity == .critical }, warn = alerts.count { $0.severity == .warn }
    var right = row.right - 1
    for (count, mark, style) in [(warn, "!", Style.warn), (critical, "!!", Style.critical)] {
        let text = "\(count) \(mark)"
        canvas.putRight(text, right: right, y: row.y, style: count > 0 ? style : .dim)
        right -= TextWidth.of(text) + 2
    }
    if row.width >= 90 { canvas.putRight("alerts", right: right, y: row.y, style: .dim) }
}

/// What must not be missed, in this order: a countdown, a lost engine, a plan that waits, the worst alert.
func renderAlertLine(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
    var right = row.right - 1
    if !state.isReplaying, let undo = state.event?.undo, row.width >= 70 {
        let text = "u undo: \(undo.what)"
        canvas.putRight(text, right: right, y: row.y, style: .dim, width: row.width / 2)
        right -= min(TextWidth.of(text), row.width / 2) + 2
    }
    let room = max(0, right - row.x - 1)
    if state.isReplaying, let alert = state.presentAlert {
        canvas.put(
            "NOW \(Format.mark(alert.severity)) \(alert.text)  (f leaves for the present)", x: row.x + 1, y: row.y,
            style: .critical, width: room)
    } else if let armed = state.countingDown {
        let left = max(0, armed.at.since(state.now.wall))
        canvas.put(
            "ARMED #\(armed.plan) \(armed.title) in \((left + 999) / 1000) s: Esc stops it", x: row.x + 1, y: row.y,
            style: Style(.next, bold: true, inverse: true), width: room)
    } else if let rehearsal = state.rehearsal {
        canvas.put("REHEARSAL \(rehearsal.caption)", x: row.x + 1, y: row.y, style: .notReal, width: room)
    } else if let outage = state.outage {
        canvas.put("!! \(outage)", x: row.x + 1, y: row.y, style: .critical, width: room)
    } else if !state.isReplaying, let waiting = state.newest?.pending.first(where: { $0.firesAt == nil }) {
        canvas.put(
            "! #\(waiting.plan.id) \(waiting.plan.title) by \(waiting.plan.by) waits for a second operator  (P look, y approve)",
            x: row.x + 1, y: row.y, style: .next, width: room)
    } else if let alert = state.openAlerts.first {
        canvas.put(
            "\(Format.mark(alert.severity)) \(Format.time(alert.since)) \(alert.text)", x: row.x + 1, y: row.y,
            style: Format.style(alert.severity), width: room)
    } else if let offered = state.shown?.offered {
        let text = offered.problems.first.map { "! the edited schedule has faults: \($0)" }
            ?? "! the schedule file was edited: \(offered.changes.count) changes (D looks at them as a plan)"
        canvas.put(text, x: row.x + 1, y: row.y, style: .warn, width: room)
    }
}

/// The keys that work now, from the key table.
func renderKeys(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
    let keys: [String]
    if state.prompt != nil {
        keys =
            ["Enter accept", "Esc leave"] + (state.prompt?.purpose == .palette ? ["Tab complete", "Up history"] : [])
            + ["F8 HOLD"]
    } else {
        switch state.overlay {
        case .help: keys = ["j/k scroll", "Esc close", "H HOLD"]
        case .handover: keys = ["y sign", "j/k scroll", "Esc close", "H HOLD"]
        case .surge: keys = ["w another", "j/k scroll", "Esc close", "H HOLD"]
        case .picker: keys = ["j/k choose", "Enter go on", "Esc cancel", "H HOLD"]
        case .plan(let dialog) where dialog.focus != .cancel: keys = ["Enter to Cancel", "Tab next field", "F8 HOLD"]
        case .plan: keys = ["Esc cancel", "Tab fields", "H HOLD"]
        case nil: keys = footer(state)
        }
    }
    // Help keeps its place at the right; what else fits stands before it.
    let help = "? help", isBare = state.prompt == nil && state.overlay == nil
    if isBare { canvas.putRight(help, right: row.right - 1, y: row.y, style: .dim) }
    let end = isBare ? row.right - TextWidth.of(help) - 3 : row.right
    var x = row.x + 1
    for key in keys {
        guard x + TextWidth.of(key) <= end else { break }
        x = canvas.put(key, x: x, y: row.y, style: .dim) + 2
    }
}

private func footer(_ state: AppState) -> [String] {
    KeyMap.bindings.compactMap { binding in
        guard let word = binding.footer, binding.action != .help, binding.holds(on: state.screen),
            binding.disabled(state) == nil,
            !((state.options.isReadOnly || state.isReplaying) && binding.action.steers)
        else { return nil }
        return "\(binding.keys.first?.name ?? "") \(word)"
    }
}

func renderPromptLine(_ state: AppState, in row: Rect, on canvas: inout Canvas) {
    if let prompt = state.prompt {
        let label = canvas.put("\(prompt.label) ", x: row.x + 1, y: row.y, style: .title)
        // The end of a long line is where the typing happens.
        let before = String(prompt.field.text.prefix(prompt.field.cursor)),
            after = prompt.field.text.dropFirst(prompt.field.cursor)
        let room = row.right - label - 2
        var shown = before
        while TextWidth.of(shown) > room { shown.removeFirst() }
        let cursor = canvas.put(shown, x: label, y: row.y)
        canvas.put(after.isEmpty ? " " : String(after), x: cursor, y: row.y)
        canvas.restyle(Rect(x: cursor, y: row.y, width: 1, height: 1)) { $0.inverse = true }
        if after.isEmpty { canvas.put("_", x: cursor, y: row.y, style: Style(.plain, inverse: true)) }
    } else if let toast = state.toast {
        canvas.put(toast.text, x: row.x + 1, y: row.y, style: Format.style(toast.severity), width: row.width - 2)
    } else if state.preparing != nil {
        canvas.put("asking the engine …", x: row.x + 1, y: row.y, style: .dim)
    }
}
