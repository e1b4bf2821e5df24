/// What a key or a command asks of the room. What it asks of the engine becomes an `Intent` on the way,
/// with the selected event; guards live in the engine.
enum AppAction: Hashable, Sendable {
    case move(Motion)
    case show(Screen)
    case open, back
    case filter, nextMatch, previousMatch
    case palette, help
    /// In a replay: a bookmark at the cursor, the next or previous thing somebody did, the speed.
    case mark, nextCommand, previousCommand, faster, slower
    /// In a replay: begin to type what is to be different from the cursor on. On Traffic: choose a surge to look at.
    case whatIf
    /// Write the rows of the screen into a file.
    case export
    case sort, reverseSort, regroup, foldCalm, freeze, follow, repaint
    case take, hold, reschedule, trigger, recycle, abort, pauseWaves, promote, vote, resend
    /// Empty the edge node picked on Fan-out, or close it to new devices (and open it again).
    case drain, cordon
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
        case .take, .hold, .reschedule, .trigger, .recycle, .abort, .pauseWaves, .promote, .vote, .resend, .acknowledge,
            .acknowledgeAll, .note, .undo, .adopt, .pending, .drain, .cordon, .overrideBucket, .admit, .levers:
            true
        default: false
        }
    }
}
