/// Everything an operator, a script, a production signal or a rehearsal can ask of the engine.
///
/// Guards live behind it, in the engine, so no way in skips them. What is harmless (guard levels G0 and
/// G1) is performed at once. Everything else is first prepared, which yields a `CommandPlan` to look at,
/// and then applied; a plan made against a state that has since changed is refused as stale.
public enum EngineCommand: Hashable, Codable, Sendable {
    /// Does what `intent` says at once. Refused unless its guard level is G0 or G1.
    case perform(Intent, why: String? = nil)
    /// Computes what `intent` would do. Changes nothing.
    case prepare(Intent)
    /// Makes a prepared plan true, or arms it if its level is G3.
    case apply(PlanID, Confirmation, why: String? = nil)
    /// The second operator's yes to a plan, from another terminal and another person.
    case approve(PlanID)
    /// Stops an armed plan before its countdown ends.
    case disarm(PlanID)
    /// The dialog was closed without applying.
    case discard(PlanID)
    /// Past broadcasts.
    case history(HistoryQuery)
    /// Who is behind on the newest broadcast of a topic. Answered with what is known; the edge nodes are asked if that
    /// is two seconds old, so whoever looks asks again.
    case lag(LagQuery)
    /// Journal entries below a number (all if nil), newest first, at most `limit` (1...500).
    case audit(before: EntryNumber?, limit: Int)
    /// What was recorded: showings, a timeline, a frame.
    case recording(RecordingQuery)
    /// The events on the desk as they would be played now, the ceilings, and the rules of traffic: for a rehearsal
    /// beside the show.
    case schedule
    /// How more requests than now would fare by the rules in force.
    case surge(Surge)
}

/// What is wanted.
public enum Intent: Hashable, Codable, Sendable {
    /// Send the next stage. `stage` is the one the operator saw as next; if another is next by now, the command is
    /// stale.
    case take(EventID, StageKey)
    /// Stop the T-clock.
    case hold(EventID)
    /// Let the T-clock run on; every later time moves by the length of the hold.
    case resume(EventID)
    /// Move a stage that is not on air yet, and with it every stage that hangs on it.
    case reschedule(EventID, StageKey, Move)
    /// Send a stage that is not the next one; the stages between are skipped.
    case trigger(EventID, StageKey)
    /// Go back to an earlier stage by a new broadcast.
    case recycle(EventID, StageKey)
    /// Stop the waves that are not sent yet.
    case abort(EventID, BroadcastID)
    /// Let no further wave of a broadcast begin until somebody promotes it.
    case pauseWaves(EventID, BroadcastID)
    /// Let the waves that wait go on: after a pause, or past a canary that has not proved the stage.
    case promote(EventID, BroadcastID)
    /// Send a broadcast once more to the devices that have it un-acked.
    case resend(EventID, BroadcastID)
    /// Vote at a go/no-go gate.
    case vote(EventID, gate: String, go: Bool)
    /// A line in the journal, at most 500 characters; with no event it belongs to the room.
    case note(EventID?, String)
    /// The reason for an entry made without one.
    case explain(EntryNumber, String)
    /// I have seen this alert.
    case acknowledge(AlertID)
    /// Make the difference between the edited schedule file and the running one true.
    case adoptSchedule
    /// An edge node takes nobody new; who is connected stays.
    case cordon(NodeID)
    /// An edge node sends its devices to the others, evenly over so many milliseconds (nil: as `EngineConfiguration`
    /// says), and takes nobody new.
    case drain(NodeID, over: Milliseconds?)
    /// An edge node takes devices again; a drain under way stops.
    case uncordon(NodeID)
    /// Let something go wrong at modelled edge nodes on purpose, from now until the fault is over.
    case drill(AudienceFault)
    /// Every drill under way is over now.
    case endDrills
    /// Undo a rescheduling that has not taken effect: the times before it become a new plan version.
    case undo(EventID)
    /// The desk changes hands: the first signature gives it, another person's takes it. The text is what was handed
    /// over, at most 500 characters.
    case signHandover(String)
    /// Steer the traffic: overrides, levers, rulesets.
    case traffic(TrafficIntent)
    /// End the engine.
    case quit
}

/// How far or to when a stage is moved.
public enum Move: Hashable, Codable, Sendable {
    case by(Milliseconds)
    case to(WallTime)
}

/// How a person confirmed a plan.
public enum Confirmation: Hashable, Codable, Sendable {
    /// The confirming key, `y`; enough for G2.
    case key
    /// The event's code was typed, then the key; needed for G3.
    case code(String)
}

/// Friction in proportion to surprise (PRODUCT.md B1).
public enum GuardLevel: String, Codable, Sendable, CaseIterable, Comparable {
    /// Acts at once: look, HOLD.
    case g0 = "G0"
    /// Acts at once, `u` undoes: note, vote, acknowledge.
    case g1 = "G1"
    /// Shows its plan, a key applies it.
    case g2 = "G2"
    /// Shows its plan, the event's code and a key arm it, a countdown runs.
    case g3 = "G3"
    /// As G3, and another person at another terminal must approve.
    case g3TwoOperators = "G3+2"

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What the engine answers to a command.
public enum EngineReply: Hashable, Codable, Sendable {
    /// Done and on disk, as this journal entry (nil where nothing was to be written). The sentence says what happened.
    case done(EntryNumber?, String)
    case plan(CommandPlan)
    /// Armed; takes effect at this moment unless it is disarmed.
    case armed(PlanID, at: WallTime)
    /// Confirmed by the first operator, waits for the second.
    case awaitingSecondOperator(PlanID)
    /// Somebody changed what the plan was made against. The sentence says who, what and when.
    case stale(String)
    /// Not done; the sentence says why and what to do instead.
    case refused(String)
    case history([BroadcastRecord])
    case audit([JournalEntry])
    case recording(RecordingAnswer)
    case schedule([LiveEvent], EdgeCapacity, TrafficRules)
    case lag(LagReport)
    case surge(SurgeReport)
}

/// A command worked out against the present state, for a person to look at before it is applied.
public struct CommandPlan: Hashable, Codable, Sendable, Identifiable {
    public var id: PlanID
    public var intent: Intent
    public var event: EventID?
    /// `TAKE  countdown -> live`
    public var title: String
    public var level: GuardLevel
    /// Revision of the run of show it was made against; nil for plans that concern no single event.
    public var revision: Int64?
    /// What moves, line by line.
    public var changes: [PlanChange]
    /// What to know before deciding, as label and value: to, payload, forecast, gate, timing.
    public var facts: [PlanFact]
    /// What it would do to the audience; nil for plans that send nothing and move nothing.
    public var forecast: PlanForecast?
    /// What must be typed to arm it; nil below G3.
    public var code: String?
    /// Whether a reason must be given with the apply.
    public var needsWhy: Bool
    /// Who prepared it.
    public var by: Actor
    /// The second operator's name, once given.
    public var approvedBy: String?

    public init(
        id: PlanID, intent: Intent, event: EventID?, title: String, level: GuardLevel, revision: Int64?,
        changes: [PlanChange] = [], facts: [PlanFact] = [], forecast: PlanForecast? = nil, code: String? = nil,
        needsWhy: Bool = false,
        by: Actor, approvedBy: String? = nil
    ) {
        self.id = id
        self.intent = intent
        self.event = event
        self.title = title
        self.level = level
        self.revision = revision
        self.changes = changes
        self.facts = facts
        self.forecast = forecast
        self.code = code
        self.needsWhy = needsWhy
        self.by = by
        self.approvedBy = approvedBy
    }
}

/// One line of a plan's difference.
public struct PlanChange: Hashable, Codable, Sendable {
    /// What becomes of the thing the line speaks of, in the character that stands before it.
    public enum Mark: String, Codable, Sendable {
        case changed = "~", added = "+", removed = "-", same = "="
    }
    public var mark: Mark
    /// `live broadcast`
    public var what: String
    public var before: String
    public var after: String
    /// `+30 s`
    public var delta: String
    public var note: String

    public init(
        mark: Mark, what: String, before: String = "", after: String = "", delta: String = "", note: String = ""
    ) {
        self.mark = mark
        self.what = what
        self.before = before
        self.after = after
        self.delta = delta
        self.note = note
    }
}

/// One thing to know before a plan is applied.
public struct PlanFact: Hashable, Codable, Sendable {
    public var label: String
    public var value: String
    public var severity: Severity

    public init(_ label: String, _ value: String, severity: Severity = .calm) {
        self.label = label
        self.value = value
        self.severity = severity
    }
}
