import Engine
import Foundation
import Testing

private let now = WallTime(milliseconds: 1_795_262_400_000)

private func read(_ text: String, now: WallTime = now) -> ScheduleReading {
    ScheduleReader.read([ScheduleFile(name: "a.yaml", bytes: Array(text.utf8))], now: now)
}

/// An event with one live stage at `time`.
private func event(_ time: String, zone: String = "UTC", extra: String = "") -> String {
    """
    events:
      - id: a
        title: A
        tier: low
        zone: \(zone)
        stages:
          - stage: live
            at: \(time)
    \(extra)
          - {stage: ended, at: on cue}
    """
}

@Suite struct ScheduleReaderTests {
    @Test(arguments: [
        ("2027-01-01T00:00Z", 1_798_761_600_000, "UTC"),
        ("2027-01-01T01:00:00.250+01:00", 1_798_761_600_250, "UTC"),
        ("2026-12-31T19:00:00", 1_798_761_600_000, "America/New_York"),
        ("2027-01-01 05:45", 1_798_761_600_000, "Asia/Kathmandu"),
        ("2027-07-01T02:00", 1_814_400_000_000, "Europe/Berlin"),
        ("2027-10-31T01:59:59", 1_824_940_799_000, "Europe/Berlin"),
        ("2027-10-31T03:00", 1_824_948_000_000, "Europe/Berlin"),
    ] as [(String, Int64, String)])
    func timesAreReadInTheirZone(text: String, milliseconds: Int64, zone: String) {
        let reading = read(event("\"\(text)\"", zone: zone))
        #expect(reading.report() == [])
        #expect(reading.events.first?.stages[0].time == .at(WallTime(milliseconds: milliseconds)))
    }

    @Test(arguments: [
        ("in 20s", StageTime.afterStart(20_000), StageMode.auto), ("in 1h 30m", .afterStart(5_400_000), .auto),
        ("in 1.5s", .afterStart(1500), .auto), ("on cue", .onCue, .manual),
    ] as [(String, StageTime, StageMode)])
    func relativeTimesAndTheirModes(text: String, time: StageTime, mode: StageMode) {
        let stage = read(event(text)).events.first?.stages[0]
        #expect(stage?.time == time)
        #expect(stage?.mode == mode)
    }

    @Test func aStageThatWaitsForAPersonMaySayWhenARehearsalTakesIt() {
        func hint(_ time: String, _ text: String) -> ScheduleReading {
            read(event(time, extra: "        rehearsal: \(text)"))
        }
        #expect(hint("on cue", "2h35m").events.first?.stages[0].rehearsedAfter == 9_300_000)
        #expect(hint("on cue", "0s").report().count == 1)
        #expect(hint("in 5s", "2h").report().first?.contains("fires by itself") == true)
        let run = hint("on cue", "2h").events.first.map { RunOfShow(event: $0, startedAt: now) }
        #expect(run.map { StageStarts.expected(of: $0)[0].at } == now + 7_200_000)
    }

    @Test(arguments: [
        "in 20", "in -5s", "in 5m20", "in 20s20s", "in 8d", "in NaNs", "in 010s", "live +", "+ 5m", "0x10",
        "2027-1-1T10:00", ".inf",
    ])
    func nonsenseIsNoTime(text: String) { #expect(!read(event(text)).isValid) }

    @Test(arguments: [0, 1, 100_000_000]) func anAudienceOfNobodyOrOneIsAnAudience(devices: Int) {
        let text = event("in 5s").replacingOccurrences(
            of: "    stages:", with: "    audience: {devices: \(devices)}\n    stages:")
        #expect(read(text).events.first?.audience.devices == devices, "\(read(text).report())")
    }

    @Test func aCanaryIsRead() {
        let plan = read(event("in 5s", extra: "        waves: {canary: 50k, count: 8, every: 2s}")).events.first?
            .stages[0].waves
        #expect(plan == WavePlan(count: 8, interval: 2000, canary: CanaryPlan(devices: 50_000, check: 800)))
        let alone = read(event("in 5s", extra: "        waves: {canary: 100, check: 2s}")).events.first?.stages[0].waves
        #expect(alone == WavePlan(count: 1, interval: 0, canary: CanaryPlan(devices: 100, check: 2000)))
    }

    @Test func byteOrderMarkAndWindowsLineEndsAreFine() {
        let text = "\u{FEFF}" + event("in 5s").replacing("\n", with: "\r\n")
        #expect(read(text).report() == [])
        let broken = read(text.replacing("tier: low", with: "tier: lo"))
        #expect(broken.report() == ["a.yaml:4:11: 'lo' is no tier: write low"])
    }

    @Test func norwayStaysText() {
        let reading = read(event("in 5s").replacing("title: A", with: "title: no"))
        #expect(reading.events.first?.title == "no")
    }

    @Test func starsInTextAreNoAliases() {
        let reading = read(event("in 5s").replacing("title: A", with: "title: The *best* 5 * 5 show # *x"))
        #expect(reading.events.first?.title == "The *best* 5 * 5 show")
        #expect(read(event("in 5s").replacing("title: A", with: "title: \"*quoted\"")).events.first?.title == "*quoted")
    }

    @Test func placesCountCharactersAndNotBytes() {
        let reading = read("events: [{id: a, title: \u{1F3C6}ÄÖ, tier: lo}]")
        #expect(reading.problems.contains { $0.column == 36 && $0.what == "'lo' is no tier" })
    }

    @Test(arguments: [
        ("fight-night-12", "FN12"), ("tonight", "TONI"), ("a", "A1"), ("late-show", "LS"), ("e-0042", "E0042"),
    ])
    func codesAreDerivedFromIds(id: String, code: String) {
        #expect(read(event("in 5s").replacing("id: a", with: "id: \(id)")).events.first?.code == code)
    }

    @Test func gatesMayStandWithAndWithoutQuotes() {
        let gates = "        gates: [go/no-go: ingest, \"go/no-go: encoder\", prefetch >= 97.5%]"
        let reading = read(event("in 5s", extra: gates))
        #expect(reading.report() == [])
        #expect(reading.events.first?.stages[0].gates == [.vote("ingest"), .vote("encoder"), .prefetch(atLeast: 0.975)])
    }

    @Test func aFaultyEventIsLeftOutAndTheOthersAreRead() {
        let reading = read(event("soon") + "\n" + event("in 5s").dropFirst(8).replacing("id: a", with: "id: b"))
        #expect(reading.problemCount == 1)
        #expect(reading.events.map(\.id) == ["b"])
    }

    @Test func oneIdInTwoFilesIsAProblemOfTheSecond() {
        let bytes = Array(event("in 5s").utf8)
        let reading = ScheduleReader.read(
            [ScheduleFile(name: "a.yaml", bytes: bytes), ScheduleFile(name: "b.yaml", bytes: bytes)], now: now)
        #expect(reading.report() == [
            "b.yaml:2:9: event 'a' stands twice, first in a.yaml:2: give this one an id of its own, or remove it"
        ])
    }

    @Test func aHundredProblemsAreShownAndTheRestCounted() {
        let reading = read("events:\n" + String(repeating: "  - x\n", count: 1000))
        #expect(reading.problemCount == 1000)
        #expect(reading.report().count == 101)
        #expect(reading.report().last == "and 900 more")
    }
}

/// Files that are made to harm. Each is refused in under a second; unoptimised code, which the parser then is too, gets
/// five.
@Suite(.serialized) struct ScheduleBombTests {
    static let bombs: [(String, String)] = [
        ("flow lists", String(repeating: "[", count: 100_000)),
        ("flow groups", String(repeating: "{a: ", count: 100_000)),
        ("block lists", String(repeating: "- ", count: 100_000)),
        ("keys", String(repeating: "? ", count: 100_000)),
        ("aliases", "a: &a [x]\n" + (0..<50_000).map { _ in "- *a" }.joined(separator: "\n")),
        ("alias keys", nestedAliases + "? *l30\n: 1\n? [*l30, *l30]\n: 2\n"),
        ("merge loop", "a: &a\n  <<: *a\n  b: *a\nevents: *a\n"),
        ("one long text", "events: \"" + String(repeating: "x", count: 1_000_000) + "\""),
        ("many repeated fields", String(repeating: "a: 1\n", count: 100_000)),
        ("many events", "events:\n" + (0..<70_000).map { "- id: a\($0)\n" }.joined()),
        ("many fields", "events:\n- " + (0..<60_000).map { "f\($0): 1\n  " }.joined()),
        ("escapes", "events: \"" + String(repeating: "\\e", count: 100_000) + "\""),
    ]

    /// Thirty levels of two aliases each: a thousand million leaves.
    static let nestedAliases =
        "l0: &l0 [x, x]\n" + (1...30).map { "l\($0): &l\($0) [*l\($0 - 1), *l\($0 - 1)]\n" }.joined()

    @Test(arguments: bombs.indices) func isRefusedInUnderASecond(index: Int) {
        let (name, text) = Self.bombs[index]
        #if DEBUG
            let limit = Duration.seconds(5)
        #else
            let limit = Duration.seconds(1)
        #endif
        let clock = ContinuousClock()
        let began = clock.now
        let reading = read(text)
        let took = clock.now - began
        #expect(!reading.isValid, "\(name)")
        #expect(took < limit, "\(name) took \(took)")
        if took > limit / 4 { print("\(name) took \(took)") }
    }

    @Test func anyDamageOfAGoodFileEndsInAnAnswer() {
        let good = Array(
            event("in 5s", extra: "        gates: [go/no-go: ingest]\n        waves: {count: 4, every: 1s}").utf8)
        var random = SeededGenerator(seed: 7)
        for round in 0..<2000 {
            var bytes = good
            if round % 2 == 0 { bytes.removeSubrange(Int.random(in: 0..<bytes.count, using: &random)...) }
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] =
                    round % 3 == 0
                    ? UInt8.random(in: 0...255, using: &random)
                    : "\n\t :-[]{}\"'*&!?|>#%@`,".utf8.randomElement(using: &random)!
            }
            let reading = ScheduleReader.read([ScheduleFile(name: "a.yaml", bytes: bytes)], now: now)
            #expect(!reading.isValid || !reading.events.isEmpty)
            #expect(reading.problems.allSatisfy { $0.line >= 1 && $0.column >= 1 })
        }
    }

    @Test func projectionsAndCeilingsAreRead() throws {
        let text = event("in 5s").replacing("    tier: low", with: """
                tier: low
                audience: {devices: 2M, profile: fight, peak: {starts: 100k/s, log-in: 1.5k/s}}
            """) + "\ncapacity: {gateway: 2M/s, acks: 900k/s, soft: 50%}\n"
        let reading = read(text)
        #expect(reading.report() == [])
        let traffic = try #require(reading.events.first?.traffic)
        #expect(
            traffic
                == TrafficProjection(
                    profile: .fight, peaks: [.init(.playbackStart, perSecond: 100_000), .init(.logIn, perSecond: 1500)])
        )
        #expect(reading.capacity.gatewayPerSecond == 2_000_000)
        #expect(reading.capacity.startsPerSecond == 100_000)
        #expect(reading.capacity.softShare == 50)
    }

    @Test func ceilingsStandInOneFileOnly() {
        let first = ScheduleFile(name: "a.yaml", bytes: Array((event("in 5s") + "\ncapacity: {acks: 1M/s}\n").utf8))
        let second = ScheduleFile(name: "b.yaml", bytes: Array("""
            capacity: {acks: 2M/s}
            events: [{id: b, title: B, tier: low, stages: [{stage: ended, at: on cue}]}]
            """.utf8))
        let reading = ScheduleReader.read([first, second], now: now)
        #expect(reading.report() == ["b.yaml:1:1: capacity is already given in a.yaml: keep it in one of the files"])
        #expect(reading.capacity.acksPerSecond == 1_000_000)
    }
}
