import Engine

/// What the screens remember, and the few verbs the room has for them. The selected event belongs to
/// the room, so it is passed along: screens share it.
struct ScreenStates: Hashable, Sendable {
    var fleet = FleetState()
    var event = EventState()
    var fanOut = FanOutState()
    var lagging = LaggingState()
    var prefetch = PrefetchState()
    var traffic = TrafficState()
    var history = HistoryState()
    var audit = AuditState()

    /// Moves about on `screen`; `page` is the number of rows of its body.
    mutating func apply(
        _ motion: Motion, on screen: Screen, selected: inout EventID?, snapshot: EngineSnapshot,
        now: EngineInstant, page: Int
    ) {
        switch screen {
        case .fleet: fleet.apply(motion, selected: &selected, snapshot: snapshot, now: now, page: page)
        case .event: event.apply(motion, selected: &selected, snapshot: snapshot, now: now)
        case .fanOut: fanOut.apply(motion, selected: &selected, snapshot: snapshot, now: now, page: page)
        case .lagging: lagging.apply(motion, now: now, page: page)
        case .prefetch: prefetch.apply(motion, selected: &selected, snapshot: snapshot, now: now, page: page)
        case .traffic: traffic.apply(motion)
        case .history: history.apply(motion, now: now, page: page)
        case .audit: audit.apply(motion, snapshot: snapshot, now: now, page: page)
        }
    }

    /// Enter.
    /// - Returns: the screen to show instead, if the row under the cursor leads to one.
    mutating func open(on screen: Screen) -> Screen? {
        switch screen {
        case .fleet: return .event
        case .event: return .fanOut
        case .history: history.open()
        case .fanOut, .prefetch, .audit, .lagging, .traffic: break
        }
        return nil
    }

    /// Esc.
    /// - Returns: whether the screen had something of its own to close.
    mutating func back(on screen: Screen) -> Bool {
        screen == .history && history.close()
    }

    /// The next of the orders a screen's rows can have, or the same one from the other end.
    mutating func sort(on screen: Screen, reverse: Bool = false) {
        switch screen {
        case .fleet: fleet.sort(reverse: reverse)
        case .fanOut: fanOut.sort(reverse: reverse)
        case .history: history.sort(reverse: reverse)
        case .prefetch: prefetch.sort(reverse: reverse)
        case .event, .lagging, .audit, .traffic: break
        }
    }

    mutating func fold(on screen: Screen) {
        if screen == .fleet { fleet.isUnfolded.toggle() }
    }

    /// Goes back to the newest: broadcast, entry.
    mutating func follow(on screen: Screen) {
        switch screen {
        case .fanOut: fanOut.follow()
        case .history: history.follow()
        case .audit: audit.follow()
        case .fleet, .event, .prefetch, .lagging, .traffic: break
        }
    }

    /// Shows only rows that contain `text`; all of them when it is empty.
    mutating func filter(_ text: String, on screen: Screen) {
        switch screen {
        case .fleet: fleet.filter = text
        case .lagging: lagging.filter = text
        case .history: history.filter = text
        case .audit: audit.filter = text
        case .event, .fanOut, .prefetch, .traffic: break
        }
    }

    /// The filter in force on `screen`; empty if none.
    func filter(on screen: Screen) -> String {
        switch screen {
        case .fleet: fleet.filter
        case .lagging: lagging.filter
        case .history: history.filter
        case .audit: audit.filter
        case .event, .fanOut, .prefetch, .traffic: ""
        }
    }
}

/// The smallest body a screen is drawn in; below it one line says so.
let screenSizeMin = Size(width: 60, height: 8)

/// Draws `screen` in `area`. Pure: the same arguments give the same cells.
func renderScreen(
    _ screen: Screen, _ states: ScreenStates, selected: EventID?, snapshot: EngineSnapshot, now: EngineInstant,
    in area: Rect, on canvas: inout Canvas
) {
    guard area.width >= screenSizeMin.width, area.height >= screenSizeMin.height else {
        let text = "\(screen.title) needs \(screenSizeMin.width)x\(screenSizeMin.height) cells"
        if !area.isEmpty { canvas.put(text, x: area.x, y: area.y, style: .dim, width: area.width) }
        return
    }
    switch screen {
    case .fleet: renderFleet(states.fleet, selected: selected, snapshot: snapshot, now: now, in: area, on: &canvas)
    case .event: renderEvent(states.event, selected: selected, snapshot: snapshot, now: now, in: area, on: &canvas)
    case .fanOut: renderFanOut(states.fanOut, selected: selected, snapshot: snapshot, now: now, in: area, on: &canvas)
    case .lagging:
        renderLagging(states.lagging, selected: selected, snapshot: snapshot, now: now, in: area, on: &canvas)
    case .prefetch:
        renderPrefetch(states.prefetch, selected: selected, snapshot: snapshot, now: now, in: area, on: &canvas)
    case .traffic: renderTraffic(states.traffic, snapshot: snapshot, in: area, on: &canvas)
    case .history: renderHistory(states.history, snapshot: snapshot, now: now, in: area, on: &canvas)
    case .audit: renderAudit(states.audit, snapshot: snapshot, now: now, in: area, on: &canvas)
    }
}

/// Whether any of `texts` contains what a filter asks for, capitals or not.
func matches(_ filter: String, _ texts: String?...) -> Bool {
    filter.isEmpty || texts.contains { $0?.lowercased().contains(filter.lowercased()) ?? false }
}
