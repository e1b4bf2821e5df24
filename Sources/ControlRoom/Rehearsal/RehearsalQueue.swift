import Engine
import Foundation
import Synchronization

/// Plays rehearsals and branches beside the room: one at a time, on a thread of the lowest priority, so that neither
/// the screen nor an engine in this process waits for it.
///
/// Bounded: at most `devicesMax` modelled devices (more are scaled down, and said so), 3.5 bytes each while it is
/// played, and `framesKept` frames, some 60 MB.
@MainActor
final class RehearsalQueue {
    nonisolated static let devicesMax = AudienceProfile.devicesMax
    /// A branch is played twice while somebody waits.
    private nonisolated static let branchDevicesMax = 10_000_000
    private nonisolated static let framesKept = 600

    private let queue = DispatchQueue(label: "control-room.rehearsal", qos: .background)
    private let isWanted = Wanted()

    /// Calls `done` on the main actor when it has been played; with nil if `stop` came first.
    func play(_ show: RehearsalShow, done: @escaping @MainActor (RehearsalRecording?) -> Void) {
        let isWanted = isWanted
        queue.async {
            let show = Self.rehearse(show) { isWanted.value }
            DispatchQueue.main.async { MainActor.assumeIsolated { done(show) } }
        }
    }

    /// The same for a branch.
    func play(_ rerun: Rerun, seed: UInt64, done: @escaping @MainActor (PlayedBranch?) -> Void) {
        let isWanted = isWanted
        queue.async {
            let played = Branch.play(rerun, seed: seed, devicesMax: Self.branchDevicesMax) { isWanted.value }
            let branch = played.map { PlayedBranch(report: $0.report, recording: $0.recording) }
            DispatchQueue.main.async { MainActor.assumeIsolated { done(branch) } }
        }
    }

    /// Ends the one that is being played.
    func stop() { isWanted.end() }

    nonisolated static func rehearse(_ wanted: RehearsalShow, while isWanted: @escaping () -> Bool)
        -> RehearsalRecording?
    {
        var show = wanted
        let devices = show.events.reduce(0) { $0 + $1.audience.devices }
        if devices > devicesMax { show.events = RehearsalShow.scaled(show.events, to: devicesMax) }
        show.framesKept = framesKept
        var runner = RehearsalRunner(show)
        guard let result = try? runner.run(isWanted: { _ in isWanted() }) else { return nil }
        let scale =
            devices > devicesMax ? " (played with \(Format.count(devicesMax)) of \(Format.count(devices)) devices)" : ""
        return RehearsalRecording(
            result, caption: "seed \(show.seed): \(RehearsalReport(result).verdict.sentence)\(scale)")
    }
}

/// What the desk would play now, as the engine says it.
struct RehearsalOrder: Hashable, Sendable {
    var events: [LiveEvent]
    var capacity: EdgeCapacity
    var rules: TrafficRules
    var seed: UInt64

    var show: RehearsalShow {
        var show = RehearsalShow(events: events, seed: seed, capacity: capacity)
        show.rules = rules
        return show
    }
}

/// Whether anybody still waits: read on the rehearsal's thread, ended on the main one.
private final class Wanted: Sendable {
    private let state = Mutex(true)
    var value: Bool { state.withLock { $0 } }
    func end() { state.withLock { $0 = false } }
}
