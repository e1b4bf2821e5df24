import ArgumentParser
import Engine
import Foundation
import Store

/// An engine with no screen, for a server; rooms attach to it.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run an engine without a screen; attach rooms to it.",
        discussion: "Example: control-room serve Schedules/channel-24h.yaml --db /var/lib/control-room/channel.db")

    @OptionGroup var engineOptions: EngineOptions

    func run() async throws {
        let signals = await ProcessSignalWatch()
        do {
            let host = try await EngineHost.start(engineOptions, unattendedAfter: nil)
            // Written past any buffer: whoever pipes this wants it now.
            let lines = """
                control-room \(ControlRoom.version): engine \(getpid()) runs on \(host.location.database)
                attach with: control-room attach --socket \(host.location.socket)

                """
            try? FileHandle.standardOutput.write(contentsOf: Data(lines.utf8))
            try await Self.untilEnded(host, signals: signals)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw ExitStatus.report(error)
        }
    }

    /// Lets the engine run until an operator quits it or a signal ends it. HUP changes nothing: there is no terminal.
    static func untilEnded(_ host: EngineHost, signals: ProcessSignalWatch) async throws {
        let engine = host.engine
        let exit = await firstOf(
            {
                await engine.stopped()
                return .quit
            },
            { await signals.end() })
        await host.stop(by: .engine)
        switch exit {
        case .terminated: throw ExitStatus.terminated
        case .interrupted: throw ExitStatus.interrupted
        default: if await engine.isPromiseBroken { throw ExitStatus.promiseBroken }
        }
    }
}
