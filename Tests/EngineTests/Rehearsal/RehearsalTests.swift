@testable import Engine
import Foundation
import TestSupport
import Testing

/// A rehearsal is the real engine in virtual time: it ends, it is the same each time, and it tells what broke.
@Suite struct RehearsalTests {
    static func events(_ file: String, devices: Int) throws -> (events: [LiveEvent], capacity: EdgeCapacity) {
        let path = repositoryRoot.appending(path: file).path()
        let reading = ScheduleReader.read([try ScheduleFile.load(path)], now: WallTime(milliseconds: 0))
        #expect(reading.report() == [])
        return (RehearsalShow.scaled(reading.events, to: devices), reading.capacity)
    }

    static func rehearse(_ show: RehearsalShow) throws -> RehearsalResult {
        var runner = RehearsalRunner(show)
        return try #require(try runner.run())
    }

    static let shipped: [String] = {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: repositoryRoot.appending(path: "Schedules").path()))
            ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { "Schedules/\($0)" }
    }()

    @Test(arguments: shipped) func shippedSchedulesAreRehearsedToTheirEndWithEveryPromiseKept(file: String) throws {
        let (events, capacity) = try Self.events(file, devices: 30_000)
        let result = try Self.rehearse(RehearsalShow(events: events, seed: 7, capacity: capacity))
        #expect(result.hasEnded)
        #expect(!result.isPromiseBroken)
        let report = RehearsalReport(result)
        #expect(report.verdict.isKept, "\(report.verdict.sentence)")
        #expect(report.broadcasts.count == events.reduce(0) { $0 + $1.stages.count })
        #expect(report.broadcasts.allSatisfy { $0.connected > 0 && $0.acked * 1000 >= $0.connected * 999 })
    }

    @Test func theSameSeedIsTheSameRehearsalOnAnyNumberOfThreadsAndAnotherSeedIsAnother() throws {
        let (events, _) = try Self.events("Schedules/comedy-special.yaml", devices: 5000)
        var show = RehearsalShow(events: events, seed: 7)
        let first = try Self.rehearse(show).record
        show.threadCount = 4
        show.framesKept = 100
        let second = try Self.rehearse(show).record
        #expect(first.digest == second.digest)
        #expect(first.frameCount == second.frameCount)
        #expect(first.frames.isEmpty)
        #expect((25...100).contains(second.frames.count))
        #expect(second.frames.allSatisfy { $0.mode == .rehearsal })
        show.seed = 8
        #expect(try Self.rehearse(show).record.digest != first.digest)
    }

    @Test func nobodyOrOneDeviceIsAnAudienceToo() throws {
        for devices in [0, 1] {
            let (events, _) = try Self.events("Schedules/comedy-special.yaml", devices: devices)
            #expect(events.reduce(0) { $0 + $1.audience.devices } == devices)
            let report = RehearsalReport(try Self.rehearse(RehearsalShow(events: events, seed: 1)))
            #expect(report.broadcasts.count == events[0].stages.count)
        }
    }

    @Test func thePeopleVoteAndTakeAtTheirTimesThroughTheGuards() throws {
        let (events, _) = try Self.events("Schedules/christmas-doubleheader.yaml", devices: 1000)
        let result = try Self.rehearse(RehearsalShow(events: events, seed: 1))
        let kinds = result.record.entries.map(\.kind)
        #expect(kinds.contains(.voted))
        #expect(kinds.filter { $0 == .planApproved }.count == 6, "three stages of two Big Bets wait for two people")
        let half = try #require(RehearsalReport(result).broadcasts.first { $0.stage == "intermission" })
        #expect(abs(half.late ?? .max) < 1000)
    }

    @Test func aNodeThatIsGoneIsMissedAndComesBack() throws {
        let (events, capacity) = try Self.events("Schedules/comedy-special.yaml", devices: 5000)
        var show = RehearsalShow(events: events, seed: 3, capacity: capacity)
        let clean = try Self.rehearse(show)
        let live = try #require(events[0].stages.first { $0.kind == .live })
        let node = show.nodes[0].id
        show.faults = FaultPlan(faults: [
            .init(
                at: .stage(events[0].id, live.key, -5000), what: .audience(.dead, .node(node), factor: 1), lasts: 30_000
            ),
            .init(at: .afterStart(60_000), what: .clockStep(2000), lasts: 0),
        ])
        let result = try Self.rehearse(show)
        let kinds = result.record.entries.map(\.kind)
        #expect(kinds.contains(.nodeLost) && kinds.contains(.nodeReturned) && kinds.contains(.clockStepped))
        #expect(kinds.contains(.acknowledged))
        #expect(result.struck.count == 2)
        #expect(result.record.digest != clean.record.digest)
        let broadcast = try #require(RehearsalReport(result).broadcasts.first { $0.stage == live.key })
        #expect(broadcast.acked * 1000 >= broadcast.connected * 999, "those behind the node had it once it was back")
    }

    @Test func aBadPayloadStopsItselfInTheCanaryOrMissesEverybody() throws {
        var (events, _) = try Self.events("Schedules/comedy-special.yaml", devices: 50_000)
        let place = try #require(events[0].stages.firstIndex { $0.kind == .live })
        let live = events[0].stages[place].key
        var show = RehearsalShow(events: events, seed: 3)
        let bad = FaultPlan.Fault(
            at: .stage(events[0].id, live, 0), what: .audience(.unknownStage, .everywhere, factor: 1), lasts: 60_000)
        show.faults = FaultPlan(faults: [bad])
        let without = RehearsalReport(try Self.rehearse(show))
        #expect(!without.verdict.isKept)
        events[0].stages[place].waves.canary = CanaryPlan(devices: 1000, check: 800)
        show.events = events
        let with = try #require(RehearsalReport(try Self.rehearse(show)).broadcasts.first { $0.stage == live })
        #expect(with.isStopped)
    }

    @Test func aSlowDiskMakesStagesLate() throws {
        let (events, _) = try Self.events("Schedules/comedy-special.yaml", devices: 100)
        var show = RehearsalShow(events: events, seed: 3)
        show.faults = FaultPlan(faults: [.init(at: .afterStart(0), what: .slowDisk(1500), lasts: 86_000_000)])
        let report = RehearsalReport(try Self.rehearse(show))
        #expect(report.events[0].stages.count == events[0].stages.count)
        #expect(report.broadcasts.contains { ($0.t50 ?? 0) >= 1500 })
    }

    @Test func aFieldOfAFrameThatChangesChangesTheDigest() throws {
        let (events, _) = try Self.events("Schedules/comedy-special.yaml", devices: 100)
        var show = RehearsalShow(events: events, seed: 3)
        show.framesKept = 500
        let frames = try Self.rehearse(show).record.frames
        let frame = try #require(frames.last { !$0.broadcasts.isEmpty && !$0.alerts.isEmpty } ?? frames.last)
        func digest(_ frame: EngineSnapshot) -> String {
            var digest = FrameDigest()
            digest.add(frame)
            return digest.text
        }
        let whole = digest(frame)
        #expect(whole.count == 32)
        var other = frame
        other.nodes[0].silence += 1
        #expect(digest(other) != whole)
        other = frame
        other.broadcasts[0].record.figures.nodes[0].ledger.acked += 1
        #expect(digest(other) != whole)
        other = frame
        other.events[0].nextAt = nil
        #expect((digest(other) != whole) == (frame.events[0].nextAt != nil))
    }

    /// Nodes are taken in word by word: a field that is added to them has to be added there.
    @Test func everyFieldOfANodeChangesTheDigestOfARehearsal() throws {
        func digest(_ node: NodeSnapshot) throws -> String {
            var recorder = RehearsalRecorder(framesKept: 0)
            let info = EngineInfo(process: 1, startedAt: WallTime(milliseconds: 0), host: "test", database: "memory")
            try recorder.record(
                EngineSnapshot(number: 1, at: WallTime(milliseconds: 0), engine: info, nodes: [node]), journal: nil)
            return recorder.finished.digest
        }
        let description = NodeDescription(id: "edge-1", kind: .modelled, region: "eu", connectionsMax: 9)
        let node = NodeSnapshot(
            description: description, state: .up, connections: 1, offline: 2, queuedBytes: 3, topicCount: 4, silence: 5)
        let changes: [(inout NodeSnapshot) -> Void] = [
            { $0.description.region = "us" }, { $0.state = .stale }, { $0.connections += 1 }, { $0.offline += 1 },
            { $0.queuedBytes += 1 },
            { $0.topicCount += 1 }, { $0.silence += 1 },
        ]
        #expect(changes.count == Mirror(reflecting: node).children.count)
        let digests = try changes.map { change in
            var changed = node
            change(&changed)
            return try digest(changed)
        }
        #expect(Set(digests + [try digest(node)]).count == changes.count + 1)
    }
}
