import Engine

/// The Traffic screen between two frames: which bucket the cursor is on, and which lower pane is shown where there is room for one.
struct TrafficState: Hashable, Sendable {
    enum Pane: Hashable, Sendable {
        case knockOn, levers
    }

    private(set) var bucket = PriorityBucket.critical
    private(set) var pane = Pane.knockOn

    mutating func apply(_ motion: Motion) {
        let all = PriorityBucket.allCases
        switch motion {
        case .up: bucket = all[max(0, bucket.rank - 1)]
        case .down: bucket = all[min(all.count - 1, bucket.rank + 1)]
        case .top: bucket = all[0]
        case .bottom: bucket = all[all.count - 1]
        case .nextPane, .previousPane: pane = pane == .knockOn ? .levers : .knockOn
        default: break
        }
    }
}
