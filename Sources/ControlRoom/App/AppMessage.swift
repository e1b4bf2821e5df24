import Engine

/// Everything that can happen to the room. Time comes in with it; the room reads no clock.
enum AppMessage: Sendable {
    case key(Key, at: Moment)
    /// What the link held when it was looked at: its newest picture, and why there is no newer one.
    case pulled(EngineSnapshot?, outage: String?, at: Moment)
    /// The clock went on; once a second when nothing else happens.
    case clock(Moment)
    /// What was drawn from the present state is on the terminal.
    case painted(at: Moment)
    case resized(Size)
    /// The engine's answer to the command sent with this ticket.
    case reply(Int, EngineReply, at: Moment)
    /// A file was written, or could not be: the sentence says which.
    case wrote(String, severity: Severity, at: Moment)
    case processSignal(ProcessSignal, at: Moment)
    /// A rehearsal has been played; nil: it was not wanted any more.
    case rehearsed(RehearsalRecording?, at: Moment)
    /// A branch has been played; nil: it was not wanted any more.
    case branched(PlayedBranch?, at: Moment)
}

/// What the operating system tells the process.
enum ProcessSignal: Hashable, Sendable {
    case interrupt, terminate, hangUp, stop, resumed
}

/// What the room wants done in the world; its shells do it, `AppLoop` and `TextLoop`, with `EffectPerformer`.
enum AppEffect: Hashable, Sendable {
    /// Sends the command; the answer comes back as `.reply` with the ticket.
    case command(Int, EngineCommand)
    /// Writes a new file; an old one of that name is left alone.
    case write(path: String, text: String)
    /// Writes a report or an incident file from the database.
    case archive(ArchiveOrder)
    case bell
    /// Draws every cell anew.
    case repaint
    /// Gives the terminal back to the shell until SIGCONT.
    case suspend
    case leave(RoomExit)
    /// Plays tonight in virtual time beside the room; the answer is `.rehearsed`.
    case rehearse(RehearsalOrder)
    /// Plays a showing again with one change, beside the room; the answer is `.branched`.
    case branch(Rerun, seed: UInt64)
}
