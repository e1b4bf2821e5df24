import ArgumentParser
import Engine
import Foundation
import Store

/// A past showing sent once more: as a rehearsal, or to a staging fleet of real devices.
struct Redrive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive",
        abstract: "Play a past showing once more, as a rehearsal or to a staging fleet of real devices.",
        discussion: """
            The file is only read. To a rehearsal, everything people did is done again in virtual time. To a staging fleet, an engine of its \
            own sends what really went out, at its times, to whoever connects to its edge node: the event's id, and so the topic in every \
            payload, begins with 'staging-', and the room says STAGING. Its database is a new one.

            Exit codes: 0 every promise was kept, 1 one was broken, 64 the target is none, 65 the file is damaged, altered, another \
            program's or newer, 69 the port is taken, 74 a file cannot be read or written.

            Examples:
              control-room redrive fight-night.incident --event fight-night
              control-room redrive room.db --event tonight --to ws://127.0.0.1:23081 --speed 60
              control-room devices --edge 127.0.0.1:23081 --event staging-tonight --count 1000 --for 2m
            """)

    @Argument(help: "An incident file or a database.", completion: .file()) var file: String
    @Option(help: "The live event's id, or a part of its title; its newest showing is meant.") var event: String
    @Option(
        help: ArgumentHelp(
            "rehearsal, staging, or where the staging edge node is to listen.", valueName: "rehearsal|ws://HOST:PORT"))
    var to = "rehearsal"
    @Option(help: "How many times as fast, to a staging fleet: 0.1 to 3600.") var speed = 1.0
    @Option(
        help: ArgumentHelp("Time that staging devices have to connect before the first stage.", valueName: "DURATION"))
    var lead = DurationOption(milliseconds: 10_000)
    @Option(
        help: ArgumentHelp("Modelled devices beside the real ones, to a staging fleet.", valueName: "N"),
        transform: DeviceCount.parse)
    var audience = DeviceCount(devices: 0)
    @Option(
        help: ArgumentHelp(
            "Where the staging engine serves /graphql and its device page; 'off' for none.", valueName: "HOST:PORT"))
    var http = Endpoint(host: "127.0.0.1", port: 8090)
    @Option(
        help: ArgumentHelp("Record it in this database, which must be new.", valueName: "FILE"), completion: .file())
    var db: String?
    @Option(help: "Seed of what is modelled.") var seed: UInt64 = 1
    @OptionGroup var seat: SeatOptions

    @MainActor
    func run() async throws {
        do {
            guard let target = RedriveTarget(to) else { throw ValidationError(RedriveTarget.refusal(to)) }
            guard StagingShow.speeds.contains(speed) else {
                throw ValidationError("--speed takes 0.1 to 3600; \(speed) is not that.")
            }
            if let db, FileManager.default.fileExists(atPath: db) {
                throw ValidationError(
                    "--db names a database that exists (\(db)): a re-drive is recorded in a new one, never beside the show."
                )
            }
            let script = try Self.script(of: event, in: file)
            switch target {
            case .rehearsal: try rehearse(script)
            case .staging(let host, let port): try await stage(script, Endpoint(host: host, port: port))
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw ExitStatus.report(error)
        }
    }

    static func script(of event: String, in path: String) throws -> ShowScript {
        let file = try RecordedFile(path: path)
        let showing = try Export.showing(event, in: file)
        guard case .script(let script?) = try file.recording(.script(showing)) else {
            throw ValidationError("\(path) does not hold the plan of \(showing.title): it cannot be played again.")
        }
        return script
    }

    // MARK: As a rehearsal

    private func rehearse(_ script: ShowScript) throws {
        guard speed == 1 else {
            throw ValidationError("--speed is for a staging fleet: a rehearsal does not wait for any clock.")
        }
        var show = RehearsalShow(Rerun(script, at: script.beginsAt), seed: seed)
        show.threadCount = ProcessInfo.processInfo.activeProcessorCount
        let store = try db.map { try Store(path: $0) }
        defer { try? store?.close() }
        var runner = RehearsalRunner(show, journal: store)
        guard let result = try runner.run() else { throw ExitStatus.interrupted }
        let report = RehearsalReport(result)
        print("REHEARSAL of \(script.showing.title), \(script.showing.from), from \(file)")
        for note in script.notes { print(note) }
        let glyphs: GlyphSet = TextColumns.isUTF8 ? .braille : .ascii
        for line in RehearsalText.lines(report, glyphs: glyphs, width: TextColumns.count) { print(line) }
        if !report.verdict.isKept { throw ExitStatus.promiseBroken }
    }

    /// At once, not when a buffer is full: lines of the room come behind it.
    private static func say(_ line: String, to output: FileHandle) {
        try? output.write(contentsOf: Data("\(line)\n".utf8))
    }

    // MARK: To a staging fleet

    @MainActor
    private func stage(_ script: ShowScript, _ edge: Endpoint) async throws {
        let show = StagingShow(script, speed: speed, devices: audience.devices)
        guard !show.cues.isEmpty else {
            throw ValidationError("Nothing went out in \(script.showing.title): there is nothing to send once more.")
        }
        var options = try EngineOptions.parse([])
        options.db =
            db ?? FileManager.default.temporaryDirectory.appending(path: "control-room-staging-\(getpid()).db").path
        options.edge = [EdgeEndpoint(edge)]
        options.http = http
        options.seed = seed
        options.fresh = true
        let person = try seat.person()
        let drawsRoom = !seat.text && Room.hasTerminal
        let signals = drawsRoom ? nil : ProcessSignalWatch()
        let host: EngineHost
        do { host = try await EngineHost.start(options, unattendedAfter: nil, staging: show) } catch let error
            as ServerStartError
        {
            Self.say(
                "\(error) A re-drive brings its own staging engine: give its ports with --to ws://HOST:PORT and --http HOST:PORT.",
                to: .standardError)
            throw ExitStatus.unavailable
        }
        if !drawsRoom {
            let place =
                "devices connect to \(host.edgeAddress ?? "nowhere"), topic \(show.event.topic); recorded in \(host.location.database)"
            Self.say("STAGING: \(place)", to: .standardOutput)
        }
        let room = HostedRoom(
            host: host, options: try seat.room(for: person, seat: .engine, exitsWhenDone: true), person: person,
            signals: signals)
        let driver = CueDriver(show: show, engine: host.engine, lead: .milliseconds(lead.milliseconds))
        let exit = try await room.open { await driver.run() }
        try await room.conclude(exit, isUnattended: !Room.hasTerminal)
    }
}
