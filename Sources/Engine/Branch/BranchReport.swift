import OrderedCollections

/// What a branch made different: each figure as it really was, as the re-run without the change has it, and with the
/// change.
///
/// The re-run without the change shows what the model makes of the same show, so nobody takes the difference between a
/// model and the world for the effect of the change.
public struct BranchReport: Hashable, Codable, Sendable {
    /// Of this form; 1.
    public var version = 1
    public var event: EventID
    public var title: String
    public var moment: WallTime
    /// `hold for 1 min 30 s`
    public var change: String
    public var seed: UInt64
    /// Fingerprints of the two re-runs: the same seed gives the same.
    public var digestAsItWas: String
    public var digest: String
    public var lines: [Line]
    /// What to know when reading it, a sentence each.
    public var notes: [String]

    /// One figure: as it was, and as the re-runs had it.
    public struct Line: Hashable, Codable, Sendable {
        /// What the figure counts.
        public enum Unit: String, Codable, Sendable {
            /// Milliseconds since 1970.
            case moment
            case milliseconds, count
        }
        public var what: String
        public var unit: Unit
        /// Nil: it did not happen.
        public var actual: Int64?
        public var asItWas: Int64?
        public var changed: Int64?

        /// Whether the change changed anything here.
        public var isDifferent: Bool { asItWas != changed }
    }
}

/// Plays a branch.
public enum Branch {
    /// Plays the showing twice, as it was and with the change, and lays both beside what really happened.
    ///
    /// - Parameters:
    ///   - rerun: with a change; its `fault` is nil.
    ///   - devicesMax: more devices are scaled down to so many, and said so.
    ///   - threadCount: for the modelled devices; changes no result.
    /// - Returns: the table and the changed re-run to look at; nil if it was not wanted any more.
    public static func play(
        _ rerun: Rerun, seed: UInt64, devicesMax: Int = AudienceProfile.devicesMax, threadCount: Int = 1,
        isWanted: @escaping () -> Bool = { true }
    ) -> (report: BranchReport, recording: RehearsalRecording?)? {
        var asItWas = rerun
        asItWas.change = nil
        guard let before = result(asItWas, seed, devicesMax, threadCount, isWanted),
            let after = result(rerun, seed, devicesMax, threadCount, isWanted)
        else { return nil }
        let report = BranchReport(rerun, seed: seed, asItWas: before, changed: after)
        return (report, RehearsalRecording(after, caption: "what if: \(report.change), seed \(seed)"))
    }

    private static func result(
        _ rerun: Rerun, _ seed: UInt64, _ devicesMax: Int, _ threadCount: Int, _ isWanted: () -> Bool
    ) -> RehearsalResult? {
        var show = RehearsalShow(rerun, seed: seed, devicesMax: devicesMax)
        show.threadCount = threadCount
        show.framesKept = framesKept
        var runner = RehearsalRunner(show)
        // Without a journal nothing can be thrown.
        return try? runner.run { _ in isWanted() }
    }

    private static let framesKept = 600
}

extension RehearsalShow {
    /// A showing to be played again. Nothing counts down: what took effect at a moment takes effect at it again.
    public init(_ rerun: Rerun, seed: UInt64, devicesMax: Int = AudienceProfile.devicesMax) {
        let event = rerun.script.event
        let events = event.audience.devices > devicesMax ? Self.scaled([event], to: devicesMax) : [event]
        self.init(events: events, seed: seed)
        self.rerun = rerun
        configuration.armedFor = .zero
    }
}

extension BranchReport {
    init(_ rerun: Rerun, seed: UInt64, asItWas: RehearsalResult, changed: RehearsalResult) {
        let script = rerun.script
        event = script.showing.event
        title = script.showing.title
        moment = rerun.moment
        change = rerun.change?.words(in: script, at: rerun.moment) ?? "nothing"
        self.seed = seed
        digestAsItWas = asItWas.record.digest
        digest = changed.record.digest
        notes = script.notes
        let played = asItWas.show.events.first?.audience.devices ?? 0, devices = script.event.audience.devices
        if played < devices {
            notes.append(
                "Played with \(Words.count(played)) of \(Words.count(devices)) devices; counts of the re-runs are scaled up."
            )
        }
        notes += changed.refusals.prefix(3).map { "Not done in the re-run: \($0)" }
        let scale = played > 0 && played < devices ? Double(devices) / Double(played) : 1
        lines = Self.lines(
            Tally(script.broadcasts, scale: 1), Tally(asItWas.record.broadcasts.map(\.record), scale: scale),
            Tally(changed.record.broadcasts.map(\.record), scale: scale))
    }

    /// Broadcasts by stage and by how many times the stage had been sent before.
    private struct Tally {
        struct Key: Hashable {
            var stage: StageKey
            var turn: Int
        }
        var order: [Key] = []
        var records: [Key: BroadcastRecord] = [:]
        let scale: Double

        init(_ records: [BroadcastRecord], scale: Double) {
            self.scale = scale
            var turns: [StageKey: Int] = [:]
            for record in records {
                let turn = turns[record.publication.stage, default: 0]
                turns[record.publication.stage] = turn + 1
                let key = Key(stage: record.publication.stage, turn: turn)
                order.append(key)
                self.records[key] = record
            }
        }

        func scaled(_ count: Int) -> Int64 { Int64((Double(count) * scale).rounded()) }
        func left(_ record: BroadcastRecord) -> Int64 {
            scaled(record.figures.total.connected - record.figures.total.acked)
        }
        var leftInAll: Int64 { order.reduce(0) { sum, key in sum + (records[key].map { left($0) } ?? 0) } }
        var slowest: Int64? { records.values.compactMap(\.figures.t999).max() }
        var stopped: Int64 { Int64(records.values.count { $0.state == .aborted || $0.state == .stopped }) }
    }

    private static func lines(_ actual: Tally, _ asItWas: Tally, _ changed: Tally) -> [Line] {
        func line(_ what: String, _ unit: Line.Unit, _ value: (Tally) -> Int64?) -> Line {
            Line(what: what, unit: unit, actual: value(actual), asItWas: value(asItWas), changed: value(changed))
        }
        let keys = Array(OrderedSet(actual.order + asItWas.order + changed.order))
        let stages = keys.flatMap { key -> [Line] in
            let name = key.turn == 0 ? key.stage.rawValue : "\(key.stage) again (\(key.turn + 1))"
            return [
                line("\(name) on air", .moment) { $0.records[key]?.publication.position.timestamp.milliseconds },
                line("\(name) t99", .milliseconds) { $0.records[key]?.figures.t99 },
                line("\(name) left behind", .count) { tally in tally.records[key].map { tally.left($0) } },
            ]
        }
        return stages + [
            line("slowest t99.9", .milliseconds) { $0.slowest },
            line("devices left behind", .count) { $0.leftInAll },
            line("broadcasts", .count) { Int64($0.order.count) },
            line("aborted or stopped", .count) { $0.stopped },
        ]
    }
}
