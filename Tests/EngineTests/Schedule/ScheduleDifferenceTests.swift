import Engine
import Testing

private let start = WallTime(milliseconds: 1_795_262_400_000)  // 2026-11-21T12:00:00Z
private let ana = Actor.person(Operator(name: "ana", role: "SCO", terminal: "pts/1@host:1"))

private func stage(_ key: StageKey, _ kind: StageKind, _ time: StageTime, _ mode: StageMode = .auto, gates: [Gate] = [])
    -> StageDefinition
{
    StageDefinition(key: key, kind: kind, mode: mode, time: time, gates: gates)
}

private func match(live: StageTime = .at(start + 3_600_000), more: [StageDefinition] = []) -> LiveEvent {
    LiveEvent(
        id: "match", title: "The Match", code: "MAT", tier: .high,
        stages: [
            stage("countdown", .countdown, .at(start + 1_800_000)),
            stage("live", .live, live, gates: [.vote("ingest")]),
            stage("intermission", .intermission, .after("live", 2_700_000)),
        ] + more + [stage("ended", .ended, .onCue, .manual)])
}

private func run(_ event: LiveEvent, taken: [StageKey] = []) -> RunOfShow {
    var run = RunOfShow(event: event, startedAt: start)
    for (index, key) in taken.enumerated() {
        guard let place = event.stages.firstIndex(where: { $0.key == key }) else { continue }
        run.progress[place].outcome = .taken(start + 1_800_000, BroadcastID(Int64(index + 1)))
        run.current = key
        run.head = BroadcastPosition(sequence: Int64(index + 1), timestamp: start + 1_800_000)
    }
    return run
}

@Suite struct ScheduleDifferenceTests {
    @Test func anUnchangedScheduleIsNoDifference() {
        let difference = ScheduleDifference(running: [run(match())], proposed: [match()])
        #expect(difference.isEmpty)
        #expect(difference.adopt(now: start, actor: ana)?.runs == [run(match())])
    }

    @Test func aMovedStageMovesWhatHangsOnIt() {
        let difference = ScheduleDifference(running: [run(match())], proposed: [match(live: .at(start + 3_630_000))])
        #expect(difference.changes == [
                PlanChange(
                    mark: .changed, what: "MAT live", before: "13:00:00Z", after: "13:00:30Z", delta: "+30 s",
                    note: "AUTO kept"),
            PlanChange(
                    mark: .changed, what: "MAT intermission", before: "live + 45 min", after: "live + 45 min",
                    delta: "+30 s",
                note: "moves with live"),
        ])
        #expect(difference.problems == [])
    }

    @Test func aMoveToAnotherDayIsWrittenWithTheDay() {
        let difference = ScheduleDifference(running: [run(match())], proposed: [match(live: .at(start + 90_000_000))])
        #expect(difference.changes[0].before == "2026-11-21 13:00:00Z")
        #expect(difference.changes[0].after == "2026-11-22 13:00:00Z")
        #expect(difference.changes[0].delta == "+1 d")
    }

    @Test func anOperatorsMoveStaysUnlessTheFileSaysOtherwise() {
        var moved = run(match())
        moved.progress[1].time = .at(start + 3_660_000)
        var renamed = match()
        renamed.title = "The Rematch"
        let untouched = ScheduleDifference(running: [moved], proposed: [renamed])
        #expect(untouched.changes.map(\.what) == ["MAT title"])
        let kept = untouched.adopt(now: start + 5, actor: ana)?.runs[0]
        #expect(kept?.progress == moved.progress)
        #expect(kept?.planVersion == 1)
        #expect(kept?.revision == 2)
        #expect(kept?.changedBy == ana)

        let replaced = ScheduleDifference(running: [moved], proposed: [match(live: .at(start + 3_600_001))])
        #expect(replaced.changes[0].note == "AUTO kept, replaces an operator's move")
        let adopted = replaced.adopt(now: start + 5, actor: ana)?.runs[0]
        #expect(adopted?.progress[1].time == .at(start + 3_600_001))
        #expect(adopted?.planVersion == 2)
    }

    @Test func addedAndRemovedStagesAreLines() {
        let encore = stage("encore", .live, .onCue, .manual)
        let difference = ScheduleDifference(running: [run(match())], proposed: [match(more: [encore])])
        #expect(difference.changes == [PlanChange(mark: .added, what: "MAT encore", after: "on cue", note: "MANUAL")])
        let back = ScheduleDifference(running: [run(match(more: [encore]))], proposed: [match()])
        #expect(back.changes == [PlanChange(mark: .removed, what: "MAT encore", before: "on cue")])
    }

    @Test func adoptionKeepsWhatHasHappened() throws {
        var running = run(match(), taken: ["countdown"])
        running.votes = [
            GateVote(gate: "ingest", go: true, by: ana, at: start),
            GateVote(gate: "gone", go: true, by: ana, at: start),
        ]
        running.hold = Hold(since: start, by: ana)
        let proposed = match(live: .onCue, more: [stage("encore", .live, .onCue, .manual)])
        let adoption = try #require(
            ScheduleDifference(running: [running], proposed: [proposed]).adopt(now: start + 9, actor: ana))
        let adopted = adoption.runs[0]
        #expect(adoption.changed == ["match"])
        #expect(
            adopted.progress.map(\.outcome) == [
                running.progress[0].outcome, .upcoming, .upcoming, .upcoming, .upcoming,
            ])
        #expect(adopted.progress.count == adopted.event.stages.count)
        #expect(adopted.head == running.head)
        #expect(adopted.hold == running.hold)
        #expect(adopted.votes.map(\.gate) == ["ingest"])
        #expect(adopted.planVersion == running.planVersion + 1)
    }

    @Test func whatWasTakenCannotMoveVanishOrBeOvertaken() {
        let running = run(match(), taken: ["countdown", "live"])
        var vanished = match()
        vanished.stages.remove(at: 0)
        var overtaken = match()
        overtaken.stages.insert(stage("pre-show", .preShow, .at(start)), at: 0)
        for (proposed, sentence) in [
            (
                match(live: .at(start + 4_000_000)),
                "Stage live of match was already taken and cannot move: restore its time, 2026-11-21 13:00:00Z."
            ),
            (vanished, "Stage countdown of match was already taken and is missing in the file: put it back."),
            (
                overtaken,
                "The stages of match that were already taken (countdown, live) must come first and in this order: move new stages below them."
            ),
        ] {
            let difference = ScheduleDifference(running: [running], proposed: [proposed])
            #expect(difference.problems == [sentence])
            #expect(difference.adopt(now: start, actor: ana) == nil)
        }
    }

    @Test func anEventOnAirCannotBeRemoved() {
        let difference = ScheduleDifference(running: [run(match(), taken: ["countdown"])], proposed: [])
        #expect(difference.problems.count == 1)
        let waiting = ScheduleDifference(running: [run(match())], proposed: [])
        #expect(waiting.problems == [])
        #expect(waiting.adopt(now: start, actor: ana)?.removed == ["match"])
    }

    @Test func anEventThatIsOverIsLeftAloneAndBeginsAnewWithANewPlan() throws {
        let over = run(match(), taken: ["countdown", "live", "ended"])
        #expect(ScheduleDifference(running: [over], proposed: []).isEmpty)
        let again = ScheduleDifference(running: [over], proposed: [match(live: .at(start + 90_000_000))])
        let adopted = try #require(again.adopt(now: start + 80_000_000, actor: ana)?.runs[0])
        #expect(adopted.edition == 2)
        #expect(adopted.current == nil)
        #expect(adopted.head == over.head)
        #expect(adopted.progress.allSatisfy { $0.outcome == .upcoming })
    }

    @Test func aNewEventStartsNow() {
        let adoption = ScheduleDifference(running: [], proposed: [match()]).adopt(now: start, actor: ana)
        #expect(adoption?.added == ["match"])
        #expect(adoption?.runs == [RunOfShow(event: match(), startedAt: start, actor: ana)])
    }

    @Test(arguments: [
            (StageTime.at(start), "12:00:00Z"), (.at(start + 250), "12:00:00.250Z"),
            (.after("live", 2_700_000), "live + 45 min"),
        (.afterStart(20_000), "start + 20 s"), (.onCue, "on cue"), (.after("live", 0), "live + 0 s"),
        (.after("live", 5_400_500), "live + 1 h 30 min 500 ms"),
    ] as [(StageTime, String)])
    func timesHaveWords(time: StageTime, words: String) { #expect(time.words == words) }
}
