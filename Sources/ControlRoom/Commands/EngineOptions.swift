import ArgumentParser
import Engine
import Foundation

/// What an engine is started with: the same for `run` and `serve`.
struct EngineOptions: ParsableArguments {
    @Argument(help: "Schedule files (YAML). Without any: the unfinished live events of the database.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String] = []

    @Option(help: "The database. Default: control-room.db in the XDG state directory.", completion: .file())
    var db: String?

    @Option(help: ArgumentHelp("Where real devices connect; 'off' for none.", valueName: "HOST:PORT"))
    var edge = Endpoint(host: "127.0.0.1", port: 8081)

    @Option(help: ArgumentHelp("Event loops of the edge node, 1 to 64: each is a thread with its share of the devices.", valueName: "N"))
    var edgeLoops = max(1, min(2, ProcessInfo.processInfo.activeProcessorCount))

    @Option(help: ArgumentHelp("Devices the edge node lets in within a second; others get 503 and a time to come again.", valueName: "N"))
    var edgeConnects = EngineConfiguration().connectsPerSecondMax

    @Option(help: ArgumentHelp("Where the device page, signals and metrics are served; 'off' for none.", valueName: "HOST:PORT"))
    var http = Endpoint(host: "127.0.0.1", port: 8080)

    @Option(help: ArgumentHelp("Modelled devices over all live events, in place of the schedule's: 10M, 250k, 0.", valueName: "N"))
    var audience: DeviceCount?

    @Option(help: "Seed of the virtual audience: the same seed behaves the same.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("File of 'name:token' lines for production signals; without it none are taken.", valueName: "FILE"), completion: .file())
    var tokens: String?

    @Flag(help: "Begin live events whose times count from the start anew, even after a crash.")
    var fresh = false

    /// The events with the audience that was asked for, shared out in proportion to the schedule's.
    func withAudience(_ events: [LiveEvent]) -> [LiveEvent] {
        guard let wanted = audience?.devices else { return events }
        let planned = events.reduce(0) { $0 + $1.audience.devices }
        var left = wanted
        return events.enumerated().map { index, event in
            var event = event
            let isLast = index == events.count - 1
            let share = planned == 0 ? wanted / events.count : Int(Double(wanted) * Double(event.audience.devices) / Double(planned))
            event.audience.devices = isLast ? left : min(share, left)
            left -= event.audience.devices
            return event
        }
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
    var defaultValueDescription: String { "\(host):\(port)" }
}

/// A number of devices as people write it: 12000, 250k, 10M.
struct DeviceCount: ExpressibleByArgument, Hashable {
    var devices: Int

    init?(argument: String) {
        let units: [Character: Double] = ["k": 1_000, "K": 1_000, "m": 1_000_000, "M": 1_000_000]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? argument : String(argument.dropLast())), number.isFinite else { return nil }
        let devices = number * (unit ?? 1)
        guard devices >= 0, devices <= Double(AudienceProfile.devicesMax), devices == devices.rounded() else { return nil }
        self.devices = Int(devices)
    }
}

extension Substring {
    /// `[::1]` without its brackets.
    fileprivate var trimmingBrackets: String { String(drop { $0 == "[" }.prefix { $0 != "]" }) }
}
