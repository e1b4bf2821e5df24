import Engine

/// What lies on top of a screen. At most one; none ever opens by itself.
enum Overlay: Hashable, Sendable {
    case help(HelpOverlay)
    case picker(Picker)
    case plan(PlanDialog)
    case handover(HandoverSheet)
    case surge(SurgeSheet)
}

struct HelpOverlay: Hashable, Sendable {
    var firstLine = 0
}

/// A short list to choose an intent from: stages to trigger or recycle, gates to vote at, pending plans, surges to look
/// at.
struct Picker: Hashable, Sendable {
    struct Choice: Hashable, Sendable {
        enum Outcome: Hashable, Sendable {
            case prepare(Intent)
            case perform(Intent)
            case open(PlanID)
            case surge(Surge)
        }
        var title: String
        var detail: String
        var outcome: Outcome
    }

    var title: String
    var choices: [Choice]
    var index = 0
}

/// A plan being looked at. Cancel has the focus; what is drawn and what a key does come from this value.
struct PlanDialog: Hashable, Sendable {
    enum Focus: Hashable, Sendable {
        /// The buttons: Enter and Esc cancel, `y` confirms.
        case cancel
        case why
        case code
        /// The time of a rescheduling.
        case time
    }

    /// What a rescheduling is about and how far it has been moved so far.
    struct Reschedule: Hashable, Sendable {
        var event: EventID
        var stage: StageKey
        var planned: WallTime?
        var move: Move?
    }

    enum Purpose: Hashable, Sendable {
        /// `y` applies or arms.
        case apply
        /// Confirmed by another operator: `y` approves.
        case approve
    }

    var purpose = Purpose.apply
    var intent: Intent?
    /// Nil while nothing has been worked out yet, or no longer holds.
    var plan: CommandPlan?
    var reschedule: Reschedule?
    var focus = Focus.cancel
    var why = TextField(limit: 500)
    var code = TextField(limit: 16)
    var time = TextField(limit: 20)
    /// What the operator must know: why it was refreshed or refused.
    var note: String?
    /// When this very plan was first on the terminal; keys that confirm are dead before and shortly after.
    var paintedAt: EngineInstant?

    static let deadTime = Duration.milliseconds(250)

    /// Whether the typed code is the plan's, in any case.
    var isCodeComplete: Bool {
        guard let wanted = plan?.code else { return true }
        return code.text.lowercased() == wanted.lowercased()
    }

    func acceptsConfirmation(at now: EngineInstant) -> Bool {
        paintedAt.map { now - $0 >= Self.deadTime } ?? false
    }

    /// Puts a newly worked-out plan in: it must be painted before it can be confirmed.
    mutating func show(_ plan: CommandPlan) {
        self.plan = plan
        intent = plan.intent
        paintedAt = nil
        if plan.code != nil, focus == .cancel { focus = .code }
        if plan.code == nil, focus == .code { focus = .cancel }
    }

    var fields: [Focus] {
        var order: [Focus] = [.cancel]
        if purpose == .apply {
            if plan?.code != nil { order.append(.code) }
            order.append(.why)
            if reschedule != nil { order.append(.time) }
        }
        return order
    }
}

/// A line being typed at the bottom of the screen.
struct Prompt: Hashable, Sendable {
    enum Purpose: Hashable, Sendable {
        case palette
        case filter
        /// With the event it belongs to.
        case note(EventID?)
        /// The reason for an entry made without one.
        case reason(EntryNumber)
    }

    var purpose: Purpose
    var field: TextField
    /// Place in the palette's history while the arrows walk it.
    var recalled: Int?

    init(_ purpose: Purpose, text: String = "") {
        self.purpose = purpose
        field = TextField(text, limit: 500)
    }

    var label: String {
        switch purpose {
        case .palette: ":"
        case .filter: "/"
        case .note: "note"
        case .reason(let entry): "reason for entry \(entry)"
        }
    }
}
