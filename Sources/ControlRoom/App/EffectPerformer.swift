import Engine
import Foundation

/// Performs what `update` wants beside the screen, for the room and for its text form alike. Every answer comes back as
/// a message, on the main actor; nothing here waits for the engine.
///
/// Bounded by the room: `AppState.errandsMax` commands, and one rehearsal or branch played at a time.
@MainActor
final class EffectPerformer {
    private let link: any EngineLink
    private let time: any TimeSource
    private let waitsForArchives: Bool
    private let receive: @MainActor (AppMessage) -> Void
    private let rehearsal = RehearsalQueue()

    /// - Parameters:
    ///   - waitsForArchives: whether a report or an incident file is written before `perform` returns, so that the next
    ///     line of a script finds it; else it is written beside the room.
    ///   - receive: takes the answers.
    init(
        link: any EngineLink, time: any TimeSource, waitsForArchives: Bool,
        receive: @escaping @MainActor (AppMessage) -> Void
    ) {
        self.link = link
        self.time = time
        self.waitsForArchives = waitsForArchives
        self.receive = receive
    }

    func perform(_ effect: AppEffect) {
        switch effect {
        case .command(let ticket, let command):
            Task { [self] in
                let reply = await link.perform(command)
                receive(.reply(ticket, reply, at: time.now()))
            }
        case .write(let path, let text): tell(NewFile.write(text, to: path))
        case .archive(let order): archive(order)
        case .rehearse(let order):
            rehearsal.play(order.show) { [weak self] show in
                guard let self else { return }
                receive(.rehearsed(show, at: time.now()))
            }
        case .branch(let rerun, let seed):
            rehearsal.play(rerun, seed: seed) { [weak self] branch in
                guard let self else { return }
                receive(.branched(branch, at: time.now()))
            }
        // What the form of the room does itself.
        case .bell, .repaint, .suspend, .leave: break
        }
    }

    /// Ends what is being played.
    func stop() { rehearsal.stop() }

    private func archive(_ order: ArchiveOrder) {
        let wall = time.now().wall
        guard !waitsForArchives else { return tell(Archive.carryOut(order, now: wall)) }
        Task { [self] in tell(await Task.detached { Archive.carryOut(order, now: wall) }.value) }
    }

    private func tell(_ outcome: NewFile.Outcome) {
        receive(.wrote(outcome.sentence, severity: outcome.isWritten ? .info : .warn, at: time.now()))
    }
}
