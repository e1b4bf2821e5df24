import Engine

/// Everything the room knows, as one value. Owned by `AppLoop`; changed only by `update`.
struct AppState: Sendable {
    let options: RoomOptions
    var glyphs: GlyphSet
    var size: Size
    var now: Moment

    /// The newest picture of the engine, and when this room first saw it.
    var newest: EngineSnapshot?
    var newestAt: EngineInstant?
    /// The picture kept by Space; the data goes on behind it.
    var frozen: EngineSnapshot?
    /// A past showing or a rehearsal that the screens show in place of the present; the data goes on behind it.
    var replay: Scrubber?
    /// Where the pictures of `replay` are if it is a rehearsal; nil: in the database.
    var rehearsal: RehearsalRecording?
    /// The event that was selected before `replay` was opened.
    var selectedBefore: EventID?
    /// The newest branch that was played from a replay.
    var branch: PlayedBranch?
    /// Whether a rehearsal or a branch is being played now: one at a time.
    var isPlayingRehearsal = false
    /// Why the engine cannot be reached; nil while it can.
    var outage: String?
    /// Number of the newest journal entry when the room opened: what is newer happened while we watched.
    var firstEntrySeen: EntryNumber?

    var screen = Screen.fleet
    /// Screens that `q` and Esc lead back to, at most one of each.
    var back: [Screen] = []
    /// The event under the cursor, by id: rows may move, it does not.
    var selected: EventID?
    var screens = ScreenStates()

    var overlay: Overlay?
    var prompt: Prompt?
    /// Commands typed before, newest last, at most `paletteHistoryMax`.
    var paletteHistory: [String] = []
    var toast: Toast?
    /// When a steering key was last refused.
    var refusedAt: EngineInstant?
    var interruptedAt: EngineInstant?

    /// Errands sent to the engine and not answered yet, by ticket, at most `errandsMax`.
    var errands: [Int: Errand] = [:]
    var lastTicket = 0
    /// The prepare whose plan is to be shown; older answers are discarded.
    var preparing: Int?
    /// Armed from here and not yet seen in a snapshot.
    var armed: ArmedPlan?
    var exit: RoomExit?

    static let paletteHistoryMax = 50
    static let errandsMax = 32

    init(options: RoomOptions, size: Size, now: Moment, glyphs: GlyphSet = .box) {
        self.options = options
        self.size = size
        self.now = now
        self.glyphs = options.glyphs ?? glyphs
    }

    /// A sentence for the operator, shown until the next one or `Toast.lifetime`.
    struct Toast: Hashable, Sendable {
        var text: String
        var severity: Severity
        var at: EngineInstant
        static let lifetime = Duration.seconds(12)
    }

    struct ArmedPlan: Hashable, Sendable {
        var plan: PlanID
        var at: WallTime
        var title: String
    }

    /// What an answer will be for.
    enum Errand: Hashable, Sendable {
        case prepare(Intent)
        case apply(PlanID, Intent)
        case perform(Intent)
        case approve(PlanID), disarm(PlanID), discard(PlanID)
        case history(HistoryQuery)
        case audit(before: EntryNumber?)
        case showings(before: BroadcastID?)
        case timeline(Showing, at: WallTime?)
        case frame
        case rehearse(seed: UInt64)
        case branch(BranchChange, at: WallTime, seed: UInt64)
        case lag(LagQuery)
        case surge(Surge)
    }
}

extension AppState {
    /// What the screens draw.
    var shown: EngineSnapshot? { isReplaying ? replay?.frame : frozen ?? newest }

    func event(_ id: EventID) -> EventSnapshot? { shown?.events.first { $0.id == id } }

    var event: EventSnapshot? { selected.flatMap { event($0) } }

    /// The event an operator calls by code or id.
    func event(named name: String) -> EventSnapshot? {
        let wanted = name.lowercased()
        return shown?.events.first { $0.id.rawValue.lowercased() == wanted || $0.code.lowercased() == wanted }
    }

    /// The broadcast that ABORT and retry are about: the one Fan-out shows, elsewhere the selected event's newest.
    var broadcast: BroadcastSnapshot? {
        guard let shown else { return nil }
        let chosen = screen == .fanOut ? screens.fanOut : FanOutState()
        return chosen.broadcast(of: selected, in: shown)
    }

    /// The edge node that drain and cordon are about: the one under Lagging's cursor; in Fan-out the picked one, else
    /// the first in its order, of which the slowest.
    var node: NodeSnapshot? {
        if screen == .lagging {
            return screens.lagging.node(now: now.instant).flatMap { id in shown?.nodes.first { $0.id == id } }
        }
        guard let shown, let broadcast else { return nil }
        let ranked = FanOutModel.ranked(broadcast.record.figures.nodes, screens.fanOut).map(\.node)
        let rows = screens.fanOut.nodes.arranged(ranked, now: now.instant)
        guard let id = screens.fanOut.nodes.index(in: rows).map({ rows[$0] }) else { return nil }
        return shown.nodes.first { $0.id == id }
    }

    /// Age of the picture; nil before the first.
    var dataAge: Duration? { newestAt.map { now.instant - $0 } }

    /// Whether what is shown is too old to be trusted.
    var isStale: Bool { !isReplaying && newest?.mode != .replay && hasOldData }

    private var hasOldData: Bool { outage != nil || (dataAge.map { $0 > .seconds(2) } ?? false) }

    var stagesTaken: [StageSnapshot] {
        event?.stages.filter { if case .taken = $0.outcome { true } else { false } } ?? []
    }

    var stagesAhead: [StageSnapshot] { event?.stages.filter { $0.outcome == .upcoming } ?? [] }

    /// Gates of the selected event that people vote at.
    var votableGates: [GateSnapshot] { event?.gates.filter { $0.name != "prefetch" } ?? [] }

    /// Alerts that nobody has seen yet, worst first.
    var openAlerts: [Alert] { shown?.alerts.filter { $0.acknowledgedBy == nil } ?? [] }

    /// In a replay or a rehearsal: what is critical in the present, so that nobody misses it.
    var presentAlert: Alert? { newest?.alerts.first { $0.acknowledgedBy == nil && $0.severity == .critical } }

    /// A running countdown that Esc stops: the one that fires first.
    var countingDown: ArmedPlan? {
        if isReplaying { return nil }
        let fromEngine = newest?.pending.compactMap { pending in
            pending.firesAt.map { ArmedPlan(plan: pending.plan.id, at: $0, title: pending.plan.title) }
        } ?? []
        return (fromEngine + (armed.map { [$0] } ?? [])).filter { $0.at >= now.wall }.min {
            ($0.at, $0.plan) < ($1.at, $1.plan)
        }
    }

    var isTooSmall: Bool { size.width < 40 || size.height < 8 }

    mutating func say(_ text: String, _ severity: Severity = .info) {
        toast = Toast(text: text, severity: severity, at: now.instant)
    }
}
