import Engine
import Synchronization

@testable import ControlRoom

/// An engine for tests of the room: one event, guards as PRODUCT.md B1 words them, answers at once. Keeps
/// what it was asked, so that a test can say what must never be asked.
final class ScriptedEngine: EngineLink {
    struct Desk: Sendable {
        var snapshot: EngineSnapshot
        var plans: [PlanID: CommandPlan] = [:]
        var lastPlan: PlanID = 0
        var commands: [EngineCommand] = []
        /// The next apply is answered with this sentence as stale.
        var staleOnce: String?
        var quitIsDue = false
        var recording: @Sendable (RecordingQuery) -> RecordingAnswer = { query in
            switch query {
            case .showings: .showings([])
            case .timeline(let showing): .timeline(Timeline(showing: showing))
            case .frame: .frame(nil)
            case .script: .script(nil)
            }
        }
    }

    private let desk: Mutex<Desk>
    let person: Operator

    init(_ snapshot: EngineSnapshot = ScriptedEngine.quietNight(), person: Operator = ScriptedEngine.kris) {
        desk = Mutex(Desk(snapshot: snapshot))
        self.person = person
    }

    var outage: String? { nil }
    func newestSnapshot() -> EngineSnapshot? { desk.withLock { $0.snapshot } }
    func perform(_ command: EngineCommand) async -> EngineReply { answer(command) }

    var commands: [EngineCommand] { desk.withLock { $0.commands } }
    var snapshot: EngineSnapshot { desk.withLock { $0.snapshot } }

    func change(_ change: (inout Desk) -> Void) {
        desk.withLock {
            change(&$0)
            $0.snapshot.number += 1
        }
    }

    func answer(_ command: EngineCommand) -> EngineReply {
        desk.withLock { desk in
            desk.commands.append(command)
            desk.snapshot.number += 1
            switch command {
            case .perform(.hold(let id), _):
                desk.edit(id) { $0.hold = Hold(since: Self.start, by: .person(person)) }
                return .done(11, "The T-clock of \(id) stands still")
            case .perform: return .done(12, "Noted")
            case .prepare(let intent):
                guard let level = desk.level(of: intent) else {
                    return .refused("Nothing can be undone: a sent stage is corrected with R")
                }
                desk.lastPlan += 1
                let code = level >= .g3 ? (intent == .quit ? "quit" : "FN12") : nil
                let plan = CommandPlan(
                    id: desk.lastPlan, intent: intent, event: "fight-night", title: Self.title(of: intent),
                    level: level,
                    revision: desk.snapshot.events[0].revision,
                    changes: [
                        PlanChange(
                            mark: .changed, what: "live broadcast", before: "21:00:00Z", after: "21:00:30Z",
                            delta: "+30 s")
                    ],
                    facts: [
                        PlanFact("to", "9.6 M modelled devices in 8 waves"),
                        PlanFact("gate", "1/2 NO-GO: ads", severity: .warn),
                    ],
                    forecast: Self.forecast,
                    code: code, needsWhy: false, by: .person(person)
                )
                desk.plans[plan.id] = plan
                return .plan(plan)
            case .apply(let id, let confirmation, _):
                guard let plan = desk.plans[id] else { return .refused("Plan #\(id) is not known any more") }
                if let sentence = desk.staleOnce {
                    desk.staleOnce = nil
                    return .stale(sentence)
                }
                if let code = plan.code {
                    guard confirmation == .code(code) else { return .refused("The code is \(code)") }
                    if plan.level == .g3TwoOperators {
                        desk.snapshot.pending.append(PendingPlan(plan: plan, firesAt: nil))
                        return .awaitingSecondOperator(id)
                    }
                    let moment = Self.start + 3000
                    desk.snapshot.pending.append(PendingPlan(plan: plan, firesAt: moment))
                    return .armed(id, at: moment)
                }
                if case .take(let event, let stage) = plan.intent { desk.edit(event) { $0.current = stage } }
                if case .resume(let event) = plan.intent { desk.edit(event) { $0.hold = nil } }
                return .done(13, "Done: \(plan.title)")
            case .disarm(let id):
                desk.snapshot.pending.removeAll { $0.plan.id == id }
                return .done(14, "Stopped: nothing was sent")
            case .approve(let id):
                desk.snapshot.pending.removeAll { $0.plan.id == id }
                return .done(15, "Approved")
            case .discard: return .done(nil, "")
            case .history: return .history([])
            case .audit: return .audit([])
            case .recording(let query): return .recording(desk.recording(query))
            case .schedule: return .schedule([], EdgeCapacity(), TrafficRules())
            case .surge: return .refused("The script has no peak.")
            case .lag(let query):
                guard var report = LagFixture.report(desk.snapshot, grouping: query.grouping) else {
                    return .refused("no event")
                }
                report.query = query
                if query.device == "d-0" { report.device = report.sample.first }
                return .lag(report)
            }
        }
    }

    private static let forecast = PlanForecast(
        model: 1, band: 60, basis: "41 scored, tier high",
        lines: [
            .init("t99 acked", before: "13.5 s", after: "13.5 s"),
            .init("t99.9 acked", before: "1 min 1 s", after: "51 s", risk: "budget 1 min, kept"),
            .init("peak devices/s", before: "3.20 M", after: "3.20 M", risk: "ceiling 5.00 M"),
            .init("peak requests/s", before: "2.90 M", after: "2.60 M", risk: "ceiling 3.00 M, all events"),
            .init("overlap", before: "9 s", after: "none", risk: "clear of LATE countdown"),
            .init("prefetched at T0", before: "94.1%", after: "94.4%", risk: "gate 95% NOT reached", severity: .warn),
            .init("left behind", before: "400.0 k", after: "400.0 k", risk: "offline: catch up on return"),
        ],
        verdict: "look at: prefetched at T0", severity: .warn)

    static let start = WallTime(milliseconds: 1_795_294_548_000)
    static let kris = Operator(name: "kris", role: "SCO", terminal: "pts/1@toc")

    private static func title(of intent: Intent) -> String {
        switch intent {
        case .take(_, let stage): "TAKE  countdown -> \(stage)"
        case .reschedule(_, let stage, .by(let change)): "RESCHEDULE \(stage) \(Format.delta(change))"
        case .reschedule(_, let stage, .to(let moment)): "RESCHEDULE \(stage) to \(Format.time(moment))"
        case .trigger(_, let stage): "TRIGGER \(stage)"
        case .recycle(_, let stage): "RECYCLE to \(stage)"
        case .abort(_, let broadcast): "ABORT \(broadcast)"
        case .pauseWaves(_, let broadcast): "PAUSE \(broadcast)"
        case .promote(_, let broadcast): "PROMOTE \(broadcast)"
        case .drill(let fault): "DRILL \(fault)"
        case .resend(_, let broadcast): "RE-SEND \(broadcast)"
        case .resume: "RESUME"
        case .quit: "QUIT"
        default: "PLAN"
        }
    }

    static func quietNight(tier: Tier = .high) -> EngineSnapshot {
        func stage(
            _ key: StageKey, _ kind: StageKind, _ mode: StageMode, _ planned: WallTime?, taken: BroadcastID? = nil
        ) -> StageSnapshot {
            StageSnapshot(
                key: key, kind: kind, mode: mode, outcome: taken.map { .taken(planned ?? start, $0) } ?? .upcoming,
                planned: planned,
                timing: planned.map { Format.time($0) } ?? "on cue", waves: .single, experience: StageExperience()
            )
        }
        let event = EventSnapshot(
            id: "fight-night", code: "FN12", title: "Fight Night 12 決勝 🥊 é", tier: tier, zone: "UTC", edition: 1,
            planVersion: 3,
            revision: 7, current: "countdown", next: "live", nextAt: start + 2_520_000, countdown: 2_520_000, hold: nil,
            stages: [
                stage("pre-show", .preShow, .auto, start - 3_600_000, taken: BroadcastID(1)),
                stage("countdown", .countdown, .auto, start - 600_000, taken: BroadcastID(2)),
                stage("live", .live, .auto, start + 2_520_000), stage("ending", .ending, .manual, nil),
                stage("ended", .ended, .manual, nil),
            ],
            gates: [
                GateSnapshot(name: "ingest", isGo: true, detail: "ana, healthy", at: start),
                GateSnapshot(name: "ads", isGo: nil, detail: "nobody voted", at: nil),
            ],
            attention: Attention(severity: .warn, reason: "1 NO-GO: ads"), lastBroadcast: BroadcastID(2), undo: nil,
            real: DeviceCounts(), modelled: DeviceCounts(connected: 9_600_000, known: 10_000_000, prefetched: nil)
        )
        var second = event
        second.id = "late-set"
        second.code = "LATE"
        second.title = "Late Set"
        second.attention = Attention()
        var load = LoadSnapshot()
        load.modelled = event.modelled
        return EngineSnapshot(
            number: 1, at: start,
            engine: EngineInfo(process: 4711, startedAt: start - 7_200_000, host: "toc", database: "room.db"),
            events: [event, second],
            alerts: [
                Alert(
                    id: "gate/fight-night", severity: .warn, since: start, event: "fight-night",
                    text: "LIVE gate is NO-GO: v votes")
            ],
            operators: [kris], load: load
        )
    }
}

extension ScriptedEngine.Desk {
    mutating func edit(_ id: EventID, _ change: (inout EventSnapshot) -> Void) {
        guard let place = snapshot.events.firstIndex(where: { $0.id == id }) else { return }
        change(&snapshot.events[place])
        snapshot.events[place].revision += 1
    }

    func level(of intent: Intent) -> GuardLevel? {
        let isBigBet = snapshot.events[0].tier == .bigBet
        switch intent {
        case .take: return isBigBet ? .g3TwoOperators : .g2
        case .trigger, .recycle, .abort: return isBigBet ? .g3TwoOperators : .g3
        case .quit: return quitIsDue ? .g3 : .g2
        case .undo: return nil
        default: return .g2
        }
    }
}
