import Engine

/// The Event screen between two frames: which stage the cursor is on and which lower pane is shown where
/// there is room for one only.
struct EventState: Hashable, Sendable {
    enum Pane: Hashable, Sendable, CaseIterable {
        case gates, surfaces, log
    }

    private(set) var pane = Pane.gates
    /// The event the stage cursor belongs to; on any other event it stands on the next stage.
    private var event: EventID?
    private var stages = ListState<StageKey>()

    /// The stage under the cursor: the next one until it is moved.
    func stage(of event: EventSnapshot) -> StageKey? {
        if event.id == self.event, let key = stages.selected, event.stages.contains(where: { $0.key == key }) {
            return key
        }
        return event.next ?? event.current
    }

    mutating func apply(_ motion: Motion, selected: inout EventID?, snapshot: EngineSnapshot, now: EngineInstant) {
        let events = snapshot.events
        guard let index = events.firstIndex(where: { $0.id == selected }) ?? events.indices.first else { return }
        switch motion {
        case .next: selected = events[min(index + 1, events.count - 1)].id
        case .previous: selected = events[max(index - 1, 0)].id
        case .nextPane, .right: turn(by: 1)
        case .previousPane, .left: turn(by: -1)
        default:
            let shown = events[index]
            stages.point(at: stage(of: shown))
            event = shown.id
            stages.move(motion, over: shown.stages.map(\.key), page: 4, now: now)
        }
    }

    private mutating func turn(by step: Int) {
        let all = Pane.allCases
        pane = all[(all.firstIndex(of: pane)! + step + all.count) % all.count]
    }
}
