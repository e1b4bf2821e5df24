import ArgumentParser
import Engine
import Foundation
import Store

/// One engine with everything around it: database, virtual audience, the doors to the outside, and an eye on the
/// schedule files. Put together here and nowhere else.
///
/// Started in the order in which each part needs the one before. Ended from the outside in: first nobody new
/// comes in, then devices are sent away, then the engine writes its last entry, then the database closes.
final class EngineHost: Sendable {
    let engine: Engine
    let time: SystemTime
    let location: DatabaseLocation
    private let store: Store
    private let audience: VirtualAudience
    private let doors: EngineDoors
    private let watcher: Task<Void, Never>

    /// Where real devices connect; nil where none can.
    var edgeAddress: String? { doors.edgeAddress }

    /// Opens the database, reads the schedule, listens, and begins.
    /// - Parameters:
    ///   - unattendedAfter: see `EngineConfiguration`.
    ///   - staging: what is played in place of schedule files, marked STAGING; nil for a live show.
    /// - Throws: what `ExitStatus` has a code for: bad schedules, a held or broken database, a port in use.
    static func start(_ options: EngineOptions, unattendedAfter: Duration?, staging: StagingShow? = nil) async throws
        -> EngineHost
    {
        let environment = ProcessInfo.processInfo.environment
        let location = try options.db.map { DatabaseLocation(database: $0, environment: environment) }
            ?? DatabaseLocation.standard(environment: environment)
        try location.prepare()
        let store = try Store(path: location.database, socket: location.socket)
        do {
            return try await EngineHost(
                options, store: store, location: location, unattendedAfter: unattendedAfter, staging: staging)
        } catch {
            try? store.close()
            throw error
        }
    }

    private init(
        _ options: EngineOptions, store: Store, location: DatabaseLocation, unattendedAfter: Duration?,
        staging: StagingShow?
    ) async throws {
        let time = SystemTime()
        let stamps = ScheduleFiles.stamps(options)
        let reading = try Self.reading(
            options, store: store, location: location, staging: staging, now: time.now().wall)
        try store.prune(now: time.now().wall)
        let configuration = try Self.configuration(options, unattendedAfter: unattendedAfter, isStaging: staging != nil)
        let bus = InProcessBus()
        let audience = VirtualAudience(seed: options.seed, bus: bus, time: time, configuration: configuration)
        let info = EngineInfo(
            process: getpid(), startedAt: time.now().wall, host: ProcessInfo.processInfo.hostName,
            database: location.database)
        let figures = PrefetchDoor.Figures()
        let traffic = try TrafficDoor(options, time: time)
        let engine = Engine(
            configuration: configuration, info: info, journal: store, bus: bus, time: time,
            prefetchFigures: { figures.read() }, gate: traffic.gate
        ) { topic, profile in
            guard let profile else { return audience.unfollow(topic) }
            for node in audience.follow(topic: topic, profile: profile).newNodes { bus.attach(node) }
        }
        bus.attachRouter { engine.receive($0, from: $1) }
        doors = try await EngineDoors(
            of: engine, on: bus, configuration,
            .init(options: options, socket: location.socket, time: time, traffic: traffic, figures: figures))
        await engine.listening(edge: doors.edgeAddress, http: doors.httpAddress)
        try await engine.start(
            reading: reading, files: staging == nil ? options.files : ["re-drive"], fresh: options.fresh)
        audience.start()
        self.engine = engine
        self.time = time
        self.location = location
        self.store = store
        self.audience = audience
        watcher = ScheduleFiles.watch(options, since: stamps, time: time, store: store, engine: engine)
    }

    /// What is to be played: the schedule files beside what the database has not ended.
    /// - Throws: `ValidationError` if there is nothing.
    private static func reading(
        _ options: EngineOptions, store: Store, location: DatabaseLocation, staging: StagingShow?, now: WallTime
    ) throws -> ScheduleReading {
        if let staging {
            var reading = ScheduleReading()
            reading.events = [staging.event]
            return reading
        }
        let known = try store.recover().runs
        guard !options.files.isEmpty || known.contains(where: { !$0.isOver }) else {
            throw ValidationError(
                "Nothing to run: name a schedule file, as in 'control-room run Schedules/tonight.yaml'. The database \(location.database) has no unfinished live event."
            )
        }
        return try ScheduleFiles.read(options, now: now, running: Set(known.map(\.id)))
    }

    private static func configuration(
        _ options: EngineOptions, unattendedAfter: Duration?, isStaging: Bool
    ) throws -> EngineConfiguration {
        var configuration = EngineConfiguration()
        configuration.unattendedAfter = unattendedAfter
        if isStaging {
            configuration.mode = .staging
            configuration.armedFor = .zero
        }
        configuration.connectsPerSecondMax = options.edgeConnects
        if let problem = configuration.problems().first { throw ValidationError(problem) }
        return configuration
    }

    /// Ends everything: no new work, devices asked to come back, the last entry on disk, the database closed.
    func stop(by actor: Actor) async {
        watcher.cancel()
        await doors.close()
        await engine.stop(.engineStopped, by: actor)
        audience.stop()
        try? store.close()
    }
}
