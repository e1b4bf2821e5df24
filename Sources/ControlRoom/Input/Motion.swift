/// The ways to move, the same on every screen. What a motion means is the screen's affair: rows, panes,
/// broadcasts.
enum Motion: String, Hashable, Sendable, CaseIterable {
    case up, down, left, right
    case top, bottom
    case pageUp, pageDown, halfUp, halfDown
    case nextPane, previousPane
    /// The next and previous event, broadcast or marker: `]` and `[`.
    case next, previous
}
