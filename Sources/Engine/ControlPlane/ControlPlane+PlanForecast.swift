import OrderedCollections

// The forecast in every plan: the audience before and after, for the person who decides.

extension ControlPlane {
    /// What the plan would do; nil for intents that send nothing and move nothing.
    /// - Parameter trial: the control plane in which the intent has been carried out.
    mutating func planForecast(of intent: Intent, trial: inout ControlPlane, in transaction: Transaction)
        -> PlanForecast?
    {
        switch intent {
        case .take(let id, let key), .trigger(let id, let key), .recycle(let id, let key):
            guard let run = runs[id] else { return nil }
            let planned = run.startTime(of: key).flatMap { run.isUpcoming(key) ? $0 : nil }
            let before = planned.flatMap { look(at: key, of: run, start: $0, in: transaction) }
            let after = trial.look(at: key, of: run, start: transaction.time, in: transaction)
            return compare(before, after, of: run)
        case .reschedule(let id, let key, _): return moved(key, of: id, trial: &trial, in: transaction)
        case .resume(let id), .undo(let id):
            guard let run = runs[id], let after = trial.runs[id] else { return nil }
            let keys = run.event.stages.map(\.key).filter { run.isUpcoming($0) }
            let key = keys.first { run.startTime(of: $0) != after.startTime(of: $0) } ?? run.next
            return key.flatMap { moved($0, of: id, trial: &trial, in: transaction) }
        case .abort(let id, let broadcast): return abortForecast(broadcast, of: id)
        case .resend(let id, let broadcast): return resendForecast(broadcast, of: id)
        case .adoptSchedule: return adoptionForecast(trial: &trial, in: transaction)
        case .hold, .vote, .note, .explain, .acknowledge, .drain, .cordon, .uncordon, .pauseWaves, .promote, .drill,
            .endDrills,
            .signHandover, .traffic, .quit:
            return nil
        }
    }

    /// A fan-out with what surrounds it.
    private struct Look {
        var flight: Flight
        var forecast: BroadcastForecast
        var airspace: Airspace
        var prefetched: Double?
        /// Most requests a second around it, of all events.
        var requests: Int
        /// The T-clock stands still: its time is not known.
        var isHeld: Bool
    }

    private mutating func look(at key: StageKey, of run: RunOfShow, start: WallTime, in transaction: Transaction)
        -> Look?
    {
        let waves = run.definition(of: key)?.waves ?? .single
        guard let flight = flight(run, key, waves: waves, at: start), let forecast = forecast(of: run, waves: waves)
        else { return nil }
        let others = flights(from: start - Airspace.moveMax, to: start + Airspace.moveMax, in: transaction).filter {
            $0.event != run.id
        }
        return Look(
            flight: flight, forecast: forecast,
            airspace: Airspace(others + [flight], ceiling: capacity.acksPerSecond),
            prefetched: prefetchShare(of: run, after: start.since(transaction.time)),
            requests: peakRequests(around: start), isHeld: run.hold != nil)
    }

    private mutating func moved(_ key: StageKey, of id: EventID, trial: inout ControlPlane, in transaction: Transaction)
        -> PlanForecast?
    {
        guard let run = runs[id], let next = trial.runs[id] else { return nil }
        let before = run.startTime(of: key).flatMap { look(at: key, of: run, start: $0, in: transaction) }
        let after = next.startTime(of: key).flatMap { trial.look(at: key, of: next, start: $0, in: transaction) }
        var forecast = compare(before, after, of: next)
        let told = router.audience(of: run.event.topic).modelled.prefetched ?? 0
        if before != nil, after != nil, told > 0, run.startTime(of: key) != next.startTime(of: key) {
            forecast.lines.append(
                .init(
                    "hold the old time", after: Words.count(told), risk: "modelled devices, until they fetch again",
                    severity: .info))
        }
        return forecast
    }

    // MARK: One stage, before and after

    private func compare(_ before: Look?, _ after: Look?, of run: RunOfShow) -> PlanForecast {
        let record = outlook.record, tier = run.event.tier
        let basis = "\(record.count(of: tier)) scored, tier \(tier.rawValue)"
        guard let after else {
            let why =
                outlook.populations[run.id]?.connected ?? 0 == 0
                ? "no device is connected: nothing to foretell" : "no time, nothing to foretell"
            return PlanForecast(
                model: BroadcastForecast.modelNow, band: record.band(of: tier), basis: basis, lines: [], verdict: why,
                severity: .info)
        }
        let lines = [
            timeLine("t99 acked", before?.forecast.t99, after.forecast.t99),
            budgetLine(before?.forecast, after.forecast, budget: run.event.audience.budget),
            rateLine(before?.forecast, after.forecast), requestsLine(before, after), overlapLine(before, after),
            prefetchLine(before, after, of: run),
            behindLine(before?.forecast, after.forecast), unreachedLine(after.forecast),
        ].compactMap { $0 }
        let bad = lines.filter { $0.severity >= .warn }.map(\.what)
        let verdict = bad.isEmpty ? "within budget, clear of other fan-outs" : "look at: \(bad.joined(separator: ", "))"
        return PlanForecast(
            model: after.forecast.model, band: after.forecast.band, basis: basis, lines: lines, verdict: verdict,
            severity: lines.map(\.severity).max() ?? .calm)
    }

    private func timeLine(_ what: String, _ before: Milliseconds?, _ after: Milliseconds?) -> PlanForecast.Line {
        .init(what, before: before.map(Words.duration) ?? "-", after: after.map(Words.duration) ?? "cannot be told")
    }

    private func budgetLine(_ before: BroadcastForecast?, _ after: BroadcastForecast, budget: Milliseconds)
        -> PlanForecast.Line
    {
        var line = timeLine("t99.9 acked", before?.t999, after.t999)
        let words = "budget \(Words.duration(budget))"
        guard let t999 = after.t999 else {
            (line.risk, line.severity) = ("\(words), more are lost than the last thousandth", .warn)
            return line
        }
        let worst = t999 + t999 * Milliseconds(after.band) / 1000
        (line.risk, line.severity) = t999 > budget ? ("OVER \(words)", .warn)
            : worst > budget ? ("\(words), within the band of it", .info) : ("\(words), kept", .calm)
        return line
    }

    private func rateLine(_ before: BroadcastForecast?, _ after: BroadcastForecast) -> PlanForecast.Line {
        let ceiling = capacity.acksPerSecond, isOver = after.peakRate > ceiling
        return .init(
            "peak devices/s", before: before.map { Words.count($0.peakRate) } ?? "-",
            after: Words.count(after.peakRate),
            risk: (isOver ? "OVER ceiling " : "ceiling ") + Words.count(ceiling), severity: isOver ? .warn : .calm)
    }

    private func requestsLine(_ before: Look?, _ after: Look) -> PlanForecast.Line {
        let ceiling = capacity.gatewayPerSecond, isOver = after.requests > ceiling
        return .init(
            "peak requests/s", before: before.map { Words.count($0.requests) } ?? "-",
            after: Words.count(after.requests),
            risk: (isOver ? "OVER ceiling " : "ceiling ") + Words.count(ceiling) + ", all events",
            severity: isOver ? .warn : .calm)
    }

    private func overlapLine(_ before: Look?, _ after: Look) -> PlanForecast.Line {
        func words(_ look: Look?) -> String {
            guard let look else { return "-" }
            if look.isHeld { return "held" }
            return look.airspace.longestOverlap(of: look.flight).map { Words.duration(max(1000, $0.overlap)) } ?? "none"
        }
        var line = PlanForecast.Line("overlap", before: words(before), after: words(after))
        if let hit = after.airspace.collisions.first(where: {
            $0.mover.event == after.flight.event || $0.other.event == after.flight.event
        }) {
            let other = hit.mover.event == after.flight.event ? hit.other : hit.mover
            let peak = hit.peakRate > capacity.acksPerSecond
                ? "peak \(Words.count(hit.peakRate)) of \(Words.count(capacity.acksPerSecond)) dev/s"
                : "\(hit.sharedNodes) edge nodes send for both"
            (line.risk, line.severity) = ("COLLIDES with \(other.name): \(peak)", .warn)
        } else if let near = after.airspace.longestOverlap(of: after.flight) {
            line.risk = "tail meets \(near.other.name), below the ceiling"
        } else if let near = before?.airspace.longestOverlap(of: before!.flight) {
            line.risk = "clear of \(near.other.name)"
        }
        return line
    }

    private func prefetchLine(_ before: Look?, _ after: Look, of run: RunOfShow) -> PlanForecast.Line? {
        guard let share = after.prefetched else { return nil }
        var line = PlanForecast.Line(
            "prefetched at T0", before: before?.prefetched.map(Words.percent) ?? "-", after: Words.percent(share))
        for case .prefetch(let wanted) in run.definition(of: after.flight.stage)?.gates ?? [] {
            let isShort = share < wanted
            (line.risk, line.severity) = (
                "gate \(Words.percent(wanted))\(isShort ? " NOT reached" : "")", isShort ? .warn : .calm
            )
        }
        return line
    }

    private func behindLine(_ before: BroadcastForecast?, _ after: BroadcastForecast) -> PlanForecast.Line {
        .init(
            "left behind", before: before.map { Words.count($0.offline) } ?? "-", after: Words.count(after.offline),
            risk: "offline: catch up on return")
    }

    private func unreachedLine(_ after: BroadcastForecast) -> PlanForecast.Line? {
        guard after.unreached > 0 else { return nil }
        return .init(
            "not reached", after: Words.count(after.unreached), risk: "behind edge nodes that are silent now",
            severity: .warn)
    }

    // MARK: Broadcasts under way

    private func abortForecast(_ broadcast: BroadcastID, of id: EventID) -> PlanForecast? {
        guard let machine = broadcasts[broadcast], let tier = runs[id]?.event.tier else { return nil }
        let total = machine.total, t999 = machine.record.forecast?.t999
        return PlanForecast(
            model: BroadcastForecast.modelNow, band: outlook.record.band(of: tier),
            basis: "\(outlook.record.count(of: tier)) scored, tier \(tier.rawValue)",
            lines: [
                .init(
                    "given the stage", before: Words.count(total.connected), after: Words.count(total.sent),
                    risk: "connected devices; waves begun go out whole"),
                .init(
                    "left without it", before: "0", after: Words.count(total.notSent),
                    risk: "keep the stage they have until R", severity: total.notSent > 0 ? .warn : .info),
                .init(
                    "t99.9 acked", before: t999.map(Words.duration) ?? "-", after: "never",
                    risk: "the broadcast stays unfinished"),
            ],
            verdict: "the audience stays divided until R recycles", severity: .warn)
    }

    private func resendForecast(_ broadcast: BroadcastID, of id: EventID) -> PlanForecast? {
        guard let machine = broadcasts[broadcast], let event = runs[id]?.event else { return nil }
        let total = machine.total, again = total.waiting + total.retrying
        let lost = Int(AudienceDraws.parts(event.audience.lossShare)) * again / Int(AudienceDraws.shareParts)
        return PlanForecast(
            model: BroadcastForecast.modelNow, band: outlook.record.band(of: event.tier),
            basis: "\(outlook.record.count(of: event.tier)) scored, tier \(event.tier.rawValue)",
            lines: [
                .init(
                    "sent once more", before: "0", after: Words.count(again),
                    risk: "connected and un-acked; a second copy changes nothing"),
                .init(
                    "un-acked after", before: Words.count(total.unacked), after: Words.count(lost + total.dropped),
                    risk: "lost again, or away: repeated, or caught up"),
            ],
            verdict: "nobody else notices", severity: .calm)
    }

    // MARK: An edited schedule

    /// Events shown of an adoption; the others are counted.
    private static let adoptedMax = 4

    private mutating func adoptionForecast(trial: inout ControlPlane, in transaction: Transaction) -> PlanForecast? {
        var lines: [PlanForecast.Line] = [], band = 0, left = 0, tiers: Set<Tier> = []
        let changed = trial.runs.values.filter { runs[$0.id]?.event != $0.event }
        for run in changed where run.event.audience != runs[run.id]?.event.audience {
            trial.expectAudience(of: run.event)
        }
        for run in changed {
            guard let key = run.next, let start = run.startTime(of: key), left > 0 || lines.count < 2 * Self.adoptedMax,
                  let after = trial.look(at: key, of: run, start: start, in: transaction)
            else {
                left += 1
                continue
            }
            let old = runs[run.id]
            let before = old.flatMap { old in
                old.startTime(of: key).flatMap { look(at: key, of: old, start: $0, in: transaction) }
            }
            var time = budgetLine(before?.forecast, after.forecast, budget: run.event.audience.budget)
            var overlap = overlapLine(before, after)
            time.what = "\(run.event.code) \(time.what)"
            overlap.what = "\(run.event.code) \(overlap.what)"
            lines += [time, overlap]
            band = max(band, after.forecast.band)
            tiers.insert(run.event.tier)
        }
        guard !lines.isEmpty else { return nil }
        let scored = tiers.map { outlook.record.count(of: $0) }.min() ?? 0,
            severity = lines.map(\.severity).max() ?? .calm
        return PlanForecast(
            model: BroadcastForecast.modelNow, band: band, basis: "\(scored) scored", lines: lines,
            verdict: (severity >= .warn ? "look at the lines marked !" : "within budget, clear of other fan-outs")
                + (left > 0 ? "; \(left) more events without a next time" : ""),
            severity: severity)
    }
}

extension RunOfShow {
    func isUpcoming(_ key: StageKey) -> Bool { index(of: key).map { progress[$0].outcome == .upcoming } ?? false }
}
