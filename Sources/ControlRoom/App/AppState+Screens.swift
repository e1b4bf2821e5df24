import Engine

/// The room's dealings with its screens: which of their verbs a key becomes, with the selected event.
extension AppState {
    /// Rows of the body that a screen draws in.
    private var bodyRows: Int { max(1, size.height - (size.width < 80 || size.height < 24 ? 4 : 6)) }

    /// Moves, and asks for the next page where a list nears the end of what is known.
    mutating func moveOnScreen(_ motion: Motion) -> [AppEffect] {
        guard let shown else { return [] }
        screens.apply(motion, on: screen, selected: &selected, snapshot: shown, now: now.instant, page: bodyRows)
        switch screen {
        case .history: return askForMoreHistory()
        case .audit: return screens.audit.nextPage(shown).map { askForAudit(before: $0) } ?? []
        case .fleet, .event, .fanOut, .prefetch, .lagging, .traffic: return []
        }
    }

    mutating func openOnScreen() -> [AppEffect] {
        if screen == .history, screens.history.opensRecording {
            return openShowing(at: screens.history.record?.publication.position.timestamp)
        }
        if let next = screens.open(on: screen) { return open(next) }
        return []
    }

    /// What the cursor on History has come near to and is not known yet.
    mutating func askForMoreHistory() -> [AppEffect] {
        let showings = screens.history.nextShowings.map { askForShowings(before: $0) } ?? []
        return showings + (screens.history.nextPage.map { askForHistory($0) } ?? [])
    }

    /// Whether the screen had something of its own to close.
    mutating func closeOnScreen() -> Bool { screens.back(on: screen) }

    mutating func sortOnScreen(reversing: Bool) { screens.sort(on: screen, reverse: reversing) }
    mutating func foldOnScreen() { screens.fold(on: screen) }
    mutating func followOnScreen() { screens.follow(on: screen) }

    var filterOnScreen: String {
        get { screen == .history ? replay?.filter ?? screens.filter(on: screen) : screens.filter(on: screen) }
        set {
            if screen == .history, isReplaying {
                replay?.filter = newValue
            } else {
                screens.filter(newValue, on: screen)
            }
        }
    }
}

func renderScreen(_ state: AppState, _ snapshot: EngineSnapshot, in area: Rect, on canvas: inout Canvas) {
    if state.screen == .history, let replay = state.replay {
        return renderScrubber(replay, state.branch?.report, in: area, on: &canvas)
    }
    if state.screen == .lagging, state.isReplaying {
        let text = "Single devices are asked of the edge nodes and not recorded: 3 Fan-out has the recorded figures."
        return canvas.putCentred(text, in: area, line: area.height / 2, style: .dim)
    }
    renderScreen(
        state.screen, state.screens, selected: state.selected, snapshot: snapshot, now: state.now.instant, in: area,
        on: &canvas
    )
}
