import ArgumentParser
import Engine
import Foundation
import Store

/// A room on an engine that runs already; several may be open at once.
struct Attach: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Open a room on a running engine.",
        discussion: "Example: control-room attach --operator ana --role lead")

    @Option(help: "The engine's socket. Default: that of the engine that holds the database.", completion: .file())
    var socket: String?

    @Option(
        help: "The database whose engine is meant. Default: control-room.db in the XDG state directory.",
        completion: .file())
    var db: String?

    @OptionGroup var seat: SeatOptions

    @MainActor
    func run() async throws {
        let person = try seat.person()
        let options = try seat.room(for: person, seat: .attached, exitsWhenDone: false)
        do {
            let engine = AttachedEngine(path: try socketPath(), person: person)
            try await engine.start()
            let time = SystemTime()
            let exit = !seat.text && Room.hasTerminal
                ? try await Room.run(link: engine, options: options, time: time)
                : await Room.runText(link: engine, options: options, time: time, until: ProcessSignalWatch().exit)
            await engine.stop()
            if exit == .terminated { throw ExitStatus.terminated }
            if exit == .interrupted { throw ExitStatus.interrupted }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw ExitStatus.report(error)
        }
    }

    private func socketPath() throws -> String {
        if let socket { return socket }
        let environment = ProcessInfo.processInfo.environment
        let location = try db.map { DatabaseLocation(database: $0, environment: environment) }
            ?? DatabaseLocation.standard(environment: environment)
        return Store.holder(of: location.database)?.socket ?? location.socket
    }
}
