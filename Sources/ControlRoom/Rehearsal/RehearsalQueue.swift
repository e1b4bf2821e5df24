import Engine
import Foundation
import Synchronization

/// Plays rehearsals beside the room: one at a time, on a thread of the lowest priority, so that neither the screen nor an engine in this
/// process waits for it.
///
/// Bounded: at most `devicesMax` modelled devices (more are scaled down, and said so), 3.5 bytes each while it is played, and `framesKept`
/// frames, some 60 MB.
@MainActor
final class RehearsalQueue {
    nonisolated static let devicesMax = AudienceProfile.devicesMax
    private nonisolated static let framesKept = 600

    private let queue = DispatchQueue(label: "control-room.rehearsal", qos: .background)
    private let isWanted = Wanted()

    /// Calls `done` on the main actor when it has been played; with nil if `stop` came first.
    func play(_ show: RehearsalShow, done: @escaping @MainActor (RehearsedShow?) -> Void) {
        let isWanted = isWanted
        queue.async {
            let show = Self.rehearse(show) { isWanted.value }
            DispatchQueue.main.async { MainActor.assumeIsolated { done(show) } }
        }
    }

    /// Ends the one that is being played.
    func stop() { isWanted.end() }

    nonisolated static func rehearse(_ wanted: RehearsalShow, while isWanted: @escaping () -> Bool) -> RehearsedShow? {
        var show = wanted
        let devices = show.events.reduce(0) { $0 + $1.audience.devices }
        if devices > devicesMax { show.events = RehearsalShow.scaled(show.events, to: devicesMax) }
        show.framesKept = framesKept
        var runner = RehearsalRunner(show)
        guard let result = try? runner.run(isWanted: { _ in isWanted() }) else { return nil }
        let scale = devices > devicesMax ? " (played with \(Format.count(devicesMax)) of \(Format.count(devices)) devices)" : ""
        return RehearsedShow(
            frames: result.record.frames, verdict: RehearsalReport(result).verdict.sentence + scale, seed: show.seed)
    }
}

/// Whether anybody still waits: read on the rehearsal's thread, ended on the main one.
private final class Wanted: Sendable {
    private let state = Mutex(true)
    var value: Bool { state.withLock { $0 } }
    func end() { state.withLock { $0 = false } }
}
