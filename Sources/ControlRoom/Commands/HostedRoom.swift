import ArgumentParser
import Engine

/// A room on the engine of its own process, from opening it to the engine's end.
struct HostedRoom {
    let host: EngineHost
    let options: RoomOptions
    /// Whose arrival the engine is told; nil where nobody sits here.
    let person: Operator?
    /// Watched where no room holds the terminal.
    let signals: ProcessSignalWatch?

    /// Opens the room. Ends when it is left, when the engine has ended, or when `ends` says so.
    @MainActor
    func open(until ends: (@Sendable () async -> RoomExit?)? = nil) async throws -> RoomExit {
        let engine = host.engine
        if let person { await engine.arrived(person) }
        let link = LocalLink(engine: engine, person: options.person)
        let engineEnds: @Sendable () async -> RoomExit? = {
            await engine.stopped()
            return .quit
        }
        let hasEnded: @Sendable () async -> RoomExit? = {
            guard let ends else { return await engineEnds() }
            return await firstOf(engineEnds, ends)
        }
        defer { if let person { Task { await engine.left(person) } } }
        if let signals {
            return await Room.runText(link: link, options: options, time: host.time) {
                await firstOf(hasEnded, signals.exit)
            }
        }
        do {
            return try await Room.run(link: link, options: options, time: host.time, until: hasEnded)
        } catch {
            await host.stop(by: .engine)
            throw error
        }
    }

    /// Ends the engine as the room was left, or lets it go on without one.
    @MainActor
    func conclude(_ exit: RoomExit, isUnattended: Bool) async throws {
        let person = options.person
        switch exit {
        case .quit, .showOver:
            let isBroken = await host.engine.isPromiseBroken
            await host.stop(by: .person(person))
            if isBroken { throw ExitStatus.promiseBroken }
        case .terminated:
            await host.stop(by: .engine)
            throw ExitStatus.terminated
        case .interrupted:
            await host.stop(by: .person(person))
            throw ExitStatus.interrupted
        case .hungUp where isUnattended:
            // Nobody reads the lines any more (`make run | head`): the show was for them alone.
            await host.stop(by: .engine)
        case .hungUp, .detached:
            // The room is gone and the engine goes on: `control-room attach` finds it.
            try await Serve.untilEnded(host, signals: signals ?? ProcessSignalWatch())
        }
    }
}

/// Whichever returns an answer first; the other is forgotten.
func firstOf(_ one: @escaping @Sendable () async -> RoomExit?, _ other: @escaping @Sendable () async -> RoomExit?) async
    -> RoomExit?
{
    await withCheckedContinuation { continuation in
        let race = Race(continuation)
        Task { await race.finish(one()) }
        Task { await race.finish(other()) }
    }
}

private actor Race {
    private var continuation: CheckedContinuation<RoomExit?, Never>?
    init(_ continuation: CheckedContinuation<RoomExit?, Never>) { self.continuation = continuation }

    func finish(_ exit: RoomExit?) {
        continuation?.resume(returning: exit)
        continuation = nil
    }
}
