@testable import Engine
import Foundation
import GRDB
@testable import Store
import TestSupport
import Testing

/// A showing is played again from what its database holds; with one change it shows what that changes, and the database
/// does not notice.
@Suite struct BranchTests {
    let scratch = Scratch()

    private static let show: RehearsalShow = {
        let event = LiveEvent(
            id: "show", title: "The Show", code: "SHOW", tier: .low,
            stages: [
                StageDefinition(key: "countdown", kind: .countdown, mode: .auto, time: .at(evening)),
                StageDefinition(
                    key: "live", kind: .live, mode: .auto, time: .after("countdown", 60_000),
                    waves: WavePlan(count: 4, interval: 2000)),
                StageDefinition(key: "ending", kind: .ending, mode: .manual, time: .onCue),
                StageDefinition(key: "ended", kind: .ended, mode: .auto, time: .after("ending", 120_000)),
            ], audience: AudienceProfile(devices: 4000, budget: 600_000))
        return RehearsalShow(events: [event], seed: 7)
    }()

    /// A database with one showing in it, as an engine leaves it: recorded by a rehearsal.
    private func recorded(_ show: RehearsalShow = BranchTests.show) throws -> (file: RecordedFile, script: ShowScript) {
        let store = try Store(path: scratch.database)
        var runner = RehearsalRunner(show, journal: store)
        _ = try runner.run()
        try store.close()
        let file = try RecordedFile(path: scratch.database)
        let showing = try #require(try file.showing(of: "show"))
        guard case .script(let script?) = try file.recording(.script(showing)) else {
            throw JournalError.corrupt(path: "", detail: "no script")
        }
        return (file, script)
    }

    private func play(_ change: BranchChange, at offset: Milliseconds, seed: UInt64 = 7) throws -> BranchReport {
        let rerun = Rerun(try recorded().script, change: change, at: evening + offset)
        #expect(rerun.fault == nil)
        return try #require(Branch.play(rerun, seed: seed)).report
    }

    private func line(_ what: String, _ report: BranchReport) throws -> BranchReport.Line {
        try #require(report.lines.first { $0.what == what }, "\(report.lines.map(\.what))")
    }

    @Test func whatPeopleDidIsFoundInTheJournal() throws {
        let script = try recorded().script
        #expect(script.deeds.map(\.act) == [.take("ending")])
        #expect(script.deeds.first?.follows == .init(stage: "live", offset: 90 * 60_000))
        #expect(script.isOver && script.notes.isEmpty && script.broadcasts.count == 4)
    }

    @Test func playedAgainWithoutTheChangeItIsWhatHappened() throws {
        let report = try play(.hold(1000), at: 91 * 60_000)
        for line in report.lines { #expect(line.actual == line.asItWas, "\(line.what)") }
    }

    @Test func aHoldMovesWhatComesAfterItAndWhoWaitsForTheStage() throws {
        let report = try play(.hold(90_000), at: 30_000)
        #expect(try line("countdown on air", report).isDifferent == false)
        for stage in ["live", "ending", "ended"] {
            let line = try line("\(stage) on air", report)
            #expect(line.changed! - line.actual! == 90_000, "\(stage)")
        }
        #expect(try line("broadcasts", report).changed == 4)
    }

    @Test func withoutTheTakeTheShowDoesNotEnd() throws {
        let report = try play(.without, at: 0)
        #expect(try line("ending on air", report).changed == nil)
        #expect(try line("broadcasts", report).changed == 2)
        #expect(report.change.hasPrefix("without 'take ending' by rehearsal-1"))
    }

    @Test func aDeedDoneLaterIsDoneLater() throws {
        let line = try line("ending on air", try play(.shift(30_000), at: 0))
        #expect(line.changed! - line.asItWas! == 30_000)
    }

    @Test func aFaultAndASettingLeaveTheirMarkAfterTheBranchOnly() throws {
        let everywhere = ShowScript.Drill(kind: .slowNode, place: .everywhere, factor: 50, lasts: 120_000)
        for change in [BranchChange.act(.drill(everywhere)), .act(.set(.waves(count: 1, interval: 0)))] {
            let report = try play(change, at: 30_000)
            #expect(try line("countdown t99", report).isDifferent == false, "\(change)")
            #expect(try line("live t99", report).isDifferent, "\(change)")
        }
        #expect(try line("live t99", try play(.act(.set(.latency(3000))), at: 30_000)).isDifferent)
    }

    /// From half a minute into LIVE the clock is an hour behind: times come twice, and nothing of the evening is lost.
    @Test func aClockThatStepsBackAnHourTearsNothingOut() throws {
        var show = Self.show
        show.faults = FaultPlan(faults: [
            .init(at: .stage("show", "live", 30_000), what: .clockStep(-3_600_000), lasts: 0)
        ])
        let (file, script) = try recorded(show)
        let showing = script.showing
        guard case .timeline(let timeline) = try file.recording(.timeline(try #require(try file.showing(of: "show"))))
        else { return }
        #expect(
            timeline.pieces.contains { $0.from < evening - 1_800_000 },
            "after the step the clock said less than at the beginning")
        #expect(timeline.entries.filter { $0.kind == .stageTaken }.count == 4)
        #expect(timeline.stages.map(\.at) == timeline.stages.map(\.at).sorted())
        let target = scratch.folder + "/stepped.incident"
        _ = try Incident.export(
            try #require(try file.showing(of: "show")), of: file, to: target, at: evening, release: "x")
        guard case .timeline(let exported) = try RecordedFile(path: target).recording(.timeline(timeline.showing))
        else { return }
        #expect(
            exported.entries == timeline.entries && exported.stages == timeline.stages
                && exported.samples.count == timeline.samples.count)
        #expect(script.deeds.map(\.act) == [.take("ending")] && showing.until > evening + 90 * 60_000)
        let report = try #require(Branch.play(Rerun(script, change: .shift(60_000), at: evening), seed: 7)).report
        for stage in ["countdown", "live", "ending", "ended"] {
            let line = try line("\(stage) on air", report)
            #expect(abs(line.actual! - line.asItWas!) <= 1000, "\(stage)")
        }
    }

    @Test func theSameSeedGivesTheSameTable() throws {
        let rerun = Rerun(try recorded().script, change: .act(.recycle("countdown")), at: evening + 100_000)
        let first = try #require(Branch.play(rerun, seed: 3)).report
        #expect(try #require(Branch.play(rerun, seed: 3, threadCount: 4)).report == first)
        #expect(try #require(Branch.play(rerun, seed: 4)).report.digest != first.digest)
    }

    @Test func aBranchThatSaysNothingIsRefusedWithItsRemedy() throws {
        let script = try recorded().script
        for rerun in [
            Rerun(script, change: .hold(1000), at: evening - 86_400_000),
            Rerun(script, change: .without, at: script.showing.until),
        ] {
            #expect(rerun.fault?.isEmpty == false)
        }
    }

    @Test func noTableOfTheDatabaseIsTouched() throws {
        let (file, script) = try recorded()
        let before = try digest()
        _ = Branch.play(Rerun(script, change: .act(.recycle("countdown")), at: evening + 100_000), seed: 1)
        _ = try file.recording(.script(script.showing))
        #expect(try digest() == before)
    }

    /// Every row of every table, in order.
    private func digest() throws -> [String] {
        try scratch.outsider().read { db in
            let tables = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            return try tables.map { table in
                let rows = try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\" ORDER BY rowid")
                var digest = FrameDigest()
                digest.add("\(table) \(rows)")
                return digest.text
            }
        }
    }
}
