import ArgumentParser
import Engine

/// The ways into an engine from outside: edge nodes for devices, HTTP for what they fetch and for signals, and the
/// operators' socket. Open once made, in the order in which each needs the one before.
struct EngineDoors: Sendable {
    /// What they are opened with.
    struct Plan {
        var options: EngineOptions
        /// Path of the operators' socket.
        var socket: String
        var time: SystemTime
        var traffic: TrafficDoor
        /// Told where the figures of prefetch come from.
        var figures: PrefetchDoor.Figures
    }

    private let edges: [EdgeServer]
    private let prefetch: PrefetchDoor?
    private let http: HTTPServer?
    private let traffic: TrafficDoor
    private let socket: OperatorSocket
    /// Where devices fetch and signals come in; nil where nobody listens.
    let httpAddress: String?

    /// Connections are asked to come back over this long when the engine ends.
    private static let drainWindow: Duration = .seconds(2)

    /// - Throws: `ServerStartError` for an address that cannot be had, `ValidationError` for what the options name.
    init(of engine: Engine, on bus: InProcessBus, _ configuration: EngineConfiguration, _ plan: Plan) async throws {
        let options = plan.options, time = plan.time, tokens = try Self.tokens(options)
        traffic = plan.traffic
        prefetch = options.http.isOff ? nil : try await PrefetchDoor(options, snapshots: engine.snapshots, time: time)
        edges = try await Self.listen(plan, on: bus, configuration, prefetch)
        let endpoints = HTTPEndpoints(
            snapshots: engine.snapshots, time: time, tokens: tokens, version: ControlRoom.version,
            prefetch: prefetch?.prefetch, register: prefetch?.register ?? PrefetchRegister(), gate: traffic.gate,
            log: traffic.log, pool: traffic.pool
        ) { await engine.handle($0, from: $1) }
        http = options.http.isOff ? nil : HTTPServer(
            host: options.http.host, port: options.http.port, endpoints: endpoints, gate: traffic.gate)
        httpAddress = try await http?.start()
        try await traffic.open(endpoints, beside: http, engine: engine, file: options.traffic)
        if let prefetch { plan.figures.write { prefetch.figures(endpoints) } }
        socket = OperatorSocket(
            path: plan.socket, snapshots: engine.snapshots,
            handle: { await engine.handle($0, from: $1) },
            operatorArrived: { await engine.arrived($0) }, operatorLeft: { await engine.left($0) })
        try await socket.start()
    }

    private static func tokens(_ options: EngineOptions) throws -> BearerTokens? {
        let tokens = options.tokens.map(BearerTokens.init(path:))
        if let problem = tokens?.problem { throw ValidationError(problem) }
        return tokens
    }

    /// Edge nodes `edge-1`, `edge-2`, … each with its own listener.
    private static func listen(
        _ plan: Plan, on bus: InProcessBus, _ configuration: EngineConfiguration, _ prefetch: PrefetchDoor?
    ) async throws -> [EdgeServer] {
        var edges: [EdgeServer] = []
        let subscriptions = try prefetch.map {
            $0.prefetch.subscriptions(pingEvery: configuration.pingEvery, time: plan.time, register: $0.register)
        } ?? SubscriptionService(pingEvery: configuration.pingEvery)
        for place in plan.options.edge where !place.endpoint.isOff {
            let description = NodeDescription(
                id: NodeID("edge-\(edges.count + 1)"), kind: .real, region: "local",
                connectionsMax: configuration.connectionsMax,
                labels: place.labels.isEmpty ? nil : place.labels, url: place.url)
            let edge = EdgeServer(
                description: description, host: place.endpoint.host, port: place.endpoint.port,
                configuration: configuration,
                loopCount: plan.options.edgeLoops, time: plan.time, bus: bus,
                subscriptions: subscriptions, prefetches: prefetch?.register, gate: plan.traffic.gate)
            bus.attach(edge)
            try await edge.start()
            edges.append(edge)
        }
        return edges
    }

    /// Where real devices connect; nil where none can.
    var edgeAddress: String? {
        edges.isEmpty ? nil : edges.compactMap { $0.boundAddress?.description }.joined(separator: ", ")
    }

    /// First nobody new comes in, then operators and devices are sent away.
    func close() async {
        prefetch?.stop()
        await http?.stop()
        await traffic.stop()
        await socket.stop()
        await withTaskGroup { group in
            for edge in edges { group.addTask { try? await edge.drainAndStop(within: Self.drainWindow) } }
        }
    }
}
