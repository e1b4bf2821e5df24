import Dispatch
@testable import Engine

/// What a whole night costs: ten events in six hours, six stages each, ten million modelled devices each, on one thread.
func measureRehearsal(_ report: inout Report) throws {
    let evening = WallTime(milliseconds: 1_795_219_200_000)
    let events = (0..<10).map { number in
        let start = evening + Milliseconds(number) * 27 * 60_000
        let kinds: [StageKind] = [.preShow, .countdown, .live, .intermission, .ending, .ended]
        let stages = kinds.enumerated().map { index, kind in
            StageDefinition(
                key: StageKey(kind.rawValue), kind: kind, mode: .auto, time: .at(start + Milliseconds(index) * 21 * 60_000),
                waves: WavePlan(count: 8, interval: 1000))
        }
        return LiveEvent(
            id: EventID("event-\(number)"), title: "Event \(number)", code: "E\(number)0", tier: .high, stages: stages,
            audience: AudienceProfile(devices: 10_000_000), traffic: TrafficProjection(profile: .match))
    }
    var show = RehearsalShow(events: events, seed: 12)
    show.stopwatch = { DispatchTime.now().uptimeNanoseconds }
    let begun = DispatchTime.now().uptimeNanoseconds
    var runner = RehearsalRunner(show)
    guard let result = try runner.run() else { preconditionFailure("nobody stopped it") }
    let found = RehearsalReport(result)
    let all = DispatchTime.now().uptimeNanoseconds - begun
    precondition(result.hasEnded && found.broadcasts.count == 60, "the night did not end")
    report.add("rehearsal, 6 h, 10 events, 100 M devices: all", Double(all) / 1e9, unit: "s")
    report.add("rehearsal: without the devices' own time", Double(all - result.audienceNanoseconds) / 1e9, unit: "s", budget: 5)
    report.add("rehearsal: the report alone", measure { _ = RehearsalReport(result) }.nanoseconds / 1e6, unit: "ms")
    print("digest \(result.record.digest), \(result.record.frameCount) frames, \(found.verdict.sentence)")
}
