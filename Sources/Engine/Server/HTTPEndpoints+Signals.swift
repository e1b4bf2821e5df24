import Foundation

/// Production signals: the truck's own system takes, holds, resumes or delays, as a person at the desk would.
/// The way is the person's way: prepare, look at the plan's guard level, apply; every guard is the engine's.
extension HTTPEndpoints {
    /// The event of `/v1/events/{id}/signals`; nil for any other path.
    static func signalTarget(_ path: String) -> EventID? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "v1", parts[2] == "events", parts[4] == "signals",
            !parts[3].isEmpty, let id = parts[3].removingPercentEncoding
        else { return nil }
        return EventID(rawValue: id)
    }

    /// Checks in the order of what a stranger may learn: token, form of the request, event.
    func signal(_ question: HTTPQuestion, to id: EventID) async -> HTTPAnswer {
        let sender: String
        switch authorise(question.authorization) {
        case .refused(let answer): return answer
        case .sender(let name): sender = name
        }
        guard Self.isJSON(question.contentType) else {
            return .error(415, "A signal is JSON: send Content-Type: application/json.")
        }
        guard let body = question.body else {
            return .error(
                413, "The body is larger than \(Self.bodyBytesMax / 1024) KiB: a signal is one small JSON object.")
        }
        let request: SignalRequest
        do { request = try SignalRequest(json: body) } catch { return .error(400, error.sentence) }
        guard let snapshot = snapshots.snapshot else {
            return .error(503, "The engine has not drawn its first snapshot yet: ask again in a second.")
        }
        guard let event = snapshot.events.first(where: { $0.id == id }) else {
            return .error(404, Self.unknown(id, among: snapshot.events))
        }
        switch request.verb {
        case .take(let stage): return await carryOut(.take(id, stage), request, by: sender)
        case .hold: return Self.answer(to: await handle(.perform(.hold(id), why: request.why), .signal(sender)))
        case .resume: return await carryOut(.resume(id), request, by: sender)
        case .delay(let delay):
            guard let stage = event.stages.first(where: { $0.outcome == .upcoming && $0.planned != nil }) else {
                return .error(
                    409,
                    "No coming stage of \(id) has a planned time that could be moved: the rest of the show is on cue or over."
                )
            }
            return await carryOut(.reschedule(id, stage.key, .by(delay)), request, by: sender)
        }
    }

    private func carryOut(_ intent: Intent, _ request: SignalRequest, by sender: String) async -> HTTPAnswer {
        let actor = Actor.signal(sender)
        let prepared = await handle(.prepare(intent), actor)
        guard case .plan(let plan) = prepared else { return Self.answer(to: prepared) }
        let problem: String? =
            if plan.level >= .g3, request.code == nil {
                "“\(plan.title)” is guard level \(plan.level.rawValue): repeat the signal with \"code\", the code of the event, to arm it."
            } else if plan.needsWhy, request.why == nil {
                "“\(plan.title)” needs a reason: repeat the signal with \"why\"."
            } else { nil }
        if let problem {
            _ = await handle(.discard(plan.id), actor)
            return .error(409, problem)
        }
        let confirmation = plan.level >= .g3 ? request.code.map(Confirmation.code) ?? .key : .key
        let applied = await handle(.apply(plan.id, confirmation, why: request.why), actor)
        // A plan that was refused is still the engine's to remember: nobody will come back for this one.
        if case .refused = applied { _ = await handle(.discard(plan.id), actor) }
        return Self.answer(to: applied)
    }

    private static func answer(to reply: EngineReply) -> HTTPAnswer {
        struct Done: Encodable { var entry: EntryNumber?, message: String }
        struct Pending: Encodable { var plan: PlanID, state: String, at: String?, message: String }
        switch reply {
        case .done(let entry, let message): return .json(200, Done(entry: entry, message: message))
        case .armed(let plan, let at):
            return .json(202, Pending(
                plan: plan, state: "armed", at: at.description,
                message: "Armed: takes effect at \(at) unless an operator disarms it."))
        case .awaitingSecondOperator(let plan):
            return .json(202, Pending(
                plan: plan, state: "awaiting-second-operator", at: nil,
                message: "Waits for an operator in the control room to approve it."))
        case .stale(let sentence), .refused(let sentence): return .error(409, sentence)
        case .plan, .history, .audit, .recording, .schedule, .lag, .surge:
            return .error(
                500, "The engine gave an answer that does not belong to a signal: look at Audit before you repeat it.")
        }
    }

    private enum Authorisation {
        case sender(String)
        case refused(HTTPAnswer)
    }

    private func authorise(_ header: String?) -> Authorisation {
        guard let tokens else {
            return .refused(
                .error(403, "Production signals are off: start the engine with a token file to turn them on."))
        }
        let words = (header ?? "").split(separator: " ", maxSplits: 1)
        let offered = words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : ""
        switch tokens.judge(offered) {
        case .known(let name): return .sender(name)
        case .unusable(let sentence): return .refused(.error(403, sentence))
        case .unknown:
            return .refused(.error(
                401, "A signal needs a token of the token file: send Authorization: Bearer TOKEN.",
                headers: [.init(name: "WWW-Authenticate", value: "Bearer realm=\"control-room\"")]))
        }
    }

    /// `application/json`, with or without `charset=utf-8`. A form or plain text, which any web page may send, is not.
    private static func isJSON(_ contentType: String?) -> Bool {
        let parts = (contentType ?? "").lowercased().split(separator: ";").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        return parts.first == "application/json"
            && parts.dropFirst().allSatisfy { $0 == "charset=utf-8" || $0 == "charset=\"utf-8\"" }
    }

    private static func unknown(_ id: EventID, among events: [EventSnapshot]) -> String {
        let shown = events.prefix(20).map(\.id.rawValue).joined(separator: ", ")
        let rest = events.count > 20 ? " and \(events.count - 20) more" : ""
        let known = events.isEmpty ? "This engine runs no live event." : "This engine runs \(shown)\(rest)."
        return "There is no live event “\(id.rawValue.prefix(64))”. \(known)"
    }
}
