import Engine

/// The Prefetch screen between two frames: which breakdown of coverage, which order, which lower pane.
struct PrefetchState: Hashable, Sendable {
    enum Breakdown: Hashable, Sendable {
        case families, regions
    }

    enum Order: String, Hashable, Sendable, CaseIterable {
        case coverage, devices, name
    }

    enum Pane: Hashable, Sendable {
        case coverage, curves
    }

    private(set) var breakdown = Breakdown.families
    private(set) var order = Order.coverage
    private(set) var isReversed = false
    /// In narrow rooms one of them at a time.
    private(set) var pane = Pane.coverage
    private(set) var rows = ListState<String>()

    mutating func apply(
        _ motion: Motion, selected: inout EventID?, snapshot: EngineSnapshot, now: EngineInstant, page: Int
    ) {
        switch motion {
        case .next, .previous:
            let all = snapshot.events.map(\.id)
            guard !all.isEmpty else { return }
            let place = selected.flatMap { all.firstIndex(of: $0) }
            let wanted = place.map { $0 + (motion == .next ? 1 : -1) } ?? 0
            selected = all[min(max(0, wanted), all.count - 1)]
            rows = ListState()
        case .nextPane, .previousPane: pane = pane == .coverage ? .curves : .coverage
        case .left, .right:
            breakdown = breakdown == .families ? .regions : .families
            rows = ListState()
        default:
            guard let figures = PrefetchModel.figures(of: selected, in: snapshot) else { return }
            rows.move(motion, over: PrefetchModel.ranked(figures, self).map(\.name), page: page / 3, now: now)
        }
    }

    mutating func sort(reverse: Bool) {
        if reverse { isReversed.toggle() } else { order = order.following }
        rows.releaseOrder()
    }
}
