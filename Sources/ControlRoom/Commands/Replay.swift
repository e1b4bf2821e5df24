import ArgumentParser
import Engine
import Foundation
import Store

/// A room on a file: an incident somebody sent, a backup, the database of a running engine. Read-only.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open an incident file or any database read-only, at its past.",
        discussion: """
            Exit codes: 65 the file is damaged, altered, another program's or newer, 74 it cannot be read.

            Example: control-room replay fight-night.incident
            """)

    @Argument(help: "The file.", completion: .file()) var file: String
    @OptionGroup var seat: SeatOptions

    @MainActor
    func run() async throws {
        var options = try seat.room(for: try seat.person(), seat: .attached, exitsWhenDone: false)
        options.isReadOnly = true
        options.opens = .history
        do {
            let link = try RecordedLink(RecordedFile(path: file))
            guard !seat.text, Room.hasTerminal else {
                throw ValidationError("A replay needs a terminal: control-room report writes the same as a page.")
            }
            let exit = try await Room.run(link: link, options: options, time: SystemTime())
            if exit == .terminated { throw ExitStatus.terminated }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw ExitStatus.report(error)
        }
    }
}

/// One showing as one file.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write one showing of a live event into one file that any copy opens read-only.",
        discussion: "Example: control-room export fight-night fight-night.incident")

    @Argument(help: "The live event's id, or a part of its title; its newest showing is meant.") var event: String
    @Argument(help: "The file to make; it must not exist.", completion: .file()) var target: String
    @Option(help: "The database. Default: control-room.db in the XDG state directory.", completion: .file())
    var db: String?
    @Flag(help: "Print one JSON object in place of lines.") var json = false

    func run() throws {
        do {
            let file = try RecordedFile(path: try Self.path(db))
            let showing = try Self.showing(event, in: file)
            let label = try Incident.export(
                showing, of: file, to: target, at: SystemTime().now().wall, release: ControlRoom.version)
            guard json else { return print("\(target): \(label.title) of \(showing.from), digest \(label.digest)") }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(label), as: UTF8.self))
        } catch {
            throw ExitStatus.report(error)
        }
    }

    static func path(_ db: String?) throws(JournalError) -> String {
        let environment = ProcessInfo.processInfo.environment
        if let db { return DatabaseLocation(database: db, environment: environment).database }
        return try DatabaseLocation.standard(environment: environment).database
    }

    static func showing(_ event: String, in file: RecordedFile) throws -> Showing {
        if let showing = try file.showing(of: event) { return showing }
        guard case .showings(let known) = try file.recording(.showings(before: nil, limit: 500)) else {
            throw ExitStatus.badData
        }
        let names = Set(known.map(\.event.rawValue)).sorted().prefix(20).joined(separator: ", ")
        throw ValidationError("\(file.path) has no live event '\(event)'; it has \(names.isEmpty ? "none" : names).")
    }
}
