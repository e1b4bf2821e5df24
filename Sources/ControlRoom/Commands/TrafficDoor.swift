import ArgumentParser
import Engine
import Foundation

/// The admission before the HTTP ports, as the options say: its rules and their file, where telemetry goes, and the
/// listener that live traffic has to itself.
final class TrafficDoor: Sendable {
    /// Nil with `--traffic off`.
    let gate: TrafficGate?
    let log: TelemetryFile?
    let pool = WorkPool(count: ProcessInfo.processInfo.activeProcessorCount)
    private let time: SystemTime
    private let live: Endpoint
    private let running = TrafficListeners()

    /// - Throws: `BadSchedule` with everything that is wrong in the rules, `ScheduleFileError`, or what is wrong with
    ///   the telemetry file.
    init(_ options: EngineOptions, time: SystemTime) throws {
        self.time = time
        live = options.live
        gate = options.traffic == "off" ? nil : TrafficGate(
            rules: try options.traffic.map(TrafficRulesFile.read) ?? .standard, seed: options.seed, time: time)
        do { log = try options.telemetry.map(TelemetryFile.init(path:)) } catch {
            throw ValidationError(
                "--telemetry \(options.telemetry ?? ""): the file cannot be appended to: \(error.localizedDescription)")
        }
    }

    /// Serves live traffic where it has a port of its own, begins to measure, and watches the rules file.
    /// - Parameter http: the port for everything.
    func open(_ endpoints: HTTPEndpoints, beside http: HTTPServer?, engine: Engine, file: String?) async throws {
        let server =
            live.isOff
            ? nil : HTTPServer(host: live.host, port: live.port, endpoints: endpoints, gate: gate, lane: .live)
        _ = try await server?.start()
        await running.take(server)
        guard let gate else { return }
        let probe = LoopProbe([http, server].compactMap { $0?.probed }, time: time)
        gate.start(snapshots: engine.snapshots, queueDelay: { probe.delay() }) { report in
            Task { await engine.observed(report) }
        }
        if let file { await running.watch(TrafficRulesFile.watch(file, engine: engine)) }
    }

    func stop() async {
        gate?.stop()
        await running.stop()
        await pool.stop()
    }
}

/// What a `TrafficDoor` has running.
private actor TrafficListeners {
    private var server: HTTPServer?
    private var watcher: Task<Void, Never>?

    func take(_ server: HTTPServer?) { self.server = server }
    func watch(_ watcher: Task<Void, Never>) { self.watcher = watcher }

    func stop() async {
        watcher?.cancel()
        await server?.stop()
    }
}

/// The rules file of a running engine: read at its start, and looked at each second.
enum TrafficRulesFile {
    /// - Throws: `ScheduleFileError` for a file that cannot be read, `BadSchedule` with everything that is wrong in it.
    static func read(_ path: String) throws -> TrafficRules {
        let (rules, problems) = TrafficRulesReader.read(try ScheduleFile.load(path))
        guard let rules else { throw BadSchedule(report: problems.map(\.description)) }
        return rules
    }

    /// Offers the engine the rules again whenever the file has changed. Nothing is adopted by itself.
    static func watch(_ path: String, engine: Engine) -> Task<Void, Never> {
        let first = FileStamp(of: path)
        return Task.detached(priority: .utility) {
            var stamp = first
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                let newest = FileStamp(of: path)
                guard newest != stamp else { continue }
                stamp = newest
                do throws(ScheduleFileError) {
                    let (rules, problems) = TrafficRulesReader.read(try ScheduleFile.load(path))
                    await engine.offer(rules, file: path, problems: problems.map(\.description))
                } catch {
                    await engine.offer(nil, file: path, problems: [error.description])
                }
            }
        }
    }
}
