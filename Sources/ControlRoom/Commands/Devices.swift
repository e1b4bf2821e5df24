import ArgumentParser
import Engine
import Foundation

/// `control-room devices`: a fleet of real devices against an edge, for load and game days.
struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Connects a fleet of devices over real sockets, and says what they saw.",
        discussion: """
            Every device speaks control-room.v1 as Documentation/WireProtocol.md asks: it acks, asks when it sees a gap, and comes back \
            with jitter. The fleet ends at --for, after --broadcasts, or with Ctrl-C; then it waits until everyone has the newest \
            stage, at most 15 s.

            Exit codes: 0 all is well, 1 a promise was broken (a stage is missing or came out of order, the protocol was broken), \
            69 nobody got in, or everyone was sent away.

            Examples:
              control-room devices --event tonight --count 1000 --for 2m
              control-room devices --event tonight --count 18000 --ramp 2000 --storm-every 30s --for 5m --json
            """)

    @Option(help: "Devices, 1...100000.")
    var count = 100

    @Option(help: ArgumentHelp("Connections begun per second.", valueName: "N"))
    var ramp = 1000

    @Option(
        help: ArgumentHelp(
            "An edge node; may be given several times, devices then go to another one when theirs ends or is full.",
            valueName: "HOST:PORT"))
    var edge: [Endpoint] = []

    @Option(help: ArgumentHelp("The live event that devices follow; may be given several times.", valueName: "ID"))
    var event: [String] = []

    @Option(help: "First part of the device ids. Two fleets of one name are the same devices to the edge.")
    var name = "fleet"

    @Option(help: ArgumentHelp("A device acks this long after it was given a stage.", valueName: "DURATION"))
    var ackDelay = DurationOption(milliseconds: 0)

    @Option(help: ArgumentHelp("Share of stages and of acks that get lost on purpose: 5%.", valueName: "SHARE"))
    var loss = ShareOption(share: 0)

    @Option(
        help: ArgumentHelp("When a connection ends: jittered (as the welcome asks), at-once, never.", valueName: "HOW"))
    var reconnect = FleetOptions.Reconnect.jittered

    @Option(help: ArgumentHelp("Tear every connection at once, again and again.", valueName: "DURATION"))
    var stormEvery: DurationOption?

    @Option(name: .customLong("for"), help: ArgumentHelp("Stop after this long.", valueName: "DURATION"))
    var length: DurationOption?

    @Option(help: ArgumentHelp("Stop after this many broadcasts, counted once everyone was connected.", valueName: "N"))
    var broadcasts: Int?

    @Option(help: "Fixes every draw of the fleet.")
    var seed: UInt64 = 1

    @Flag(help: "Print one JSON object in place of lines.")
    var json = false

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count must be 1...100000.") }
        guard ramp >= 1 else { throw ValidationError("--ramp must be at least 1 a second.") }
        guard !event.isEmpty else {
            throw ValidationError("Name the live event to follow, as in --event tonight: its id in the schedule file.")
        }
        guard !edge.contains(where: \.isOff) else { throw ValidationError("--edge must be HOST:PORT here.") }
        guard broadcasts.map({ $0 >= 1 }) ?? true else { throw ValidationError("--broadcasts must be at least 1.") }
    }

    func run() throws {
        StopRequest.watch()
        let endpoints = edge.isEmpty ? [Endpoint(host: "127.0.0.1", port: 8081)] : edge
        do {
            var loop = try FleetLoop(
                options(edges: endpoints), try endpoints.map(SocketAddress.init),
                FleetLoop.Ending(after: length?.duration, broadcasts: broadcasts))
            let figures = loop.run { line in if !json { Self.say(line) } }
            try conclude(figures)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw ExitStatus.report(error)
        }
    }

    private func options(edges: [Endpoint]) -> FleetOptions {
        var options = FleetOptions(
            count: count, name: name, topics: event.map { Topic(event: EventID(rawValue: $0)) },
            edges: edges.map(\.defaultValueDescription), rampPerSecond: ramp)
        options.make.build = DeviceBuild(rawValue: ControlRoom.version)
        options.ackDelay = ackDelay.duration
        options.loss = loss.share
        options.reconnect = reconnect
        options.stormEvery = stormEvery?.duration
        options.seed = seed
        return options
    }

    private func conclude(_ figures: FleetFigures) throws {
        let report = FleetOutcome(figures)
        if json { Self.say(try report.json()) } else { report.lines.forEach(Self.say) }
        if let code = report.exitCode { throw code }
    }

    /// Past any buffer: whoever pipes this wants it now.
    private static func say(_ line: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    }
}

/// The figures with their verdict, as they are printed.
struct FleetOutcome: Codable {
    var figures: FleetFigures
    var latency: [String: Milliseconds]
    var brokenPromises: [String]
    var hint: String?

    init(_ figures: FleetFigures) {
        self.figures = figures
        brokenPromises = figures.brokenPromises
        latency = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)].reduce(into: [:]) { result, entry in
            result[entry.0] = figures.latency.percentile(entry.1)
        }
        if figures.greeted == 0 {
            hint = "Nobody got in: is an engine running, and is --edge its edge node's address?"
        } else if figures.over.contains(where: { $0.code == 4404 }) {
            hint = "The edge knows no such live event (4404): --event takes the id of one that runs."
        } else if figures.over.contains(where: { $0.code == 4410 }) {
            hint = "Some devices connected again elsewhere (4410): another fleet of the same --name runs."
        }
    }

    var exitCode: ExitCode? {
        if figures.greeted == 0 || figures.connected == 0 && !figures.over.isEmpty { return ExitStatus.unavailable }
        return brokenPromises.isEmpty ? nil : ExitStatus.promiseBroken
    }

    var lines: [String] {
        FleetReport.lines(figures) + [hint].compactMap { $0 }
            + brokenPromises.map { "BROKEN      \($0)" } + (exitCode == nil ? ["promise     kept"] : [])
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension FleetOptions.Reconnect: ExpressibleByArgument {}

/// A length of time as people write it: 500ms, 20s, 1h30m.
struct DurationOption: ExpressibleByArgument, Hashable {
    var milliseconds: Milliseconds

    init(milliseconds: Milliseconds) { self.milliseconds = milliseconds }

    init?(argument: String) {
        guard let milliseconds = try? QuantityText.duration(argument, in: 0...7 * 86_400_000) else { return nil }
        self.milliseconds = milliseconds
    }

    var duration: Duration { .milliseconds(milliseconds) }
    var defaultValueDescription: String { durationWords(milliseconds) }
}

/// A share as people write it: 5%.
struct ShareOption: ExpressibleByArgument, Hashable {
    var share: Double

    init(share: Double) { self.share = share }

    init?(argument: String) {
        guard let share = try? QuantityText.share(argument) else { return nil }
        self.share = share
    }

    var defaultValueDescription: String { "\(Int(share * 100))%" }
}
