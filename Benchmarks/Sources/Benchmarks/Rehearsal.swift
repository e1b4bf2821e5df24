import Dispatch
@testable import Engine
import Foundation

/// What a whole night costs: ten events in six hours, six stages each, ten million modelled devices each, on one
/// thread.
func measureRehearsal(_ report: inout Report) throws {
    let evening = WallTime(milliseconds: 1_795_219_200_000)
    let events = (0..<10).map { number in
        let start = evening + Milliseconds(number) * 27 * 60_000
        let kinds: [StageKind] = [.preShow, .countdown, .live, .intermission, .ending, .ended]
        let stages = kinds.enumerated().map { index, kind in
            StageDefinition(
                key: StageKey(kind.rawValue), kind: kind, mode: .auto,
                time: .at(start + Milliseconds(index) * 21 * 60_000),
                waves: WavePlan(count: 8, interval: 1000))
        }
        return LiveEvent(
            id: EventID("event-\(number)"), title: "Event \(number)", code: "E\(number)0", tier: .high, stages: stages,
            audience: AudienceProfile(devices: 10_000_000), traffic: TrafficProjection(profile: .match))
    }
    var show = RehearsalShow(events: events, seed: 12)
    show.stopwatch = { DispatchTime.now().uptimeNanoseconds }
    var runner = RehearsalRunner(show), played: RehearsalResult?
    let all = try measureThrowing { played = try runner.run() }
    guard let result = played else { preconditionFailure("nobody stopped it") }
    let found = RehearsalReport(result)
    precondition(result.hasEnded && found.broadcasts.count == 60, "the night did not end")
    report.add("rehearsal, 6 h, 10 events, 100 M devices: all", Double(all) / 1e9, unit: "s")
    report.add(
        "rehearsal: without the devices' own time", Double(all - result.audienceNanoseconds) / 1e9, unit: "s", budget: 5
    )
    report.add("rehearsal: the report alone", measure { _ = RehearsalReport(result) }.nanoseconds / 1e6, unit: "ms")
    print("digest \(result.record.digest), \(result.record.frameCount) frames, \(found.verdict.sentence)")
    try measureDoubleheader(&report)
}

/// What `make rehearse` does, without the page: the shipped doubleheader with a hundred million devices on all cores.
private func measureDoubleheader(_ report: inout Report) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../Schedules/christmas-doubleheader.yaml")
    let reading = ScheduleReader.read([try ScheduleFile.load(file.standardized.path())], now: WallTime(milliseconds: 0))
    var show = RehearsalShow(
        events: RehearsalShow.scaled(reading.events, to: 100_000_000), seed: 7, capacity: reading.capacity)
    show.threadCount = ProcessInfo.processInfo.activeProcessorCount
    show.stopwatch = { DispatchTime.now().uptimeNanoseconds }
    var runner = RehearsalRunner(show), found: RehearsalResult?
    let all = try measureThrowing { found = try runner.run() }
    guard let found else { preconditionFailure("nobody stopped it") }
    report.add("rehearsal, doubleheader, 100 M devices, all cores", Double(all) / 1e9, unit: "s")
    report.add(
        "rehearsal, doubleheader: without the devices' time", Double(all - found.audienceNanoseconds) / 1e9, unit: "s",
        budget: 5)
    print(
        "digest \(found.record.digest), \(found.record.frameCount) frames, \(RehearsalReport(found).verdict.sentence)")
}

private func measureThrowing(_ body: () throws -> Void) throws -> UInt64 {
    let begun = DispatchTime.now().uptimeNanoseconds
    try body()
    return DispatchTime.now().uptimeNanoseconds - begun
}
