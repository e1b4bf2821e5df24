import Engine

/// What a journal entry is about, as the text form says it.
enum TextWords {
    static func what(_ kind: JournalEntry.Kind) -> String {
        switch kind {
        case .stageTaken: "TAKE"
        case .stageTriggered: "TRIGGER"
        case .stageRecycled: "RECYCLE"
        case .stageSkipped: "stage skipped"
        case .held: "HOLD"
        case .resumed: "RESUME"
        case .rescheduled: "rescheduled"
        case .broadcastAborted: "ABORT"
        case .broadcastResent: "re-sent"
        case .engineStarted: "engine started"
        case .engineResumed: "engine resumed after a stop"
        case .engineStopped: "engine stopped"
        case .engineQuit: "engine quit"
        default: spaced(kind.rawValue)
        }
    }

    /// `planArmed` as `plan armed`.
    private static func spaced(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? " " + $1.lowercased() : String($1) }
    }
}
