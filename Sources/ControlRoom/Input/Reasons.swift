import Engine

/// Why a key would do nothing now, in one sentence with what to do instead. The engine decides in the end;
/// these only save a round trip.
enum Reasons {
    static func event(_ state: AppState) -> String? {
        if state.shown == nil { return "No picture of the engine yet" }
        return state.event == nil ? "No event is selected: 1 shows the fleet" : nil
    }

    static func replay(_ state: AppState) -> String? {
        state.isReplaying ? nil : "Nothing is replayed: 8 History, Enter on an event"
    }

    static func take(_ state: AppState) -> String? {
        if let reason = event(state) { return reason }
        return state.event?.next == nil ? "The run of show is over: R goes back to a stage" : nil
    }

    static func reschedule(_ state: AppState) -> String? {
        if let reason = event(state) { return reason }
        return state.event?.next == nil ? "The run of show is over: there is nothing left to move" : nil
    }

    static func trigger(_ state: AppState) -> String? {
        if let reason = event(state) { return reason }
        return state.stagesAhead.isEmpty ? "No stage lies ahead: R goes back to an earlier one" : nil
    }

    static func recycle(_ state: AppState) -> String? {
        if let reason = event(state) { return reason }
        return state.stagesTaken.isEmpty ? "Nothing was sent yet: there is no stage to go back to" : nil
    }

    static func abort(_ state: AppState) -> String? {
        if let reason = event(state) { return reason }
        guard let broadcast = state.broadcast, broadcast.record.state == .sending else {
            return "No broadcast is in flight: R goes back by a new one"
        }
        return broadcast.wavesSent >= broadcast.record.publication.waves.total
            ? "All waves are sent: R goes back by a new broadcast" : nil
    }

    static func pauseWaves(_ state: AppState) -> String? {
        if let reason = abort(state) { return reason }
        return state.broadcast?.record.publication.order.isHeldByPerson == true
            ? "The waves wait already: O promotes them" : nil
    }

    static func promote(_ state: AppState) -> String? {
        if let reason = event(state) { return reason }
        guard let record = state.broadcast?.record, record.state == .sending, record.publication.order.isHeld else {
            return "No waves wait: W pauses those of a broadcast in flight"
        }
        return nil
    }

    static func vote(_ state: AppState) -> String? {
        if let reason = event(state) { return reason }
        return state.votableGates.isEmpty ? "No gate waits for a vote before the next stage" : nil
    }

    static func resend(_ state: AppState) -> String? {
        if let reason = event(state) { return reason }
        guard let broadcast = state.broadcast else { return "Nothing was sent yet" }
        return broadcast.record.figures.total.unacked == 0 ? "Everyone has acked: nothing to retry" : nil
    }

    static func node(_ state: AppState) -> String? {
        if state.shown == nil { return "No picture of the engine yet" }
        if state.screen == .lagging, state.node == nil {
            return "b groups by node, or Tab to the sample: d is about the node under the cursor"
        }
        if state.screen != .fanOut, state.screen != .lagging {
            return "3 Fan-out picks the edge node; from here ‘:drain NODE’ and ‘:cordon NODE’"
        }
        guard let node = state.node else {
            return "No edge node is picked: nothing was sent yet, ‘:drain NODE’ works all the same"
        }
        return node.description.kind == .modelled
            ? "\(node.id) is modelled: its devices have no connection that could move" : nil
    }

    static func acknowledge(_ state: AppState) -> String? {
        state.openAlerts.isEmpty ? "No alert is open" : nil
    }

    static func undo(_ state: AppState) -> String? {
        if let reason = event(state) { return reason }
        return state.event?.undo == nil ? "Nothing can be undone: a sent stage is corrected with R" : nil
    }

    static func adopt(_ state: AppState) -> String? {
        guard let offered = state.shown?.offered else { return "The schedule file is as it runs: nothing to adopt" }
        return offered.problems.first.map { "The edited schedule has faults: \($0)" }
    }

    static func traffic(_ state: AppState) -> String? {
        state.shown?.traffic == nil ? "Traffic is not measured yet" : nil
    }

    static func whatIf(_ state: AppState) -> String? {
        if state.isReplaying { return nil }
        guard state.screen == .traffic else { return "What if is asked in a replay (8 History, Enter) or on 5 Traffic" }
        return state.newest?.trafficForecast == nil
            ? "Nothing is foretold: no live event is on the desk, or nothing is served" : nil
    }

    static func pending(_ state: AppState) -> String? {
        state.shown?.pending.isEmpty ?? true ? "No plan is pending" : nil
    }
}
