import Engine

/// A cursor in a list whose rows come and go: bound to what a row is, never to where it stands.
///
/// For five seconds after a key the rows keep the order they had, so that nothing jumps from under a
/// finger; new ones join at the end. An action always takes `selected`, never a row number.
struct ListState<ID: Hashable & Sendable>: Hashable, Sendable {
    private(set) var selected: ID?
    private var heldOrder: [ID] = []
    private var heldUntil: EngineInstant?

    private static var holdOrderFor: Duration { .seconds(5) }

    init(selected: ID? = nil) { self.selected = selected }

    /// Whether rows keep their places because a key was pressed just now.
    func isOrderHeld(at now: EngineInstant) -> Bool { heldUntil.map { now < $0 } ?? false }

    /// `wanted` in the order to show now.
    func arranged(_ wanted: [ID], now: EngineInstant) -> [ID] {
        guard isOrderHeld(at: now) else { return wanted }
        let present = Set(wanted), known = Set(heldOrder)
        return heldOrder.filter(present.contains) + wanted.filter { !known.contains($0) }
    }

    /// The row under the cursor: the selected one, or the first if that has gone.
    func index(in rows: [ID]) -> Int? {
        guard !rows.isEmpty else { return nil }
        return selected.flatMap { rows.firstIndex(of: $0) } ?? 0
    }

    /// Moves over `wanted`, rows in the order they would have if none were held. `page` is the number of rows in view.
    mutating func move(_ motion: Motion, over wanted: [ID], page: Int, now: EngineInstant) {
        let rows = arranged(wanted, now: now)
        guard let index = index(in: rows) else { return }
        let page = max(1, page), step: Int
        switch motion {
        case .up, .previous: step = -1
        case .down, .next: step = 1
        case .pageUp: step = -page
        case .pageDown: step = page
        case .halfUp: step = -max(1, page / 2)
        case .halfDown: step = max(1, page / 2)
        case .top: step = -rows.count
        case .bottom: step = rows.count
        case .left, .right, .nextPane, .previousPane: step = 0
        }
        select(rows[min(max(0, index + step), rows.count - 1)], of: rows, now: now)
    }

    /// Puts the cursor on `row` and holds the order of `rows`.
    mutating func select(_ row: ID, of rows: [ID], now: EngineInstant) {
        selected = row
        heldOrder = rows
        heldUntil = now + Self.holdOrderFor
    }

    /// Puts the cursor on a row that was chosen elsewhere; no order is held for it.
    mutating func point(at row: ID?) { selected = row }

    /// Lets a wanted order (another sort, another filter) take effect at once.
    mutating func releaseOrder() { heldUntil = nil }

    /// The rows in view, around the cursor.
    static func window(of count: Int, around index: Int, rows: Int) -> Range<Int> {
        let rows = max(0, min(rows, count))
        let top = min(max(0, index - rows / 2), count - rows)
        return top..<top + rows
    }
}

extension CaseIterable where Self: Equatable {
    /// The case after this one, the first after the last: what `s` steps through.
    var following: Self {
        let all = Array(Self.allCases)
        return all[(all.firstIndex(of: self)! + 1) % all.count]
    }
}
