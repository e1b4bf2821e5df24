import ArgumentParser
import Engine
import Foundation

/// Engine and room in one process: what a team starts for the night.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run an engine and open the control room on it (the default).",
        discussion: """
            Without a terminal, or with --text, the same show is told in plain lines; without a terminal it also ends when the \
            show ends, and MANUAL stages nobody takes are taken after 10 s.

            Example: control-room run Schedules/fight-night.yaml --operator kris --role BCO
            """)

    @OptionGroup var engineOptions: EngineOptions
    @OptionGroup var seat: SeatOptions

    @Flag(help: "Leave when every run of show is over.")
    var exitWhenDone = false

    /// How long a MANUAL stage waits where nobody can be at the desk.
    private static let patience: Duration = .seconds(10)

    @MainActor
    func run() async throws {
        let person = try seat.person()
        let options = try seat.room(for: person, seat: .engine, exitsWhenDone: exitWhenDone || !Room.hasTerminal)
        let isUnattended = !Room.hasTerminal
        // A room on a terminal watches signals itself, and gives the terminal back before anything else.
        let drawsRoom = !seat.text && Room.hasTerminal
        let signals = drawsRoom ? nil : SignalWatch()
        do {
            let host = try await EngineHost.start(engineOptions, unattendedAfter: isUnattended ? Self.patience : nil)
            let exit = try await openRoom(host, options, person: isUnattended ? nil : person, signals: signals)
            try await conclude(host, exit, person: person, signals: signals, isUnattended: isUnattended)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw ExitStatus.report(error)
        }
    }

    @MainActor
    private func openRoom(_ host: EngineHost, _ options: RoomOptions, person: Operator?, signals: SignalWatch?) async throws -> RoomExit {
        let engine = host.engine
        if let person { await engine.arrived(person) }
        let link = LocalLink(engine: engine, person: options.person)
        let engineEnds: @Sendable () async -> RoomExit? = {
            await engine.stopped()
            return .quit
        }
        defer { if let person { Task { await engine.left(person) } } }
        if let signals {
            return await Room.runText(link: link, options: options, time: host.time) {
                await firstOf(engineEnds, signals.exit)
            }
        }
        do {
            return try await Room.run(link: link, options: options, time: host.time, until: engineEnds)
        } catch {
            await host.stop(by: .engine)
            throw error
        }
    }

    @MainActor
    private func conclude(_ host: EngineHost, _ exit: RoomExit, person: Operator, signals: SignalWatch?, isUnattended: Bool) async throws {
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
            try await Serve.untilEnded(host, signals: signals ?? SignalWatch())
        }
    }
}

/// Whichever returns an answer first; the other is forgotten.
func firstOf(_ one: @escaping @Sendable () async -> RoomExit?, _ other: @escaping @Sendable () async -> RoomExit?) async -> RoomExit? {
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
