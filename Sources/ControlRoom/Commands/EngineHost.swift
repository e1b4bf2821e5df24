import ArgumentParser
import Engine
import Foundation
import Store

/// One engine with everything around it: database, virtual audience, edge node, HTTP, operator socket, and an
/// eye on the schedule files. Put together here and nowhere else.
///
/// Started in the order in which each part needs the one before. Ended from the outside in: first nobody new
/// comes in, then devices are sent away, then the engine writes its last entry, then the database closes.
final class EngineHost: Sendable {
    let engine: Engine
    let time: SystemTime
    let location: DatabaseLocation
    /// Where real devices connect; nil where none can.
    let edgeAddress: String?
    private let store: Store
    private let audience: VirtualAudience
    private let edges: [EdgeServer]
    private let http: HTTPServer?
    private let traffic: TrafficDoor
    private let socket: OperatorSocket
    private let watcher: Task<Void, Never>
    private let door: PrefetchDoor?

    /// Connections are asked to come back over this long when the engine ends.
    private static let drainWindow: Duration = .seconds(2)

    /// Opens the database, reads the schedule, listens, and begins.
    /// - Parameters:
    ///   - unattendedAfter: see `EngineConfiguration`.
    ///   - staging: what is played in place of schedule files, marked STAGING; nil for a live show.
    /// - Throws: what `ExitStatus` has a code for: bad schedules, a held or broken database, a port in use.
    static func start(_ options: EngineOptions, unattendedAfter: Duration?, staging: StagingShow? = nil) async throws -> EngineHost {
        let environment = ProcessInfo.processInfo.environment
        let location = try options.db.map { DatabaseLocation(database: $0, environment: environment) }
            ?? DatabaseLocation.standard(environment: environment)
        try location.prepare()
        let store = try Store(path: location.database, socket: location.socket)
        do {
            return try await EngineHost(options, store: store, location: location, unattendedAfter: unattendedAfter, staging: staging)
        } catch {
            try? store.close()
            throw error
        }
    }

    private init(_ options: EngineOptions, store: Store, location: DatabaseLocation, unattendedAfter: Duration?, staging: StagingShow?) async throws {
        let time = SystemTime()
        let stamps = ScheduleFiles.stamps(options)
        let known = try store.recover().runs
        guard staging != nil || !options.files.isEmpty || known.contains(where: { !$0.isOver }) else {
            throw ValidationError("Nothing to run: name a schedule file, as in 'control-room run Schedules/tonight.yaml'. The database \(location.database) has no unfinished live event.")
        }
        let running = Set(known.map(\.id))
        var reading = ScheduleReading()
        if let staging { reading.events = [staging.event] } else {
            reading = try ScheduleFiles.read(options, now: time.now().wall, running: running)
        }
        try store.prune(now: time.now().wall)
        let tokens = options.tokens.map(BearerTokens.init(path:))
        if let problem = tokens?.problem { throw ValidationError(problem) }

        var configuration = EngineConfiguration()
        configuration.unattendedAfter = unattendedAfter
        if staging != nil {
            configuration.mode = .staging
            configuration.armedFor = .zero
        }
        configuration.connectsPerSecondMax = options.edgeConnects
        if let problem = configuration.problems().first { throw ValidationError(problem) }
        let bus = InProcessBus()
        let audience = VirtualAudience(seed: options.seed, bus: bus, time: time, configuration: configuration)
        let info = EngineInfo(
            process: getpid(), startedAt: time.now().wall, host: ProcessInfo.processInfo.hostName, database: location.database)
        let figures = PrefetchDoor.Figures()
        let traffic = try TrafficDoor(options, time: time)
        let engine = Engine(
            configuration: configuration, info: info, journal: store, bus: bus, time: time, prefetchFigures: { figures.read() }, gate: traffic.gate
        ) { topic, profile in
            guard let profile else { return audience.unfollow(topic) }
            for node in audience.follow(topic: topic, profile: profile).newNodes { bus.attach(node) }
        }
        bus.attachRouter { engine.receive($0, from: $1) }

        let door = options.http.isOff ? nil : try await PrefetchDoor(options, snapshots: engine.snapshots, time: time)
        let edges = try await Self.listen(options, bus: bus, configuration: configuration, time: time, door: door, gate: traffic.gate)
        let endpoints = HTTPEndpoints(
            snapshots: engine.snapshots, time: time, tokens: tokens, version: ControlRoom.version,
            prefetch: door?.prefetch, register: door?.register ?? PrefetchRegister(), gate: traffic.gate, log: traffic.log, pool: traffic.pool
        ) { await engine.handle($0, from: $1) }
        let http = options.http.isOff ? nil : HTTPServer(
            host: options.http.host, port: options.http.port, endpoints: endpoints, gate: traffic.gate)
        let httpAddress = try await http?.start()
        try await traffic.open(endpoints, beside: http, engine: engine, file: options.traffic)
        if let door { figures.write { door.figures(endpoints) } }
        let socket = OperatorSocket(
            path: location.socket, snapshots: engine.snapshots,
            handle: { await engine.handle($0, from: $1) },
            operatorArrived: { await engine.arrived($0) }, operatorLeft: { await engine.left($0) })
        try await socket.start()

        await engine.listening(edge: Self.addresses(of: edges), http: httpAddress)
        try await engine.start(reading: reading, files: staging == nil ? options.files : ["re-drive"], fresh: options.fresh)
        audience.start()
        self.engine = engine
        self.time = time
        self.location = location
        self.store = store
        self.audience = audience
        self.edges = edges
        edgeAddress = Self.addresses(of: edges)
        self.http = http
        self.traffic = traffic
        self.socket = socket
        self.door = door
        watcher = ScheduleFiles.watch(options, since: stamps, time: time, store: store, engine: engine)
    }

    /// Edge nodes `edge-1`, `edge-2`, … each with its own listener.
    private static func listen(
        _ options: EngineOptions, bus: InProcessBus, configuration: EngineConfiguration, time: SystemTime, door: PrefetchDoor?,
        gate: TrafficGate?
    ) async throws -> [EdgeServer] {
        var edges: [EdgeServer] = []
        let subscriptions = try door.map { $0.prefetch.subscriptions(pingEvery: configuration.pingEvery, time: time, register: $0.register) }
            ?? SubscriptionService(pingEvery: configuration.pingEvery)
        for place in options.edge where !place.endpoint.isOff {
            let description = NodeDescription(
                id: NodeID("edge-\(edges.count + 1)"), kind: .real, region: "local", connectionsMax: configuration.connectionsMax,
                labels: place.labels.isEmpty ? nil : place.labels, url: place.url)
            let edge = EdgeServer(
                description: description, host: place.endpoint.host, port: place.endpoint.port, configuration: configuration,
                loopCount: options.edgeLoops, time: time, bus: bus,
                subscriptions: subscriptions, prefetches: door?.register, gate: gate)
            bus.attach(edge)
            try await edge.start()
            edges.append(edge)
        }
        return edges
    }

    private static func addresses(of edges: [EdgeServer]) -> String? {
        edges.isEmpty ? nil : edges.compactMap { $0.boundAddress?.description }.joined(separator: ", ")
    }

    /// Ends everything: no new work, devices asked to come back, the last entry on disk, the database closed.
    func stop(by actor: Actor) async {
        watcher.cancel()
        door?.stop()
        await http?.stop()
        await traffic.stop()
        await socket.stop()
        await withTaskGroup { group in
            for edge in edges { group.addTask { try? await edge.drainAndStop(within: Self.drainWindow) } }
        }
        await engine.stop(.engineStopped, by: actor)
        audience.stop()
        try? store.close()
    }
}
