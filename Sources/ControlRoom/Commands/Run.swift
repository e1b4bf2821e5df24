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
        let signals = drawsRoom ? nil : ProcessSignalWatch()
        do {
            let host = try await EngineHost.start(engineOptions, unattendedAfter: isUnattended ? Self.patience : nil)
            let room = HostedRoom(host: host, options: options, person: isUnattended ? nil : person, signals: signals)
            try await room.conclude(try await room.open(), isUnattended: isUnattended)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw ExitStatus.report(error)
        }
    }
}
