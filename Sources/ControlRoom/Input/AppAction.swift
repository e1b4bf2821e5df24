/// What a key or a command asks of the room. What it asks of the engine becomes an `Intent` on the way,
/// with the selected event; guards live in the engine.
enum AppAction: Hashable, Sendable {
    case move(Motion)
    /// The screen of this digit, 1...9.
    case show(Int)
    case open, back
    case filter, nextMatch, previousMatch
    case palette, help
    case sort, reverseSort, foldCalm, freeze, follow, repaint
    case take, hold, reschedule, trigger, recycle, abort, vote, resend
    case acknowledge, acknowledgeAll, note, undo
    /// Choose how much of the bucket under the cursor is admitted; one step more or less; choose a lever.
    case overrideBucket, admit(Int), levers
    /// Look at what an edited schedule file would change.
    case adopt
    /// Open a plan that waits for a second operator or counts down.
    case pending
    /// Leave this terminal; the engine goes on.
    case detach
    case quit
}

extension AppAction {
    /// Whether it asks something of the engine; a read-only room has none of these.
    var steers: Bool {
        switch self {
        case .take, .hold, .reschedule, .trigger, .recycle, .abort, .vote, .resend, .acknowledge, .acknowledgeAll, .note,
            .undo, .adopt, .pending, .overrideBucket, .admit, .levers:
            true
        default: false
        }
    }
}
