import Engine

/// The Traffic screen between two frames: which bucket the cursor is on, and which lower part has the room.
struct TrafficState: Hashable, Sendable {
    enum Pane: Hashable, Sendable, CaseIterable {
        /// In wide rooms everything at once.
        case knockOn
        case levers, refresh, forecast
    }

    private(set) var bucket = PriorityBucket.critical
    private(set) var pane = Pane.knockOn
    /// Lines of the knock-on watch that have been scrolled past; its panel shows the last ones where that is too many.
    private(set) var signalsPassed = 0

    /// There are fewer signals than that.
    private static let signalsPassedMax = 9

    mutating func apply(_ motion: Motion) {
        let all = PriorityBucket.allCases
        switch motion {
        case .up: bucket = all[max(0, bucket.rank - 1)]
        case .down: bucket = all[min(all.count - 1, bucket.rank + 1)]
        case .top: bucket = all[0]
        case .bottom: bucket = all[all.count - 1]
        case .pageDown, .halfDown: signalsPassed = min(signalsPassed + 3, Self.signalsPassedMax)
        case .pageUp, .halfUp: signalsPassed = max(0, signalsPassed - 3)
        case .nextPane: turn(by: 1)
        case .previousPane: turn(by: -1)
        default: break
        }
    }

    private mutating func turn(by step: Int) {
        let all = Pane.allCases, place = all.firstIndex(of: pane) ?? 0
        pane = all[(place + step + all.count) % all.count]
    }
}
