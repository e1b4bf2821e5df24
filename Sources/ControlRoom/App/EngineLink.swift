import Engine

/// The room's way to an engine: the one in this process, or another one over its Unix socket. The
/// screens cannot tell which.
protocol EngineLink: Sendable {
    /// The newest snapshot, nil before the first. Never waits.
    func newestSnapshot() -> EngineSnapshot?
    /// Has the engine carry out `command` in the name of the operator this link was made for.
    func perform(_ command: EngineCommand) async -> EngineReply
    /// Why the engine cannot be reached now, in a sentence; nil while it can.
    var outage: String? { get }
}
