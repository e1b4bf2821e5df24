import Engine

/// The room's way to the engine of its own process.
struct LocalLink: EngineLink {
    let engine: Engine
    let person: Operator

    func newestSnapshot() -> EngineSnapshot? { engine.snapshots.snapshot }
    func perform(_ command: EngineCommand) async -> EngineReply { await engine.handle(command, from: .person(person)) }
    var outage: String? { nil }
}
