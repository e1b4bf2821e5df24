import ArgumentParser
import Engine
import Foundation

/// What an engine is started with: the same for `run` and `serve`.
struct EngineOptions: ParsableArguments {
    @Argument(
        help: "Schedule files (YAML). Without any: the unfinished live events of the database.",
        completion: .file(extensions: ["yaml", "yml"]))
    var files: [String] = []

    @Option(help: "The database. Default: control-room.db in the XDG state directory.", completion: .file())
    var db: String?

    @Option(
        help: ArgumentHelp(
            "Where real devices connect; several times for several edge nodes, 'off' for none. Rules of traffic select nodes by their labels; url= is what devices are told to connect to.",
            valueName: "HOST:PORT[,label=NAME…][,url=WS-URL]"),
        transform: EdgeEndpoint.parse)
    var edge = [EdgeEndpoint(Endpoint(host: "127.0.0.1", port: 8081))]

    @Option(
        help: ArgumentHelp(
            "Event loops of the edge node, 1 to 64: each is a thread with its share of the devices.", valueName: "N"))
    var edgeLoops = max(1, min(2, ProcessInfo.processInfo.activeProcessorCount))

    @Option(
        help: ArgumentHelp(
            "Devices the edge node lets in within a second; others get 503 and a time to come again.", valueName: "N"))
    var edgeConnects = EngineConfiguration().connectsPerSecondMax

    @Option(
        help: ArgumentHelp(
            "Where the device page, signals and metrics are served; 'off' for none.", valueName: "HOST:PORT"))
    var http = Endpoint(host: "127.0.0.1", port: 8080)

    @Option(
        help: ArgumentHelp(
            "Modelled devices over all live events, in place of the schedule's: 10M, 250k, 0.", valueName: "N"),
            transform: DeviceCount.parse)
    var audience: DeviceCount?

    @Option(help: "Seed of the virtual audience: the same seed behaves the same.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "File of 'name:token' lines for production signals; without it none are taken.", valueName: "FILE"),
        completion: .file())
    var tokens: String?

    @Option(
        help: ArgumentHelp(
            "Where requests of live traffic are served on event loops of their own: devices at a show ask here.",
            valueName: "HOST:PORT"))
    var live = Endpoint(host: "", port: 0)

    @Option(
        help: ArgumentHelp(
            "Rules of traffic priority (YAML); without it the standard rules hold, with 'off' everything is admitted.",
            valueName: "FILE"), completion: .file(extensions: ["yaml", "yml"]))
    var traffic: String?

    @Option(
        help: ArgumentHelp(
            "Where telemetry of devices is appended; without it the lines are counted and forgotten.", valueName: "FILE"
        ), completion: .file())
    var telemetry: String?

    @Option(
        help: ArgumentHelp(
            "Rows of recommended titles: a YAML or JSON file below the schedule's folder, or an http(s) URL.",
            valueName: "FILE|URL"))
    var recommendations: String?

    @Option(
        help: ArgumentHelp(
            "What relative artwork paths are written behind for devices: https://images.example/.", valueName: "URL"))
    var artwork = ""

    @Option(
        help: ArgumentHelp(
            "What devices are told to connect to. Default: the edge's port at the name they used.", valueName: "WS-URL")
    )
    var edgeURL: String?

    @Flag(inversion: .prefixedNo, help: "Whether /graphql answers __schema and __type.")
    var introspection = true

    @Flag(help: "Begin live events whose times count from the start anew, even after a crash.")
    var fresh = false

    func validate() throws {
        guard (1...64).contains(edgeLoops) else { throw ValidationError("--edge-loops is 1 to 64, not \(edgeLoops).") }
        guard edgeConnects >= 1 else {
            throw ValidationError("--edge-connects is at least 1, not \(edgeConnects): with less no device gets in.")
        }
    }

    /// The events with the audience that was asked for, shared out in proportion to the schedule's.
    func withAudience(_ events: [LiveEvent]) -> [LiveEvent] {
        audience.map { RehearsalShow.scaled(events, to: $0.devices) } ?? events
    }
}

/// Who sits at the desk and what the room looks like.
struct SeatOptions: ParsableArguments {
    @Option(help: "Your name, as it stands in the audit. Default: the login name.")
    var `operator`: String?

    @Option(help: "The desk's role: SCO, BCO, lead …")
    var role = "SCO"

    @Option(help: "Colours: auto, mono, 16, 256 or true.")
    var color = "auto"

    @Option(help: "Glyphs: auto, ascii, box or braille.")
    var glyphs = "auto"

    @Flag(help: "Look, and touch nothing.")
    var readOnly = false

    @Flag(help: "Plain lines, one per change, in place of the screen.")
    var text = false
}

/// A host and port, or nothing at all.
struct Endpoint: ExpressibleByArgument, Hashable {
    /// Empty when switched off.
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        if argument == "off" {
            self.init(host: "", port: 0)
            return
        }
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
              (0...65_535).contains(port), colon != argument.startIndex
        else { return nil }
        self.init(host: argument[..<colon].trimmingBrackets, port: port)
    }

    var isOff: Bool { host.isEmpty }
    var defaultValueDescription: String { isOff ? "off" : "\(host):\(port)" }
}

/// Where an edge node listens, and how it is found: `0.0.0.0:8081,label=live,url=wss://live.example/v1/live`.
struct EdgeEndpoint: Hashable, CustomStringConvertible {
    var endpoint: Endpoint
    /// In order of the alphabet.
    var labels: [String] = []
    var url: String?

    init(_ endpoint: Endpoint) { self.endpoint = endpoint }

    /// - Throws: `ValidationError` that names the part that is wrong, and what would be right.
    static func parse(_ argument: String) throws -> EdgeEndpoint {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard let endpoint = Endpoint(argument: parts[0]) else {
            throw ValidationError(
                "'\(parts[0])' is no place to listen: write HOST:PORT with a port of 0 to 65535, or 'off'.")
        }
        guard !endpoint.isOff || parts.count == 1 else {
            throw ValidationError("'off' listens nowhere: it takes no label= and no url=.")
        }
        var edge = EdgeEndpoint(endpoint)
        for part in parts.dropFirst() { try edge.add(part) }
        edge.labels = Set(edge.labels).sorted()
        guard edge.labels.count <= NodeSelection.labelsMax else {
            throw ValidationError("An edge node has at most \(NodeSelection.labelsMax) labels.")
        }
        return edge
    }

    private mutating func add(_ part: String) throws {
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (pair[0], pair.dropFirst().first) {
        case ("label", let label?) where NodeSelection.isLabel(label): labels.append(label)
        case ("label", _):
            throw ValidationError("'\(part)': a label is 1 to 32 small letters, digits and hyphens, as in label=live.")
        case ("url", let told?) where told.hasPrefix("ws://") || told.hasPrefix("wss://"):
            guard url == nil else { throw ValidationError("'\(part)': an edge node has one url=.") }
            url = told
        case ("url", _): throw ValidationError("'\(part)': devices connect to ws://… or wss://…")
        default: throw ValidationError("'\(part)' is nothing an edge node has: write label=NAME or url=WS-URL.")
        }
    }

    var description: String {
        ([endpoint.defaultValueDescription] + labels.map { "label=\($0)" } + (url.map { ["url=\($0)"] } ?? [])).joined(
            separator: ",")
    }
}

/// A number of devices as people write it: 12000, 250k, 10M.
struct DeviceCount: Hashable {
    var devices: Int

    /// - Throws: `ValidationError` that says what would be a count, or how many there may be.
    static func parse(_ argument: String) throws -> DeviceCount {
        let units: [Character: Double] = ["k": 1_000, "K": 1_000, "m": 1_000_000, "M": 1_000_000]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? argument : String(argument.dropLast())), number.isFinite, number >= 0,
              number * (unit ?? 1) == (number * (unit ?? 1)).rounded()
        else { throw ValidationError("'\(argument)' is no number of devices: write it as 12000, 250k or 10M.") }
        guard number * (unit ?? 1) <= Double(AudienceProfile.devicesMax) else {
            throw ValidationError(
                "\(argument) devices are more than can be modelled: at most 100M, shared by all live events.")
        }
        return DeviceCount(devices: Int(number * (unit ?? 1)))
    }
}

extension Substring {
    /// `[::1]` without its brackets.
    fileprivate var trimmingBrackets: String { String(drop { $0 == "[" }.prefix { $0 != "]" }) }
}
