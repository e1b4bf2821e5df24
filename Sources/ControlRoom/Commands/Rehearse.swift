import ArgumentParser
import Engine
import Foundation
import Store

/// Plays tonight in seconds: the same engine on a virtual clock, with the whole audience modelled.
struct Rehearse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Play a schedule on a virtual clock with its whole audience, and say what will happen.",
        discussion: """
            The same control plane, router and modelled devices as in a real show; people are played by a script. The same seed \
            gives the same digest on any machine. Nothing is sent to anybody.

            Exit codes: 0 every promise is kept, 1 one is broken, 65 a schedule or fault plan is wrong, 74 a file cannot be read \
            or written.

            Example:
              control-room rehearse Schedules/christmas-doubleheader.yaml --audience 100M --seed 7 --report rehearsal.html
            """)

    @Argument(help: "Schedule files (YAML), rehearsed as one schedule.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "Modelled devices over all live events, in place of the schedule's: 100M, 250k, 0.", valueName: "N"),
            transform: DeviceCount.parse)
    var audience: DeviceCount?

    @Option(help: "Draws everything that is drawn: the same seed, the same rehearsal.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "What is to go wrong (YAML); Documentation/Rehearsal.md lists the kinds.", valueName: "FILE"),
            completion: .file(extensions: ["yaml", "yml"]))
    var faults: String?

    @Option(
        help: ArgumentHelp(
            "Rules of traffic priority (YAML), as --traffic of run and serve takes them. Their soft and hard share go before the schedule's.",
            valueName: "FILE"),
            completion: .file(extensions: ["yaml", "yml"]))
    var traffic: String?

    @Option(
        help: ArgumentHelp("Write the report as one HTML page.", valueName: "FILE"),
        completion: .file(extensions: ["html"]))
    var report: String?

    @Flag(help: "Print the report as one JSON object in place of lines.")
    var json = false

    @Flag(help: "Print only the verdict.")
    var quiet = false

    @Option(help: "Glyphs of the plots: auto, ascii, box or braille.")
    var glyphs = "auto"

    @Option(
        help: ArgumentHelp("Record the rehearsal in this database, which must be new.", valueName: "FILE"),
        completion: .file())
    var db: String?

    func validate() throws {
        guard let report else { return }
        let folder = URL(filePath: report).deletingLastPathComponent().path()
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw ValidationError("--report: nothing can be written in \(folder). Make the folder, or name another file.")
        }
    }

    func run() throws {
        do {
            let begun = SystemTime()
            let show = try readShow()
            let result = try play(show)
            let report = RehearsalReport(result)
            let devices = Milliseconds(result.audienceNanoseconds / 1_000_000)
            try present(report, took: (begun.now().instant - .start).wholeMilliseconds, devices: devices)
            if !report.verdict.isKept { throw ExitStatus.promiseBroken }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw ExitStatus.report(error)
        }
    }

    /// A schedule whose times have passed can still be rehearsed, so nothing counts as past.
    private func readShow() throws -> RehearsalShow {
        let reading = ScheduleReader.read(try files.map(ScheduleFile.load), now: WallTime(milliseconds: 0))
        guard reading.isValid else { throw BadSchedule(report: reading.report()) }
        let events = audience.map { RehearsalShow.scaled(reading.events, to: $0.devices) } ?? reading.events
        var show = RehearsalShow(events: events, seed: seed, capacity: reading.capacity)
        if let traffic {
            show.rules = try TrafficRulesFile.read(traffic)
            (show.capacity.softShare, show.capacity.hardShare) = (
                show.rules.limits.softShare, show.rules.limits.hardShare
            )
        }
        show.threadCount = ProcessInfo.processInfo.activeProcessorCount
        show.stopwatch = { DispatchTime.now().uptimeNanoseconds }
        if let faults {
            let read = FaultPlanReader.read(try ScheduleFile.load(faults), events: events, nodes: show.nodes)
            guard read.problems.isEmpty else { throw BadSchedule(report: read.problems.map(\.description)) }
            show.faults = read.plan
        }
        return show
    }

    private func play(_ show: RehearsalShow) throws -> RehearsalResult {
        let progress = RehearsalProgress(isShown: isatty(FileHandle.standardError.fileDescriptor) == 1)
        defer { progress.clear() }
        let store = try db.map { path in
            guard !FileManager.default.fileExists(atPath: path) else {
                throw ValidationError(
                    "--db names a database that exists (\(path)): a rehearsal is recorded in a new one.")
            }
            return try Store(path: path)
        }
        defer { try? store?.close() }
        var runner = RehearsalRunner(show, journal: store)
        let result = try runner.run { time in
            progress.show(time, since: show.startsAt)
            return true
        }
        guard let result else { throw ExitStatus.interrupted }
        return result
    }

    private func present(_ report: RehearsalReport, took milliseconds: Milliseconds, devices: Milliseconds) throws {
        if let path = self.report {
            try Data(RehearsalPage.html(report).utf8).write(to: URL(filePath: path), options: .atomic)
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
            return
        }
        let lines =
            quiet
            ? [report.verdict.sentence]
            : RehearsalText.lines(report, glyphs: try plotGlyphs(), width: TextColumns.count)
        for line in lines { print(line) }
        guard !quiet else { return }
        print(
            "\(Format.clock(report.until.since(report.from))) of show in \(Format.duration(milliseconds)), \(Format.duration(devices)) of it for the devices"
            + (self.report.map { ", report: \($0)" } ?? ""))
    }

    private func plotGlyphs() throws -> GlyphSet {
        if glyphs == "auto" { return TextColumns.isUTF8 ? .braille : .ascii }
        guard let set = GlyphSet(rawValue: glyphs) else {
            throw ValidationError(
                "--glyphs takes auto, \(GlyphSet.allCases.map(\.rawValue).joined(separator: ", ")); '\(glyphs)' is none of them."
            )
        }
        return set
    }
}

/// How wide lines may be, and what characters the locale knows.
enum TextColumns {
    /// `COLUMNS`, or the terminal's width, or 100; 60...160.
    static var count: Int {
        var size = winsize()
        let ofTerminal =
            ioctl(FileHandle.standardOutput.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
        let wanted = ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? ofTerminal
        return min(max(wanted == 0 ? 100 : wanted, 60), 160)
    }

    static var isUTF8: Bool {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.lowercased().replacing("-", with: "").contains("utf8")
    }
}

/// The virtual time so far, on a terminal's last line; nothing elsewhere.
final class RehearsalProgress {
    private let isShown: Bool
    private var shownAt: EngineInstant?
    private let time = SystemTime()

    init(isShown: Bool) { self.isShown = isShown }

    func show(_ moment: WallTime, since start: WallTime) {
        let now = time.now().instant
        guard isShown, shownAt.map({ now - $0 > .milliseconds(200) }) ?? true else { return }
        shownAt = now
        write("\r\u{1B}[Krehearsing  \(moment.clock())Z  \(Format.clock(moment.since(start))) of show")
    }

    func clear() {
        if shownAt != nil { write("\r\u{1B}[K") }
        shownAt = nil
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
